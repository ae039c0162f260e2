"""Consent: the text people read, how exactly it is recorded, and taking it back."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from discord import ButtonStyle, Colour, ui

from cogs.host import caller_of, texts_of
from cogs.members.languages import languages_card
from cogs.parts.answers import show, turn
from cogs.parts.buttons import button
from cogs.parts.cards import me_button, notice
from cogs.parts.desk import given_card, wish_left
from cogs.parts.ids import Action, number_of, wish_args, wish_of
from cogs.parts.notices import deliver
from cogs.texts.catalogue import texts_for
from trees.ids import UiLocale
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.members import Standing
    from trees.kinds import TaskKind
    from trees.refusals import Refusal

_MOST_VERSIONS = 10_000


def consent_text(standing: Standing, texts: Texts) -> str:
    """Return the text a person agrees to, as it is shown; its digest is recorded."""
    return texts("consent.text", licence=standing.licence, version=str(standing.consent_version))


def consent_card(standing: Standing, texts: Texts, kind: TaskKind | None, lang: str | None) -> ui.LayoutView:
    """Return the card a person agrees on; the button carries what exactly was read, and what they had asked for."""
    text = consent_text(standing, texts)
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    agreed = (str(standing.consent_version), digest, texts.name, *wish_args(kind, lang))
    agree = button(texts("consent.agree"), Action.AGREE, None, *agreed, style=ButtonStyle.success)
    return notice(text, agree, button(texts("consent.not_now"), Action.NOTNOW))


async def consent_door(interaction: Interaction, _refusal: Refusal) -> ui.LayoutView:
    """Lead somebody who has not agreed to the text."""
    standing = await interaction.client.services.members.standing(caller_of(interaction))
    return consent_card(standing, texts_of(interaction), *wish_left(interaction))


async def agree(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Record the consent to the text that was shown, then go on to languages or straight to work."""
    if len(ticket.args) != 5:
        raise PanelOutdated
    version = number_of(ticket.args[0], _MOST_VERSIONS)
    kind, lang = wish_of(ticket.args[3:])
    # Recorded is the language of the text that was read, whatever language Discord is set to by now.
    caller = replace(caller_of(interaction), locale=UiLocale(texts_for(ticket.args[2]).name))
    members = interaction.client.services.members
    standing = await members.consent(caller, version=version, text_sha256=_hex(ticket.args[1]))
    if standing.langs:
        await deliver(interaction, await given_card(interaction, kind, lang))
    else:
        await turn(interaction, languages_card(standing, texts_of(interaction), kind, lang))


def _hex(digest: str) -> str:
    try:
        found = base64.urlsafe_b64decode(digest + "=")
    except (ValueError, binascii.Error):
        raise PanelOutdated from None
    if len(found) != hashlib.sha256().digest_size:
        raise PanelOutdated
    return found.hex()


async def not_now(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Take the text away; nothing is recorded."""
    await turn(interaction, notice(texts_of(interaction)("consent.declined"), colour=Colour.light_grey()))


async def leave(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Ask whether consent is really withdrawn, and say what that means."""
    texts = texts_of(interaction)
    really = button(texts("leave.yes"), Action.LEFT, style=ButtonStyle.danger)
    await show(interaction, notice(texts("leave.ask"), really, me_button(texts), colour=Colour.red()))


async def left(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Withdraw consent."""
    await interaction.client.services.members.withdraw(caller_of(interaction))
    await turn(interaction, notice(texts_of(interaction)("leave.done"), colour=Colour.light_grey()))
