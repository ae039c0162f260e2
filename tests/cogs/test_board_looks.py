"""What stands on the board, in the guidelines and in the picture of the weeks; and that Discord takes the longest."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cogs.board import face as faces
from cogs.board.face import bar, board, digest_of, needs_text
from cogs.board.guide import Part, guide_card, part_of
from cogs.board.progress import picture, progress_card
from cogs.parts.neutral import size
from cogs.texts.catalogue import Texts, catalogues, texts_for
from services.boards import Face
from services.progress import Progress, Week
from simulation.discord import limits
from trees.ids import TreeLanguage
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from discord import ui

pytestmark = pytest.mark.contributors

# The languages of OASST1.
TAGS = "en es ru de zh fr th pt-BR ca ko uk it ja vi eu pl hu ar nl sv tr fi cs da gl he ro nb id bg bn fa el eo sk"
LANGS = [TreeLanguage(tag) for tag in TAGS.split()]
MANY = 123_456_789


@dataclasses.dataclass(frozen=True, slots=True)
class Long(Texts):
    """Texts three times as long as ours, as in a language with long words."""

    def __call__(self, key: str, **facts: Any) -> str:
        return _longer(Texts.__call__(self, key, **facts), key)

    def count(self, key: str, number: int, **facts: Any) -> str:
        return _longer(Texts.count(self, key, number, **facts), key)


def _longer(text: str, key: str) -> str:
    # Guidelines and buttons are what translators must keep within Discord's limits by themselves.
    return text if key.startswith("guide.") else f"{text} {text.upper()}"[: 3 * len(text)]


def long(name: str) -> Texts:
    short = texts_for(name)
    return Long(short.name, short.locale, short._translations)


def week(number: int = 0, accepted: int = 37, people: int = 9) -> Week:
    begins_on = date(2025, 11, 10) + timedelta(weeks=number)
    ends_at = datetime(begins_on.year, begins_on.month, begins_on.day, tzinfo=UTC) + timedelta(weeks=1)
    return Week(begins_on=begins_on, ends_at=ends_at, accepted=accepted, people=people)


def full(langs: list[TreeLanguage] = LANGS, number: int = MANY) -> Face:
    needs = {kind: {lang: number + place for place, lang in enumerate(langs)} for kind in TaskKind}
    return Face(kinds=tuple(TaskKind), langs=len(langs), needs=needs, goal=MANY, week=week(accepted=MANY))


def problems(view: ui.LayoutView) -> list[Any]:
    """What Discord would refuse, by the stand-in's own count of its limits."""
    assert view.content_length() <= 4000
    body = {"components": view.to_components(), "flags": limits.V2}
    return limits.message_problems(body, flags=limits.V2, names=frozenset(), path=())


def words(view: ui.LayoutView) -> str:
    return "\n".join(part.content for part in view.walk_children() if getattr(part, "content", None))


@pytest.mark.parametrize("name", catalogues())
@pytest.mark.parametrize("longer", [False, True])
def test_the_fullest_board_keeps_every_limit(name: str, longer: bool) -> None:
    texts = long(name) if longer else texts_for(name)
    view = board(full(), texts)

    assert problems(view) == []
    assert all(texts(f"kind.{kind}") in words(view) for kind in TaskKind)


def test_the_check_of_the_limits_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "NEEDS_ROOM", 10_000)
    monkeypatch.setattr(faces, "_LANGS", 35)
    assert board(full(), texts_for("de")).content_length() > 4000


@pytest.mark.parametrize("name", catalogues())
@pytest.mark.parametrize("part", Part)
def test_every_part_of_the_guidelines_is_one_page_that_a_phone_shows(name: str, part: Part) -> None:
    view = guide_card(part, texts_for(name))

    assert problems(view) == []
    # Chinese says as much in a third of the letters.
    assert 150 < size(words(view)) < 2000
    assert words(view).count("\n- ") >= 5


