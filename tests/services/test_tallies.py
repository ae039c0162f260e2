"""Tallies: kept one by one, they are what counting everything anew comes to."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from services.recount import Recount, tally_differences
from services.surroundings import Surroundings
from storage import migrate
from tests.services.test_random_play import finish, moderate
from trees.ballots import Ballot
from trees.kinds import TaskKind
from trees.labels import Label
from trees.periods import Period
from trees.points import TALLIED
from trees.refusals import EmptyText, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from conftest import Grove

    from services.assignments import Assignment
    from services.people import Caller

pytestmark = pytest.mark.engine

EVERY_PLACE = ("first", "second", "third")

Row = dict[str, Any]


def spans(moment: datetime) -> list[tuple[str, str]]:
    """The day, week, month and all of time in which a moment lies, spelled out with the calendar."""
    day = moment.date()
    monday = day.fromordinal(day.toordinal() - day.isoweekday() + 1)
    return [
        ("day", day.isoformat()),
        ("week", monday.isoformat()),
        ("month", f"{day:%Y-%m}-01"),
        ("total", "1970-01-01"),
    ]


class ByHand:
    """Counts all work from the raw rows, without any of the code that keeps the tallies."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self.found: Counter[tuple[str, ...]] = Counter()
        self.tasks = {row["id"]: row for row in tables["tasks"]}
        self.texts = {row["id"]: row for row in tables["messages"]}
        self.ballots = [row for row in tables["ballots"] if row["counted"]]
        for text in self.texts.values():
            if text["task_id"] is not None and not self.gone(text):
                self.count_text(text)
        for review in tables["reviews"]:
            self.count_review(review)
        for ballot in tables["ballots"]:
            self.count_ballot(ballot)

    def one_more(self, whose: tuple[Any, ...], name: str, moment: datetime) -> None:
        for period, begins in spans(moment):
            self.found[period, begins, *map(str, whose), name] += 1

    def gone(self, text: Row) -> bool:
        """Removed itself, not only with the message it answers."""
        parent = self.texts.get(text["parent_id"])
        return text["deleted_at"] is not None and (parent is None or parent["deleted_at"] != text["deleted_at"])

    def count_text(self, text: Row) -> None:
        kind = "prompts" if text["parent_id"] is None else f"replies_{text['role']}"
        whose = (text["community_id"], text["author_id"], text["lang"])
        self.one_more(whose, kind, text["created_at"])
        if text["accepted"]:
            self.one_more(whose, f"accepted_{kind}", text["judged_at"])
        if text["rank"] is not None and text["rank"] < 3:
            self.one_more(whose, f"ranked_{EVERY_PLACE[text['rank']]}", text["ranked_at"])
        for ballot in self.ballots:
            above = 0
            for group in ballot["groups"]:
                if str(text["id"]) in group and above < 3:
                    self.one_more(whose, f"placed_{EVERY_PLACE[above]}", ballot["created_at"])
                above += len(group)

    def count_review(self, review: Row) -> None:
        task, judged = self.tasks[review["task_id"]], self.texts[review["message_id"]]
        whose = (task["community_id"], review["member_id"], task["lang"])
        mode = "simple" if set(review["labels"]) <= {"spam", "lang_mismatch", "quality"} else "full"
        self.one_more(whose, f"labels_{mode}", review["created_at"])
        decided = judged["judged_at"] or judged["deleted_at"]
        if review["counted"] and decided:
            self.one_more(whose, f"decided_labels_{mode}", decided)

    def count_ballot(self, ballot: Row) -> None:
        task = self.tasks[ballot["task_id"]]
        whose = (task["community_id"], ballot["member_id"], task["lang"])
        self.one_more(whose, "rankings", ballot["created_at"])
        if ballot["counted"] and ballot["decided_at"]:
            self.one_more(whose, "decided_rankings", ballot["decided_at"])
            if ballot["good"]:
                self.one_more(whose, "rankings_good", ballot["decided_at"])


async def counted_by_hand(grove: Grove) -> Counter[tuple[str, ...]]:
    return ByHand({name: await grove.rows(name) for name in ("tasks", "messages", "reviews", "ballots")}).found


async def tallied(grove: Grove) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for row in await grove.rows("tallies"):
        keys = (row.pop("period"), row.pop("begins_on").isoformat())
        whose = (str(row.pop("community_id")), str(row.pop("member_id")), row.pop("lang"))
        for name, number in row.items():
            assert number >= 0
            if number:
                found[(*keys, *whose, name)] = number
    return found


FULL = {Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0, Label.PII: 0.0, Label.QUALITY: 0.5}


