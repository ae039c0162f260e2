"""Texts: complete, alike in every language, and all of them used."""

from __future__ import annotations

import ast
import dataclasses
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cogs
from cogs.board.guide import Part
from cogs.explain import refusal_text
from cogs.members.welcome import OUTCOMES
from cogs.parts.places import NEEDED
from cogs.parts.ratings import OTHERS
from cogs.settings.groups import GROUPS
from cogs.standings.roles import NO_PERMISSION, NO_ROLE, NOT_TAKEN
from cogs.texts import catalogue as written
from cogs.texts.catalogue import catalogues, texts_for
from cogs.texts.proof import Fault, forms_of, places, proof
from cogs.texts.values import span_text
from services.audit import As
from services.cases import CaseKind, Decision, Outcome
from services.drafting import Name
from services.layers import Origin
from services.notices import News
from services.outbox import Said
from services.setting_fields import SETTINGS
from services.waits import UNFINISHED
from trees import refusals
from trees.kinds import Concern, Role, SkipReason, TaskKind
from trees.labels import LABELS_OF, Label, Widget
from trees.periods import Period
from trees.points import Tally
from trees.refusals import Refusal
from trees.sanctions import Grounds, Sanction
from trees.sprints import Effort
from trees.takes import Form, Takes
from trees.topics import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(cogs.__file__).parent
WRITING = [kind for kind in TaskKind if kind.activity.writes]
SCALES = [label for label in Label if label.widget is Widget.LIKERT]
REVIEWED = {label for labels in LABELS_OF.values() for label in labels}

FAMILIES = {
    "effort": Effort,
    "roles.trouble": (NO_ROLE, NO_PERMISSION, NOT_TAKEN),
    "practice": OUTCOMES.values(),
    "away": [
        *(kind.value for kind in News),
        *(Said.ANSWERED, Said.RANKED_FIRST, Said.WAITING),
        *(f"warn_{grounds}" for grounds in Grounds),
    ],
    "grounds": Grounds,
    "sanction": Sanction,
    "sanction.kind": Sanction,
    "modlog.as": As,
    "case.title": CaseKind,
    "case.act": Decision,
    "case.became": Outcome,
    "span": ("hour", "day", "days", "week", "month", "quarter"),
    "kind": [*TaskKind, "any"],
    "ask": TaskKind,
    "hint": TaskKind,
    "check": [*Name, "script"],
    "role": Role,
    "write.label": WRITING,
    "write.placeholder": WRITING,
    "skip": SkipReason,
    "emoji": OTHERS,
    "concern": Concern,
    "label": Label,
    "about": Label,
    "low": SCALES,
    "high": SCALES,
    "takes": Form,
    "setting": SETTINGS,
    "waits.state": UNFINISHED,
    "tally": Tally,
    "period": Period,
    "settings.group": GROUPS,
    "origin": Origin,
    "permission": NEEDED,
    "guide.title": Part,
    "guide.text": Part,
    "topic": USUAL,
    "refusal": [family.__name__ for family in (Refusal, *Refusal.__subclasses__())],
}
"""Keys that are put together from a name."""


catalogue = cache(written.catalogue)


def forms(name: str, key: str) -> tuple[str, ...]:
    return forms_of(catalogue(name)[key])


def keys(name: str) -> set[str]:
    return {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue(name) if message.id}


def used() -> set[str]:
    """Every string in the code of this floor that looks like a key, and every key put together from a name."""
    literal = {text for path in ROOT.rglob("*.py") for text in _literals(ast.parse(path.read_text()))}
    return literal | {f"{family}.{name}" for family, names in FAMILIES.items() for name in names}


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


