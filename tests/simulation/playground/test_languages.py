"""Every scene in languages that nobody speaks: nothing people read is hard-coded, and translations have room."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from babel.dates import get_month_names

from cogs.parts import cards
from cogs.texts.catalogue import texts_for
from cogs.texts.pseudo import CLOSES, OPENS
from services.drafting import LONG
from simulation.community.corpus import Corpus, Text, built_in
from simulation.community.screen import Card
from simulation.discord import Form, Message
from simulation.discord.components import Kind
from simulation.playground.ground import LANGS
from simulation.playground.screens.scenes import scene
from simulation.playground.screens.stage import Stage
from simulation.playground.still import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from simulation.discord.views import Option
    from simulation.playground.screens.stage import Subject

pytestmark = [pytest.mark.contributors, pytest.mark.slow]

ACCENTED, MIRRORED = "en-XA", "ar-XB"

GEORGIAN = {letter: chr(0x10D0 + number % 33) for number, letter in enumerate("abcdefghijklmnopqrstuvwxyzäöüßáéíñóú¿¡")}
"""What people write is in letters that no text of ours has."""

MONTHS = get_month_names("abbreviated", locale="en").values()
FROM_BABEL = re.compile(
    r"\b(" + "|".join([*(texts_for("en").language(lang) for lang in LANGS), "and", *MONTHS]) + r")\b"
)
"""Names of languages and months, and the word that joins a list."""

SEND, COMMAND = Stage.send, Stage.command

OTHERS = re.compile(r"`[^`\n]*`|<@\d+>|<t:\d+:R>|https://\S+|\*\*[A-Z]\*\*")
"""What is the same in every language: names of commands and settings, people, moments, places, letters of replies."""


def foreign(text: str) -> str:
    return "".join(GEORGIAN.get(letter, letter) for letter in text.lower())


def written_foreign(corpus: Corpus) -> Corpus:
    def made(text: Text, parent: Text | None) -> Text:
        new = Text(text.id, foreign(text.text), text.role, text.lang, parent, text.rank, text.quality)
        new.replies = tuple(made(reply, new) for reply in text.replies)
        return new

    return replace(corpus, prompts=tuple(made(prompt, None) for prompt in corpus.prompts))


async def typed_foreign(stage: Stage, form: Form, **values: Any) -> Message:
    typed = {field.custom_id for field in form.fields if field.kind == Kind.TEXT_INPUT}
    sent = await SEND(stage, form, **{name: foreign(v) if name in typed else v for name, v in values.items()})
    # The bot wonders about the alphabet; what is shown again because it is long stays as the scene wants it.
    wonders = Card(sent).control("send") and all(len(str(value)) <= LONG for value in values.values())
    return await stage.press(sent, "send") if wonders else sent


async def named_foreign(stage: Stage, line: str, **options: Any) -> Message:
    return await COMMAND(stage, line, **{key: foreign(v) if key == "name" else v for key, v in options.items()})


def said(stage: Stage, subject: Subject) -> Iterator[str]:
    """Everything that the bot says to one person, piece by piece."""
    for message in stage.person.feed():
        if message.ephemeral:
            yield from on_card(message)
    if isinstance(subject, Form):
        yield subject.title
        yield from subject.texts
        for field in subject.fields:
            yield from (words for words in (field.label, field.description, field.placeholder) if words)
            yield from options(field.options)


def on_card(message: Message) -> Iterator[str]:
    yield from message.texts
    # A letter, and the place it has in an order, stand for a reply.
    yield from (button.label for button in message.buttons if not re.fullmatch(r"(\d+ · )?[A-Z]|", button.label))
    for select in message.selects:
        yield select.placeholder or ""
        yield from options(select.options)


def options(there: Iterable[Option]) -> Iterator[str]:
    for option in there:
        yield "" if re.fullmatch(r"[A-Z]", option.label) else option.label
        yield option.description or ""


def outside(text: str) -> str:
    """What of a text stands in no brackets and is nobody's own words."""
    depth, kept = 0, []
    for letter in text:
        depth += letter == OPENS
        if not depth:
            kept.append(letter)
        depth -= letter == CLOSES
    rest = FROM_BABEL.sub("", OTHERS.sub("", "".join(kept)))
    return "".join(letter for letter in rest if letter.isalpha() and letter not in GEORGIAN.values())


async def test_nothing_people_read_is_hard_coded_and_long_translations_break_no_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "send", typed_foreign)
    monkeypatch.setattr(Stage, "command", named_foreign)
    async with standing(tmp_path, corpus=written_foreign(built_in())) as still:
        pieces = 0
        for each in scene:
            for locale in (ACCENTED, MIRRORED) if each.name == "my-work" else (ACCENTED,):
                async with each.played(still, locale) as (stage, subject):
                    told = list(said(stage, subject))
                assert [text for text in told if outside(text)] == [], (each.name, locale)
                assert still.witness.refused == [], (each.name, locale)
                pieces += len(told)
        assert pieces > 20 * len(list(scene))


async def test_a_hard_coded_word_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outside("⟦Ţàšķ ⟦ñéšţéđ⟧ öñé⟧ 12 · **B** <@1> `/task` English") == ""
    button = cards.button

    def spoken(_label: str | None, *args: object, **options: object) -> object:
        return button("My work", *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(cards, "button", spoken)
    async with standing(tmp_path) as still:
        skipped = next(each for each in scene if each.name == "skipped")
        async with skipped.played(still, ACCENTED) as (stage, subject):
            assert "Mywork" in {outside(text) for text in said(stage, subject)}
