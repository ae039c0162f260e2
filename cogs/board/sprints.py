"""Sprints: the command that opens one, how one stands, and what is said at its beginning and end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from discord import ButtonStyle, app_commands, ui
from discord.ext import commands

from cogs.host import caller_of, texts_of
from cogs.parts.answers import show
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, me_button, notice
from cogs.parts.commands import moderators_group
from cogs.parts.ids import Action, wish_args
from cogs.parts.neutral import neutral
from cogs.parts.suggestions import languages_like
from cogs.texts.catalogue import FALLBACK, texts_for
from cogs.texts.translator import command_text
from services.sprints import Effort
from trees.ids import UiLocale

if TYPE_CHECKING:
    from cogs.host import Host, Interaction, Services, Ticket
    from cogs.texts.catalogue import Texts
    from services.outbox import Letter
    from services.sprints import Line, Race

_EFFORTS = [app_commands.Choice(name=command_text(f"effort.{effort}"), value=effort.value) for effort in Effort]
_CELLS = 10
_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
_ON_THE_STAND = 3
"""Places that are named when a sprint is over."""


class SprintCommands(commands.Cog):
    """Opens a sprint and ends it."""

    sprint = moderators_group(command_text("command.sprint.name"), command_text("command.sprint.about"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @sprint.command(
        name=command_text("command.sprint.start.name"), description=command_text("command.sprint.start.about")
    )
    @app_commands.rename(
        name=command_text("command.sprint.title.name"),
        minutes=command_text("command.sprint.minutes.name"),
        work=command_text("command.sprint.work.name"),
        goal=command_text("command.sprint.goal.name"),
        language=command_text("command.sprint.language.name"),
    )
    @app_commands.describe(
        name=command_text("command.sprint.title.about"),
        minutes=command_text("command.sprint.minutes.about"),
        work=command_text("command.sprint.work.about"),
        goal=command_text("command.sprint.goal.about"),
        language=command_text("command.sprint.language.about"),
    )
    @app_commands.choices(work=_EFFORTS)
    async def start(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, 80],
        minutes: app_commands.Range[int, 10, 20160],
        work: str = Effort.ANYTHING.value,
        goal: app_commands.Range[int, 0, 1_000_000] = 0,
        language: app_commands.Range[str, 1, 35] | None = None,
    ) -> None:
        """Open a sprint; this channel is told of it."""
        own = str(interaction.guild_locale) if interaction.guild_locale else FALLBACK
        race = await self.services.sprints.start(
            caller_of(interaction),
            name=name,
            lasts=timedelta(minutes=minutes),
            effort=Effort(work),
            lang=language,
            goal=goal,
            channel=str(interaction.channel_id),
            locale=UiLocale(own),
        )
        await show(interaction, race_card(race, texts_of(interaction)))

    @sprint.command(
        name=command_text("command.sprint.stop.name"), description=command_text("command.sprint.stop.about")
    )
    async def stop(self, interaction: Interaction) -> None:
        """End the sprint before its time."""
        race = await self.services.sprints.stop(caller_of(interaction))
        await show(interaction, race_card(race, texts_of(interaction)))

    @start.autocomplete("language")
    async def languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the pool's languages."""
        standing = await self.services.members.standing(caller_of(interaction))
        return languages_like(standing.offered, typed, texts_of(interaction))


def race_lines(race: Race, texts: Texts) -> str:
    """Return a sprint in a few lines: its name, what is counted, until when, and how far it is."""
    sprint = race.sprint
    about = [texts(f"effort.{sprint.effort}")]
    if sprint.lang:
        about.append(texts.language(sprint.lang))
    about.append(texts("sprint.over") if race.over else texts("sprint.ends", until=sprint.ends_at))
    done = texts.count("sprint.done", race.done)
    if sprint.goal:
        reached = f"{texts('noticeboard.reached')} " if race.done >= sprint.goal else ""
        done = f"{reached}{texts('sprint.of_goal', done=race.done, goal=sprint.goal)}\n{bar(race.done, sprint.goal)}"
    people = texts.count("noticeboard.people", race.people)
    return f"⚡ **{neutral(sprint.name)}**\n-# {' · '.join(about)}\n{done} · {people}"


def bar(done: int, goal: int) -> str:
    """Return how much of a goal is done as a row of cells; all are full only when it is reached."""
    full = min(_CELLS, done * _CELLS // goal)
    return "🟦" * full + "⬜" * (_CELLS - full)


def race_card(race: Race, texts: Texts) -> ui.LayoutView:
    """Return how a sprint stands, with whoever wants to be seen and oneself."""
    view = ui.LayoutView(timeout=None)
    body: list[ui.Item[Any]] = [ui.TextDisplay(race_lines(race, texts))]
    lines = "\n".join(_line(line, texts) for line in race.lines) or texts("board.empty")
    body += [ui.Separator(), ui.TextDisplay(f"{lines}\n-# {texts('sprint.seen')}")]
    view.add_item(ui.Container(*body, accent_colour=ORCHARD))
    view.add_item(ui.ActionRow(_task(texts), me_button(texts), button(texts("me.leaders"), Action.LEADERS)))
    return view


def _line(line: Line, texts: Texts) -> str:
    who = f"**<@{line.account}>**" if line.own else f"<@{line.account}>"
    return f"{_MEDALS.get(line.place, f'{line.place}.')} {who} · {texts.fact(line.done)}"


def _task(texts: Texts) -> ui.Button[Any]:
    wish = wish_args(None, None)
    return button(texts("noticeboard.task"), Action.NEXT, None, *wish, style=ButtonStyle.success)


def sprint_button(texts: Texts) -> ui.Button[Any]:
    """Return the button that shows how the sprint stands."""
    return button(texts("sprint.standing"), Action.SPRINT, emoji="⚡")


async def show_standing(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show how the sprint stands as a new card."""
    race = await interaction.client.services.sprints.standing(caller_of(interaction))
    await show(interaction, race_card(race, texts_of(interaction)))


async def say_begun(host: Host, letter: Letter) -> ui.LayoutView | None:
    """Write that a sprint has begun."""
    race, texts = await _told(host, letter)
    if race is None or race.over:
        return None
    return notice(f"### {texts('sprint.begun')}\n{race_lines(race, texts)}", _task(texts), sprint_button(texts))


async def say_over(host: Host, letter: Letter) -> ui.LayoutView | None:
    """Write that a sprint is over, what came of it, and who did most of those who want to be seen."""
    race, texts = await _told(host, letter)
    if race is None:
        return None
    best = [_line(line, texts) for line in race.lines if line.place <= _ON_THE_STAND][:_ON_THE_STAND]
    words = "\n".join([f"### {texts('sprint.ended')}", race_lines(race, texts), *best, texts("sprint.thanks")])
    return notice(words, _task(texts), sprint_button(texts))


async def _told(host: Host, letter: Letter) -> tuple[Race | None, Texts]:
    race = await host.services.sprints.told(UUID(str(letter.facts["sprint"])))
    return race, texts_for(letter.locale or FALLBACK)
