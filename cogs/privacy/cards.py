"""What `/privacy` shows: what is known, what erasing does, the form that confirms it, the receipt."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
from discord import ButtonStyle, Colour, RadioGroupOption, TextStyle, ui

from cogs.parts.buttons import button
from cogs.parts.cards import me_button, notice
from cogs.parts.forms import form
from cogs.parts.ids import Action
from services.privacy import Choice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from cogs.host import Interaction
    from cogs.texts.catalogue import Texts
    from services.privacy import Copy, Known, Receipt

_TEXTS, _RATINGS, _WORD = "texts", "ratings", "word"
_TOLD = {
    "messages": "privacy.messages",
    "drafts": "privacy.drafts",
    "reviews": "privacy.reviews",
    "ballots": "privacy.ballots",
    "emoji_ratings": "privacy.emoji",
}


def known_card(known: Known, texts: Texts) -> ui.LayoutView:
    """Return what is known of somebody, in numbers, and what they can do about it."""
    lines = [texts.count(key, known.rows[table]) for table, key in _TOLD.items() if table in known.rows]
    told = "\n".join(f"- {line}" for line in lines)
    words = "\n".join(part for part in (texts("privacy.known"), told, texts("privacy.also")) if part)
    return notice(
        words,
        button(texts("privacy.take_copy"), Action.MYCOPY, style=ButtonStyle.primary),
        button(texts("privacy.withdraw"), Action.LEAVE),
        button(texts("privacy.delete"), Action.FORGETME, style=ButtonStyle.danger),
    )


def leave_card(texts: Texts) -> ui.LayoutView:
    """Return the question whether consent is withdrawn."""
    really = button(texts("leave.yes"), Action.LEFT, style=ButtonStyle.danger)
    return notice(texts("leave.ask"), really, me_button(texts), colour=Colour.red())


def delete_card(known: Known, texts: Texts, *, wrong: bool = False) -> ui.LayoutView:
    """Return what erasing does and cannot do, with the button that opens the form; `wrong`: the word was another."""
    words = texts("privacy.delete_ask")
    if wrong:
        words = f"{texts('privacy.wrong_word', word=texts('privacy.word'))}\n\n{words}"
    opens = button(texts("privacy.delete_open"), Action.FORGET, known.member_id, style=ButtonStyle.danger)
    copy = button(texts("privacy.take_copy"), Action.MYCOPY)
    return notice(words, opens, copy, me_button(texts), colour=Colour.red())


def delete_form(interaction: Interaction, member: UUID, texts: Texts) -> ui.Modal:
    """Return the form: what becomes of texts, what of ratings, and a word that nobody writes by mistake."""
    word: ui.TextInput[Any] = ui.TextInput(
        custom_id=_WORD, style=TextStyle.short, placeholder=texts("privacy.word"), max_length=40
    )
    rows: list[ui.Item[Any]] = [
        _choice(_TEXTS, texts("privacy.texts"), texts, Choice.ERASE),
        _choice(_RATINGS, texts("privacy.ratings"), texts, Choice.KEEP),
        ui.Label(text=texts("privacy.type_word", word=texts("privacy.word")), component=word),
    ]
    return form(interaction, texts("privacy.delete_title"), rows, Action.FORGOT, member)


def _choice(name: str, label: str, texts: Texts, usual: Choice) -> ui.Label[Any]:
    options = [
        RadioGroupOption(label=texts(key), value=choice.value, default=choice is usual)
        for choice, key in ((Choice.ERASE, "privacy.erase"), (Choice.KEEP, "privacy.keep"))
    ]
    return ui.Label(text=label, component=ui.RadioGroup(custom_id=name, options=options, required=True))


def choices_in(answers: Mapping[str, tuple[str, ...]], texts: Texts) -> tuple[Choice, Choice] | None:
    """Return what somebody chose for texts and ratings, None where they did not write the word."""
    written = "".join(answers.get(_WORD, ())).strip().casefold()
    if written != texts("privacy.word").casefold():
        return None
    chosen = ["".join(answers.get(name, ())) for name in (_TEXTS, _RATINGS)]
    return None if not all(each in set(Choice) for each in chosen) else (Choice(chosen[0]), Choice(chosen[1]))


def done_card(done: Receipt, texts: Texts) -> ui.LayoutView:
    """Return the receipt; it is the last thing said to somebody who is nobody here any more."""
    return notice(texts("privacy.done", receipt=str(done.erasure.id)), colour=Colour.light_grey())


def file_of(copy: Copy) -> discord.File:
    """Return a copy as a file."""
    return discord.File(io.BytesIO(copy.content), copy.name)
