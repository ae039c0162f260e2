"""The showcase on Discord: opened by moderators, rated by reactions, kept right through absences and deletions."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cogs.parts.ratings import EMOJI
from cogs.showcase.watch import code_of, tend
from services.people import Caller
from simulation.discord import Fault
from simulation.discord.permissions import Permission
from simulation.discord.views import Message
from storage.store import opened
from tests.cogs.conftest import House
from tests.scenarios.on_stand_in import OnStandIn, on_stand_in
from trees.ballots import Ballot
from trees.ids import UiLocale
from trees.kinds import EmojiCode, TaskKind
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from simulation.discord import Answer, Person

    Halls = Callable[..., AbstractAsyncContextManager["Hall"]]

pytestmark = pytest.mark.contributors

EN = UiLocale("en-US")
PATIENCE = timedelta(seconds=30)
"""These tests are about what is shown and counted, not how fast."""
FINISHED_SOON: dict[str, Any] = {
    "num_reviews_initial_prompt": 0,
    "num_reviews_reply": 0,
    "num_required_rankings": 1,
    "goal_tree_size": 3,
    "max_tree_depth": 1,
    "max_children_count": 2,
}


@dataclass
class Hall:
    """A community with a moderator, people who wrote and who look on, and the bot, on the stand-in."""

    stage: OnStandIn
    house: House
    mod: Person
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def channel(self) -> Any:
        return self.stage.channel

    async def run(self, command: str, person: Person | None = None, **options: Any) -> str:
        """Use a command; return what the person reads."""
        await self.stage.bot.wait_until_ready()
        answer = await (person or self.mod).slash(self.channel, command, **options)
        assert answer.acknowledged, answer.error
        assert answer.message is not None
        return answer.message.text

    async def person(self, name: str) -> Person:
        """Somebody who has agreed to the terms."""
        if name not in self.people:
            self.people[name] = self.stage.world.add_person(name, guilds=[self.channel.guild])
            await self.house.services.members.consent(self.caller(name), version=1, text_sha256="0" * 64)
            await self.house.services.members.choose_languages(self.caller(name), ["en"])
            await self.house.services.members.stand(self.caller(name), Onboarding.DONE)
        return self.people[name]

    def caller(self, name: str) -> Caller:
        return Caller(str(self.people[name].id), str(self.channel.guild.id), EN)

    async def tree(self, reply: str = "Because of scattering.") -> None:
        """A finished tree whose authors lend their words."""
        services = self.house.services
        for name in ("Asker", "First", "Second", "Judge"):
            await self.person(name)
        given = await services.tasks.give(self.caller("Asker"), kind=TaskKind.INITIAL_PROMPT)
        await services.messages.submit(self.caller("Asker"), given.task_id, "Why is the sky blue?")
        await self.house.upkeep.draw_lottery()
        for name in ("First", "Second"):
            given = await services.tasks.give(self.caller(name), kind=TaskKind.ASSISTANT_REPLY)
            await services.messages.submit(self.caller(name), given.task_id, reply if name == "First" else "No idea.")
        given = await services.tasks.give(self.caller("Judge"), kind=TaskKind.RANK_ASSISTANT_REPLIES)
        best = next(shown.message_id for shown in given.options if shown.text == reply)
        others = [shown.message_id for shown in given.options if shown.message_id != best]
        await services.ballots.submit(
            self.caller("Judge"), given.task_id, Ballot(tuple((reply,) for reply in (best, *others)))
        )
        for name in ("Asker", "First"):
            await services.members.lend_to_showcase(self.caller(name), on=True)

    async def sweep(self, **after: float) -> int:
        self.house.pass_time(**after)
        await self.stage.bot.wait_until_ready()
        done = await tend(self.stage.bot)
        await self.stage.bot.postman.send_due()
        return done

    async def hung(self, reply: str = "Because of scattering.") -> Message:
        """Open the showcase and have something shown in it."""
        assert "The showcase is open" in await self.run("showcase here")
        await self.tree(reply)
        await self.sweep()
        [shown] = self.shown()
        # New posts are read once; then all is known of them.
        await self.sweep()
        return shown

    def shown(self) -> list[Message]:
        return [Message(record) for record in self.stage.world.messages.public.get(self.channel.id, {}).values()]

    async def ratings(self) -> list[tuple[str, str]]:
        names = {str(person.id): name for name, person in self.people.items()}
        accounts = {
            row["member_id"]: names[row["account"]]
            for row in await self.house.rows("identities")
            if row["account"] in names
        }
        rows = await self.house.rows("emoji_ratings", removed_at=None)
        return sorted((accounts[row["member_id"]], row["code"]) for row in rows)

    async def rated(self, *expected: tuple[str, str]) -> None:
        """Wait until the ratings are these."""
        async with asyncio.timeout(10):
            while await self.ratings() != sorted(expected):  # noqa: ASYNC110  the bot has no event for it
                await asyncio.sleep(0.01)

    async def back(self) -> None:
        """Let the bot come back, and wait until it knows that it was away."""
        await self.stage.start()
        async with asyncio.timeout(10):
            while not await self.house.services.reactions.unread():  # noqa: ASYNC110  the bot has no event for it
                await asyncio.sleep(0.01)

    async def press(self, name: str, message: Message, label: str) -> Answer:
        return await self.people[name].press(message, message.button(label))


def ballot(*replies: Any) -> Any:
    from trees.ballots import Ballot

    return Ballot(tuple((reply,) for reply in replies))


@pytest.fixture
def hall(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Hall]]:
    @asynccontextmanager
    async def build() -> AsyncIterator[Hall]:
        async with opened(tmp_path / "live.sqlite") as store:
            house = House(store)
            await house.rule(**FINISHED_SOON)
            async with on_stand_in(house, ack=PATIENCE) as stage:
                assert isinstance(stage, OnStandIn)
                guild = stage.channel.guild
                mods = guild.add_role("Mods", Permission.MANAGE_GUILD)
                yield Hall(stage, house, stage.world.add_person("Mod", guilds=[guild], roles=[mods]))

    return build


async def test_a_message_is_shown_with_its_question_and_without_names(hall: Halls) -> None:
    async with hall() as here:
        shown = await here.hung()

        assert "Why is the sky blue?" in shown.text
        assert "Because of scattering." in shown.text
        assert not any(name in str(shown.record.payload["components"]) for name in here.people)
        assert not any(str(person.id) in str(shown.record.payload) for person in here.people.values())
        assert [button.label for button in shown.buttons] == ["Get a task"]


async def test_reactions_count_as_they_come_and_go(hall: Halls) -> None:
    async with hall() as here:
        shown = await here.hung()
        judge, stranger = here.people["Judge"], here.stage.world.add_person("Eve", guilds=[here.channel.guild])

        judge.react(shown, "👍")
        judge.react(shown, "👏")
        judge.react(shown, "🌵")
        stranger.react(shown, "👍")
        here.people["First"].react(shown, "👍")
        await here.rated(("Judge", "+1"), ("Judge", "clap"))
        judge.unreact(shown, "👏")
        judge.react(shown, "👎")
        await here.rated(("Judge", "-1"))
        judge.unreact(shown, "👎")
        await here.rated(("Judge", "+1"))


async def test_reactions_from_while_the_bot_was_away_are_read_when_it_is_back(hall: Halls) -> None:
    async with hall() as here:
        shown = await here.hung()
        here.people["Judge"].react(shown, "👍")
        here.people["Second"].react(shown, "🚩")
        await here.rated(("Judge", "+1"), ("Second", "red_flag"))

        await here.stage.stop()
        here.people["Judge"].unreact(shown, "👍")
        here.people["Judge"].react(shown, "💎")
        await here.back()

        await here.sweep()
        assert await here.ratings() == [("Judge", "diamond"), ("Second", "red_flag")]


async def test_reactions_that_moderators_clear_are_taken_back(hall: Halls) -> None:
    async with hall() as here:
        shown = await here.hung()
        for emoji in ("👍", "💯"):
            here.people["Judge"].react(shown, emoji)
        await here.rated(("Judge", "+1"), ("Judge", "100"))

        here.stage.world.messages.clear_reactions(shown.record, "👍")
        await here.rated(("Judge", "100"))
        here.stage.world.messages.clear_reactions(shown.record)
        await here.rated()


async def test_a_post_somebody_deleted_stays_away_and_is_no_trouble(hall: Halls) -> None:
    async with hall() as here:
        shown = await here.hung()
        here.people["Judge"].react(shown, "👍")
        await here.rated(("Judge", "+1"))
        here.stage.world.messages.delete(shown.record)

        await here.sweep(days=2)
        await here.sweep(days=2)

        assert [row["ended_at"] is None for row in await here.house.rows("showcase_posts")] == [False, True]
        assert [message.text.count("scattering") for message in here.shown()] == [0]
        assert await here.ratings() == [("Judge", "+1")]


async def test_what_an_author_lends_no_more_disappears(hall: Halls) -> None:
    async with hall() as here:
        await here.hung()

        await here.house.services.members.lend_to_showcase(here.caller("First"), on=False)
        await here.stage.bot.postman.send_due()

        assert here.shown() == []


async def test_closing_the_showcase_takes_all_of_it_away(hall: Halls) -> None:
    async with hall() as here:
        await here.hung()

        assert "1 message is taken away" in await here.run("showcase remove")
        await here.stage.bot.postman.send_due()

        assert here.shown() == []
        assert "There is no showcase" in await here.run("showcase remove")


async def test_a_long_message_is_shown_in_part_and_read_whole_by_who_wants(hall: Halls) -> None:
    reply = "word " * 790 + "the very end"
    async with hall() as here:
        shown = await here.hung(reply)
        assert "the very end" not in shown.text
        assert "more characters" in shown.text

        answer = await here.press("Judge", shown, "Read all")

        assert answer.message is not None
        assert answer.message.ephemeral
        assert "Why is the sky blue?" in answer.message.text
        await here.house.services.members.lend_to_showcase(here.caller("First"), on=False)
        gone = await here.press("Judge", shown, "Read all")
        assert gone.message is not None
        assert "Why is the sky blue?" not in gone.message.text


async def test_without_permission_nothing_is_shown_until_it_is_there(hall: Halls) -> None:
    async with hall() as here:
        assert "The showcase is open" in await here.run("showcase here")
        await here.tree()
        guild = here.channel.guild
        known = here.stage.bot.get_guild(int(guild.id))
        for granted in (False, True):
            for role in guild.roles.values():
                change = Permission.SEND_MESSAGES
                role.permissions = role.permissions | change if granted else role.permissions & ~change
                here.stage.world.emit("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role.payload()}, guild=guild)
            async with asyncio.timeout(10):
                while known.me.guild_permissions.send_messages is not granted:  # noqa: ASYNC110  likewise
                    await asyncio.sleep(0.01)
            await here.sweep(minutes=1)
            [row] = await here.house.rows("showcases")
            assert (row["trouble"], len(here.shown())) == ((None, 1) if granted else ("no permission", 0))


async def test_reactions_that_discord_does_not_give_now_are_read_with_the_next_sweep(hall: Halls) -> None:
    async with hall() as here:
        shown = await here.hung()
        await here.stage.stop()
        here.people["Judge"].react(shown, "👍")
        await here.back()
        here.stage.world.faults.add(Fault(path=r"/reactions/", status=503, times=10))
        await here.sweep()
        assert await here.ratings() == []
        here.stage.world.faults.clear()

        await here.sweep()

        assert await here.ratings() == [("Judge", "+1")]


@pytest.mark.parametrize(("emoji", "code"), [(look, code) for code, look in EMOJI.items()])
def test_every_emoji_stands_for_its_code_in_every_colour(emoji: str, code: EmojiCode) -> None:
    assert code_of(emoji) is code
    assert code_of(emoji + "\U0001f3fd") is code
    assert code_of(emoji + "\ufe0f") is code
    assert code_of("🌵") is None
