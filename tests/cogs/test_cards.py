"""Every card and form against Discord's limits, with the longest texts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pytest
from simcord.components import validate_components, validate_modal, walk_components

from cogs.assembly import FEATURES
from cogs.members.cards import profile_card
from cogs.members.consent import consent_card
from cogs.members.languages import languages_card
from cogs.members.preferences import preferences_card
from cogs.members.welcome import OUTCOMES, practice_card, practised_card, tour_card, welcome_card
from cogs.members.works import edit_form, work_card, works_card
from cogs.parts.cards import notice
from cogs.parts.conversation import LETTERS, as_file, entries
from cogs.parts.ids import wish_args
from cogs.parts.ratings import rating_rows
from cogs.ranking.order import Order, digest_of
from cogs.review.forms import pages_of, review_form
from cogs.standings.cards import board_card
from cogs.texts.catalogue import catalogues, texts_for
from cogs.work.forms import writing_form
from services.authored import AT_ONCE, Looked, Works
from services.members import RECENT, Draft, OpenTask, Preferences, Profile, Standing, Work
from services.standings import Best, Board, Earned, Line, Running, Summary
from services.tasks import Assignment, Shown
from services.topics import Wished
from tests.cogs.hostile import HOSTILE
from tests.cogs.unread import acting
from trees.ids import MAIN_POOL, MessageId, TaskId, TreeLanguage
from trees.kinds import EmojiCode, Role, TaskKind
from trees.labels import LABELS_OF, Label, Mode
from trees.levels import level_of
from trees.onboarding import Onboarding
from trees.periods import Period
from trees.points import Formula, Tally

if TYPE_CHECKING:
    from discord import ui

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LONGEST = ("*" * 4000, "🌾" * 4000, "\n" * 3999 + "x", "Donaudampfschifffahrt " * 181, "x" * 4000, "\u202e" * 4000)
LOCALES = catalogues()
DESKS = {kind: desk for feature in FEATURES for kind, desk in feature.desks.items()}


def name(number: int) -> UUID:
    return uuid5(UUID(int=1), str(number))


def shown(text: str, number: int, role: Role = Role.PROMPTER) -> Shown:
    return Shown(
        message_id=MessageId(name(number)),
        role=role,
        text=text,
        own_emoji=frozenset({EmojiCode.UP, EmojiCode.RED_FLAG}),
        may_rate=True,
    )


def assignment(kind: TaskKind, text: str, *, depth: int = 6, options: int = 10, half: bool = False) -> Assignment:
    roles = [Role.PROMPTER, Role.ASSISTANT] * depth
    return Assignment(
        task_id=TaskId(name(0)),
        kind=kind,
        lang=TreeLanguage("zh-Hant-TW"),
        lease_until=NOW,
        thread=() if kind is TaskKind.INITIAL_PROMPT else tuple(shown(text, n + 1, roles[n]) for n in range(depth)),
        options=tuple(shown(text, 100 + n) for n in range(options)) if "rank" in kind else (),
        alike=2,
        labels=LABELS_OF.get(kind, ()),
        mode=Mode.FULL if kind in LABELS_OF else None,
        answers=dict.fromkeys(LABELS_OF.get(kind, ()), 1.0) if half else {},
        draft=text,
        resumed=True,
        done_by_others=2,
        text_limit=4000,
    )


def check(view: ui.LayoutView) -> list[dict[str, Any]]:
    """Fail where Discord would refuse the card; return its parts."""
    components = view.to_components()
    parts = list(walk_components(components))
    words = [part["content"] for part in parts if part["type"] == 10]
    assert len(parts) <= 40
    assert sum(len(text.encode("utf-16-le")) // 2 for text in words) <= 4000
    assert all(words)
    validate_components(components, flags=1 << 15)
    return parts


def states(kind: TaskKind, given: Assignment) -> list[str]:
    if given.options:
        digest = digest_of([option.message_id for option in given.options])
        whole = "".join(LETTERS[: len(given.options)]).lower()
        return ["", digest + whole, digest + "a" + whole[1:-1].upper() + "_", Order(digest, none=True).packed()]
    return [""]


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("text", LONGEST, ids=range(len(LONGEST)))
def test_every_page_of_every_task_fits_discord(kind: TaskKind, text: str) -> None:
    given, texts = assignment(kind, text), texts_for("de")

    for state in states(kind, given):
        check(DESKS[kind](given, texts, state=state))
    for page in range(3):
        check(DESKS[kind](given, texts, page=page))
        check(DESKS[kind](assignment(kind, text, half=True), texts, page=page))


@pytest.mark.parametrize("options", range(2, 11))
def test_a_panel_of_two_to_ten_replies_fits_discord(options: int) -> None:
    given = assignment(TaskKind.RANK_ASSISTANT_REPLIES, "x" * 4000, options=options)

    parts = check(DESKS[given.kind](given, texts_for("de")))

    labels = [part.get("label") for part in parts if part["type"] == 2]
    assert labels[:options] == list(LETTERS[:options])


@pytest.mark.contributors
@pytest.mark.parametrize("kind", [kind for kind in TaskKind if kind is not TaskKind.INITIAL_PROMPT])
def test_every_card_has_room_for_the_menu_of_ratings(kind: TaskKind) -> None:
    given, texts = assignment(kind, LONGEST[0]), texts_for("de")

    for page in range(3):
        view = DESKS[kind](given, texts, page=page)
        view.add_item(rating_rows(name(1), [*EmojiCode], texts, opened=True)[1])
        check(view)


def words_of(view: ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in walk_components(view.to_components()) if part["type"] == 10)


@pytest.mark.parametrize("kind", [TaskKind.ASSISTANT_REPLY, TaskKind.RANK_ASSISTANT_REPLIES])
def test_all_pages_together_show_every_character(kind: TaskKind) -> None:
    given = assignment(kind, "abcdefgh" * 500, depth=3, options=4)
    texts = texts_for("en-US")
    pages = [words_of(DESKS[kind](given, texts, page=page)) for page in range(20)]
    first = 1 if given.options else 0
    count = int(re.findall(r"Page \d+ of (\d+)", pages[0])[0])

    quotations = "".join(
        line.removeprefix("> ") for page in pages[first:count] for line in page.split("\n") if line.startswith("> ")
    )

    assert quotations.count("abcdefgh") == 500 * (3 + len(given.options))


def test_a_long_conversation_opens_where_the_last_message_begins() -> None:
    given = assignment(TaskKind.ASSISTANT_REPLY, "x" * 2500, depth=3)

    assert "Page 3 of 3" in words_of(DESKS[given.kind](given, texts_for("en-US")))


def test_a_short_conversation_has_no_pages() -> None:
    given = assignment(TaskKind.ASSISTANT_REPLY, "short", depth=3)
    parts = check(DESKS[given.kind](given, texts_for("en-US")))

    assert not [part for part in parts if ":page:" in part.get("custom_id", "")]


def test_roles_are_told_apart() -> None:
    given = assignment(TaskKind.ASSISTANT_REPLY, "short", depth=3)

    assert re.findall(r"\*\*(.+?)\*\*", words_of(DESKS[given.kind](given, texts_for("de")))) == [
        "🧑 Nutzer",
        "🤖 Assistent",
        "🧑 Nutzer",
    ]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", [TaskKind.ASSISTANT_REPLY, TaskKind.RANK_ASSISTANT_REPLIES])
def test_no_hostile_text_acts_on_a_card(kind: TaskKind, text: str) -> None:
    words = words_of(DESKS[kind](assignment(kind, text, depth=1, options=2), texts_for("en-US")))
    quoted = "\n".join(line.removeprefix("> ") for line in words.split("\n") if line.startswith("> "))

    left = acting(quoted)
    assert not re.search(r"@everyone|@here|<|\]\(|://|mailto:|[`*_~|]|(?m:^\s*(#|>|[-+]|\d+\.)\s)", left)


def test_a_file_holds_what_was_typed() -> None:
    thread = [shown(text, number) for number, text in enumerate(HOSTILE)]

    file = as_file(entries(thread, texts_for("de")))

    assert all(text in file for text in HOSTILE)


OPENING: Any = SimpleNamespace(id=2**63)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", LONGEST, ids=range(len(LONGEST)))
@pytest.mark.parametrize("kind", [kind for kind in TaskKind if kind.activity.writes])
def test_the_writing_form_fits_discord(locale: str, text: str, kind: TaskKind) -> None:
    modal = writing_form(OPENING, assignment(kind, text), texts_for(locale)).to_dict()

    validate_modal(modal)
    above = [row["content"] for row in modal["components"] if row["type"] == 10]
    assert all(len(content.encode("utf-16-le")) // 2 <= 4000 for content in above)
    field = modal["components"][-1]["component"]
    assert field["value"] == text
    assert field["max_length"] == 4000


def test_a_message_too_long_for_the_form_says_how_much_is_on_the_card() -> None:
    modal = writing_form(OPENING, assignment(TaskKind.ASSISTANT_REPLY, "*" * 4000), texts_for("en-US")).to_dict()

    assert re.search(r"2,2\d\d more characters stand on the card", modal["components"][0]["content"])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", LABELS_OF)
def test_the_review_form_fits_discord(locale: str, kind: TaskKind) -> None:
    given = assignment(kind, "x")
    for answered in ({}, dict.fromkeys(Label, 1.0), dict.fromkeys(Label, 0.0)):
        for page in range(len(pages_of(given.labels))):
            modal = review_form(OPENING, replace(given, answers=answered), texts_for(locale), page).to_dict()
            validate_modal(modal)
            for row in modal["components"]:
                assert len(row["label"]) <= 45
                assert len(row["description"]) <= 100


STANDING = Standing(
    member_id=None,
    consented=False,
    consent_version=9999,
    langs=(),
    offered=tuple(TreeLanguage(f"x{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(100)),
    pool=MAIN_POOL,
    licence="CC-BY-SA-4.0-or-some-longer-name",
    onboarding=Onboarding.WELCOME,
)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [None, *TaskKind])
def test_consent_and_languages_fit_discord(locale: str, kind: TaskKind | None) -> None:
    texts = texts_for(locale)

    check(consent_card(STANDING, texts, kind, "zh-Hant-TW"))
    check(languages_card(STANDING, texts, kind, "zh-Hant-TW"))


@pytest.mark.contributors
@pytest.mark.parametrize("locale", LOCALES)
def test_the_way_in_and_ones_settings_fit_discord(locale: str) -> None:
    texts, wish = texts_for(locale), wish_args(TaskKind.RANK_PROMPTER_REPLIES, "zh-Hant-TW")
    chosen = replace(STANDING, langs=STANDING.offered)
    topics = tuple(f"{number:02} {'x' * 37}" for number in range(60))
    wished = Wished(offered=topics, liked=topics[:30], avoided=topics[30:])
    for name in OUTCOMES:
        check(practised_card(name, texts, wish))
    check(tour_card(texts, wish))
    check(practice_card(texts, wish))
    check(welcome_card(chosen, wished, texts, wish))
    check(languages_card(chosen, texts, None, None, home=True))
    for closed in (False, True):
        found = Preferences(standing=chosen, on_boards=True, messages=True, messages_closed=closed, in_showcase=True)
        check(preferences_card(found, wished, texts))


def fullest_summary() -> Summary:
    formula = Formula.of(dict.fromkeys(Tally, 999.999))
    counts = dict.fromkeys(Tally, 10**6)
    earned = Earned(points=formula.points(counts), terms=formula.terms(counts))
    best = Best(begins_on=NOW.date(), points=10**9)
    return Summary(
        earned=dict.fromkeys(Period, earned),
        formula=formula,
        level=level_of(5999),
        streak=Running(days=10**4, until=NOW),
        place=10**6,
        people=10**6,
        best_day=best,
        best_week=best,
        shown=True,
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", LONGEST, ids=range(len(LONGEST)))
def test_the_fullest_profile_fits_discord(locale: str, text: str) -> None:
    kind, lang = TaskKind.LABEL_PROMPTER_REPLY, TreeLanguage("zh-Hant-TW")
    works = [
        Work(
            id=MessageId(name(n)),
            kind=kind,
            lang=lang,
            text=text,
            written_at=NOW,
            accepted=True,
            rank=2,
            siblings=9,
            late=False,
        )
        for n in range(RECENT)
    ]
    tasks = [OpenTask(task_id=TaskId(name(n)), kind=kind, lang=lang, lease_until=NOW) for n in range(12)]
    drafts = [Draft(task_id=TaskId(name(50 + n)), kind=kind, text=text, saved_at=NOW) for n in range(5)]
    profile = Profile(
        standing=STANDING,
        summary=fullest_summary(),
        texts=10**6,
        accepted=10**6,
        rejected=10**6,
        in_review=10**6,
        reviews=10**6,
        ballots=10**6,
        emoji_ratings=10**6,
        open_tasks=tuple(tasks),
        recent=tuple(works),
        drafts=tuple(drafts),
    )

    parts = check(profile_card(profile, texts_for(locale)))

    assert sum(part.get("custom_id", "").startswith(("orc1:open:", "orc1:draft:")) for part in parts) == 15


@pytest.mark.contributors
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", LONGEST, ids=range(len(LONGEST)))
def test_ones_own_texts_fit_discord_in_pages_and_one_by_one(locale: str, text: str) -> None:
    texts = texts_for(locale)
    work = Work(
        id=MessageId(name(1)),
        kind=TaskKind.INITIAL_PROMPT,
        lang=TreeLanguage("zh-Hant-TW"),
        text=text,
        written_at=NOW,
        accepted=True,
        rank=0,
        siblings=9,
        late=False,
        version=9999,
    )
    works = tuple(replace(work, id=MessageId(name(n))) for n in range(AT_ONCE))
    check(works_card(Works(works=works, page=9998, more=True), texts))
    for until in (None, NOW):
        looked = Looked(work=work, edit_until=until, text_limit=4000, below=10**6)
        for page in range(20):
            check(work_card(looked, texts, page))
        validate_modal(edit_form(OPENING, looked, texts).to_dict())


@pytest.mark.parametrize("locale", LOCALES)
def test_no_label_of_a_button_is_too_long(locale: str) -> None:
    texts = texts_for(locale)
    for key in ("button.next", "prefs.withdraw", "rank.none", "review.first_page", "button.edit_again"):
        assert len(texts(key)) <= 38
    check(notice(texts("leave.ask")))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("shown", [True, False])
def test_the_fullest_board_fits_discord(locale: str, shown: bool) -> None:
    lines = tuple(Line(place=10**5, account="9" * 20, points=10**12, own=False) for _ in range(10))
    around = tuple(Line(place=10**6 + n, account="9" * 20, points=10**12, own=n == 2) for n in range(5))
    board = Board(
        period=Period.MONTH,
        begins_on=NOW.date(),
        ends_on=NOW.date(),
        lang=TreeLanguage("zh-Hant-TW"),
        everywhere=True,
        lines=lines,
        around=around,
        formula=Formula.of(dict.fromkeys(Tally, 999.999)),
        shown=shown,
    )

    words = words_of(board_card(board, texts_for(locale)))

    check(board_card(board, texts_for(locale)))
    assert words.count("<@") == 15
