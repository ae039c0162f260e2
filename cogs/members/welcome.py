"""The way in: what somebody sees after the consent and the languages, and the tour with a review to try.

Where they stand is in the store; what they had asked for stands in the controls and leads to that task in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Colour, ui

from cogs.host import Entry, caller_of, texts_of
from cogs.parts.answers import show, turn
from cogs.parts.buttons import button, menu
from cogs.parts.cards import ORCHARD, notice
from cogs.parts.conversation import blocks, role_name
from cogs.parts.desk import given_card, wish_left
from cogs.parts.ids import Action, wish_args, wish_of
from cogs.parts.notices import deliver
from cogs.parts.topics import topic_options
from trees.kinds import Role, TaskKind
from trees.onboarding import Onboarding
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.members import Standing
    from services.topics import Wished
    from trees.refusals import Refusal

STARS = ("1", "2", "3", "4", "5")
OUTCOMES = {"1": "low", "2": "low", "3": "middle", "4": "high", "5": "high", "spam": "spam", "lang": "lang"}
"""What is said of each answer to the review that people try."""

RIGHT = "low"


def welcome_card(standing: Standing, wished: Wished, texts: Texts, wish: tuple[str, str]) -> ui.LayoutView:
    """Return the card from which somebody new goes to their first task, or takes the tour before."""
    view = ui.LayoutView(timeout=None)
    words = texts("welcome.text", langs=texts.languages(standing.langs))
    view.add_item(ui.Container(ui.TextDisplay(words), accent_colour=ORCHARD))
    if options := topic_options(wished.offered, wished.liked, texts):
        view.add_item(
            ui.ActionRow(menu(texts("welcome.topics"), options, Action.TASTE, None, *wish, most=len(options), fewest=0))
        )
    tour = button(texts("welcome.tour"), Action.TOUR, None, Onboarding.TOUR.value, *wish, emoji="🎓")
    view.add_item(ui.ActionRow(_begin(texts, wish), tour))
    return view


def tour_card(texts: Texts, wish: tuple[str, str]) -> ui.LayoutView:
    """Return the page that shows how a conversation grows."""
    on = button(texts("tour.on"), Action.TOUR, None, Onboarding.PRACTICE.value, *wish, style=ButtonStyle.primary)
    return notice(texts("tour.text"), on, _begin(texts, wish, style=ButtonStyle.secondary))


def practice_card(texts: Texts, wish: tuple[str, str]) -> ui.LayoutView:
    """Return a review to try; it looks like the quick review of a task."""
    view = ui.LayoutView(timeout=None)
    head = f"### {texts(f'ask.{TaskKind.LABEL_ASSISTANT_REPLY}')}\n-# {texts('practice.head')}"
    body: list[ui.Item[Any]] = [ui.TextDisplay(head), ui.Separator(), ui.TextDisplay(_example(texts))]
    view.add_item(ui.Container(*body, ui.Separator(), ui.TextDisplay(texts("review.hint")), accent_colour=ORCHARD))

    def mark(label: str, name: str, emoji: str | None = None) -> ui.Button[Any]:
        return button(label, Action.PRACTICE, None, name, *wish, emoji=emoji)

    view.add_item(ui.ActionRow(*(mark(f"{star} ★", star) for star in STARS)))
    flaws = (mark(texts("review.spam"), "spam", "🚫"), mark(texts("review.lang"), "lang", "🌐"))
    view.add_item(ui.ActionRow(*flaws, _begin(texts, wish, style=ButtonStyle.secondary)))
    return view


def practised_card(name: str, texts: Texts, wish: tuple[str, str]) -> ui.LayoutView:
    """Return what there is to say of an answer to the review: whether it is right, and why."""
    outcome = OUTCOMES[name]
    right = outcome == RIGHT
    view = ui.LayoutView(timeout=None)
    verdict = texts("practice.right" if right else "practice.wrong")
    told = f"### {verdict}\n{texts(f'practice.{outcome}')}\n\n{texts('practice.why')}"
    colour = ORCHARD if right else Colour.gold()
    view.add_item(
        ui.Container(
            ui.TextDisplay(told), ui.Separator(), ui.TextDisplay(texts("practice.after")), accent_colour=colour
        )
    )
    again = button(texts("practice.again"), Action.TOUR, None, Onboarding.PRACTICE.value, *wish, emoji="↩️")
    view.add_item(ui.ActionRow(_begin(texts, wish), again))
    return view


def _example(texts: Texts) -> str:
    said = ((Role.PROMPTER, "practice.prompt"), (Role.ASSISTANT, "practice.reply"))
    laid = (blocks(Entry(f"**{role_name(role, texts)}**", texts(key)), texts) for role, key in said)
    return "\n\n".join(block for each in laid for block in each)


def _begin(texts: Texts, wish: tuple[str, str], style: ButtonStyle = ButtonStyle.success) -> ui.Button[Any]:
    return button(texts("welcome.begin"), Action.BEGIN, None, *wish, style=style)


async def card_of_step(interaction: Interaction, standing: Standing, wish: tuple[str, str]) -> ui.LayoutView:
    """Return the card on which somebody new stands."""
    texts = texts_of(interaction)
    match standing.onboarding:
        case Onboarding.TOUR:
            return tour_card(texts, wish)
        case Onboarding.PRACTICE:
            return practice_card(texts, wish)
    wished = await interaction.client.services.topics.wished(caller_of(interaction))
    return welcome_card(standing, wished, texts, wish)


async def welcome_door(interaction: Interaction, _refusal: Refusal) -> ui.LayoutView:
    """Lead somebody new to where they stand."""
    standing = await interaction.client.services.members.standing(caller_of(interaction))
    return await card_of_step(interaction, standing, wish_args(*wish_left(interaction)))


async def taste(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Keep the topics that somebody new likes, and stay where they are."""
    wish = _wish(ticket.args)
    services, caller = interaction.client.services, caller_of(interaction)
    wished = await services.topics.wish(caller, liked=values)
    standing = await services.members.standing(caller)
    await turn(interaction, welcome_card(standing, wished, texts_of(interaction), wish))


async def tour(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show a page of the tour, and keep that they are there."""
    if not ticket.args or ticket.args[0] not in {Onboarding.TOUR, Onboarding.PRACTICE}:
        raise PanelOutdated
    step, wish = Onboarding(ticket.args[0]), _wish(ticket.args[1:])
    await interaction.client.services.members.stand(caller_of(interaction), step)
    page = tour_card if step is Onboarding.TOUR else practice_card
    await turn(interaction, page(texts_of(interaction), wish))


async def practise(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Say what there is to say of an answer to the review; with that the tour is over."""
    if not ticket.args or ticket.args[0] not in OUTCOMES:
        raise PanelOutdated
    name, wish = ticket.args[0], _wish(ticket.args[1:])
    await interaction.client.services.members.stand(caller_of(interaction), Onboarding.DONE)
    await turn(interaction, practised_card(name, texts_of(interaction), wish))


async def begin(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Give the first task: the one that was asked for before all this."""
    kind, lang = wish_of(ticket.args)
    await interaction.client.services.members.stand(caller_of(interaction), Onboarding.DONE)
    await deliver(interaction, await given_card(interaction, kind, lang))


async def take_tour(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the tour once more as a new card, to somebody who is past all this."""
    await show(interaction, tour_card(texts_of(interaction), wish_args(None, None)))


def _wish(args: tuple[str, ...]) -> tuple[str, str]:
    return wish_args(*wish_of(args))
