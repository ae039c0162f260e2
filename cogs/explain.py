"""The one place where errors become words."""

from __future__ import annotations

import dataclasses
import io
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands, ui

from cogs.answering import answer
from cogs.host import Host, Interaction, texts_of
from cogs.texts.refusals import refusal_text
from trees.refusals import Refusal

if TYPE_CHECKING:
    from cogs.texts.catalogue import Texts

log = logging.getLogger(__name__)

WORDS_FILE = "your-text.txt"

UNKNOWN_INTERACTION = 10062
UNKNOWN_WEBHOOK = 10015
INVALID_TOKEN = 50027
ALREADY_ANSWERED = 40060
UNTOLD = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What is raised where an answer does not reach Discord, or is not taken."""

_NOBODY_LISTENS = {UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, INVALID_TOKEN, ALREADY_ANSWERED}


@dataclasses.dataclass(frozen=True, slots=True)
class WayOut:
    """What a person can do when what they ask for is refused; a handler leaves it with the interaction."""

    button: ui.Button[Any] | None = None
    """Leads on, where the refusal is one of `mended_by_button`."""
    mended_by_button: tuple[type[Refusal], ...] = ()
    words: str | None = None
    """What the person wrote: given back as a file where the button does not bring it back."""


def leave_way_out(interaction: Interaction, way_out: WayOut) -> None:
    """Remember, until this interaction is answered, how a refusal can be mended."""
    interaction.extras["way_out"] = way_out


class Tree(app_commands.CommandTree[Host]):
    """Slash commands, let in one after another, whose errors are explained like all others."""

    async def _call(self, interaction: Interaction) -> None:
        # The one place that commands and their suggestions pass before and after their work.
        call = super()._call

        async def work() -> None:
            try:
                await call(interaction)
            except app_commands.AppCommandError as error:
                await self.on_error(interaction, error)

        await interaction.client.gate.admit(interaction, work)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the person what went wrong."""
        await explain(interaction, error)


async def explain(interaction: Interaction, error: BaseException) -> None:
    """Tell the person in words why what they asked for is not done; log what is a bug, under the number they are told.

    Serves interactions that are fresh, answered already, or expired (then the log alone hears of it).
    """
    cause = _cause(error)
    if isinstance(cause, discord.HTTPException) and cause.code in _NOBODY_LISTENS:
        log.warning("interaction could not be answered", extra={"interaction": interaction.id, "code": cause.code})
        return
    if not isinstance(cause, Refusal | app_commands.AppCommandError):
        log.error("unexpected error", exc_info=cause, extra={"bug": bug_number(interaction)})
    try:
        await answer(interaction, await _some_card(interaction, cause), file=_file(interaction, cause))
    except UNTOLD as failed:
        code = getattr(failed, "code", type(failed).__name__)
        log.warning("error could not be told", extra={"interaction": interaction.id, "code": code})


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    return error


async def _some_card(interaction: Interaction, cause: BaseException) -> ui.LayoutView:
    try:
        return await _card(interaction, cause)
    except Exception as worse:
        log.exception("error could not be explained", extra={"bug": bug_number(interaction)})
        return await _card(interaction, RuntimeError(type(worse).__name__))


async def _card(interaction: Interaction, cause: BaseException) -> ui.LayoutView:
    texts = texts_of(interaction)
    view = await _led_on(interaction, cause) if isinstance(cause, Refusal) else None
    if view is None:
        view = ui.LayoutView(timeout=None)
        words = _words(interaction, cause, texts)
        view.add_item(ui.Container(ui.TextDisplay(words), accent_colour=discord.Colour.orange()))
    way_out = _way_out(interaction)
    if way_out.words and not isinstance(cause, way_out.mended_by_button):
        view.add_item(ui.TextDisplay(texts("error.your_words")))
        view.add_item(ui.File(f"attachment://{WORDS_FILE}"))
    if way_out.button and isinstance(cause, way_out.mended_by_button):
        view.add_item(ui.ActionRow(way_out.button))
    return view


async def _led_on(interaction: Interaction, refusal: Refusal) -> ui.LayoutView | None:
    for family in type(refusal).__mro__:
        if door := interaction.client.doors.get(family):
            try:
                return await door(interaction, refusal)
            except Refusal as deeper:
                log.info("no way on", extra={"refusal": type(refusal).__name__, "deeper": type(deeper).__name__})
                return None
    return None


def _words(interaction: Interaction, cause: BaseException, texts: Texts) -> str:
    if isinstance(cause, Refusal):
        return refusal_text(cause, texts)
    if isinstance(cause, app_commands.AppCommandError):
        return texts("error.command")
    return texts("error.bug", bug=bug_number(interaction))


def _way_out(interaction: Interaction) -> WayOut:
    way_out = interaction.extras.get("way_out")
    return way_out if isinstance(way_out, WayOut) else WayOut()


def _file(interaction: Interaction, cause: BaseException) -> discord.File | None:
    way_out = _way_out(interaction)
    if not way_out.words or isinstance(cause, way_out.mended_by_button):
        return None
    return discord.File(io.BytesIO(way_out.words.encode("utf-8", "backslashreplace")), WORDS_FILE)


def bug_number(interaction: Interaction) -> str:
    """Return the number under which an unexpected error is logged: short, and of this interaction alone."""
    return f"{interaction.id:x}"[-10:]
