"""Saying things on Discord of the bot's own accord: once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cogs.assembly import FEATURES
from cogs.host import Feature
from cogs.parts import postman
from cogs.parts.cards import notice
from services.deeds import UseCases
from services.outbox import PostState, Said, recall, say_in_channel, say_to_member
from services.people import Caller, arrive
from simulation.discord import Fault
from simulation.discord.permissions import BOT_DEFAULT, MEMBER_DEFAULT, Permission
from storage.store import opened
from tests.cogs.conftest import House
from tests.scenarios.on_stand_in import OnStandIn, on_stand_in
from trees.ids import PostId, UiLocale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from discord import ui

    from cogs.host import Host
    from services.deeds import Deed
    from services.outbox import Letter
    from simulation.discord import Person
    from simulation.discord.messages import MessageRecord

pytestmark = pytest.mark.contributors

POSTS = r"^/channels/\d+/messages$"
EN = UiLocale("en-US")
PATIENCE = timedelta(seconds=30)
"""These tests are about what is said, not how fast."""


@dataclass
class Office:
    """The bot on the stand-in, with something to say."""

    stage: OnStandIn
    house: House
    before_sending: Callable[[], Awaitable[Any]] | None = None
    written: list[str] = field(default_factory=list)

    @property
    def channel(self) -> Any:
        return self.stage.channel

    @property
    def place(self) -> str:
        return str(self.channel.guild.id)

    async def write(self, _host: Host, letter: Letter) -> ui.LayoutView | None:
        """Write the message of a letter; one without a word has nothing to say any more."""
        if self.before_sending is not None:
            await self.before_sending()
        word = str(letter.facts.get("word", ""))
        self.written.append(word)
        if word == "unwritable":
            raise LookupError(word)
        return notice(word) if word else None

    async def say(self, word: str = "Hello", channel: str | None = None) -> PostId:
        def said(deed: Deed) -> PostId | None:
            community = arrive(deed, Caller("7", self.place, EN)).member.community
            assert community is not None
            where = channel or str(self.channel.id)
            return say_in_channel(deed, Said.GOAL, {"word": word}, community=community.id, channel=where, locale=EN)

        return await self._do(said)

    async def tell(self, person: Person, word: str = "Hello") -> PostId:
        caller = Caller(str(person.id), self.place, EN)
        await self.house.services.outbox.wish(caller, wanted=True)
        # As if it were news of work, for which a card has words.
        return await self._do(lambda deed: say_to_member(deed, "saved", {"word": word}, arrive(deed, caller).id))

    async def recall(self, post: PostId) -> None:
        await UseCases(self.house.store, self.house.around)._do(lambda deed: recall(deed, post))

    async def _do(self, use_case: Callable[[Deed], PostId | None]) -> PostId:
        post = await UseCases(self.house.store, self.house.around)._do(use_case)
        assert post is not None
        return post

    async def settled(self) -> None:
        """Wait until the bot has tried what there is to try now."""
        await self.stage.bot.wait_until_ready()
        await self.stage.bot.postman.send_due()

    async def sweep(self, **after: float) -> None:
        """Look into the outbox once more, after some time."""
        self.house.pass_time(**after)
        await self.settled()

    async def state(self, post: PostId) -> str:
        fate = await self.house.services.outbox.fate(post)
        assert fate is not None
        return fate.state.value if fate.why is None else f"{fate.state}: {fate.why}"

    def messages(self, channel: Any = None) -> list[MessageRecord]:
        return list(self.stage.world.messages.public.get((channel or self.channel).id, {}).values())

    def shown(self, channel: Any = None) -> list[str]:
        return [node["content"] for record in self.messages(channel) for node in _texts(record.payload["components"])]

    def person(self) -> Person:
        return self.stage.world.add_person("Ada", guilds=[self.channel.guild])


def _texts(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for each in components for part in [each, *_texts(each.get("components") or [])] if part["type"] == 10]


@pytest.fixture
def office(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Office]]:
    @asynccontextmanager
    async def build() -> AsyncIterator[Office]:
        async with opened(tmp_path / "live.sqlite") as store:
            house = House(store)
            await house.rule()
            holder: list[Office] = []

            async def say(host: Host, letter: Letter) -> ui.LayoutView | None:
                return await holder[0].write(host, letter)

            others = [replace(feature, says={}) for feature in FEATURES]
            house.features = (*others, Feature(name="said", says={Said.GOAL: say, "saved": say}))
            async with on_stand_in(house, ack=PATIENCE) as stage:
                assert isinstance(stage, OnStandIn)
                holder.append(Office(stage, house))
                yield holder[0]

    return build


async def test_what_was_committed_is_posted_at_once_and_noted(office: Any) -> None:
    async with office() as here:
        post = await here.say("**Well done**")
        await here.settled()

        assert here.shown() == ["**Well done**"]
        [message] = here.messages()
        fate = await here.house.services.outbox.fate(post)
        assert (fate.state, fate.message) == (PostState.SENT, str(message.id))
        # In a channel nobody is called: no sound, no mention.
        assert message.flags & (1 << 12)
        await here.sweep(days=1)
        assert len(here.messages()) == 1


async def test_words_that_look_like_mentions_reach_nobody(office: Any) -> None:
    async with office() as here:
        await here.say("@everyone <@1>")
        await here.settled()

        [message] = here.messages()
        assert (message.payload["mention_everyone"], message.payload["mentions"]) == (False, [])


LOST = {
    "reset before the work": {"reset": True},
    "answer lost after the work": {"lost_answer": True},
    "503 before the work": {"status": 503},
    "503 after the work": {"status": 503, "worked": True},
}


@pytest.mark.parametrize("how", LOST)
async def test_a_message_whose_answer_is_lost_stands_there_once(office: Any, how: str) -> None:
    async with office() as here:
        fault = here.stage.world.faults.add(Fault(path=POSTS, method="POST", times=2, **LOST[how]))
        post = await here.say()
        await here.settled()
        await here.sweep(seconds=5)
        assert await here.state(post) == "waiting"

        await here.sweep(seconds=10)

        assert fault.met == 2
        assert here.shown() == ["Hello"]
        assert await here.state(post) == "sent"


async def test_without_a_nonce_it_would_stand_there_twice(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test before."""
    numbers = iter(range(100))
    monkeypatch.setattr(postman, "short", lambda _: f"another{next(numbers)}")
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", times=2, lost_answer=True))
        await here.say()
        await here.settled()
        await here.sweep(seconds=5)
        await here.sweep(seconds=10)

        assert here.shown() == ["Hello"] * 3


