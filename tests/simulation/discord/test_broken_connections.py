"""What the bot lives through: cut sockets, reconnects, limits, lost answers, its own death."""

import asyncio
import importlib
import zlib
from datetime import timedelta
from typing import Any

import pytest

from simulation.discord import Deliveries, Fault, FaultPlan, Kind, RateLimits, Risk
from simulation.discord.snowflakes import Json
from simulation.discord.spec import find_document
from simulation.discord.streams import HAS_ZSTD, open_stream


@pytest.mark.parametrize("how", ["cut", "op 7", "op 9 resumable", "close 4000"])
async def test_a_dropped_socket_resumes_and_replays_what_was_missed(community: Any, how: str) -> None:
    async with community() as c:
        gateway = c.world.gateway
        await c.ada.slash(c.channel, "ping")
        if how == "op 7":
            gateway.ask_reconnect()
        elif how == "op 9 resumable":
            gateway.ask_resume()
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


async def test_a_session_that_timed_out_is_not_resumed(community: Any) -> None:
    async with community() as c:
        await c.world.gateway.drop(code=4009)
        await c.world.bot_ready()
        assert (await c.ada.slash(c.channel, "ping")).message.text == "pong"
        assert (c.world.gateway.identified, c.world.gateway.resumed) == (2, 0)


@pytest.mark.durable
async def test_a_connection_that_is_dead_without_knowing_it_is_noticed_and_resumed(community: Any) -> None:
    lives = {"ack": timedelta(seconds=2_000), "session_life": timedelta(seconds=2_000)}
    async with community(clock_scale=206.25, **lives) as c:
        c.world.gateway.go_silent()
        answer = await c.ada.slash(c.channel, "ping")
        assert answer.message.text == "pong"
        assert c.world.gateway.resumed == 1


@pytest.mark.durable
async def test_without_replay_what_came_during_a_drop_is_missed(community: Any) -> None:
    async with community(ack=timedelta(seconds=0.3)) as c:
        c.world.gateway.deliveries = Deliveries(replay=False)
        await c.world.gateway.drop()
        assert not (await c.ada.slash(c.channel, "ping")).acknowledged


async def test_a_replay_may_begin_with_what_the_bot_had_already(community: Any) -> None:
    async with community() as c:
        c.world.gateway.deliveries = Deliveries(overlap=2)
        assert (await c.ada.slash(c.channel, "count")).message.text == "1"
        await c.world.gateway.drop()
        await c.world.bot_ready()
        assert (await c.ada.slash(c.channel, "count")).message.text == "3"


@pytest.mark.durable
async def test_events_arrive_as_often_as_asked_and_late(community: Any) -> None:
    async with community() as c:
        copies = {"INTERACTION_CREATE": 4, "MESSAGE_REACTION_ADD": 4}
        deliveries = c.world.gateway.deliveries = Deliveries(5, copies=copies, delays=dict.fromkeys(copies, 0.02))
        message = c.bob.say(c.channel, "rate this")
        c.ada.react(message, "👍")
        counted = 0
        for _ in range(20):
            counted = max(counted, int((await c.ada.slash(c.channel, "count")).message.text))
        await asyncio.sleep(0.05)
        c.world.gateway.deliveries = Deliveries()
        answer = await c.ada.slash(c.channel, "reactions")
        assert set(answer.message.text.split()) == {"👍"}
        assert deliveries.events == 21
        assert len(answer.message.text.split()) > 1
        assert 20 < int((await c.ada.slash(c.channel, "count")).message.text) <= 81


async def test_a_server_that_is_away_and_back_is_known_again(community: Any) -> None:
    async with community() as c:
        c.world.gateway.begin_outage(c.guild)
        assert (await c.ada.slash(c.ada.dm, "servers")).message.text == "none"
        c.world.gateway.end_outage(c.guild)
        assert (await c.ada.slash(c.ada.dm, "servers")).message.text == "Orchard Test"


@pytest.mark.parametrize("scope", ["user", "global", "shared"])
async def test_every_scope_of_a_limit_is_waited_out(community: Any, scope: str) -> None:
    async with community() as c:
        fault = Fault(method="POST", path=r"/channels/\d+/messages$", status=429, retry_after=0.05, scope=scope)
        c.world.faults.add(fault)
        assert (await c.ada.slash(c.channel, "tell", who=c.bob)).message.text == "told bob"
        assert c.world.rate_limits.invalid == (scope != "shared")


@pytest.mark.durable
async def test_a_message_whose_answer_failed_after_the_work_is_there_once(community: Any) -> None:
    async with community() as c:
        c.world.faults.add(Fault(method="POST", path=r"/channels/\d+/messages$", status=502, worked=True))
        assert (await c.ada.slash(c.channel, "tell", who=c.bob)).message.text == "told bob"
        assert [message.text for message in c.bob.feed()] == ["psst"]


