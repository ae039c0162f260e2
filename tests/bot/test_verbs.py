"""What the commands tell when something is not as it should be."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import store_check, verbs
from bot.build import FileStamp, opened_store, stamp_path, surroundings
from bot.exits import Ending, Exit
from bot.settings import Export, Pool, Settings
from services.rights import Operator, Rights
from services.settings import Settings as RunTimeSettings
from services.upkeep import Upkeep
from tests.bot.test_exit_codes import TREE

SETTINGS = Settings(export=Export(key=SecretStr(bytes(range(32)).hex())))
LIVE = SETTINGS.store.live


def imported(settings: Settings = SETTINGS) -> str:
    Path("trees.jsonl").write_text(json.dumps(TREE) + "\n", encoding="utf-8")
    return verbs.import_file(settings, Path("trees.jsonl"))


def test_a_store_is_made_once() -> None:
    assert verbs.upgrade(SETTINGS) == "The store data/orchard.db was made with schema 0002."
    assert verbs.upgrade(SETTINGS) == "The store data/orchard.db has schema 0002 already."


def test_a_file_imported_twice_is_told_as_there_before() -> None:
    imported()
    assert imported() == "0 messages imported in 1 trees from trees.jsonl; 2 were there before."


def test_messages_without_their_parent_are_told(tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text(
        '{"message_id": "m2", "parent_id": "m1", "message_tree_id": "m1", "text": "By the sun.", "role": "assistant"}\n'
    )
    told = verbs.import_file(SETTINGS, Path("some.jsonl")).splitlines()
    assert told[1].startswith("Messages whose parent is missing: 1 (trees without their root: 1).")
    assert told[2:] == ["  m2 misses m1"]


@pytest.mark.engine
def test_imported_trees_are_activated_as_many_as_there_are() -> None:
    first, other = ({**TREE["prompt"], "replies": [], "message_id": f"r{number}"} for number in (1, 2))
    replies = [{**first, "message_id": f"a{number}", "parent_id": "root", "role": "assistant"} for number in (1, 2)]
    waiting = {**TREE, "message_tree_id": "root", "tree_state": "ranking"}
    waiting["prompt"] = {**other, "message_id": "root", "replies": replies}
    Path("trees.jsonl").write_text(json.dumps(waiting) + "\n", encoding="utf-8")
    verbs.import_file(SETTINGS, Path("trees.jsonl"))
    assert verbs.activate_backlog(SETTINGS, "de", 3) == "0 imported trees are ranked now; 0 wait in the backlog of de."
    assert verbs.activate_backlog(SETTINGS, "en", 3) == "1 imported trees are ranked now; 0 wait in the backlog of en."


def test_the_licence_stays_once_texts_are_under_it() -> None:
    imported()
    with pytest.raises(Ending, match=r"^pool\.licence: the store holds texts under Apache-2\.0, ") as caught:
        verbs.upgrade(Settings(pool=Pool(licence="CC-BY-4.0")))
    assert caught.value.code is Exit.CONFIG


def test_more_topics_than_a_pool_can_have_over_its_life_are_refused_in_words() -> None:
    for start in range(0, 60, 20):
        verbs.upgrade(Settings(pool=Pool(topics=tuple(f"topic {number}" for number in range(start, start + 20)))))
    with pytest.raises(Ending, match=r"^pool\.topics: the pool has had other topics before; .* at most 62; ") as caught:
        verbs.upgrade(Settings(pool=Pool(topics=("a", "b", "c"))))
    assert caught.value.code is Exit.CONFIG


def test_a_language_with_rules_of_its_own_is_kept_with_the_pool() -> None:
    pool = Pool.model_validate({"langs": ["en", "de"], "by_language": {"de": {"goal_tree_size": 5}}})
    verbs.upgrade(Settings(pool=pool))
    with closing(sqlite3.connect(LIVE)) as store:
        (rules,) = store.execute("SELECT rules FROM pools WHERE id = 'main'").fetchone()
    assert '"by_language": {"de": {"goal_tree_size": 5}}' in rules


def test_a_synced_change_is_counted_once() -> None:
    imported()
    assert re.match(r"[1-9]\d* changes synced to data/shared\.db in [1-9]\d* rows\.", verbs.sync_now(SETTINGS))
    assert verbs.sync_now(SETTINGS) == "0 changes synced to data/shared.db in 0 rows."


def test_trees_under_another_licence_stay_out_of_an_export() -> None:
    imported()
    verbs.sync_now(SETTINGS)
    other = SETTINGS.model_copy(update={"pool": Pool(licence="CC-BY-4.0")})
    told = verbs.export(other, None).splitlines()
    assert told[:2] == [
        "0 messages in 0 trees written to data/exports/orchard.",
        "1 finished trees stayed out, for their licence or for synthetic messages.",
    ]


def test_a_store_with_a_broken_reference_is_told_by_its_table() -> None:
    imported()
    with closing(sqlite3.connect(LIVE)) as store, store:
        store.execute("UPDATE messages SET parent_id = '00' WHERE parent_id IS NOT NULL")
    with pytest.raises(Ending, match=r"not there \(1 rows of messages\)") as caught:
        store_check.check(SETTINGS)
    assert caught.value.code is Exit.DATA


def test_a_text_that_is_not_what_was_stored_is_told() -> None:
    imported()
    with closing(sqlite3.connect(LIVE)) as store, store:
        store.execute("UPDATE messages SET text = text || '.' WHERE parent_id IS NULL")
    with pytest.raises(Ending, match=r"holds 2 texts that are not what was stored") as caught:
        store_check.check(SETTINGS)
    assert caught.value.code is Exit.DATA


@pytest.mark.engine
def test_offers_that_are_not_what_the_trees_call_for_are_told_one_by_one() -> None:
    imported()
    assert store_check.check_offers(SETTINGS) == "The open work is what the trees call for: 0 offers."
    with closing(sqlite3.connect(LIVE)) as store, store:
        store.execute(
            "INSERT INTO offers (message_id, kind, tree_id, pool_id, lang, lot, open) "
            "SELECT id, 'assistant_reply', tree_id, 'main', lang, 0.5, 1 FROM messages WHERE parent_id IS NULL"
        )
    with pytest.raises(Ending, match=r"^1 offers of 1 trees are not what the messages call for") as caught:
        store_check.check_offers(SETTINGS)
    assert caught.value.code is Exit.DATA
    assert re.fullmatch(r"assistant_reply on message [0-9a-f-]{36}: offered, and nobody asks for it\.", told(caught))
    with closing(sqlite3.connect(LIVE)) as store, store:
        store.execute("DELETE FROM offers")
        store.execute("UPDATE trees SET state = 'growing', goal_size = 9, max_depth = 1")
    with pytest.raises(Ending) as caught:
        store_check.check_offers(SETTINGS)
    assert re.fullmatch(r"assistant_reply on message [0-9a-f-]{36}: missing\.", told(caught))
    asyncio.run(mended())
    assert store_check.check_offers(SETTINGS) == "The open work is what the trees call for: 1 offers."
    for wrong, words in (
        ("open = 3", r"assistant_reply on message [0-9a-f-]{36}: open 3 instead of 1\."),
        ("open = 1, lot = NULL", r"assistant_reply in tree [0-9a-f-]{36}: 0 offers stand for it in the draw, .*"),
    ):
        with closing(sqlite3.connect(LIVE)) as store, store:
            store.execute(f"UPDATE offers SET {wrong}")
        with pytest.raises(Ending) as caught:
            store_check.check_offers(SETTINGS)
        assert re.fullmatch(words, told(caught))


def told(caught: pytest.ExceptionInfo[Ending]) -> str:
    (_, difference) = caught.value.sentences
    return difference


async def mended() -> None:
    async with opened_store(SETTINGS) as store:
        assert await Upkeep(store, surroundings()).recheck_trees() == 1


COMMUNITY = """INSERT INTO communities (id, place, pool_id, settings, joined_at)
VALUES (?, '1', 'main', '{}', '2026-01-05')"""


@pytest.mark.engine
def test_counts_that_nobody_earned_are_told_and_counted_away() -> None:
    verbs.upgrade(SETTINGS)
    assert store_check.check_tallies(SETTINGS) == "The counts are what everybody's work comes to: 0 rows."
    with closing(sqlite3.connect(LIVE)) as store, store:
        somebody, somewhere = "a" * 32, "b" * 32
        store.execute("INSERT INTO members (id, locale, created_at) VALUES (?, 'en', '2026-01-05')", [somebody])
        store.execute(COMMUNITY, [somewhere])
        store.execute(
            "INSERT INTO tallies (period, begins_on, community_id, member_id, lang, prompts, rankings) "
            "VALUES ('total', '1970-01-01', ?, ?, 'en', 3, 1)",
            [somewhere, somebody],
        )
    with pytest.raises(Ending, match=r"^2 counts of 1 members are not what .*; stop the bot and run: orchard db recou"):
        store_check.check_tallies(SETTINGS)
    assert verbs.recount(SETTINGS).startswith("The counts of 1 members were wrong;")
    assert verbs.recount(SETTINGS) == "The counts are what everybody's work comes to; nothing was changed."
    assert store_check.check_tallies(SETTINGS) == "The counts are what everybody's work comes to: 0 rows."


@pytest.mark.engine
def test_bringing_a_store_to_this_version_counts_the_work_in_it() -> None:
    verbs.upgrade(SETTINGS)
    with closing(sqlite3.connect(LIVE)) as store, store:
        store.execute("INSERT INTO members (id, locale, created_at) VALUES (?, 'en', '2026-01-05')", ["a" * 32])
        store.execute(COMMUNITY, ["b" * 32])
        store.execute(
            "INSERT INTO tallies (period, begins_on, community_id, member_id, lang, prompts) "
            "VALUES ('total', '1970-01-01', ?, ?, 'en', 3)",
            ["b" * 32, "a" * 32],
        )
        store.execute("INSERT INTO store_meta VALUES ('tallies', 'due')")
    verbs.upgrade(SETTINGS)
    assert store_check.check_tallies(SETTINGS) == "The counts are what everybody's work comes to: 0 rows."


def test_two_exports_into_one_folder_do_not_mix() -> None:
    imported()
    verbs.sync_now(SETTINGS)
    verbs.export(SETTINGS, Path("out"))
    folder = os.open("out", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with pytest.raises(Ending, match="Another export writes into out") as caught:
            verbs.export(SETTINGS, Path("out"))
    finally:
        os.close(folder)
    assert caught.value.code is Exit.HELD


def test_what_discord_was_told_is_remembered_for_one_bot_alone() -> None:
    path = stamp_path(Path("orchard.db"))
    assert FileStamp(path, "a").read() is None
    FileStamp(path, "a").write("digest")
    assert (FileStamp(path, "a").read(), FileStamp(path, "b").read()) == ("digest", None)
    path.write_text("torn", encoding="utf-8")
    assert FileStamp(path, "a").read() is None


@pytest.mark.moderation
def test_a_check_names_the_entries_of_the_audit_log_that_are_not_what_was_written() -> None:
    verbs.upgrade(SETTINGS)
    for number in range(1, 4):
        asyncio.run(_set("goal_tree_size", number + 3))
    assert store_check.check(SETTINGS).startswith("The store data/orchard.db is sound")
    with closing(sqlite3.connect(LIVE)) as connection, connection:
        connection.execute("UPDATE audit_log SET why = 'spam' WHERE seq = 1")
        connection.execute("DELETE FROM audit_log WHERE seq = 3")
    with pytest.raises(Ending) as ended:
        store_check.check(SETTINGS)
    told = str(ended.value)
    assert told.startswith("The audit log of the store data/orchard.db is not what was written")
    assert ended.value.code is Exit.DATA
    assert list(ended.value.sentences[1:]) == [
        "Entry 1: it is not what was written.",
        "Entry 3: it is gone.",
    ]


async def _set(name: str, value: int) -> None:
    async with opened_store(SETTINGS) as store:
        await RunTimeSettings(store, surroundings(), Rights()).set(Operator(), name, value)
