"""People know, take and erase what is theirs; nothing of it is left in any byte, and the rest adds up."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import random
import shutil
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, Table, Text, Uuid

from services.erasing import Erasing
from services.exports import Exports, Wanted
from services.people import Caller
from services.privacy import DATA, READABLE, Choice, Privacy
from services.recount import tally_differences
from services.sync import Sync
from storage import backups, schema
from storage.erasures import Erasure, Ledger, What
from storage.personal import HANDLED, IMPERSONAL, Fate
from tests.services.test_random_play import turn
from trees.ids import UiLocale
from trees.kinds import EmojiCode, TaskKind
from trees.refusals import ConsentNeeded, NothingKnown, Refusal, UnknownReceipt, UnstorableText

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.services.conftest import Grove

pytestmark = pytest.mark.moderation

ACCOUNT = "824683940193521664"
PROMPT = "Which kingfishers nest beside Zwickauer Mulde, and since when?"
REPLY = "Quicksilver answers of mine: Übermut tut selten gut, 翡翠鳥は川にいる."
DRAFT = "Halfway words of mine that nobody took, marmalade."
CHANGED = "Before it was changed it spoke of xylophones."
PARTS = ("kingfishers nest beside", "Zwickauer", "Quicksilver", "Übermut tut", "翡翠鳥", "marmalade", "xylophones")


def complaints(metadata: MetaData) -> list[str]:
    """What is wrong with how the tables of a store are dealt with when somebody is erased."""
    handled = {handler.table.name: handler for handler in HANDLED}
    people = {"members", "identities"}
    wrong = []
    for table in metadata.tables.values():
        refers = table.name in people or any(key.column.table.name in people for key in table.foreign_keys)
        if table.name not in handled and table.name not in IMPERSONAL:
            wrong.append(f"{table.name} has no handler, and no reason why it needs none")
        elif table.name in IMPERSONAL and refers:
            wrong.append(f"{table.name} refers to people and needs a handler")
        elif table.name in IMPERSONAL and any(isinstance(each.type, Text) and each.name == "text" for each in table.c):
            wrong.append(f"{table.name} holds texts and needs a handler")
        elif table.name in handled and table.name in IMPERSONAL:
            wrong.append(f"{table.name} stands in both lists")
    return wrong + [f"{name} is no table" for name in (handled | dict(IMPERSONAL)) if name not in metadata.tables]


def test_every_table_is_dealt_with_when_somebody_is_erased() -> None:
    assert complaints(schema.metadata) == []
    for handler in HANDLED:
        assert handler.about
        assert handler.why or handler.fate not in {Fate.KEEP, Fate.BLANK}
        assert handler.blank is not None or handler.fate is not Fate.BLANK
        # Ratings that stay, stay without what was written beside them.
        assert handler.blank is None or handler.fate in {Fate.BLANK, Fate.RATINGS}
    assert all(IMPERSONAL.values())


def test_a_table_that_nobody_has_thought_of_is_found() -> None:
    """The control of the test before."""
    more = MetaData()
    for table in schema.metadata.tables.values():
        table.to_metadata(more)
    Table("letters", more, Column("id", Uuid, primary_key=True), Column("text", Text))
    Table("friends", more, Column("member_id", ForeignKey("members.id"), primary_key=True))
    assert complaints(more) == [
        f"{name} has no handler, and no reason why it needs none" for name in ("letters", "friends")
    ]


async def lived(grove: Grove) -> Caller:
    """Let somebody have done everything there is: write, change, draft, review, rank, rate, wish."""
    await grove.rule("tiny", num_reviews_initial_prompt=1, num_reviews_reply=1, num_required_rankings=1)
    me = await grove.join(ACCOUNT)
    others = await grove.crowd(3)
    task = await grove.give(me, TaskKind.INITIAL_PROMPT)
    written = await grove.messages.submit(me, task.task_id, CHANGED)
    await grove.authored.edit(me, written.message_id, 1, PROMPT)
    await grove.topics.say(me, task.task_id, ["maths"])
    await grove.topics.wish(me, avoided=["food"])
    await grove.work(others[0], TaskKind.LABEL_INITIAL_PROMPT)
    foreign = await grove.growing(others[1], others[2])
    await grove.work(others[0], TaskKind.ASSISTANT_REPLY)
    task = await grove.give(me, TaskKind.ASSISTANT_REPLY)
    await grove.messages.submit(me, task.task_id, REPLY)
    with pytest.raises(UnstorableText):
        task = await grove.give(me, TaskKind.INITIAL_PROMPT)
        await grove.messages.submit(me, task.task_id, DRAFT + "\0")
    await grove.work(me, TaskKind.LABEL_ASSISTANT_REPLY)
    await grove.emoji.put(me, foreign, EmojiCode.UP, on=True)
    await grove.outbox.wish(me, wanted=True)
    await grove.members.lend_to_showcase(me, on=True)
    return me


def found_in(folder: Path, *, besides: str = "") -> dict[str, list[str]]:
    """Which bytes of somebody are in which files."""
    wanted: dict[str, bytes] = {part: part.encode() for part in (*PARTS, ACCOUNT)}
    wanted |= {f"{part} escaped": json.dumps(part)[1:-1].encode() for part in PARTS}
    for text in (PROMPT, REPLY, CHANGED):
        wanted[f"digest of {text[:9]}"] = hashlib.sha256(text.encode()).hexdigest().encode()
    found: dict[str, list[str]] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        hits = [name for name, part in wanted.items() if part in content]
        if hits and not (besides and besides in str(path)):
            found[path.name] = hits
    return found


async def brought(grove: Grove, folder: Path, out: str) -> None:
    """Sync, and write an export of everything that is ready."""
    await Sync(grove.store, folder / "shared.db", grove.around).push()
    wanted = Wanted(name="all", licence="Apache-2.0", key=bytes(range(32)), warnings=())
    await Exports(folder / "shared.db", grove.around).write(folder / out, wanted)


async def exported_as_ready(grove: Grove) -> None:
    """Let every tree be ready, whatever its rules say, so that the export would show what it should not."""
    for tree in await grove.rows("trees"):
        await grove.change("trees", {"id": tree["id"]}, state="ready_for_export", rev=tree["rev"] + 1)
    await grove.store.write(
        lambda tx: (
            tx.execute(
                schema.change_log.insert(),
                [{"entity": "tree", "entity_id": tree["id"], "rev": 99, "at": grove.chance.now} for tree in trees],
            )
            if (trees := [dict(row._mapping) for row in tx.execute(schema.trees.select())])
            else None
        )
    )


@pytest.mark.parametrize("ratings", Choice)
async def test_of_whoever_is_erased_no_byte_is_left_anywhere(
    grove: Grove, tmp_path: Path, ratings: Choice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    me = await lived(grove)
    await exported_as_ready(grove)
    await brought(grove, tmp_path, "before")
    await grove.store.checkpoint()
    before = found_in(tmp_path)
    assert {"live.sqlite", "shared.db", "messages.jsonl.gz"} <= set(before)
    assert set(before["live.sqlite"]) >= {*PARTS, ACCOUNT, "digest of Which kin", "digest of Quicksilv"}

    receipt = await Privacy(grove.store, grove.around).erase(me, texts=Choice.ERASE, ratings=ratings)
    assert receipt.holds
    await brought(grove, tmp_path, "after")
    assert found_in(tmp_path, besides="/before/") == {}
    assert not any(part in caplog.text for part in (*PARTS, ACCOUNT))
    assert grove.store.wal_bytes() == 0
    left = set(receipt.left) - {"members", "consents", "tasks"}
    assert left <= ({"reviews", "emoji_ratings", "tallies"} if ratings is Choice.KEEP else set())


async def test_without_the_erasure_the_same_look_finds_them_also_in_the_log_of_the_store(
    grove: Grove, tmp_path: Path
) -> None:
    """The control: a text that is merely overwritten by a use case is still in the write-ahead log."""
    me = await lived(grove)
    await grove.store.checkpoint()
    (mine, *_) = [row for row in await grove.rows("messages") if row["text"] == PROMPT]
    await grove.authored.withdraw(me, mine["id"])
    await grove.change("messages", {"text": REPLY}, text=None, text_sha256=None)
    still = found_in(tmp_path)
    assert "Quicksilver" in " ".join(still.get("live.sqlite-wal", []) + still.get("live.sqlite", []))


async def test_nothing_of_theirs_is_taken_or_found_afterwards_and_they_may_come_again(grove: Grove) -> None:
    me = await lived(grove)
    privacy = Privacy(grove.store, grove.around)
    known = await privacy.show(me)
    assert known.rows["messages"] == 2
    assert known.rows["drafts"] == 1
    task = await grove.give(me, TaskKind.INITIAL_PROMPT)
    receipt = await privacy.erase(me, texts=Choice.ERASE, ratings=Choice.ERASE)
    with pytest.raises(NothingKnown):
        await privacy.show(me)
    with pytest.raises(NothingKnown):
        await privacy.export(me)
    with pytest.raises(NothingKnown):
        await privacy.erase(me, texts=Choice.ERASE, ratings=Choice.ERASE)
    with pytest.raises(Refusal):
        await grove.messages.submit(me, task.task_id, "late words")
    assert not [row for row in await grove.rows("drafts") if row["text"] == "late words"]
    assert (await privacy.receipt(receipt.erasure.id)).holds
    with pytest.raises(UnknownReceipt):
        await privacy.receipt(grove.chance.id(grove.chance.now))
    again = await grove.join(ACCOUNT)
    assert (await privacy.show(again)).member_id != known.member_id
    assert (await privacy.receipt(receipt.erasure.id)).holds


async def test_what_others_wrote_below_stays_theirs_with_the_points_it_earned(grove: Grove) -> None:
    await grove.rule("tiny", num_reviews_initial_prompt=1, num_reviews_reply=1)
    me, other, third = [await grove.join(name) for name in ("1", "2", "3")]
    await grove.growing(me, other)
    await grove.work(other, TaskKind.ASSISTANT_REPLY)
    await grove.work(third, TaskKind.LABEL_ASSISTANT_REPLY)
    earned = (await grove.standings.summary(other)).earned
    await Privacy(grove.store, grove.around).erase(me, texts=Choice.ERASE, ratings=Choice.KEEP)
    (prompt, reply) = sorted(await grove.rows("messages"), key=lambda row: row["depth"])
    assert (prompt["text"], prompt["author_id"], reply["text"]) == (None, None, "Text number 2.")
    assert reply["author_id"] is not None
    assert reply["deleted_at"] is not None
    assert await grove.state(prompt["id"]) == "halted_by_moderator"
    assert (await grove.standings.summary(other)).earned == earned
    with pytest.raises(Refusal):
        await grove.moderation.restore(other, prompt["id"])


async def test_texts_that_are_left_without_a_name_stay_at_work_and_lead_to_nobody(grove: Grove, tmp_path: Path) -> None:
    me = await lived(grove)
    before = {row["id"]: (row["text"], row["accepted"], row["deleted_at"]) for row in await grove.rows("messages")}
    privacy = Privacy(grove.store, grove.around)
    receipt = await privacy.erase(me, texts=Choice.KEEP, ratings=Choice.KEEP)
    assert receipt.holds
    after = {row["id"]: (row["text"], row["accepted"], row["deleted_at"]) for row in await grove.rows("messages")}
    assert after == before
    mine = [row for row in await grove.rows("messages") if row["text"] in {PROMPT, REPLY}]
    assert [row["author_id"] for row in mine] == [None, None]
    assert set(found_in(tmp_path)["live.sqlite"]) & {ACCOUNT, "marmalade", "xylophones"} == set()
    assert await grove.upkeep.offer_differences() == []
    assert await tally_differences(grove.store) == []
    await grove.upkeep.recheck_trees()
    others = [Caller(name, "100", UiLocale("en")) for name in ("1000", "1001", "1002")]
    await grove.work(others[2], TaskKind.LABEL_ASSISTANT_REPLY)
    await exported_as_ready(grove)
    await brought(grove, tmp_path, "after")
    with gzip.open(tmp_path / "after" / "messages.jsonl.gz", "rt", encoding="utf-8") as lines:
        told = {row["text"]: row["user_id"] for row in map(json.loads, lines)}
    assert told[PROMPT] is None


async def test_a_prompt_left_without_a_name_still_wins_its_lottery(grove: Grove) -> None:
    await grove.rule("tiny", num_reviews_initial_prompt=1, max_active_trees=0)
    me, other = await grove.crowd(2)
    tree = await grove.growing(me, other)
    assert await grove.state(tree) == "prompt_lottery_waiting"
    await Privacy(grove.store, grove.around).erase(me, texts=Choice.KEEP, ratings=Choice.KEEP)
    await grove.rule("tiny", num_reviews_initial_prompt=1)
    assert await grove.upkeep.halt_deserted() == 0
    await grove.upkeep.draw_lottery()
    assert await grove.state(tree) == "growing"


async def test_a_copy_holds_everything_for_machines_and_for_people(grove: Grove) -> None:
    me = await lived(grove)
    copy = await Privacy(grove.store, grove.around).export(me)
    with zipfile.ZipFile(io.BytesIO(copy.content)) as archive:
        data = json.loads(archive.read(DATA))
        readable = archive.read(READABLE).decode()
    assert set(data["tables"]) == {handler.table.name for handler in HANDLED}
    rows = {name: table["rows"] for name, table in data["tables"].items()}
    assert [row["account"] for row in rows["identities"]] == [ACCOUNT]
    assert {row["text"] for row in rows["messages"]} == {PROMPT, REPLY}
    assert [row["text"] for row in rows["message_versions"]] == [CHANGED]
    assert rows["drafts"][0]["text"].startswith(DRAFT)
    assert len(rows["reviews"]) == 1
    for part in (*PARTS, ACCOUNT):
        assert part in readable
    others = {str(row["id"]) for row in await grove.rows("members")} - {data["member_id"]}
    assert not any(other in json.dumps(data) for other in others)
    assert copy.name.endswith(".zip")


async def test_whoever_withdrew_can_still_take_and_erase_what_is_theirs(grove: Grove) -> None:
    me = await lived(grove)
    await grove.members.withdraw(me)
    privacy = Privacy(grove.store, grove.around)
    with pytest.raises(ConsentNeeded):
        await grove.give(me, TaskKind.INITIAL_PROMPT)
    assert PROMPT in zipfile.ZipFile(io.BytesIO((await privacy.export(me)).content)).read(READABLE).decode()
    assert (await privacy.erase(me, texts=Choice.ERASE, ratings=Choice.ERASE)).holds


@pytest.mark.parametrize("texts", Choice)
@pytest.mark.parametrize("ratings", Choice)
async def test_whatever_was_done_before_the_rest_adds_up(
    planted: Callable[..., Any],
    tmp_path: Path,
    seed: int,
    times: Callable[[int, int], int],
    texts: Choice,
    ratings: Choice,
) -> None:
    async with planted(seed=seed) as grove:
        await grove.rule("tiny", goal_tree_size=4, max_active_trees=3)
        chance, shelf = random.Random(f"{seed} {texts} {ratings}"), []
        crowd = await grove.crowd(6)
        for _ in range(times(70, 400)):
            await turn(grove, chance.choice(crowd), chance, shelf)
        await Sync(grove.store, tmp_path / "shared.db", grove.around).push()
        privacy = Privacy(grove.store, grove.around)
        for gone in chance.sample(crowd, 2):
            assert (await privacy.erase(gone, texts=texts, ratings=ratings)).holds
            crowd.remove(gone)
        assert await grove.upkeep.offer_differences() == []
        assert await tally_differences(grove.store) == []
        await counts_add_up(grove)
        shelf = [(caller, task) for caller, task in shelf if caller in crowd]
        for _ in range(times(20, 200)):
            await turn(grove, chance.choice(crowd), chance, shelf)
        assert await grove.upkeep.offer_differences() == []
        assert await tally_differences(grove.store) == []
        await counts_add_up(grove)
        await Sync(grove.store, tmp_path / "shared.db", grove.around).push()
        await same_on_both_sides(grove, tmp_path / "shared.db")


async def counts_add_up(grove: Grove) -> None:
    reviews = Counter(row["message_id"] for row in await grove.rows("reviews") if row["counted"])
    ranked = Counter(
        reply for row in await grove.rows("ballots") if row["counted"] for group in row["groups"] for reply in group
    )
    for message in await grove.rows("messages"):
        assert message["review_count"] == reviews[message["id"]]
        assert message["ranking_count"] == ranked[str(message["id"])]


async def same_on_both_sides(grove: Grove, shared: Path) -> None:
    with closing(sqlite3.connect(shared)) as store:
        for table in ("trees", "messages", "reviews", "ballots", "emoji_ratings", "consents"):
            there = dict(store.execute(f"SELECT id, rev FROM {table}").fetchall())
            assert there == {row["id"].hex: row["rev"] for row in await grove.rows(table)}, table


async def test_what_a_ledger_says_and_a_store_does_not_know_is_erased_once(grove: Grove, tmp_path: Path) -> None:
    me = await lived(grove)
    member = (await Privacy(grove.store, grove.around).show(me)).member_id
    asked = Erasure(
        id=grove.chance.id(grove.chance.now),
        what=What.MEMBER,
        subject=member,
        texts=Choice.ERASE,
        ratings=Choice.ERASE,
        asked_at=grove.chance.now,
    )
    ledger = Ledger([tmp_path / "live.sqlite.erasures"])
    ledger.write([asked])
    erasing = Erasing(grove.store, grove.around)
    assert await erasing.settle() == 1
    assert await erasing.settle() == 0
    assert found_in(tmp_path) == {}
    (row,) = await grove.rows("erasures")
    assert row["done_at"] is not None


async def test_a_text_that_was_taken_back_is_in_the_ledger_and_gone_again_from_a_store_that_still_has_it(
    grove: Grove, planted: Callable[..., Any], tmp_path: Path
) -> None:
    me = await lived(grove)
    (mine,) = [row for row in await grove.rows("messages") if row["text"] == PROMPT]
    old = tmp_path / "old"
    backups.make(grove.store.path, old, backups.Kind.BY_HAND, grove.chance.now)
    await grove.authored.withdraw(me, mine["id"])
    await grove.authored.withdraw(me, mine["id"])
    written = (tmp_path / "live.sqlite.erasures").read_text().splitlines()
    assert [(json.loads(line)["what"], json.loads(line)["subject"]) for line in written] == [
        ("message", str(mine["id"]))
    ]
    (copy,) = old.glob("*.db")
    copy.rename(tmp_path / "again.sqlite")
    shutil.copy(tmp_path / "live.sqlite.erasures", tmp_path / "again.sqlite.erasures")
    async with planted("again.sqlite") as again:
        assert [row["text"] for row in await again.rows("messages", id=mine["id"])] == [PROMPT]
        assert await Erasing(again.store, again.around).settle() == 1
        assert [row["text"] for row in await again.rows("messages", id=mine["id"])] == [None]


def test_a_ledger_is_read_from_whichever_file_is_left_and_a_torn_line_harms_no_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "ledger", tmp_path / "b" / "ledger"
    first.parent.mkdir()
    entries = [
        Erasure(
            id=UUID(int=number), what=What.MESSAGE, subject=UUID(int=9), asked_at=datetime(2026, 1, number, tzinfo=UTC)
        )
        for number in (1, 2, 3)
    ]
    Ledger([first, second]).write(entries[:2])
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o077 == 0
    first.write_bytes(first.read_bytes()[:-20])
    Ledger([first]).write([entries[2]])
    assert set(Ledger([first]).entries()) == {UUID(int=1), UUID(int=3)}
    second.parent.rename(tmp_path / "away")
    assert set(Ledger([first, second]).entries()) == {UUID(int=1), UUID(int=3)}
    (tmp_path / "away").rename(second.parent)
    Ledger([first, second]).level()
    assert set(Ledger([first]).entries()) == set(Ledger([second]).entries()) == {UUID(int=n) for n in (1, 2, 3)}


async def test_what_cannot_be_written_into_the_ledger_is_not_erased(grove: Grove, tmp_path: Path) -> None:
    me = await lived(grove)
    (tmp_path / "live.sqlite.erasures").mkdir()
    with pytest.raises(OSError, match="directory"):
        await Privacy(grove.store, grove.around).erase(me, texts=Choice.ERASE, ratings=Choice.ERASE)
    assert (await Privacy(grove.store, grove.around).show(me)).rows["messages"] == 2