ALL = ("de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN")
NOT_YET_TRANSLATED: frozenset[str] = frozenset(
    {
        # who may do what
        "refusal.OthersDecide",
        "grounds.spam",
        "grounds.machine",
        "grounds.personal",
        "grounds.abuse",
        "grounds.reviews",
        "grounds.other",
        "span.hour",
        "span.day",
        "span.days",
        "span.week",
        "span.month",
        "span.quarter",
        "refusal.Suspended",
        "refusal.Banned",
        "refusal.NobodyKnown",
        "refusal.NotAgainstThem",
        "refusal.NothingToLift",
        "sanction.warning",
        "sanction.suspension",
        "sanction.ban",
        "sanction.kind.warning",
        "sanction.kind.suspension",
        "sanction.kind.ban",
        "sanction.here",
        "sanction.everywhere",
        "sanction.until",
        "sanction.ended",
        "sanction.lifted",
        "sanction.record",
        "sanction.none",
        "modlog.title",
        "modlog.empty",
        "modlog.older",
        "modlog.nobody",
        "modlog.as.moderator",
        "modlog.as.maintainer",
        "modlog.as.operator",
        "command.mod.name",
        "command.mod.about",
        "command.mod.warn.name",
        "command.mod.warn.about",
        "command.mod.suspend.name",
        "command.mod.suspend.about",
        "command.mod.ban.name",
        "command.mod.ban.about",
        "command.mod.lift.name",
        "command.mod.lift.about",
        "command.mod.record.name",
        "command.mod.record.about",
        "command.mod.log.name",
        "command.mod.log.about",
        "command.mod.who.name",
        "command.mod.who.about",
        "command.mod.grounds.name",
        "command.mod.grounds.about",
        "command.mod.why.name",
        "command.mod.why.about",
        "command.mod.span.name",
        "command.mod.span.about",
        "away.warn_spam",
        "away.warn_machine",
        "away.warn_personal",
        "away.warn_abuse",
        "away.warn_reviews",
        "away.warn_other",
        "command.mod.queue.name",
        "command.mod.queue.about",
        "case.none",
        "case.title.report",
        "case.title.auto",
        "case.by",
        "case.language",
        "case.removed",
        "case.no_text",
        "case.nothing_told",
        "case.flag",
        "case.act.keep",
        "case.act.remove",
        "case.act.halt",
        "case.up",
        "case.next",
        "case.undo",
        "case.handed_up",
        "case.book",
        "case.became.keep",
        "case.became.remove",
        "case.became.halt",
        "case.became.gone",
        "refusal.UnknownCase",
        "refusal.CaseTaken",
        "refusal.CaseClosed",
        "refusal.CaseOpen",
        "refusal.TooLateToUndo",
    }
)
"""Texts that wait for their translators, by key; until then all but German read them in English. Empty it before a
release."""


def waiting(name: str) -> frozenset[str]:
    return frozenset() if name in {"de", "en"} else NOT_YET_TRANSLATED


@pytest.mark.contributors
def test_the_interface_speaks_eight_languages() -> None:
    assert catalogues() == ALL


@pytest.mark.parametrize("name", catalogues())
def test_no_text_stands_twice_in_a_catalogue(name: str) -> None:
    file = ROOT / "texts" / "locale" / name.replace("-", "_") / "LC_MESSAGES" / "orchard.po"
    written_keys = re.findall(r'^msgid "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(written_keys) == sorted(keys(name))


@pytest.mark.parametrize("name", catalogues())
def test_every_text_is_used_and_every_text_used_is_there(name: str) -> None:
    known = used()
    there = keys(name) | waiting(name)

    assert keys(name) - known == set()
    assert {f"{family}.{each}" for family, names in FAMILIES.items() for each in names} - there == set()
    families = {key.split(".")[0] for key in keys(name)}
    named = {text for text in known if re.fullmatch(r"[a-z]+(\.[a-z_]+)+", text) and text.split(".")[0] in families}
    assert named - there == set()


@pytest.mark.contributors
@pytest.mark.parametrize("name", catalogues())
def test_every_language_has_the_texts_places_and_plurals_of_english_within_their_room(name: str) -> None:
    found = proof(name).findings
    lacking = {each.key for each in found if each.fault is Fault.MISSING} - waiting(name)
    assert not lacking, "translate these, or name them in NOT_YET_TRANSLATED"
    assert [each for each in found if each.fault is not Fault.MISSING] == []


def test_no_text_is_said_to_wait_for_translators_that_every_language_has() -> None:
    everywhere = set.intersection(*map(keys, ALL))
    assert everywhere & NOT_YET_TRANSLATED == set()


@pytest.mark.parametrize("name", catalogues())
def test_every_refusal_has_words_filled_from_its_facts(name: str) -> None:
    for family in Refusal.__subclasses__():
        if f"refusal.{family.__name__}" in waiting(name):
            continue
        facts = {field.name for field in dataclasses.fields(family)}
        wanted = places(forms(name, f"refusal.{family.__name__}")[0])
        assert wanted <= facts, family
        assert facts - wanted <= {"task_id"}, family


MADE_UP = {
    "int": 1234,
    "str": "de",
    "TreeLanguage": "pt-BR",
    "tuple[TreeLanguage, ...]": ("de", "pt-BR"),
    "tuple[int, ...]": (0, 4),
    "tuple[Label, ...]": (Label.SPAM, Label.QUALITY),
    "TaskKind": TaskKind.ASSISTANT_REPLY,
    "TaskKind | None": None,
    "tuple[TaskKind, ...]": (TaskKind.INITIAL_PROMPT, TaskKind.ASSISTANT_REPLY),
    "TaskId": "unsaid",
    "datetime": datetime(2026, 1, 5, tzinfo=UTC),
    "timedelta": timedelta(hours=2),
    "Label": Label.SPAM,
    "float": 0.3,
    "tuple[str, ...]": ("goal_tree_size", "min_goal_tree_size"),
    "Grounds": Grounds.SPAM,
    "Takes": Takes(form=Form.SECONDS, least=60, most=604800),
}


@pytest.mark.parametrize("family", Refusal.__subclasses__(), ids=lambda family: family.__name__)
@pytest.mark.parametrize("locale", ["de", "en-GB"])
def test_every_refusal_is_told_in_words(family: type[Refusal], locale: str) -> None:
    refusal = family(**{field.name: MADE_UP[field.type] for field in dataclasses.fields(family)})

    words = refusal_text(refusal, texts_for(locale))

    assert "{" not in words
    assert family.__name__ not in words
    assert words.endswith((".", "?")) or ":" in words


def test_a_refusal_without_words_of_its_own_is_told_in_its_ancestors() -> None:
    class Later(refusals.TextTooLong):
        pass

    class Unheard(Refusal):
        pass

    assert "21 characters; at most 20" in refusal_text(Later(21, 20), texts_for("en-US"))
    assert refusal_text(Unheard(), texts_for("en-US")) == "That cannot be done right now."


def test_plural_forms_are_right() -> None:
    english, german = texts_for("en-US"), texts_for("de")

    assert english.count("card.reviews", 1) == "1 review by others so far"
    assert english.count("card.reviews", 0) == "0 reviews by others so far"
    assert german.count("me.texts", 1) == "✏️ 1 Text geschrieben"
    assert german.count("me.texts", 1000) == "✏️ 1.000 Texte geschrieben"


@pytest.mark.parametrize(
    ("locale", "name"), [("en-US", "en"), ("en-GB", "en"), ("de", "de"), ("nl", "en"), ("zh-TW", "en"), ("x", "en")]
)
def test_a_locale_without_a_catalogue_reads_english(locale: str, name: str) -> None:
    assert texts_for(locale).name == name


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        ("es-ES", "es"),
        ("es-419", "es"),
        ("fr", "fr"),
        ("pt-BR", "pt-BR"),
        ("ru", "ru"),
        ("zh-CN", "zh-CN"),
        ("ja", "ja"),
    ],
)
def test_each_locale_of_discords_reads_its_language(locale: str, name: str) -> None:
    assert texts_for(locale).name == name
    assert texts_for(locale).locale.language == name.partition("-")[0]