def test_every_kind_of_task_has_its_part_of_the_guidelines() -> None:
    assert {part_of(kind) for kind in TaskKind} == set(Part) - {Part.ALL}
    assert part_of(TaskKind.ASSISTANT_REPLY) is Part.ASSISTANT
    assert part_of(TaskKind.LABEL_PROMPTER_REPLY) is Part.REVIEW


def test_languages_stand_with_the_most_needed_first_and_the_rest_as_a_number() -> None:
    needs = {TaskKind.ASSISTANT_REPLY: {lang: place + 1 for place, lang in enumerate(LANGS[:6])}}
    shown = needs_text(dataclasses.replace(full(), needs=needs), texts_for("en-US"))

    assert "🤖 Reply as the assistant · **21\N{NO-BREAK SPACE}open**" in shown
    assert "French 6 · Chinese 5 · German 4 · Russian 3 · 2 more languages" in shown


def test_prompts_come_last_for_they_are_what_there_is_most_of() -> None:
    lines = needs_text(full(LANGS[:1], 3), texts_for("en-US")).splitlines()
    assert lines[1].startswith("🤖 Reply as the assistant")
    assert lines[-1].startswith("💡 Write a first prompt")
    assert len(lines) == 1 + len(TaskKind)


def test_with_one_language_no_language_is_named() -> None:
    face = full(LANGS[:1], 3)
    shown = needs_text(face, texts_for("en-US"))
    assert "English" not in shown
    assert "💡 Write a first prompt · **room for\N{NO-BREAK SPACE}3**" in shown


def test_where_nothing_is_needed_the_board_says_so() -> None:
    shown = needs_text(dataclasses.replace(full(), needs={}), texts_for("en-US"))
    assert "Nothing is open at the moment" in shown


def test_the_digest_changes_with_what_is_shown_and_with_nothing_else() -> None:
    texts = texts_for("en-US")
    face = full(LANGS[:3], 5)
    one = digest_of(board(face, texts))

    assert digest_of(board(face, texts)) == one
    other = dataclasses.replace(face, week=week(accepted=38))
    others = {digest_of(board(other, texts)), digest_of(board(face, texts_for("de")))}
    assert len({one, *others}) == 3


@pytest.mark.parametrize(
    ("done", "shown"), [(0, "⬜" * 10), (4, "⬜" * 10), (5, "🟩" + "⬜" * 9), (49, "🟩" * 9 + "⬜")]
)
def test_a_bar_is_full_only_when_the_goal_is_reached(done: int, shown: str) -> None:
    assert bar(done, 50) == shown
    assert bar(50, 50) == bar(500, 50) == "🟩" * 10


def test_the_picture_of_the_weeks_shows_each_with_its_number_and_a_star_for_the_goal() -> None:
    weeks = tuple(week(number, accepted) for number, accepted in enumerate((0, 1, 25, 50, 100)))
    shown = picture(Progress(goal=50, weeks=weeks), texts_for("en-US")).splitlines()

    assert shown[1:-1] == [
        "Nov 10   0",
        "Nov 17   1 ■",
        "Nov 24  25 ■■■■",
        " Dec 1  50 ■■■■■■■■■ ★",
        " Dec 8 100 ■■■■■■■■■■■■■■■■■■ ★",
    ]
    assert shown[0] == shown[-1] == "```"


@pytest.mark.parametrize("locale", [*catalogues(), "ja", "ru", "zh-CN"])
def test_the_picture_fits_a_phone_and_every_limit(locale: str) -> None:
    progress = Progress(goal=MANY, weeks=tuple(week(number, MANY // (number + 1)) for number in range(10)))
    view = progress_card(progress, texts_for(locale))

    assert problems(view) == []
    busy = Progress(goal=50_000, weeks=tuple(week(number, 99_999 // (number + 1)) for number in range(10)))
    lines = picture(busy, texts_for(locale)).splitlines()[1:-1]
    assert len(lines) == 10
    # 360 pixels hold 38 letters of Discord's code font.
    assert max(map(len, lines)) <= 38
    few = Progress(goal=0, weeks=(week(accepted=0, people=0),))
    assert problems(progress_card(few, texts_for(locale))) == []
    assert "★" not in words(progress_card(few, texts_for(locale)))
