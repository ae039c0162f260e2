"""What was published before goes in, over, and out again unchanged."""

from __future__ import annotations

import gzip
import json
import os
import random
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataset.manifest import verify
from dataset.pseudonyms import WeakKey
from services.exports import Exports, Wanted
from services.imports import Imports, UnreadableFile
from services.pools import Pools
from services.surroundings import Surroundings
from services.sync import Sync
from storage import store
from storage.errors import LogBroken, SourceForked, StoreMissing
from trees.ids import CHANCE_BITS, MAIN_POOL, TreeLanguage, uuid7
from trees.rules import PRESETS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from storage.store import Store

SHARED = Path(os.environ.get("ORCHARD_SHARED", Path(__file__).parents[3] / "shared"))
SAMPLE = SHARED / "data" / "oasst1-en-validation.jsonl"
KEY = bytes(range(7, 39))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WANTED = Wanted(name="trial", licence="Apache-2.0", key=KEY)


def surroundings() -> Surroundings:
    chance = random.Random(5)
    return Surroundings(lambda: NOW, chance.random, lambda now: uuid7(now, chance.getrandbits(CHANCE_BITS)))


@asynccontextmanager
async def prepared(path: Path) -> AsyncIterator[Store]:
    async with store.opened(path) as live:
        await Pools(live, surroundings()).prepare(
            name="Main",
            licence="Apache-2.0",
            preset="community",
            changes={},
            langs=[TreeLanguage("en")],
        )
        yield live


async def load(live: Store, path: Path) -> Any:
    rules = PRESETS["community"]
    return await Imports(live, surroundings()).load(path, pool=MAIN_POOL, rules=rules, licence="Apache-2.0")


def row(message_id: str, parent: str | None = None, **rest: Any) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "parent_id": parent,
        "user_id": "somebody",
        "created_date": "2023-02-07T17:29:24.727400+00:00",
        "text": f"text of {message_id}",
        "role": "assistant" if parent else "prompter",
        "lang": "en",
        "message_tree_id": "root",
        "tree_state": "ready_for_export",
        **rest,
    }


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


def read_rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


async def through(tmp_path: Path, live: Store) -> list[dict[str, Any]]:
    await Sync(live, tmp_path / "shared.db", surroundings()).push()
    await Exports(tmp_path / "shared.db", surroundings()).write(tmp_path / "dataset", WANTED)
    assert verify(tmp_path / "dataset") == []
    return read_rows(tmp_path / "dataset" / "messages.jsonl.gz")


@pytest.mark.main_job
@pytest.mark.skipif(not SAMPLE.exists(), reason="the OASST1 sample is not at hand")
async def test_all_messages_of_the_sample_give_every_published_field_back(tmp_path: Path) -> None:
    published = {each["message_id"]: each for each in map(json.loads, SAMPLE.read_text("utf-8").splitlines())}
    async with prepared(tmp_path / "live.db") as live:
        came = await load(live, SAMPLE)
        assert (came.messages, came.trees, came.incomplete, len(came.orphans)) == (2022, 191, 3, 3)
        exported = await through(tmp_path, live)
    assert {each["message_id"]: each for each in exported} == published
    assert all(list(each) == list(published[each["message_id"]]) for each in exported)
    # The tree file holds the same messages.
    trees = read_rows(tmp_path / "dataset" / "trees.jsonl.gz")
    assert {tree["message_tree_id"] for tree in trees} == {each["message_tree_id"] for each in published.values()}


@pytest.mark.main_job
@pytest.mark.skipif(not SAMPLE.exists(), reason="the OASST1 sample is not at hand")
async def test_the_exported_trees_imported_elsewhere_give_the_same_files(tmp_path: Path) -> None:
    async with prepared(tmp_path / "live.db") as live:
        await load(live, SAMPLE)
        await through(tmp_path, live)
    first = tmp_path / "dataset"
    for name in ("trees.jsonl.gz", "messages.jsonl.gz"):
        elsewhere = tmp_path / name.split(".")[0]
        elsewhere.mkdir()
        async with prepared(elsewhere / "live.db") as live:
            assert (await load(live, first / name)).messages == 2022
            again = await through(elsewhere, live)
        assert sorted(again, key=lambda each: str(each["message_id"])) == sorted(
            read_rows(first / "messages.jsonl.gz"),
            key=lambda each: str(each["message_id"]),
        )


async def test_a_file_imported_twice_adds_nothing_twice(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "some.jsonl", [row("root"), row("a", "root"), row("b", "root")])
    more = write_rows(tmp_path / "more.jsonl", [row("root"), row("a", "root"), row("b", "root"), row("c", "a")])
    async with prepared(tmp_path / "live.db") as live:
        assert (await load(live, file)).messages == 3
        again = await load(live, file)
        assert (again.messages, again.already) == (0, 3)
        completed = await load(live, more)
        assert (completed.messages, completed.already) == (1, 3)
        assert {each["message_id"] for each in await through(tmp_path, live)} == {"root", "a", "b", "c"}


