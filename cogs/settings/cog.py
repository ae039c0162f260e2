"""The command `/settings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import show, turn
from cogs.parts.commands import moderators_group
from cogs.parts.ids import Action, number_of
from cogs.settings import suggestions
from cogs.settings.cards import changed_card, history_card, left_card, opened_card, settings_card
from cogs.settings.groups import FILLED
from cogs.settings.waiting import waits_card
from cogs.texts.translator import command_text
from services.setting_fields import SETTINGS
from trees.refusals import PanelOutdated, Refusal

if TYPE_CHECKING:
    from cogs.host import Interaction, Services, Ticket
    from cogs.settings.suggestions import Choice
    from services.settings import Shown

_ANY = "-"
_MOST_PAGES = 1000
_GROUPS = [app_commands.Choice(name=command_text(f"settings.group.{group}"), value=group) for group in FILLED]

Word = app_commands.Range[str, 1, 100]
Tag = app_commands.Range[str, 1, 35]


class SettingsCommands(commands.Cog):
    """Shows and changes the rules of a community and its pool."""

    settings = moderators_group(command_text("command.settings.name"), command_text("command.settings.about"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @settings.command(
        name=command_text("command.settings.show.name"), description=command_text("command.settings.show.about")
    )
    @app_commands.rename(
        about=command_text("command.settings.group.name"), language=command_text("command.settings.language.name")
    )
    @app_commands.describe(
        about=command_text("command.settings.group.about"), language=command_text("command.settings.language.about")
    )
    @app_commands.choices(about=_GROUPS)
    async def show_group(self, interaction: Interaction, about: str = "pool", language: Tag | None = None) -> None:
        """Show one group of settings as a new card."""
        shown = await self.services.settings.show(caller_of(interaction), language)
        await show(interaction, settings_card(shown, _group(about), texts_of(interaction)))

    @settings.command(
        name=command_text("command.settings.set.name"), description=command_text("command.settings.set.about")
    )
    @app_commands.rename(
        setting=command_text("command.settings.setting.name"),
        value=command_text("command.settings.value.name"),
        language=command_text("command.settings.language.name"),
    )
    @app_commands.describe(
        setting=command_text("command.settings.setting.about"),
        value=command_text("command.settings.value.about"),
        language=command_text("command.settings.language.about"),
    )
    async def change(
        self,
        interaction: Interaction,
        setting: Word,
        value: app_commands.Range[str, 0, 1000],
        language: Tag | None = None,
    ) -> None:
        """Change a setting, and say what came of it."""
        texts = texts_of(interaction)
        changed = await self.services.settings.set(caller_of(interaction), setting, value, language)
        await show(interaction, changed_card(changed, texts, taken_back=False))

    @settings.command(
        name=command_text("command.settings.unset.name"), description=command_text("command.settings.unset.about")
    )
    @app_commands.rename(
        setting=command_text("command.settings.setting.name"), language=command_text("command.settings.language.name")
    )
    @app_commands.describe(
        setting=command_text("command.settings.setting.about"), language=command_text("command.settings.language.about")
    )
    async def take_back(self, interaction: Interaction, setting: Word, language: Tag | None = None) -> None:
        """Take a change back, and say what holds now."""
        texts = texts_of(interaction)
        changed = await self.services.settings.unset(caller_of(interaction), setting, language)
        await show(interaction, changed_card(changed, texts, taken_back=True))

    @settings.command(
        name=command_text("command.settings.history.name"), description=command_text("command.settings.history.about")
    )
    @app_commands.rename(
        setting=command_text("command.settings.setting.name"), language=command_text("command.settings.language.name")
    )
    @app_commands.describe(
        setting=command_text("command.settings.setting.about"), language=command_text("command.settings.language.about")
    )
    async def look_back(
        self, interaction: Interaction, setting: Word | None = None, language: Tag | None = None
    ) -> None:
        """Show what was changed as a new card."""
        history = await self.services.settings.history(caller_of(interaction), name=setting, lang=language)
        await show(interaction, history_card(history, texts_of(interaction), name=setting, lang=language))

    @settings.command(
        name=command_text("command.settings.waiting.name"), description=command_text("command.settings.waiting.about")
    )
    @app_commands.rename(language=command_text("command.settings.language.name"))
    @app_commands.describe(language=command_text("command.settings.language.about"))
    async def show_waiting(self, interaction: Interaction, language: Tag | None = None) -> None:
        """Show what unfinished conversations wait for as a new card."""
        waits = await self.services.waits.waits(caller_of(interaction), language)
        await show(interaction, waits_card(waits, texts_of(interaction)))

    @settings.command(
        name=command_text("command.settings.open.name"), description=command_text("command.settings.open.about")
    )
    @app_commands.rename(
        preset=command_text("command.settings.preset.name"),
        name=command_text("command.settings.pool_name.name"),
        licence=command_text("command.settings.licence.name"),
        languages=command_text("command.settings.languages.name"),
    )
    @app_commands.describe(
        preset=command_text("command.settings.preset.about"),
        name=command_text("command.settings.pool_name.about"),
        licence=command_text("command.settings.licence.about"),
        languages=command_text("command.settings.languages.about"),
    )
    async def open_pool(
        self,
        interaction: Interaction,
        preset: Word,
        name: Word | None = None,
        licence: app_commands.Range[str, 1, 64] | None = None,
        languages: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Let the community work for a pool of its own."""
        called = name or (interaction.guild.name if interaction.guild else "")
        langs = [part.strip() for part in languages.split(",") if part.strip()] if languages else None
        pool = await self.services.own_pools.open(
            caller_of(interaction), name=called, preset=preset, licence=licence, langs=langs
        )
        await show(interaction, opened_card(pool, texts_of(interaction)))

    @settings.command(
        name=command_text("command.settings.leave.name"), description=command_text("command.settings.leave.about")
    )
    async def leave_pool(self, interaction: Interaction) -> None:
        """Let the community work for the main pool again."""
        pool = await self.services.own_pools.leave(caller_of(interaction))
        await show(interaction, left_card(pool, texts_of(interaction)))

    @change.autocomplete("setting")
    @take_back.autocomplete("setting")
    @look_back.autocomplete("setting")
    async def suggest_settings(self, interaction: Interaction, typed: str) -> list[Choice]:
        """Offer settings that match what is typed."""
        return suggestions.settings_named(typed, texts_of(interaction))

    @change.autocomplete("value")
    async def suggest_values(self, interaction: Interaction, typed: str) -> list[Choice]:
        """Offer values that the chosen setting takes."""
        setting = SETTINGS.get(str(interaction.namespace.setting))
        shown = await self._shown(interaction)
        if setting is None or shown is None or all(each.setting is not setting for each in shown.values):
            return []
        return suggestions.values_of(setting, shown, typed, texts_of(interaction))

    @show_group.autocomplete("language")
    @change.autocomplete("language")
    @take_back.autocomplete("language")
    @look_back.autocomplete("language")
    @show_waiting.autocomplete("language")
    async def suggest_languages(self, interaction: Interaction, typed: str) -> list[Choice]:
        """Offer the pool's languages."""
        standing = await self.services.members.standing(caller_of(interaction))
        return suggestions.languages_named(standing.offered, typed, texts_of(interaction))

    @open_pool.autocomplete("preset")
    async def suggest_presets(self, interaction: Interaction, typed: str) -> list[Choice]:
        """Offer the presets with the people they need."""
        return suggestions.presets(typed, texts_of(interaction))

    @open_pool.autocomplete("licence")
    async def suggest_licences(self, interaction: Interaction, typed: str) -> list[Choice]:  # noqa: ARG002  the library passes it
        """Offer common licences."""
        return suggestions.licences(typed)

    @open_pool.autocomplete("languages")
    async def suggest_lists(self, interaction: Interaction, typed: str) -> list[Choice]:
        """Offer lists of the present pool's languages."""
        standing = await self.services.members.standing(caller_of(interaction))
        return suggestions.languages_listed(standing.offered, typed, texts_of(interaction))

    async def _shown(self, interaction: Interaction) -> Shown | None:
        try:
            language = interaction.namespace.language
            return await self.services.settings.show(caller_of(interaction), language or None)
        except Refusal:
            # A suggestion has no place for words; sending the command will say them.
            return None