async def forgotten(here: Office) -> None:
    """Discord remembers a nonce for a few minutes."""
    here.stage.world.messages._nonces.clear()


async def test_a_message_whose_nonce_is_forgotten_is_looked_for_and_found(office: Any) -> None:
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", lost_answer=True))
        post = await here.say()
        await here.settled()
        assert await here.state(post) == "waiting"
        await here.say("Something else")
        await here.settled()
        await forgotten(here)

        await here.sweep(minutes=30)

        assert here.shown() == ["Hello", "Something else"]
        fate = await here.house.services.outbox.fate(post)
        assert fate.message == str(here.messages()[0].id)


async def test_nobody_else_s_message_is_taken_for_it(office: Any) -> None:
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", reset=True))
        await here.say()
        await here.settled()
        await here.say()
        here.person().say(here.channel, "Hello")
        await here.settled()
        await forgotten(here)

        await here.sweep(minutes=30)

        assert here.shown() == ["Hello", "Hello"]


async def test_a_bot_that_dies_between_sending_and_noting_does_not_post_twice(office: Any) -> None:
    async with office() as here:
        noted = here.house.services.outbox.posted

        async def die(*_args: Any) -> None:
            raise asyncio.CancelledError

        here.house.services.outbox.posted = die
        post = await here.say()
        await here.settled()
        assert (await here.state(post), here.shown()) == ("waiting", ["Hello"])
        here.house.services.outbox.posted = noted

        await here.stage.restart()
        await here.settled()

        assert here.shown() == ["Hello"]
        assert await here.state(post) == "sent"


async def test_a_message_that_somebody_deleted_before_it_was_noted_is_not_posted_again(office: Any) -> None:
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", lost_answer=True))
        post = await here.say()
        await here.settled()
        [message] = here.messages()
        here.stage.world.messages.delete(message)

        # Discord answers so to the nonce of a message that was deleted.
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", status=404, code=10008))
        await here.sweep(seconds=5)

        assert here.shown() == []
        assert await here.state(post) == "sent"


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (403, 50001), (404, 10003), (400, 50035)])
async def test_what_discord_refuses_is_given_up_once_with_its_reason(office: Any, status: int, code: int) -> None:
    async with office() as here:
        fault = here.stage.world.faults.add(Fault(path=POSTS, method="POST", times=None, status=status, code=code))
        post = await here.say()
        await here.settled()
        await here.sweep(hours=1)

        assert await here.state(post) == f"given_up: {status} {code}"
        assert fault.met == 1


async def test_a_missing_permission_of_the_stand_in_is_refused_the_same(office: Any) -> None:
    async with office() as here:
        [role] = [role for role in here.channel.guild.roles.values() if role.managed]
        role.permissions = int(BOT_DEFAULT & ~Permission.SEND_MESSAGES)
        here.channel.guild.everyone.permissions = int(MEMBER_DEFAULT & ~Permission.SEND_MESSAGES)
        post = await here.say()
        await here.settled()
        assert await here.state(post) == "given_up: 403 50013"


async def test_429_is_waited_for(office: Any) -> None:
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", status=429, retry_after=0.05))
        post = await here.say()
        await here.settled()

        assert (await here.state(post), here.shown()) == ("sent", ["Hello"])


async def test_a_limit_that_outlasts_patience_is_met_again_later(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postman, "PATIENCE", 0.3)
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", status=429, retry_after=60))
        post = await here.say()
        await here.settled()
        assert await here.state(post) == "waiting"

        monkeypatch.undo()
        await here.sweep(seconds=5)

        assert (await here.state(post), here.shown()) == ("sent", ["Hello"])


