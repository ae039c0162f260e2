"""The board of a community: put up, kept up to date without a flood, put back, and a way in for everybody."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cogs.board.upkeep import refresh
from services.people import Caller
from services.rights import Rights
from services.settings import Settings
from simulation.discord import Fault
from simulation.discord.permissions import Permission
from simulation.discord.views import Message
from storage.store import opened
from tests.cogs.conftest import House
from tests.scenarios.on_stand_in import Connected, OnStandIn, on_stand_in
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from simulation.discord import Person
    from simulation.discord.messages import MessageRecord
    from tests.scenarios.stage import Seen

pytestmark = pytest.mark.contributors

POSTS, ONE = r"^/channels/\d+/messages$", r"^/channels/\d+/messages/\d+$"
PROMPT = TaskKind.INITIAL_PROMPT
PATIENCE = timedelta(seconds=30)
"""These tests are about what is shown, not how fast."""


@dataclass
class Square:
    """A community with somebody who may manage it, and the bot, on the stand-in."""

    stage: OnStandIn
    house: House
    mod: Person

    @property
    def channel(self) -> Any:
        return self.stage.channel

    async def run(self, command: str, person: Person | None = None, channel: Any = None, **options: Any) -> str:
        """Use a command; return what the person reads."""
        await self.stage.bot.wait_until_ready()
        answer = await (person or self.mod).slash(channel or self.channel, command, **options)
        assert answer.acknowledged, answer.error
        assert answer.message is not None
        assert answer.message.ephemeral
        return answer.message.text

    async def put_up(self) -> MessageRecord:
        await self.run("board here")
        [found] = self.posts()
        return found

    def posts(self, channel: Any = None) -> list[MessageRecord]:
        return list(self.stage.world.messages.public.get((channel or self.channel).id, {}).values())

    def words(self, channel: Any = None) -> str:
        [found] = self.posts(channel)
        return Message(found).text.replace("\N{NO-BREAK SPACE}", " ")

    async def sweep(self, **after: float) -> int:
        """Look after the boards once more, after some time, and post what that leaves to be posted."""
        self.house.pass_time(**after)
        changed = await refresh(self.stage.bot)
        await self.stage.bot.postman.send_due()
        return changed

    async def joined(self, account: int, place: str | None = None) -> Caller:
        """Somebody agrees and writes English."""
        caller = Caller(str(account), place or str(self.channel.guild.id), UiLocale("en-US"))
        await self.house.services.members.consent(caller, version=1, text_sha256="0" * 64)
        await self.house.services.members.choose_languages(caller, ["en"])
        await self.house.services.members.stand(caller, Onboarding.DONE)
        return caller

    async def reviewer(self) -> Caller:
        return await self.joined(4000)

    async def prompt(self, text: str, place: str | None = None) -> None:
        """Somebody new writes a first prompt."""
        self.house.people += 1
        caller = await self.joined(5000 + self.house.people, place)
        given = await self.house.services.tasks.give(caller, kind=PROMPT)
        await self.house.services.messages.submit(caller, given.task_id, text)

    async def prompt_elsewhere(self, text: str) -> None:
        """Somebody of another community of the pool writes a first prompt."""
        await self.prompt(text, "77")

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until the bot has heard of something."""
        async with asyncio.timeout(10):
            while not happened():  # noqa: ASYNC110  the bot has no event for it
                await asyncio.sleep(0.01)

    async def board_row(self) -> dict[str, Any]:
        [row] = await self.house.rows("boards")
        return row

    async def drop(self, channel: Any) -> None:
        """Delete a channel; wait until the bot has heard of that."""
        self.stage.world.channels.pop(channel.id)
        channel.guild.channels.pop(channel.id)
        self.stage.world.emit("CHANNEL_DELETE", channel.payload(), guild=channel.guild)
        await self.until(lambda: self.stage.bot.get_channel(int(channel.id)) is None)

    async def set_goal(self, goal: int) -> None:
        caller = Caller(str(self.mod.id), str(self.channel.guild.id), UiLocale("en-US"), manages=True)
        await Settings(self.house.store, self.house.around, Rights()).set(caller, "weekly_goal", goal)

    async def permit(self, permission: Permission, *, granted: bool) -> None:
        """Give the bot a permission, or take it away, in the whole server; wait until it has heard of that."""
        guild = self.channel.guild
        for role in guild.roles.values():
            role.permissions = role.permissions | permission if granted else role.permissions & ~permission
            self.stage.world.emit("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role.payload()}, guild=guild)
        known = self.stage.bot.get_guild(int(guild.id))
        assert known is not None
        name = (permission.name or "").lower()
        await self.until(lambda: getattr(known.me.guild_permissions, name) is granted)


@pytest.fixture
def square(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Square]]:
    @asynccontextmanager
    async def build(**changes: Any) -> AsyncIterator[Square]:
        async with opened(tmp_path / "live.sqlite") as store:
            house = House(store)
            await house.rule(**{"max_initial_prompt_review": 1000, "max_prompt_lottery_waiting": 1000} | changes)
            async with on_stand_in(house, ack=PATIENCE) as stage:
                assert isinstance(stage, OnStandIn)
                guild = stage.channel.guild
                assert guild is not None
                mods = guild.add_role("Mods", Permission.MANAGE_GUILD)
                yield Square(stage, house, stage.world.add_person("Mod", roles=[mods]))

    return build


