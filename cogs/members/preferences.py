"""What people change about themselves: one line each, with the button that changes it beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, ui

from cogs.host import caller_of, texts_of
from cogs.parts.answers import show, turn
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, me_button, next_button
from cogs.parts.ids import Action, number_of
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cogs.host import Interaction, Services, Ticket
    from cogs.texts.catalogue import Texts
    from services.members import Preferences
    from services.people import Caller
    from services.topics import Wished

_NAMED = 12
"""Languages, or topics, that are named."""

BOARDS, MESSAGES, SHOWCASE = "boards", "dms", "showcase"


def preferences_card(found: Preferences, wished: Wished, texts: Texts) -> ui.LayoutView:
    """Return everything that somebody may change about themselves."""
    view = ui.LayoutView(timeout=None)
    messages = "prefs.messages_closed" if found.messages_closed else "prefs.messages"
    rows = [
        _row(
            texts("prefs.languages", langs=_some(found.standing.langs, texts.language, texts)),
            _change(texts, Action.PICKLANG),
        ),
        _row(_topics(wished, texts), _change(texts, Action.TOPICS)),
        _switch(texts("prefs.boards", on=_on(texts, on=found.on_boards)), BOARDS, texts, on=found.on_boards),
        _switch(texts(messages, on=_on(texts, on=found.messages)), MESSAGES, texts, on=found.messages),
        _switch(texts("prefs.showcase", on=_on(texts, on=found.in_showcase)), SHOWCASE, texts, on=found.in_showcase),
        _row(texts("prefs.tour"), button(texts("prefs.take_tour"), Action.TOURED, emoji="🎓")),
        _row(texts("prefs.leave"), button(texts("prefs.withdraw"), Action.LEAVE, style=ButtonStyle.danger)),
    ]
    head: ui.TextDisplay[Any] = ui.TextDisplay(f"### {texts('prefs.title')}\n-# {texts('prefs.interface')}")
    view.add_item(ui.Container(head, ui.Separator(), *rows, accent_colour=ORCHARD))
    view.add_item(ui.ActionRow(me_button(texts), next_button(texts)))
    return view


def _languages(found: Preferences, texts: Texts) -> str:
    return texts("prefs.languages", langs=_some(found.standing.langs, texts.language, texts))


def _topics(wished: Wished, texts: Texts) -> str:
    liked, avoided = (_some(names, texts.topic, texts) for names in (wished.liked, wished.avoided))
    return texts("prefs.topics", liked=liked, avoided=avoided)


def _some(names: Sequence[str], told: Callable[[str], str], texts: Texts) -> str:
    """Return names as a list; of many only the first, for others of the page need room too."""
    named = [told(name) for name in names[:_NAMED]]
    if rest := len(names) - len(named):
        named.append(texts.count("prefs.more", rest))
    return texts.listed(named)


def _row(words: str, accessory: ui.Button[Any]) -> ui.Section[Any]:
    return ui.Section(ui.TextDisplay(words), accessory=accessory)


def _change(texts: Texts, action: Action) -> ui.Button[Any]:
    return button(texts("prefs.change"), action)


def _on(texts: Texts, *, on: bool) -> str:
    return texts("value.yes" if on else "value.no")


def _switch(words: str, name: str, texts: Texts, *, on: bool) -> ui.Section[Any]:
    wanted, label = ("0", "prefs.turn_off") if on else ("1", "prefs.turn_on")
    style = ButtonStyle.secondary if on else ButtonStyle.success
    return _row(words, button(texts(label), Action.SWITCH, None, name, wanted, style=style))


async def preferences_of(interaction: Interaction) -> ui.LayoutView:
    """Return the page of whoever asks.

    Raises:
        ConsentNeeded: they have not agreed to the terms in force.
    """
    services, caller = interaction.client.services, caller_of(interaction)
    found = await services.members.preferences(caller)
    return preferences_card(found, await services.topics.wished(caller), texts_of(interaction))


async def open_preferences(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the page in the place of the card."""
    await turn(interaction, await preferences_of(interaction))


async def show_preferences(interaction: Interaction) -> None:
    """Show the page as a new card."""
    await show(interaction, await preferences_of(interaction))


async def switch(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Turn something on or off as the button said, however often it is pressed, and show the page as it is then."""
    if len(ticket.args) != 2:
        raise PanelOutdated
    on = number_of(ticket.args[1], 2) == 1
    await _set(interaction.client.services, caller_of(interaction), ticket.args[0], on=on)
    await turn(interaction, await preferences_of(interaction))


async def _set(services: Services, caller: Caller, name: str, *, on: bool) -> None:
    if name == BOARDS:
        await services.standings.show_me(caller, on=on)
    elif name == MESSAGES:
        await services.outbox.wish(caller, wanted=on)
    elif name == SHOWCASE:
        await services.members.lend_to_showcase(caller, on=on)
    else:
        raise PanelOutdated
