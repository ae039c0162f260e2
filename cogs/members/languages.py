"""The languages a person writes and reads in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import SelectOption, ui

from cogs.host import caller_of, texts_of
from cogs.members.preferences import preferences_of
from cogs.members.welcome import card_of_step
from cogs.parts.answers import turn
from cogs.parts.buttons import menu
from cogs.parts.cards import ORCHARD, next_button, settings_button
from cogs.parts.desk import given_card, wish_left
from cogs.parts.ids import Action, number_of, wish_args, wish_of
from cogs.parts.notices import deliver
from trees.onboarding import Onboarding
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.members import Standing
    from trees.kinds import TaskKind
    from trees.refusals import Refusal

_MENU = 25
_MOST_MENUS = 4


_HOME = "prefs"


def languages_card(
    standing: Standing, texts: Texts, kind: TaskKind | None, lang: str | None, *, home: bool = False
) -> ui.LayoutView:
    """Return the card on which languages are chosen, in menus of 25; `home`: it leads back to the settings."""
    menus = _menus(standing)
    view = ui.LayoutView(timeout=None)
    words = texts("langs.ask", langs=texts.languages(standing.langs))
    view.add_item(ui.Container(ui.TextDisplay(words), accent_colour=ORCHARD))
    for number, offered in enumerate(menus):
        options = [
            SelectOption(label=texts.language(tag)[:100], value=tag, default=tag in standing.langs) for tag in offered
        ]
        select = menu(
            texts("langs.placeholder"),
            options,
            Action.LANGS,
            None,
            str(number),
            *((_HOME,) if home else wish_args(kind, lang)),
            most=len(options),
            fewest=1 if len(menus) == 1 else 0,
        )
        view.add_item(ui.ActionRow(select))
    if home:
        view.add_item(ui.ActionRow(settings_button(texts)))
    elif standing.langs:
        view.add_item(ui.ActionRow(next_button(texts, kind, lang)))
    return view


def _menus(standing: Standing) -> list[tuple[str, ...]]:
    offered = standing.offered[: _MENU * _MOST_MENUS]
    return [tuple(offered[start : start + _MENU]) for start in range(0, len(offered), _MENU)]


async def languages_door(interaction: Interaction, _refusal: Refusal) -> ui.LayoutView:
    """Lead somebody who has not said in which languages they write to the menu."""
    standing = await interaction.client.services.members.standing(caller_of(interaction))
    return languages_card(standing, texts_of(interaction), *wish_left(interaction))


async def pick_languages(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the menu of languages."""
    standing = await interaction.client.services.members.standing(caller_of(interaction))
    await turn(interaction, languages_card(standing, texts_of(interaction), None, None, home=True))


async def choose(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Keep the languages that were picked, then go on to what was asked for; with several menus, show them again."""
    home = ticket.args[1:] == (_HOME,)
    if len(ticket.args) != 3 and not home:
        raise PanelOutdated
    kind, lang = (None, None) if home else wish_of(ticket.args[1:])
    number = number_of(ticket.args[0], _MOST_MENUS)
    members, caller = interaction.client.services.members, caller_of(interaction)
    standing = await members.standing(caller)
    menus = _menus(standing)
    elsewhere = {tag for index, tags in enumerate(menus) if index != number for tag in tags}
    kept = [tag for tag in standing.langs if tag in elsewhere or tag in values]
    chosen = await members.choose_languages(caller, kept + [tag for tag in values if tag not in kept])
    if len(menus) > 1:
        await turn(interaction, languages_card(chosen, texts_of(interaction), kind, lang, home=home))
    elif home:
        await turn(interaction, await preferences_of(interaction))
    elif chosen.onboarding is not Onboarding.DONE:
        await turn(interaction, await card_of_step(interaction, chosen, wish_args(kind, lang)))
    else:
        await deliver(interaction, await given_card(interaction, kind, lang))
