"""The command `/me`, and the doors to consent, languages and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from cogs.host import Feature, caller_of, texts_of
from cogs.members import consent, languages, preferences, tidings, topics, welcome, works
from cogs.members.cards import profile_card
from cogs.parts.answers import show
from cogs.parts.ids import Action
from cogs.parts.notices import deliver, with_news
from cogs.texts.translator import command_text
from services.outbox import Said
from trees.refusals import ConsentNeeded, LanguagesNeeded, PanelOutdated, TextChanged, WelcomeNeeded

if TYPE_CHECKING:
    from cogs.host import Interaction, Services, Ticket


_WORK, _SETTINGS = "work", "settings"
_PAGES = [
    app_commands.Choice(name=command_text("me.title"), value=_WORK),
    app_commands.Choice(name=command_text("prefs.title"), value=_SETTINGS),
]


class People(commands.Cog):
    """Shows people their own work."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command(name=command_text("command.me.name"), description=command_text("command.me.about"))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.rename(page=command_text("command.me.page.name"))
    @app_commands.describe(page=command_text("command.me.page.about"))
    @app_commands.choices(page=_PAGES)
    async def me(self, interaction: Interaction, page: str = _WORK) -> None:
        """Show a person's own work, or what they may change about themselves, as a new card."""
        if page == _SETTINGS:
            await preferences.show_preferences(interaction)
        elif page == _WORK:
            await show_own_work(interaction)
        else:
            raise PanelOutdated


async def me_pressed(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show a person's own work as a new card."""
    await show_own_work(interaction)


async def show_own_work(interaction: Interaction) -> None:
    """Show what a person wrote and what became of it."""
    profile = await interaction.client.services.members.profile(caller_of(interaction))
    texts = texts_of(interaction)
    await deliver(interaction, with_news(interaction, profile_card(profile, texts), profile.news, texts), put=show)


MEMBERS = Feature(
    name="members",
    cogs=(People,),
    controls={
        Action.AGREE: consent.agree,
        Action.NOTNOW: consent.not_now,
        Action.LEAVE: consent.leave,
        Action.LEFT: consent.left,
        Action.TASTE: welcome.taste,
        Action.TOUR: welcome.tour,
        Action.PRACTICE: welcome.practise,
        Action.BEGIN: welcome.begin,
        Action.TOURED: welcome.take_tour,
        Action.PREFS: preferences.open_preferences,
        Action.SWITCH: preferences.switch,
        Action.LANGS: languages.choose,
        Action.PICKLANG: languages.pick_languages,
        Action.ME: me_pressed,
        Action.WORKS: works.turn_works,
        Action.WORK: works.open_work,
        Action.EDIT: works.edit,
        Action.UNWRITE: works.ask_back,
        Action.UNWROTE: works.take_back,
        Action.TOPICS: topics.pick_topics,
        Action.LIKES: topics.like,
        Action.AVOIDS: topics.avoid,
    },
    forms={Action.EDITED: works.take_edit},
    says={
        Said.ANSWERED: tidings.say_answered,
        Said.RANKED_FIRST: tidings.say_ranked_first,
        Said.WAITING: tidings.say_waiting,
    },
    doors={
        ConsentNeeded: consent.consent_door,
        LanguagesNeeded: languages.languages_door,
        WelcomeNeeded: welcome.welcome_door,
        TextChanged: works.changed_door,
    },
)