async def test_an_answer_in_slow_pieces_is_read_whole(community: Any) -> None:
    async with community() as c:
        c.world.faults.add(Fault(path="/callback$", slow=0.05))
        assert (await c.ada.slash(c.channel, "ping")).message.text == "pong"


def test_the_same_seed_and_requests_give_the_same_faults() -> None:
    def drawn(seed: int) -> list[tuple[int, Kind]]:
        plan = FaultPlan(seed, [Risk(path="/callback$", chance=0.3, most=40), Risk(path="/never")])
        for number in range(300):
            plan.meet("POST", f"/interactions/{number}/x/callback")
            plan.meet("GET", "/users/@me")
        return [(met.number, met.kind) for met in plan.log]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(drawn(1)) == 40
    assert {kind for _, kind in drawn(1)} == set(Kind)


async def test_a_bot_that_asks_too_much_is_slowed_down_and_loses_nothing(community: Any) -> None:
    async with community(rate_limits=RateLimits(scale=20.0)) as c:
        answers = await asyncio.gather(*(c.ada.slash(c.channel, "tell", who=c.bob) for _ in range(12)))
        assert [answer.message.text for answer in answers] == ["told bob"] * 12
        assert len(c.bob.feed()) == 12


class Clock:
    now = 0.0


def test_limits_count_by_route_and_major_parameter_and_globally() -> None:
    limits = RateLimits(now=lambda: Clock.now)
    here = [limits.take("POST", "/channels/1/messages") for _ in range(6)]
    assert [verdict.headers["X-RateLimit-Remaining"] for verdict in here] == ["4", "3", "2", "1", "0", "0"]
    assert [verdict.body is None for verdict in here] == [True] * 5 + [False]
    assert here[5].headers["X-RateLimit-Scope"] == "user"
    assert limits.take("POST", "/channels/2/messages").body is None
    assert [limits.take("POST", f"/interactions/{n}/token{n}/callback").body for n in range(200)] == [None] * 200
    spread = [limits.take("GET", f"/channels/{n}") for n in range(60)]
    assert sum(verdict.body is not None and verdict.body["global"] for verdict in spread) == 17
    assert limits.refused == ["user"] + ["global"] * 17


def test_too_many_invalid_requests_shut_the_address_out() -> None:
    limits = RateLimits(now=lambda: Clock.now, invalid_requests=3)
    for status, scope in ((401, None), (403, None), (429, "shared"), (404, None)):
        limits.answered(status, scope)
    assert (limits.invalid, limits.banned) == (2, False)
    limits.answered(429, "user")
    assert limits.banned
    refused = limits.take("GET", "/users/@me")
    assert refused.body is not None
    assert "Via" not in refused.headers


@pytest.mark.skipif(find_document() is None, reason="Discord's OpenAPI document is not at hand")
async def test_a_request_that_is_not_as_the_document_says_is_refused(community: Any, spec: Any) -> None:
    async with community(checked_after=False) as c:
        wrong = spec.check_request("POST", f"/channels/{c.channel.id}/messages", {"content": 7})
        assert [violation.at for violation in wrong] == ["/content"]
        answer = await c.ada.slash(c.channel, "unlawful")
        assert answer.message.text == "refused with 400"
        assert [violation.at for violation in c.world.violations] == ["/content"]
        c.world.violations.clear()


def test_one_scale_shortens_every_clock_of_discords() -> None:
    from simulation.discord import World

    usual, fast = World(), World(clock_scale=10)
    for name in ("ack", "token_life", "patience", "heartbeat", "session_life", "quiet"):
        assert getattr(fast, name) * 10 == getattr(usual, name), name


def test_the_zlib_stream_is_one_stream_with_a_flush_after_each_message() -> None:
    stream, reader = open_stream("zlib-stream"), zlib.decompressobj()
    assert stream is not None
    for words in (b"one", b"two" * 1_000):
        frame = stream(words)
        assert frame.endswith(b"\x00\x00\xff\xff")
        assert reader.decompress(frame) == words


@pytest.mark.skipif(not HAS_ZSTD, reason="zstandard is not installed")
def test_the_zstd_stream_is_one_stream_with_a_flush_after_each_message() -> None:
    stream, reader = open_stream("zstd-stream"), importlib.import_module("zstandard").ZstdDecompressor().decompressobj()
    assert stream is not None
    for words in (b"one", b"two" * 1_000):
        assert reader.decompress(stream(words)) == words


def test_another_compression_is_refused() -> None:
    with pytest.raises(ValueError, match="no such transport compression"):
        open_stream("lz4-stream")