def _group(name: str) -> str:
    if name not in FILLED:
        raise PanelOutdated
    return name


async def turn_to_group(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Show the group of settings that was picked."""
    await _turned(interaction, *_picked(values, ticket.args))


async def turn_to_language(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Show what holds for the language that was picked."""
    await _turned(interaction, *reversed(_picked(values, ticket.args)))


def _picked(values: tuple[str, ...], args: tuple[str, ...]) -> tuple[str, str]:
    if len(values) != 1 or len(args) != 1:
        raise PanelOutdated
    return values[0], args[0]


async def _turned(interaction: Interaction, group: str, lang: str) -> None:
    language = None if lang == _ANY else lang
    shown = await interaction.client.services.settings.show(caller_of(interaction), language)
    await turn(interaction, settings_card(shown, _group(group), texts_of(interaction)))


async def turn_history(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show another page of what was changed."""
    if len(ticket.args) != 3:
        raise PanelOutdated
    page = max(number_of(ticket.args[0], _MOST_PAGES) - 1, 0)
    name, lang = (None if arg == _ANY else arg for arg in ticket.args[1:])
    name = name.replace("-", ".") if name else None
    history = await interaction.client.services.settings.history(
        caller_of(interaction), name=name, lang=lang, page=page
    )
    await turn(interaction, history_card(history, texts_of(interaction), name=name, lang=lang))


SETTINGS_FEATURE = Feature(
    name="settings",
    cogs=(SettingsCommands,),
    controls={
        Action.SETGROUP: turn_to_group,
        Action.SETLANG: turn_to_language,
        Action.SETHIST: turn_history,
    },
)