async def test_whoever_manages_the_server_puts_the_board_up_where_they_are(square: Any) -> None:
    async with square() as here:
        told = await here.run("board here")

        [post] = here.posts()
        assert f"/{here.channel.guild.id}/{here.channel.id}/{post.id}" in told
        words = here.words()
        assert "What is needed now" in words
        assert "Write a first prompt · **room for" in words
        assert "English" in words
        assert "0 accepted messages" in words
        labels = [button.label for button in Message(post).buttons]
        assert labels == ["Get a task", "My work", "Leaderboard", "Guidelines"]
        [kinds] = Message(post).selects
        offered = {option.value for option in kinds.options}
        assert offered == {kind.value for kind in TaskKind if kind is not TaskKind.RANK_PROMPTER_REPLIES}


async def test_nobody_else_is_offered_the_command(square: Any) -> None:
    async with square() as here:
        await here.stage.bot.wait_until_ready()
        ada = here.stage.world.add_person("Ada", guilds=[here.channel.guild])
        answer = await ada.slash(here.channel, "board here")
        assert not answer.acknowledged
        assert answer.error is not None
        assert here.posts() == []


async def test_the_board_speaks_the_language_that_was_asked_for(square: Any) -> None:
    async with square() as here:
        await here.run("board here", language="de")
        assert "Was gerade gebraucht wird" in here.words()
        await here.prompt("Why?")
        assert await here.sweep(minutes=2) == 1
        assert "Einen ersten Prompt beurteilen · **1 offen**" in here.words()