async def test_a_direct_message_reaches_whoever_asked_for_it(office: Any) -> None:
    async with office() as here:
        ada = here.person()
        post = await here.tell(ada)
        await here.settled()

        assert here.shown(ada.dm) == ["Hello"]
        assert await here.state(post) == "sent"


async def test_closed_direct_messages_are_met_once_and_the_next_card_says_it(office: Any) -> None:
    async with office() as here:
        ada = here.person()
        ada.accepts_dms = False
        posts = [await here.tell(ada)]
        await here.settled()
        assert await here.state(posts[0]) == "kept: closed"
        member = (await here.house.rows("members", dm_wanted=True))[0]
        assert member["dm_closed_at"] == here.house.chance.now

        await here.house.services.members.consent(Caller(str(ada.id), here.place, EN), version=1, text_sha256="0" * 64)
        answer = await ada.slash(here.channel, "me")
        assert answer.message.texts[0] == "While you were away: your answer was saved."
        await here.stage.at_rest()
        assert await here.house.rows("outbox") == []


async def test_what_cannot_be_written_is_tried_again_and_stops_nothing_else(office: Any, caplog: Any) -> None:
    async with office() as here:
        bad = await here.say("unwritable")
        good = await here.say("Hello")
        await here.settled()

        assert (await here.state(bad), await here.state(good)) == ("waiting", "sent")
        assert here.stage.bugs.seen == ["letter cannot be written"]
        here.stage.bugs.seen.clear()


async def test_what_has_nothing_to_say_any_more_is_not_said(office: Any) -> None:
    async with office() as here:
        post = await here.say("")
        await here.settled()
        assert (await here.state(post), here.shown()) == ("given_up: nothing to say", [])


async def test_a_server_that_is_not_there_is_left_alone(office: Any) -> None:
    async with office() as here:
        elsewhere = here.stage.world.add_guild("Elsewhere", bot=False)
        channel = elsewhere.add_channel("work")

        def said(deed: Deed) -> PostId | None:
            community = arrive(deed, Caller("7", str(elsewhere.id), EN)).member.community
            assert community is not None
            return say_in_channel(
                deed, Said.GOAL, {"word": "Hello"}, community=community.id, channel=str(channel.id), locale=EN
            )

        post = await here._do(said)
        fault = here.stage.world.faults.add(Fault(path=POSTS, method="POST", times=None, status=500))
        await here.settled()

        assert (await here.state(post), fault.met) == ("waiting", 0)
        await here.sweep(days=4)
        assert await here.state(post) == "given_up: too old"


async def test_what_was_recalled_is_taken_away_again(office: Any) -> None:
    async with office() as here:
        post = await here.say()
        await here.settled()
        await here.recall(post)
        await here.settled()
        assert (here.shown(), await here.state(post)) == ([], "gone")


async def test_what_was_recalled_after_a_lost_answer_is_found_and_taken_away(office: Any) -> None:
    async with office() as here:
        here.stage.world.faults.add(Fault(path=POSTS, method="POST", lost_answer=True))
        post = await here.say()
        await here.settled()
        assert here.shown() == ["Hello"]

        await here.recall(post)
        await here.settled()

        assert (here.shown(), await here.state(post)) == ([], "gone")


async def test_what_was_recalled_while_it_was_sent_does_not_stay(office: Any) -> None:
    async with office() as here:
        posts: list[PostId] = []
        here.before_sending = lambda: here.recall(posts[0])
        posts.append(await here.say())
        await here.settled()
        await here.settled()
        assert (here.shown(), await here.state(posts[0])) == ([], "gone")


async def test_what_is_already_gone_need_not_be_taken_away(office: Any) -> None:
    async with office() as here:
        post = await here.say()
        await here.settled()
        here.stage.world.messages.delete(here.messages()[0])
        await here.recall(post)
        await here.settled()
        assert await here.state(post) == "gone"


async def test_letters_to_one_channel_keep_their_order(office: Any) -> None:
    async with office() as here:
        words = [f"Number {number}" for number in range(7)]
        for word in words:
            await here.say(word)
            here.house.pass_time(seconds=0.01)
        await here.settled()
        assert here.shown() == words


async def test_a_bot_that_stops_finishes_what_is_on_its_way_and_begins_nothing_more(office: Any) -> None:
    async with office() as here:
        stopping: list[asyncio.Task[bool]] = []

        async def stop() -> None:
            stopping.append(asyncio.create_task(here.stage.bot.postman.stop(5)))
            here.before_sending = None
            await asyncio.sleep(0)

        here.before_sending = stop
        first = await here.say("First")
        while not stopping:  # noqa: ASYNC110  the first letter is taken when its turn comes
            await asyncio.sleep(0.001)
        second = await here.say("Second")

        assert await stopping[0]
        assert (await here.state(first), await here.state(second)) == ("sent", "waiting")