@pytest.mark.engine
@pytest.mark.main_job
async def test_h10_imported_messages_have_the_depth_they_stand_at(tmp_path: Path) -> None:
    rows = [row("root"), row("a", "root"), row("b", "a", role="prompter"), row("c", "b"), row("lost", "gone")]
    async with prepared(tmp_path / "live.db") as live:
        came = await load(live, write_rows(tmp_path / "some.jsonl", rows))
    assert [(orphan.message_id, orphan.parent_id) for orphan in came.orphans] == [("lost", "gone")]
    with sqlite3.connect(tmp_path / "live.db") as connection:
        depths = connection.execute(
            "SELECT published_id, depth FROM messages JOIN published_messages ON message_id = id",
        ).fetchall()
    connection.close()
    assert dict(depths) == {"root": 0, "a": 1, "b": 2, "c": 3, "lost": 1}


async def test_a_file_with_a_bad_line_is_refused_whole_and_says_which(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "some.jsonl", [row("root"), {"message_id": "x"}, row("a", "root")])
    async with prepared(tmp_path / "live.db") as live:
        with pytest.raises(UnreadableFile) as refused:
            await load(live, file)
        assert [bad.line for bad in refused.value.bad] == [2]
        assert (await Sync(live, tmp_path / "shared.db", surroundings()).push()).entries == 0


async def test_a_tree_that_was_not_finished_waits_in_the_backlog_and_is_not_exported(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "some.jsonl", [row("root", tree_state="growing")])
    async with prepared(tmp_path / "live.db") as live:
        await load(live, file)
        assert await through(tmp_path, live) == []
    with sqlite3.connect(tmp_path / "live.db") as connection:
        assert connection.execute("SELECT state, imported FROM trees").fetchall() == [("backlog_ranking", 1)]
    connection.close()


async def test_trees_under_another_licence_stay_out(tmp_path: Path) -> None:
    async with prepared(tmp_path / "live.db") as live:
        await load(live, write_rows(tmp_path / "some.jsonl", [row("root")]))
        await Sync(live, tmp_path / "shared.db", surroundings()).push()
    other = Wanted(name="trial", licence="CC0-1.0", key=KEY)
    exported = await Exports(tmp_path / "shared.db", surroundings()).write(tmp_path / "dataset", other)
    assert (exported.left_out, exported.manifest.counts.trees) == (1, 0)


async def test_an_export_needs_a_shared_store_and_a_key_that_cannot_be_guessed(tmp_path: Path) -> None:
    exports = Exports(tmp_path / "shared.db", surroundings())
    with pytest.raises(StoreMissing):
        await exports.write(tmp_path / "dataset", WANTED)
    with pytest.raises(WeakKey):
        await exports.write(tmp_path / "dataset", Wanted(name="trial", licence="Apache-2.0", key=b"short"))
    assert not (tmp_path / "dataset").exists()


async def test_a_second_push_brings_nothing_and_the_lag_is_told(tmp_path: Path) -> None:
    async with prepared(tmp_path / "live.db") as live:
        sync = Sync(live, tmp_path / "shared.db", surroundings())
        assert (await sync.lag()).behind == 0
        await load(live, write_rows(tmp_path / "some.jsonl", [row("root"), row("a", "root")]))
        assert (await sync.lag()).behind == 5
        first = await sync.push()
        second = await sync.push()
        assert (first.entries, first.rows, second.entries, (await sync.lag()).behind) == (5, 5, 0, 0)


async def test_a_store_put_back_from_an_older_copy_may_not_push(tmp_path: Path) -> None:
    async with prepared(tmp_path / "live.db") as live:
        pass
    older = (tmp_path / "live.db").read_bytes()
    async with prepared(tmp_path / "live.db") as live:
        await load(live, write_rows(tmp_path / "some.jsonl", [row("root")]))
        await Sync(live, tmp_path / "shared.db", surroundings()).push()
    (tmp_path / "live.db").write_bytes(older)
    async with prepared(tmp_path / "live.db") as live:
        with pytest.raises(LogBroken):
            await Sync(live, tmp_path / "shared.db", surroundings()).push()


async def test_a_copy_with_another_generation_may_not_push(tmp_path: Path) -> None:
    async with prepared(tmp_path / "live.db") as live:
        await load(live, write_rows(tmp_path / "some.jsonl", [row("root")]))
        await Sync(live, tmp_path / "shared.db", surroundings()).push()
    with sqlite3.connect(tmp_path / "live.db") as connection:
        connection.execute("UPDATE store_meta SET value = 'another' WHERE key = 'generation'")
    connection.close()
    async with prepared(tmp_path / "live.db") as live:
        with pytest.raises(SourceForked):
            await Sync(live, tmp_path / "shared.db", surroundings()).push()
