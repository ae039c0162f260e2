"""The command `/task`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import show
from cogs.parts.desk import given_card
from cogs.parts.ids import Action
from cogs.parts.notices import deliver
from cogs.parts.pager import TASK
from cogs.parts.suggestions import languages_like
from cogs.texts.translator import command_text
from cogs.work import next_question, panels, preview, topics
from cogs.work.nothing import nothing_door
from trees.kinds import TaskKind
from trees.refusals import NothingToDo, PanelOutdated, Refusal

if TYPE_CHECKING:
    from cogs.host import Interaction, Services

_KINDS = [app_commands.Choice(name=command_text(f"kind.{kind}"), value=kind.value) for kind in TaskKind]


class Work(commands.Cog):
    """Gives people work."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command(name=command_text("command.task.name"), description=command_text("command.task.about"))
    @app_commands.rename(
        kind=command_text("command.task.kind.name"), language=command_text("command.task.language.name")
    )
    @app_commands.describe(
        kind=command_text("command.task.kind.about"), language=command_text("command.task.language.about")
    )
    @app_commands.choices(kind=_KINDS)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def task(
        self,
        interaction: Interaction,
        kind: str | None = None,
        language: app_commands.Range[str, 1, 35] | None = None,
    ) -> None:
        """Show a task as a new card."""
        if kind not in {None, *TaskKind}:
            raise PanelOutdated
        wished = TaskKind(kind) if kind else None
        await deliver(interaction, await given_card(interaction, wished, language), put=show)

    @task.autocomplete("language")
    async def languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the person's own languages that match what is typed."""
        texts = texts_of(interaction)
        try:
            standing = await self.services.members.standing(caller_of(interaction))
        except Refusal:
            # An autocompletion has no place for words; asking for the task will say them.
            return []
        return languages_like(standing.langs, typed, texts)


WORK = Feature(
    name="work",
    cogs=(Work,),
    controls={
        Action.ABOUT: topics.say,
        Action.DRAFT: panels.open_draft,
        Action.DRAFTED: preview.show_draft,
        Action.DROP: preview.ask_to_drop,
        Action.DROPPED: preview.drop,
        Action.NEXT: panels.next_task,
        Action.FOLLOW: next_question.follow,
        Action.OPEN: panels.open_task,
        Action.PAGE: panels.turn_page,
        Action.PART: preview.open_part,
        Action.PROPOSE: next_question.open_proposal,
        Action.SEND: preview.send,
        Action.SKIP: panels.skip,
        Action.UNSKIP: panels.unskip,
        Action.WRITE: panels.write,
    },
    forms={
        Action.TEXT: panels.take_text,
        Action.PARTED: preview.take_part,
        Action.PROPOSED: next_question.take_proposal,
    },
    shelves={TASK: panels.task_book, preview.DRAFT: preview.draft_book},
    desks={kind: panels.writing_card for kind in TaskKind if kind.activity.writes},
    doors={NothingToDo: nothing_door},
)