async def history(grove: Grove, chance: random.Random, turns: int, *, calm: bool = False) -> None:
    """Days of work in two communities and two languages, with late work and, unless calm, removals and new rules."""
    crowd = [await grove.join(f"{n}", "en", "de", place=["100", "200"][n % 2]) for n in range(9)]
    held: list[tuple[Caller, Assignment]] = []
    for _ in range(turns):
        if chance.random() < 0.3:
            grove.pass_time(hours=chance.choice([1, 12]))
            await grove.upkeep.expire_leases()
        caller = chance.choice(crowd)
        with contextlib.suppress(Refusal):
            if held and chance.random() < 0.3:
                caller, task = held.pop(chance.randrange(len(held)))
            else:
                task = await grove.tasks.give(caller, kind=chance.choice([None, None, *TaskKind]))
            if chance.random() < 0.15:
                held.append((caller, task))
            elif task.kind.activity.labels:
                await grove.do(caller, task, chance.choice([grove.GOOD, grove.GOOD, FULL, grove.BAD]))
            else:
                await finish(grove, caller, task, chance)
        if not calm and chance.random() < 0.06:
            await moderate(grove, caller, chance)
        if not calm and chance.random() < 0.02:
            await grove.rule("tiny", num_reviews_reply=chance.choice([0, 1, 2]), points="published", **RULES)


RULES: dict[str, Any] = {"tasks_per_window": 0, "assistant_replies_per_window": 0, "prompter_replies_per_window": 0}


async def test_after_any_history_they_are_what_the_rows_come_to(
    planted: Callable[..., Any], times: Callable[[int, int], int], seed: int
) -> None:
    async with planted(seed=seed) as grove:
        await grove.rule("tiny", **RULES)
        await history(grove, random.Random(seed), times(250, 4000))
        found = await tallied(grove)
        assert found == await counted_by_hand(grove)
        assert await tally_differences(grove.store) == []
        assert {name for *_, name in found} >= set(TALLIED) - {"placed_third", "ranked_third"}
        assert len({begins for period, begins, *_ in found if period == "week"}) > 1
        assert len({community for _, _, community, *_ in found}) == len({lang for *_, lang, _ in found}) == 2
        assert [row for row in await grove.rows("messages") if row["deleted_at"]]


async def one_of_each(grove: Grove) -> UUID:
    """Let a tree be finished with two ranked replies; return it."""
    await grove.rule("tiny", goal_tree_size=3, max_tree_depth=1, max_active_trees=9)
    ann, bob, eve, dan = await grove.crowd(4)
    tree = await grove.growing(ann, bob)
    for author in (bob, eve):
        await grove.work(author, TaskKind.ASSISTANT_REPLY)
        await grove.work(dan, TaskKind.LABEL_ASSISTANT_REPLY)
    await grove.work(ann, TaskKind.RANK_ASSISTANT_REPLIES)
    return tree


async def test_a_count_that_is_wrong_is_found_and_mended(grove: Grove) -> None:
    await one_of_each(grove)
    before = await grove.rows("tallies")
    recount = recounting(grove)
    assert (await tally_differences(grove.store), await recount.mend()) == ([], 0)
    ann = next(row["member_id"] for row in before if row["accepted_prompts"])
    await grove.change("tallies", {"member_id": ann, "period": "week"}, accepted_prompts=5)
    (wrong,) = await tally_differences(grove.store)
    assert (wrong.member_id, wrong.period, wrong.tally) == (ann, "week", "accepted_prompts")
    assert (wrong.begins_on, wrong.lang) == (date(2026, 1, 5), "en")
    assert (wrong.found, wrong.wanted) == (5, 1)
    assert await recount.mend() == 1
    assert await grove.rows("tallies") == before


async def test_what_nobody_noted_is_found(grove: Grove) -> None:
    await one_of_each(grove)
    await grove.change("messages", {"depth": 0}, deleted_at=grove.chance.now)
    await grove.change("tallies", {"member_id": (await grove.rows("members"))[1]["id"]}, ranked_first=7, lang="xx")
    names = {(each.tally, each.lang) for each in await tally_differences(grove.store)}
    assert names >= {("prompts", "en"), ("accepted_prompts", "en"), ("ranked_first", "xx")}


@pytest.mark.parametrize("preset", ["tiny", "oasst"])
async def test_each_step_is_counted_when_it_is_decided_and_not_before(grove: Grove, preset: str) -> None:
    await grove.rule(preset, num_reviews_initial_prompt=2)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    assert await totals(grove) == {"ann": {"prompts": 1}}
    grove.pass_time(days=1)
    await grove.work(bob, TaskKind.LABEL_INITIAL_PROMPT, FULL)
    assert await totals(grove) == {"ann": {"prompts": 1}, "bob": {"labels_full": 1}}
    grove.pass_time(days=1)
    await grove.work(eve, TaskKind.LABEL_INITIAL_PROMPT)
    assert await totals(grove) == {
        "ann": {"prompts": 1, "accepted_prompts": 1},
        "bob": {"labels_full": 1, "decided_labels_full": 1},
        "eve": {"labels_simple": 1, "decided_labels_simple": 1},
    }
    days = {row["begins_on"].day: row["accepted_prompts"] for row in await grove.rows("tallies", period="day")}
    assert days == {5: 0, 6: 0, 7: 1}


