"""What any client of the gateway relies on: close codes, resuming, intents, shards, members, compression."""

import json
import zlib
from datetime import timedelta
from typing import Any

import pytest

from simulation.discord.permissions import Permission
from simulation.discord.snowflakes import Json
from simulation.discord.streams import open_stream
from tests.simulation.discord.by_hand import Line, Scene, scene

GUILDS, MEMBERS, MESSAGES, DM_MESSAGES, CONTENT = 1, 1 << 1, 1 << 9, 1 << 12, 1 << 15
IDENTIFY = {"token": "secret", "intents": 1}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["no json"], 4002),
        (["{}"], 4002),
        (["[]"], 4002),
        ([{"op": 3, "d": {}}], 4003),
        ([{"op": 2, "d": {**IDENTIFY, "token": "wrong"}}], 4004),
        ([{"op": 2, "d": IDENTIFY}, {"op": 2, "d": IDENTIFY}], 4005),
        ([{"op": 2, "d": {**IDENTIFY, "shard": [2, 2]}}], 4010),
        ([{"op": 2, "d": {**IDENTIFY, "intents": "all"}}], 4013),
        ([{"op": 2, "d": {**IDENTIFY, "intents": -1}}], 4013),
        ([{"op": 2, "d": {**IDENTIFY, "intents": MEMBERS}}], 4014),
        ([{"op": 2, "d": IDENTIFY}, {"op": 99}], 4001),
    ],
)
async def test_a_client_that_breaks_the_rules_is_closed_with_discords_code(frames: list[Any], code: int) -> None:
    async with scene(token="secret") as s, s.line() as line:
        for frame in frames:
            await line.ws.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        assert await line.closed() == code


async def test_hello_names_the_interval_and_presence_is_taken_without_an_answer() -> None:
    async with scene(heartbeat=timedelta(seconds=12)) as s, s.line(hello=False) as line:
        assert (await line.hear())["d"] == {"heartbeat_interval": 12_000}
        ready = await line.identify()
        assert ready["guilds"] == [{"id": s.guild.id, "unavailable": True}]
        assert (await line.event("GUILD_CREATE"))["id"] == s.guild.id
        await line.say(3, {"status": "online"})
        assert await line.so_far() == []


async def test_a_resumed_session_gets_what_it_missed_in_order() -> None:
    async with scene() as s:
        async with s.line() as line:
            ready = await line.identify()
            await line.so_far()
            last = line.sequence
            await s.world.gateway.drop()
            assert not s.world.gateway.connected.is_set()
        names = ["one", "two", "three"]
        for name in names:
            s.guild.add_channel(name)
        async with s.line() as line:
            await line.say(6, {"token": "x", "session_id": ready["session_id"], "seq": last})
            assert [(await line.event("CHANNEL_CREATE"))["name"] for _ in names] == names
            await line.event("RESUMED")
            assert s.world.gateway.connected.is_set()
            s.guild.add_channel("four")
            assert (await line.event("CHANNEL_CREATE"))["name"] == "four"


async def _cannot_resume(s: Scene, session: str, sequence: int) -> None:
    async with s.line() as line:
        await line.say(6, {"token": "x", "session_id": session, "seq": sequence})
        assert await line.hear() == {"op": 9, "d": False, "s": None, "t": None}
        # The same connection may begin anew.
        assert (await line.identify())["session_id"] != session


async def _left(s: Scene) -> tuple[str, int]:
    async with s.line() as line:
        session = (await line.identify())["session_id"]
        await line.so_far()
        await s.world.gateway.drop(code=4000)
        return session, line.sequence


@pytest.mark.parametrize("why", ["unknown", "ahead", "too much missed", "too late", "forgotten"])
async def test_a_session_that_cannot_be_resumed_is_told_to_identify(why: str) -> None:
    life = timedelta(0) if why == "too late" else timedelta(minutes=1)
    async with scene(keep_events=3, session_life=life) as s:
        session, sequence = await _left(s)
        if why == "forgotten":
            s.world.gateway.forget_sessions()
        for name in ("a", "b", "c", "d") if why == "too much missed" else ("a",):
            s.guild.add_channel(name)
        await _cannot_resume(s, "1" if why == "unknown" else session, sequence + 10 * (why == "ahead"))


async def test_a_client_that_says_good_bye_ends_its_session() -> None:
    async with scene() as s:
        async with s.line() as line:
            session = (await line.identify())["session_id"]
            await line.so_far()
            await line.ws.close(code=1000)
        await _cannot_resume(s, session, line.sequence)


async def test_forgetting_sessions_tells_the_connected_that_they_must_begin_anew() -> None:
    async with scene() as s, s.line() as line:
        await line.identify()
        await line.so_far()
        s.world.gateway.forget_sessions()
        frame = await line.hear()
        assert (frame["op"], frame["d"]) == (9, False)
        assert not s.world.gateway.connected.is_set()


async def test_events_come_only_with_their_intent_and_from_what_the_bot_sees() -> None:
    async with scene() as s, s.line() as line:
        await line.identify(0)
        s.guild.add_channel("unasked")
        assert await line.so_far() == []
    async with scene() as s, s.line() as line:
        await line.identify(GUILDS | MESSAGES)
        await line.so_far()
        hidden = s.guild.add_channel("hidden", overwrites={s.guild.everyone: (0, Permission.VIEW_CHANNEL)})
        strange = s.world.add_guild("Without the bot", bot=False)
        s.ada.join(strange)
        s.world.messages.post(hidden, s.world.owner, {"content": "x"})
        s.ada.say(strange.add_channel("talk"), "x")
        assert await line.so_far() == ["CHANNEL_CREATE"]