def test_numbers_and_languages_are_written_as_the_texts_around_them() -> None:
    assert texts_for("nl").language("de") == "German"
    assert texts_for("de").language("pt-BR") == "Portugiesisch (Brasilien)"
    assert texts_for("de").languages(["de", "en", "fr"]) == "Deutsch, Englisch und Französisch"
    assert texts_for("de").fact(timedelta(hours=2)) == "2 Stunden"
    assert texts_for("de").fact(datetime(2026, 1, 5, tzinfo=UTC)) == "<t:1767571200:R>"


def test_spans_are_written_in_the_units_of_each_language() -> None:
    assert span_text(172800, texts_for("en-US")) == "2 days"
    assert span_text(86400, texts_for("ja")) == "1 日"
    assert span_text(7200, texts_for("zh-CN")) == "2小时"
    assert span_text(172800, texts_for("pt-BR")) == "2 dias"
    assert span_text(300, texts_for("ru")) == "5 минут"
    assert span_text(0.5, texts_for("de")) == "0,5 Sekunden"
    for name in catalogues():
        assert not [seconds for seconds in (1, 60, 3600, 86400) if "duration" in span_text(seconds, texts_for(name))]


def test_a_tag_nobody_knows_keeps_letters_only() -> None:
    assert texts_for("en-US").language("@everyone<>") == "everyone"
    assert texts_for("en-US").language("<>") == "?"


def test_a_text_that_is_missing_is_a_bug_not_a_blank() -> None:
    with pytest.raises(KeyError):
        texts_for("de")("no.such.text")


@pytest.mark.parametrize("name", catalogues())
def test_texts_name_commands_as_they_are_called_in_that_language(name: str) -> None:
    commands = {forms(name, key)[0] for key in keys(name) if re.fullmatch(r"command\.[a-z]+\.name", key)}
    below = {
        f"{forms(name, f'command.{found[1]}.name')[0]} {forms(name, key)[0]}"
        for key in keys(name)
        if (found := re.fullmatch(r"command\.([a-z]+)\.[a-z_]+\.name", key))
    }
    named = {words for key in keys(name) for form in forms(name, key) for words in re.findall(r"`/([^`]+)`", form)}

    assert named
    assert named <= commands | below


def test_german_is_written_with_umlauts_and_says_du() -> None:
    everything = " ".join(form for key in keys("de") for form in forms("de", key))

    assert set("äöüß") <= set(everything)
    assert not re.search(r"\b(fuer|ueber|koennen|moechte|Ihre|Ihnen)\b", everything)
