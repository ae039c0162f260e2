"""What the bot lives through: cut sockets, reconnects, limits, lost answers, its own death."""

from datetime import timedelta
from typing import Any

import pytest

from simulation.discord import Fault
from simulation.discord.snowflakes import Json


@pytest.mark.parametrize("how", ["cut", "op 7", "close 4000"])
async def test_a_dropped_socket_resumes_and_replays_what_was_missed(community: Any, how: str) -> None:
    async with community() as c:
        gateway = c.world.gateway
        await c.ada.slash(c.channel, "ping")
        if how == "op 7":
            gateway.ask_reconnect()
        else:
            await gateway.drop(code=4000 if how == "close 4000" else None)
        answer = await c.ada.slash(c.channel, "me show")
        assert answer.message.text == "you are Ada"
        assert (gateway.identified, gateway.resumed) == (1, 1)


async def test_a_killed_bot_misses_and_its_successor_knows_the_old_buttons(community: Any) -> None:
    async with community(ack=timedelta(seconds=0.3)) as c:
        panel = (await c.ada.slash(c.channel, "task", kind="prompt")).message
        c.process.kill()
        await c.process.wait()
        assert not (await c.ada.press(panel, "press:update")).acknowledged
        assert c.world.missed == 1
        async with c.start_bot():
            answer = await c.ada.press(panel, "press:update")
            assert answer.message.text == "pressed"


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 0.05}, {"status": 502}], ids=["429", "502"])
async def test_a_refusal_in_passing_is_tried_again(community: Any, fault: Json) -> None:
    async with community() as c:
        met = c.world.faults.add(Fault(method="POST", path=r"/channels/\d+/messages$", **fault))
        assert (await c.ada.slash(c.channel, "tell", who=c.bob)).message.text == "told bob"
        assert met.met == 1
        assert len(c.bob.feed()) == 1


async def test_a_slow_answer_fails_like_a_missed_one(community: Any) -> None:
    async with community(ack=timedelta(seconds=0.2)) as c:
        c.world.faults.add(Fault(path="/callback$", delay=0.4))
        assert not (await c.ada.slash(c.channel, "ping")).acknowledged
        assert c.world.missed == 1


async def test_an_answer_lost_after_the_work_leaves_the_work_done_once(community: Any) -> None:
    async with community(ack=timedelta(seconds=0.5)) as c:
        c.world.faults.add(Fault(method="POST", path=r"/channels/\d+/messages$", lost_answer=True))
        answer = await c.ada.slash(c.channel, "tell", who=c.bob)
        assert not answer.acknowledged
        assert [message.text for message in c.bob.feed()] == ["psst"]


async def test_a_connection_reset_before_the_work_leaves_nothing_done(community: Any) -> None:
    async with community(ack=timedelta(seconds=0.5)) as c:
        c.world.faults.add(Fault(path=r"/channels/\d+/messages$", reset=True))
        assert not (await c.ada.slash(c.channel, "tell", who=c.bob)).acknowledged
        assert c.bob.feed() == []


async def test_a_callback_whose_answer_is_lost_is_still_seen(community: Any) -> None:
    async with community() as c:
        c.world.faults.add(Fault(path="/callback$", lost_answer=True))
        assert (await c.ada.slash(c.channel, "ping")).message.text == "pong"


async def test_shards_get_what_belongs_to_them(community: Any) -> None:
    async with community(shards=2) as c:
        assert c.world.gateway.identified == 2
        second = c.world.add_guild("Second")
        while (int(second.id) >> 22) % 2 == (int(c.guild.id) >> 22) % 2:
            second = c.world.add_guild("Another")
        c.ada.join(second)
        assert (await c.ada.slash(second.add_channel("tasks"), "ping")).message.text == "pong"
        assert (await c.ada.slash(c.channel, "ping")).message.text == "pong"
        assert (await c.ada.slash(c.ada.dm, "ping")).message.text == "pong"


async def test_an_intent_that_was_not_granted_closes_the_door(community: Any) -> None:
    with pytest.raises(RuntimeError, match="ended before it was ready"):
        async with community(intents=1 | 1 << 15):
            pass
    async with community(intents=1 | 1 << 15, privileged_intents=1 << 15) as c:
        assert (await c.ada.slash(c.channel, "ping")).acknowledged


async def test_public_messages_come_only_with_their_intent_and_without_content(community: Any) -> None:
    async with community(intents=1 | 1 << 9) as c:
        session = next(iter(c.world.gateway.sessions.values()))
        before = session.sequence
        c.ada.say(c.channel, "secret words")
        assert session.sequence == before + 1
        assert b"secret words" not in session.sent[-1][1]
    async with community(intents=1) as c:
        session = next(iter(c.world.gateway.sessions.values()))
        before = session.sequence
        c.ada.say(c.channel, "secret words")
        assert session.sequence == before