async def test_what_people_write_is_read_only_in_dms_in_mentions_and_with_the_intent() -> None:
    async with scene(privileged_intents=CONTENT) as s:
        seen: dict[int, list[str]] = {}
        for intents in (GUILDS | MESSAGES | DM_MESSAGES, GUILDS | MESSAGES | DM_MESSAGES | CONTENT):
            async with s.line() as line:
                await line.identify(intents)
                s.ada.say(s.channel, "plain")
                s.ada.say(s.channel, f"hello <@{s.world.bot.id}>")
                s.ada.say(s.ada.dm, "private")
                seen[intents] = [(await line.event("MESSAGE_CREATE"))["content"] for _ in range(3)]
                await line.ws.close(code=1000)
        mention = f"hello <@{s.world.bot.id}>"
        assert list(seen.values()) == [["", mention, "private"], ["plain", mention, "private"]]


async def test_a_shard_hears_of_its_own_guilds_and_the_first_of_dms() -> None:
    async with scene() as s, s.line() as first, s.line() as second:
        mine = (int(s.guild.id) >> 22) % 2
        readies = [await line.identify(GUILDS | DM_MESSAGES, shard=[n, 2]) for n, line in enumerate((first, second))]
        assert [len(ready["guilds"]) for ready in readies] == [int(mine == 0), int(mine == 1)]
        assert s.world.gateway.connected.is_set()
        await first.so_far()
        await second.so_far()
        s.guild.add_channel("new")
        s.ada.say(s.ada.dm, "hello")
        heard = [await first.so_far(), await second.so_far()]
        assert [("CHANNEL_CREATE" in events, "MESSAGE_CREATE" in events) for events in heard] == [
            (mine == 0, True),
            (mine == 1, False),
        ]


async def _members(line: Line, guild: str, **asked: Any) -> list[Json]:
    await line.say(8, {"guild_id": guild, "nonce": "n", **asked})
    chunks = [await line.event("GUILD_MEMBERS_CHUNK")]
    while len(chunks) < chunks[0]["chunk_count"]:
        chunks.append(await line.event("GUILD_MEMBERS_CHUNK"))
    assert {chunk["nonce"] for chunk in chunks} == {"n"}
    assert [chunk["chunk_index"] for chunk in chunks] == list(range(len(chunks)))
    return chunks


async def test_members_are_found_by_id_and_by_the_beginning_of_their_name() -> None:
    async with scene() as s, s.line() as line:
        adam, _ = (s.world.add_person(name, guilds=[s.guild]) for name in ("Adam", "Bea"))
        await line.identify()

        def names(chunks: list[Json]) -> list[str]:
            return [member["user"]["global_name"] for chunk in chunks for member in chunk["members"]]

        assert names(await _members(line, s.guild.id, query="ad")) == ["Ada", "Adam"]
        assert names(await _members(line, s.guild.id, query="ad", limit=1)) == ["Ada"]
        assert names(await _members(line, s.guild.id, user_ids=adam.id)) == ["Adam"]
        (chunk,) = await _members(line, s.guild.id, user_ids=[adam.id, "1"])
        assert (names([chunk]), chunk["not_found"]) == (["Adam"], ["1"])
        assert names(await _members(line, s.guild.id, query="zz")) == []
        await line.say(8, {"guild_id": "1", "query": ""})
        assert await line.so_far() == []


async def test_a_large_server_comes_in_chunks_of_a_thousand() -> None:
    async with scene() as s, s.line() as line:
        for number in range(1_000):
            s.world.add_person(f"crowd {number}", guilds=[s.guild])
        await line.identify()
        chunks = await _members(line, s.guild.id, query="", limit=0)
        assert [len(chunk["members"]) for chunk in chunks] == [1_000, 3]


async def test_with_the_granted_intent_a_server_comes_with_all_its_members_else_with_the_bot_alone() -> None:
    async with scene(privileged_intents=MEMBERS) as s:
        for intents, expected in ((GUILDS, 1), (GUILDS | MEMBERS, 3)):
            async with s.line() as line:
                await line.identify(intents)
                assert len((await line.event("GUILD_CREATE"))["members"]) == expected


async def test_zlib_stream_is_one_context_flushed_after_each_message() -> None:
    async with scene() as s, s.line(hello=False, compress="zlib-stream") as line:
        context = zlib.decompressobj()

        async def inflated() -> Json:
            data = await line.ws.receive_bytes(timeout=5)
            assert data.endswith(b"\x00\x00\xff\xff")
            frame: Json = json.loads(context.decompress(data))
            return frame

        assert (await inflated())["op"] == 10
        await line.say(2, {"token": "x", "intents": GUILDS})
        assert [(await inflated())["t"] for _ in range(2)] == ["READY", "GUILD_CREATE"]


def test_a_compression_discord_does_not_know_is_refused() -> None:
    assert open_stream(None) is None
    with pytest.raises(ValueError, match="no such transport compression: lzma"):
        open_stream("lzma")
