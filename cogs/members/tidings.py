"""Direct messages about one's own texts and about work that waits; each with a way to hear no more of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from cogs.members.preferences import MESSAGES
from cogs.members.works import line_text
from cogs.parts.buttons import button
from cogs.parts.cards import next_button, notice
from cogs.parts.ids import Action
from cogs.texts.catalogue import FALLBACK, texts_for
from services.people import Caller
from trees.ids import MessageId, UiLocale
from trees.refusals import NotYourText

if TYPE_CHECKING:
    from discord import ui

    from cogs.host import Host
    from cogs.texts.catalogue import Texts
    from services.authored import Looked
    from services.outbox import Letter

_LINE = 200


async def say_answered(host: Host, letter: Letter) -> ui.LayoutView | None:
    """Write that a prompt was answered; nothing where its author has taken it back meanwhile."""
    looked, texts = await _own(host, letter), _texts(letter)
    if looked is None:
        return None
    words = texts("tidings.answered", text=line_text(looked.work.text, _LINE, texts))
    return notice(words, *_ways(looked, texts))


async def say_ranked_first(host: Host, letter: Letter) -> ui.LayoutView | None:
    """Write that a reply was ranked first, likewise."""
    looked, texts = await _own(host, letter), _texts(letter)
    if looked is None:
        return None
    siblings = int(letter.facts["siblings"])
    words = texts("tidings.first", siblings=siblings, text=line_text(looked.work.text, _LINE, texts))
    return notice(words, *_ways(looked, texts))


async def say_waiting(_host: Host, letter: Letter) -> ui.LayoutView:
    """Write that reviews wait."""
    texts = _texts(letter)
    words = texts.count("tidings.waiting", int(letter.facts["number"]))
    return notice(f"{words}\n-# {texts('tidings.seldom')}", next_button(texts), _no_more(texts))


async def _own(host: Host, letter: Letter) -> Looked | None:
    caller = Caller(letter.account or "", None, letter.locale or UiLocale(FALLBACK))
    try:
        return await host.services.authored.look(caller, MessageId(UUID(str(letter.facts["message"]))))
    except NotYourText:
        return None


def _texts(letter: Letter) -> Texts:
    return texts_for(letter.locale or FALLBACK)


def _ways(looked: Looked, texts: Texts) -> tuple[ui.Button[Any], ...]:
    return button(texts("tidings.look"), Action.WORK, looked.work.id, "0"), next_button(texts), _no_more(texts)


def _no_more(texts: Texts) -> ui.Button[Any]:
    return button(texts("tidings.no_more"), Action.SWITCH, None, MESSAGES, "0")