async def test_a_board_is_moved_and_the_old_one_goes(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        other = here.channel.guild.add_channel("tasks")

        await here.run("board here", channel=other)
        await here.stage.bot.postman.send_due()

        assert (here.posts(), len(here.posts(other))) == ([], 1)
        assert len(await here.house.rows("boards")) == 1
        await here.run("board here", channel=other)
        await here.stage.bot.postman.send_due()
        assert len(here.posts(other)) == 1


async def test_a_board_that_is_removed_is_gone_and_stays_gone(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        assert "taken away" in await here.run("board remove")
        await here.stage.bot.postman.send_due()
        assert here.posts() == []

        await here.prompt("Why?")
        assert await here.sweep(days=1) == 0
        assert here.posts() == []
        assert "There is no board here" in await here.run("board remove")


async def test_the_board_changes_when_something_changed_and_at_most_once_a_minute(square: Any) -> None:
    async with square() as here:
        post = await here.put_up()
        edits: list[str] = []
        fault = here.stage.world.faults.add(Fault(path=ONE, method="PATCH", times=None))

        for number in range(12):
            await here.prompt(f"Question {number}")
            await here.sweep(seconds=10)
            edits.append(Message(post).text)

        # Two minutes, something new every ten seconds: two edits.
        assert fault.met == 2
        assert len(set(edits)) <= 3
        assert "Review a first prompt · **12 open**" in here.words()
        await here.prompt("The last one")
        assert await here.sweep(minutes=1) == 1
        assert "Review a first prompt · **13 open**" in here.words()

        for _ in range(60):
            await here.sweep(seconds=30)
        assert fault.met == 3, "nothing changed, so nothing was edited"


async def test_without_the_minute_every_change_is_an_edit(square: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test before."""
    from services import boards

    monkeypatch.setattr(boards, "EDIT_AFTER", timedelta(0))
    async with square() as here:
        await here.put_up()
        fault = here.stage.world.faults.add(Fault(path=ONE, method="PATCH", times=None))
        for number in range(6):
            await here.prompt(f"Question {number}")
            await here.sweep(seconds=10)
        assert fault.met == 6


async def test_a_board_that_somebody_deleted_is_put_back_with_the_next_change(square: Any) -> None:
    async with square() as here:
        first = await here.put_up()
        here.stage.world.messages.delete(first)
        await here.prompt("Why?")

        assert await here.sweep(minutes=1) == 0
        [second] = here.posts()
        assert second is not first
        assert "Review a first prompt · **1 open**" in here.words()
        assert await here.sweep(minutes=1) == 0


async def test_a_board_that_somebody_deleted_is_missed_after_ten_minutes(square: Any) -> None:
    async with square() as here:
        first = await here.put_up()
        await here.sweep(minutes=9)
        here.stage.world.messages.delete(first)
        await here.sweep(seconds=50)
        assert here.posts() == []

        await here.sweep(seconds=10)

        assert len(here.posts()) == 1


async def test_a_board_that_stands_is_looked_for_every_ten_minutes_and_not_more_often(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        fault = here.stage.world.faults.add(Fault(path=ONE, method="GET", times=None))
        for _ in range(30):
            await here.sweep(minutes=1)
        assert fault.met == 3


async def test_the_same_board_is_kept_through_a_restart(square: Any) -> None:
    async with square() as here:
        post = await here.put_up()
        await here.stage.restart()
        await here.stage.bot.wait_until_ready()
        await here.prompt("Why?")
        assert await here.sweep(minutes=2) == 1
        assert here.posts() == [post]


async def test_a_lost_answer_and_a_restart_leave_one_board(square: Any) -> None:
    async with square() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", lost_answer=True))
        assert "as soon as Discord takes it" in await here.run("board here")
        assert len(here.posts()) == 1
        await here.stage.restart()
        await here.stage.bot.wait_until_ready()

        await here.sweep(minutes=3)

        [post] = here.posts()
        [row] = await here.house.rows("outbox")
        assert (row["state"], row["message"]) == ("sent", str(post.id))
        await here.prompt("Why?")
        assert await here.sweep(minutes=1) == 1


@pytest.mark.parametrize("permission", ["VIEW_CHANNEL", "SEND_MESSAGES", "READ_MESSAGE_HISTORY"])
async def test_whoever_puts_it_up_is_told_which_permission_is_missing(square: Any, permission: str) -> None:
    async with square() as here:
        [own] = [role for role in here.channel.guild.roles.values() if role.managed]
        own.permissions &= ~Permission[permission]
        everyone = here.channel.guild.roles[here.channel.guild.id]
        everyone.permissions &= ~Permission[permission]
        here.mod.user  # noqa: B018  who sees the channel through their own role
        mods = next(role for role in here.channel.guild.roles.values() if role.name == "Mods")
        mods.permissions |= Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS

        told = await here.run("board here")

        assert permission.replace("_", " ").title() in told
        assert await here.house.rows("boards") == []


async def test_a_permission_taken_later_is_told_in_the_log_once_and_the_board_goes_on_with_it(
    square: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with square() as here:
        await here.put_up()
        await here.permit(Permission.SEND_MESSAGES, granted=False)
        requests = here.stage.world.faults.add(Fault(path=ONE, times=None))
        with caplog.at_level("WARNING", logger="cogs.board.upkeep"):
            for number in range(40):
                await here.prompt(f"Question {number}")
                await here.sweep(minutes=1)

        told = [record.getMessage() for record in caplog.records if record.name == "cogs.board.upkeep"]
        assert told == ["board cannot be shown"]
        assert (await here.board_row())["trouble"] == "no permission"
        assert requests.met == 0, "Discord is not asked for what is known to be forbidden"

        await here.permit(Permission.SEND_MESSAGES, granted=True)
        await here.sweep(minutes=11)
        assert "Review a first prompt" in here.words()
        assert (await here.board_row())["trouble"] is None


@pytest.mark.parametrize(
    ("status", "code", "why"), [(403, 50001, "no permission"), (404, 10003, "no channel"), (400, 50035, "not taken")]
)
async def test_what_only_discord_knows_is_asked_again_now_and_then(
    square: Any, status: int, code: int, why: str
) -> None:
    async with square() as here:
        await here.put_up()
        fault = here.stage.world.faults.add(Fault(path=ONE, method="PATCH", times=None, status=status, code=code))
        await here.prompt("Why?")
        for _ in range(30):
            await here.sweep(minutes=1)

        assert (await here.board_row())["trouble"] == why
        assert fault.met == 3
        here.stage.bugs.seen.clear()


async def test_a_server_error_is_met_again_a_minute_later(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        fault = here.stage.world.faults.add(Fault(path=ONE, method="PATCH", status=503))
        await here.prompt("Why?")
        await here.sweep(minutes=1)
        await here.sweep(seconds=20)
        assert (fault.met, "1 open" in here.words()) == (1, False)
        await here.sweep(seconds=40)
        assert "1 open" in here.words()


async def test_a_channel_that_is_gone_is_no_end_of_the_others(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        elsewhere = here.stage.world.add_guild("Elsewhere")
        channel = elsewhere.add_channel("tasks")
        mod = here.stage.world.add_person("Other mod", roles=[elsewhere.add_role("Mods", Permission.MANAGE_GUILD)])
        await here.run("board here", person=mod, channel=channel)
        await here.drop(channel)
        await here.prompt("Why?")
        await here.sweep(minutes=2)
        assert "1 open" in here.words()
        troubles = {row["trouble"] for row in await here.house.rows("boards")}
        assert troubles == {None, "no channel"}


async def test_a_server_the_bot_has_left_is_left_alone_and_found_again(square: Any) -> None:
    async with square() as here:
        post = await here.put_up()
        guild = here.channel.guild
        await here.prompt("Why?")
        requests = here.stage.world.faults.add(Fault(path=rf"^/channels/{here.channel.id}/", times=None))
        here.stage.world.emit("GUILD_DELETE", {"id": guild.id}, guild=guild)
        await here.until(lambda: here.stage.bot.get_guild(int(guild.id)) is None)

        for _ in range(5):
            await here.sweep(minutes=11)
        assert requests.met == 0

        here.stage.world.emit("GUILD_CREATE", guild.gateway_payload(all_members=False), guild=guild)
        await here.until(lambda: here.stage.bot.get_guild(int(guild.id)) is not None)
        await here.sweep(minutes=1)
        assert here.posts() == [post]
        assert "1 open" in here.words()


async def shown(here: Square, person: Person, control: str, *values: str) -> Seen:
    """Use a control of the board; return the card that comes, which only this person sees."""
    actor = Connected(here.stage, person.name, person)
    [post] = here.posts()
    message = Message(post)
    if values:
        [menu] = message.selects
        came = actor._came(await person.select(message, menu, list(values)))
    else:
        came = actor._came(await person.press(message, message.button(control)))
    assert came.seen is not None
    actor.card = came.seen
    here.stage.transcript.append(actor)
    return came.seen


def actor_of(here: Square) -> Connected:
    found = here.stage.transcript[-1]
    assert isinstance(found, Connected)
    return found


async def test_who_never_came_before_agrees_first_and_then_gets_what_they_asked_for(square: Any) -> None:
    async with square() as here:
        post = await here.put_up()
        before = Message(post).text
        ada = here.stage.world.add_person("Ada", guilds=[here.channel.guild])

        terms = await shown(here, ada, "", PROMPT.value)
        assert "Before you begin" in terms.text
        actor = actor_of(here)
        await actor.press("agree")
        await actor.select("langs", "de")
        card = await actor.press("begin")

        assert "Write the first message" in card.text
        assert Message(post).text == before, "the board is nobody's card"
        assert not post.gone


async def test_the_board_gives_a_task_to_everybody_at_once_and_stays_as_it_is(square: Any) -> None:
    async with square() as here:
        post = await here.put_up()
        before = post.payload["components"]
        people = [here.stage.world.add_person(f"Person {number}", guilds=[here.channel.guild]) for number in range(3)]
        for person in people:
            await shown(here, person, "Get a task")
            actor = actor_of(here)
            await actor.press("agree")
            await actor.select("langs", "en")
            await actor.press("begin")
            again = await shown(here, person, "Get a task")
            assert "Here it is again" in again.text or "here it is again" in again.text

        assert post.payload["components"] == before
        assert len(await here.house.rows("tasks")) == 3


async def test_a_pick_that_is_taken_back_shows_the_menu_once_more(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        ada = here.stage.world.add_person("Ada", guilds=[here.channel.guild])
        [post] = here.posts()
        message = Message(post)
        [menu] = message.selects
        answer = await ada.select(message, menu, [])
        assert answer.message is not None
        assert "Which kind" in answer.message.text
        [kinds] = answer.message.selects
        chosen = await ada.select(answer.message, kinds, [PROMPT.value])
        assert chosen.message is not None
        assert "Before you begin" in chosen.message.text


async def test_own_work_guidelines_and_leaders_come_from_the_board_after_a_restart_too(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        await here.stage.restart()
        await here.stage.bot.wait_until_ready()
        ada = here.stage.world.add_person("Ada", guilds=[here.channel.guild], locale="de")

        assert "Bevor du anfängst" in (await shown(here, ada, "My work")).text
        guide = await shown(here, ada, "Guidelines")
        assert "Mit deinen eigenen Worten" in guide.text
        card = await actor_of(here).select("guide", "rank")
        assert "Lies **alle** Antworten" in card.text
        assert "Diese Woche" in (await shown(here, ada, "Leaderboard")).text


async def test_a_goal_shows_on_the_board_and_is_celebrated_once(square: Any) -> None:
    async with square(num_reviews_initial_prompt=0) as here:
        await here.put_up()
        await here.set_goal(2)

        await here.sweep(minutes=2)
        assert "0 of 2 accepted messages" in here.words()
        await here.prompt("One?")
        await here.sweep(minutes=2)
        assert "1 of 2 accepted messages\n🟩🟩🟩🟩🟩⬜⬜⬜⬜⬜" in here.words()
        await here.prompt("Two?")
        for _ in range(3):
            await here.sweep(minutes=2)

        board, cheer = here.posts()
        assert "Goal reached" in Message(board).text
        assert "This week's goal is reached" in Message(cheer).text
        assert "all 2 who took part" in Message(cheer).text

        here.house.pass_time(days=7)
        await here.sweep(minutes=2)
        assert "0 of 2 accepted messages" in Message(board).text
        assert len(here.posts()) == 2


async def test_progress_shows_the_weeks_since_the_community_came(square: Any) -> None:
    async with square(num_reviews_initial_prompt=0) as here:
        await here.set_goal(2)
        await here.prompt("One?")
        await here.prompt("Two?")
        here.house.pass_time(days=14)
        await here.prompt("Three?")

        told = await here.run("progress")

        assert "1 of 2 accepted messages" in told
        lines = ["2 ■■■■■■■■■■■■■■■■■■ ★", "0", "1 ■■■■■■■■■"]
        days = [" Jan 5", "Jan 12", "Jan 19"]
        assert "\n".join(f"{day} {line}" for day, line in zip(days, lines, strict=True)) in told


async def test_progress_where_nobody_ever_came_is_one_empty_week(square: Any) -> None:
    async with square() as here:
        told = await here.run("progress")
        assert "0 accepted messages" in told
        assert await here.house.rows("communities") == []


async def test_what_a_community_does_not_offer_stands_neither_on_its_board_nor_in_its_menu(square: Any) -> None:
    async with square() as here:
        await here.put_up()
        caller = Caller(str(here.mod.id), str(here.channel.guild.id), UiLocale("en-US"), manages=True)
        settings = Settings(here.house.store, here.house.around, Rights())
        await settings.set(caller, "kinds", ["assistant_reply", "label_initial_prompt"])
        await here.prompt_elsewhere("Why?")
        await here.sweep(minutes=2)

        [post] = here.posts()
        [kinds] = Message(post).selects
        assert [option.value for option in kinds.options] == ["assistant_reply", "label_initial_prompt"]
        assert "Write a first prompt" not in here.words()
        assert "Review a first prompt · **1 open**" in here.words()


async def test_the_board_counts_what_the_pool_offers(square: Any) -> None:
    async with square(num_reviews_initial_prompt=2, settled_risk=0.0) as here:
        await here.put_up()
        for number in range(4):
            await here.prompt(f"Question {number}")
        await here.sweep(minutes=2)

        assert "Review a first prompt · **8 open**" in here.words()
        assert sum(row["open"] for row in await here.house.rows("offers")) == 8
        given = await here.house.services.tasks.give(await here.reviewer(), kind=TaskKind.LABEL_INITIAL_PROMPT)
        await here.sweep(minutes=2)
        assert "Review a first prompt · **7 open**" in here.words()
        await here.house.services.tasks.release(await here.reviewer(), given.task_id)
        await here.sweep(minutes=2)
        assert "Review a first prompt · **8 open**" in here.words()