async def totals(grove: Grove) -> dict[str, dict[str, int]]:
    called = {"1000": "ann", "1001": "bob", "1002": "eve"}
    names = {row["member_id"]: called[row["account"]] for row in await grove.rows("identities")}
    return {
        names[row["member_id"]]: {name: row[name] for name in TALLIED if row[name]}
        for row in await grove.rows("tallies", period="total")
    }


async def test_work_counts_where_it_was_given_out_however_late_it_is_handed_in(grove: Grove) -> None:
    ann = await grove.join("1")
    held = await grove.give(ann, TaskKind.INITIAL_PROMPT)
    await grove.do(replace(ann, place="200"), held)
    here = {row["place"]: row["id"] for row in await grove.rows("communities")}
    assert {row["community_id"] for row in await grove.rows("tallies")} == {here["100"]}


async def test_a_review_of_what_is_removed_unjudged_is_decided_and_so_no_more_when_it_comes_back(grove: Grove) -> None:
    await grove.rule("tiny", num_reviews_initial_prompt=2)
    ann, bob = await grove.crowd(2)
    tree = (await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id
    await grove.work(bob, TaskKind.LABEL_INITIAL_PROMPT)
    await grove.moderation.remove(bob, tree)
    assert await totals(grove) == {"ann": {}, "bob": {"labels_simple": 1, "decided_labels_simple": 1}}
    await grove.moderation.restore(bob, tree)
    assert await totals(grove) == {"ann": {"prompts": 1}, "bob": {"labels_simple": 1}}


async def test_whose_answer_only_went_along_with_a_removed_message_keeps_what_it_earned(grove: Grove) -> None:
    tree = await one_of_each(grove)
    texts = {row["id"]: row for row in await grove.rows("messages")}
    earned = {row["member_id"]: row["ranked_first"] for row in await grove.rows("tallies", period="total")}
    moderator = await grove.join("9")
    await grove.moderation.remove(moderator, tree)
    rows = {row["member_id"]: row for row in await grove.rows("tallies", period="total")}
    assert rows[texts[tree]["author_id"]]["accepted_prompts"] == 0
    assert {member: row["ranked_first"] for member, row in rows.items()} == earned
    assert sum(row["accepted_replies_assistant"] for row in rows.values()) == 2
    first = next(row for row in texts.values() if row["rank"] == 0)
    await grove.moderation.restore(moderator, first["id"])
    grove.pass_time(minutes=1)
    await grove.moderation.remove(moderator, first["id"])
    after = {row["member_id"]: row for row in await grove.rows("tallies", period="total")}
    assert (after[first["author_id"]]["ranked_first"], after[first["author_id"]]["placed_first"]) == (0, 0)
    assert after[texts[tree]["author_id"]]["accepted_prompts"] == 1
    assert await tally_differences(grove.store) == []


async def test_ranks_that_are_written_again_move_no_day_and_judge_no_ballot_anew(grove: Grove) -> None:
    tree = await one_of_each(grove)
    before = await grove.rows("tallies")
    ballot = await grove.rows("ballots")
    grove.pass_time(days=3)
    await grove.change("trees", {"id": tree}, state="scoring_failed")
    assert await grove.upkeep.retry_scoring() == 1
    assert await grove.rows("tallies") == before
    assert await grove.rows("ballots") == ballot
    assert ballot[0]["good"]


async def test_a_refused_hand_in_counts_nothing(grove: Grove) -> None:
    ann = await grove.join("1")
    held = await grove.give(ann, TaskKind.INITIAL_PROMPT)
    with pytest.raises(EmptyText):
        await grove.messages.submit(ann, held.task_id, " ")
    assert await grove.rows("tallies") == []
    await grove.messages.submit(ann, held.task_id, "Again.")
    await grove.messages.submit(ann, held.task_id, "Again.")
    assert {row["prompts"] for row in await grove.rows("tallies")} == {1}


def copied_as_of_0001(path: Path) -> Path:
    """Copy a store into one of the schema before tallies, as far as that holds it."""
    old = path.with_name("old.sqlite")
    migrate.upgrade(old, migrate.Lineage(migrate.LIVE.scripts, ("0001",)))
    with closing(sqlite3.connect(old)) as store, store:
        store.execute("ATTACH ? AS newer", (str(path),))
        tables = [name for (name,) in store.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in set(tables) - {"alembic_version", "notices", "sqlite_sequence"}:
            columns = ", ".join(f'"{row[1]}"' for row in store.execute(f"PRAGMA main.table_info({table})"))
            store.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
    return old


async def test_a_store_of_the_version_before_is_counted_as_if_it_always_had_been(
    planted: Callable[..., Any], seed: int
) -> None:
    async with planted(seed=seed) as grove:
        await grove.rule("tiny", goal_tree_size=3, max_tree_depth=1, max_active_trees=20, **RULES)
        await history(grove, random.Random(seed), 150, calm=True)
        kept = await grove.rows("tallies")
        old = copied_as_of_0001(grove.store.path)
    async with planted(old.name) as grove:
        assert await grove.rows("tallies") == []
        recount = recounting(grove)
        assert await recount.mend_if_due() == len({row["member_id"] for row in kept})
        assert await grove.rows("tallies") == kept
        assert sum(row["rankings_good"] for row in kept) > 0
        assert await recount.mend_if_due() == 0


async def test_a_new_store_has_nothing_to_count(grove: Grove) -> None:
    await one_of_each(grove)
    await grove.change("tallies", {}, prompts=3)
    assert await recounting(grove).mend_if_due() == 0


def recounting(grove: Grove) -> Recount:
    return Recount(grove.store, Surroundings(lambda: grove.chance.now, grove.chance.lots.random, grove.chance.id))


async def test_a_reply_that_three_rank_first_earns_what_it_was_published_to_earn(grove: Grove) -> None:
    await grove.rule("oasst", goal_tree_size=3, max_tree_depth=1, num_reviews_initial_prompt=0)
    ann, bob, eve, *others = await grove.crowd(6)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    for author in (bob, eve):
        await grove.work(author, TaskKind.ASSISTANT_REPLY)
        for reviewer in others:
            await grove.work(reviewer, TaskKind.LABEL_ASSISTANT_REPLY)
    first = next(row["id"] for row in await grove.rows("messages") if row["depth"] == 1)
    for member in others:
        task = await grove.give(member, TaskKind.RANK_ASSISTANT_REPLIES)
        order = sorted((option.message_id for option in task.options), key=lambda reply: reply != first)
        await grove.ballots.submit(member, task.task_id, Ballot(tuple((reply,) for reply in order)))
    summaries = [await grove.standings.summary(caller) for caller in (bob, eve, *others)]
    assert [summary.earned[Period.TOTAL].points for summary in summaries] == [
        4 + 4 + 3 * 9,
        4 + 4 + 3 * 3,
        *[2 * 1 + 1 + 1] * 3,
    ]


async def test_ten_accepted_prompts_earn_two_points_and_nine_none(grove: Grove) -> None:
    await grove.rule("oasst", num_reviews_initial_prompt=0, max_active_trees=0)
    ann = await grove.join("1")
    for number in range(10):
        assert (await grove.standings.summary(ann)).earned[Period.TOTAL].points == 0, number
        await grove.work(ann, TaskKind.INITIAL_PROMPT)
    assert (await grove.standings.summary(ann)).earned[Period.TOTAL].points == 2


async def test_what_many_hand_in_at_once_and_twice_is_counted_once(grove: Grove) -> None:
    await grove.rule("tiny", num_reviews_initial_prompt=3, max_initial_prompt_review=99, settled_risk=0.0, **RULES)
    crowd = await grove.crowd(32)
    held = [(caller, await grove.give(caller, TaskKind.INITIAL_PROMPT)) for caller in crowd[:16]]
    texts = [(caller, task, grove.text()) for caller, task in held] * 2
    await asyncio.gather(*(grove.messages.submit(caller, task.task_id, text) for caller, task, text in texts))
    for _ in range(2):
        asked = [grove.tasks.give(caller, kind=TaskKind.LABEL_INITIAL_PROMPT) for caller in crowd]
        given = await asyncio.gather(*asked, return_exceptions=True)
        reviews = [pair for pair in zip(crowd, given, strict=True) if not isinstance(pair[1], BaseException)]
        await asyncio.gather(*(grove.do(caller, task) for caller, task in reviews * 2))
    found = await tallied(grove)
    assert found == await counted_by_hand(grove)
    total = {name: sum(found[key] for key in found if key[0] == "total" and key[-1] == name) for name in TALLIED}
    assert (total["prompts"], total["labels_simple"]) == (16, len(await grove.rows("reviews")))
    assert total["decided_labels_simple"] == 3 * total["accepted_prompts"] > 0
