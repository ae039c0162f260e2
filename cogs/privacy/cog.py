"""The command `/privacy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import Colour, app_commands
from discord.ext import commands

from cogs.answering import answer_with_file
from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import open_form, show, turn
from cogs.parts.cards import notice
from cogs.parts.ids import Action, subject_of
from cogs.privacy.cards import choices_in, delete_card, delete_form, done_card, file_of, known_card, leave_card
from cogs.texts.translator import command_text
from trees.refusals import NothingKnown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cogs.host import Interaction, Services, Ticket


class PrivacyCommands(commands.Cog):
    """Lets people see, take and erase what is theirs. Nobody need have agreed to anything for that."""

    privacy = app_commands.Group(
        name=command_text("command.privacy.name"),
        description=command_text("command.privacy.about"),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )

    def __init__(self, services: Services) -> None:
        self.services = services

    @privacy.command(
        name=command_text("command.privacy.show.name"), description=command_text("command.privacy.show.about")
    )
    async def show_known(self, interaction: Interaction) -> None:
        """Show what is known of a person as a new card."""
        known = await self.services.privacy.show(caller_of(interaction))
        await show(interaction, known_card(known, texts_of(interaction)))

    @privacy.command(
        name=command_text("command.privacy.export.name"), description=command_text("command.privacy.export.about")
    )
    async def export(self, interaction: Interaction) -> None:
        """Give a person a copy of everything that is known of them."""
        await give_copy(interaction)

    @privacy.command(
        name=command_text("command.privacy.withdraw.name"), description=command_text("command.privacy.withdraw.about")
    )
    async def withdraw(self, interaction: Interaction) -> None:
        """Ask whether consent is withdrawn."""
        await show(interaction, leave_card(texts_of(interaction)))

    @privacy.command(
        name=command_text("command.privacy.delete.name"), description=command_text("command.privacy.delete.about")
    )
    async def delete(self, interaction: Interaction) -> None:
        """Say what erasing does, with the button that opens its form."""
        known = await self.services.privacy.show(caller_of(interaction))
        await show(interaction, delete_card(known, texts_of(interaction)))


async def give_copy(interaction: Interaction) -> None:
    """Answer with the file, if Discord takes one so long."""
    copy = await interaction.client.services.privacy.export(caller_of(interaction))
    texts = texts_of(interaction)
    if len(copy.content) > interaction.filesize_limit:
        await show(interaction, notice(texts("privacy.too_long"), colour=Colour.orange()))
    else:
        await answer_with_file(interaction, texts("privacy.copy"), file_of(copy))


async def copy_pressed(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Give a copy."""
    await give_copy(interaction)


async def delete_pressed(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Say what erasing does."""
    known = await interaction.client.services.privacy.show(caller_of(interaction))
    await turn(interaction, delete_card(known, texts_of(interaction)))


async def open_delete(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form in which somebody chooses, and confirms by a word."""
    await open_form(interaction, delete_form(interaction, subject_of(ticket), texts_of(interaction)))


async def take_delete(interaction: Interaction, ticket: Ticket, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Erase somebody who wrote the word, and give them the receipt."""
    texts, privacy, caller = texts_of(interaction), interaction.client.services.privacy, caller_of(interaction)
    known = await privacy.show(caller)
    if known.member_id != subject_of(ticket):
        # The form is of somebody they were before they were erased.
        raise NothingKnown
    chosen = choices_in(answers, texts)
    if chosen is None:
        await turn(interaction, delete_card(known, texts, wrong=True))
        return
    done = await privacy.erase(caller, texts=chosen[0], ratings=chosen[1])
    await turn(interaction, done_card(done, texts))


PRIVACY = Feature(
    name="privacy",
    cogs=(PrivacyCommands,),
    controls={
        Action.MYCOPY: copy_pressed,
        Action.FORGETME: delete_pressed,
        Action.FORGET: open_delete,
    },
    forms={Action.FORGOT: take_delete},
)
