"""Chance plays with the use cases until nothing is left to do; then everything must add up."""

from __future__ import annotations

import contextlib
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from services.recount import tally_differences
from trees.ballots import Ballot
from trees.kinds import Activity, EmojiCode, SkipReason
from trees.refusals import (
    BallotIncomplete,
    MessageGone,
    NothingToDo,
    PromptsNotTaken,
    Refusal,
    TaskDone,
    TaskPassedOn,
    TreeClosed,
    WrongKind,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Grove

    from services.assignments import Assignment
    from services.people import Caller

SYNCED = {
    "tree": "trees",
    "consent": "consents",
    "message": "messages",
    "review": "reviews",
    "ballot": "ballots",
    "emoji_rating": "emoji_ratings",
}
PROMPTS = 6
TOPICS = ["maths", "food", "travel"]


async def finish(grove: Grove, caller: Caller, task: Assignment, chance: random.Random) -> None:
    if task.kind.activity is Activity.RANK:
        options = [option.message_id for option in task.options]
        chance.shuffle(options)
        middle = chance.randrange(1, len(options) + 1)
        ballot = Ballot((tuple(options[:middle]), *((reply,) for reply in options[middle:])))
        if chance.random() < 0.1:
            ballot = Ballot(none_acceptable=True)
        await grove.ballots.submit(caller, task.task_id, ballot)
    elif task.kind.activity.labels:
        await grove.do(caller, task, grove.BAD if chance.random() < 0.2 else grove.GOOD)
    else:
        taken = await grove.do(caller, task)
        if taken.about is not None:
            await grove.topics.say(caller, task.task_id, chance.sample(TOPICS, chance.choice([0, 1, 1, 2])))


async def left_for(grove: Grove, caller: Caller) -> list[dict[str, Any]]:
    """Look through everything that is offered for what somebody could be given."""
    (me,) = await grove.rows("identities", account=caller.account)
    kept = {(row["message_id"], row["kind"]) for row in await grove.rows("exclusions", member_id=me["member_id"])}
    avoided = sum([row["avoided"] for row in await grove.rows("member_topics", member_id=me["member_id"])])
    return [
        offer
        for offer in await grove.rows("offers")
        if (offer["message_id"], offer["kind"]) not in kept and not offer["topics"] & avoided
    ]


async def turn(grove: Grove, caller: Caller, chance: random.Random, shelf: list[tuple[Caller, Assignment]]) -> bool:
    """Let one person do something; return whether there was anything for them."""
    if chance.random() < 0.04:
        await grove.topics.wish(caller, avoided=chance.sample(TOPICS, chance.choice([0, 0, 1])))
    if shelf and chance.random() < 0.3:
        slow, task = shelf.pop(chance.randrange(len(shelf)))
        # They may have done it meanwhile from another panel, or passed it on; or a moderator came between.
        with contextlib.suppress(TaskDone, TaskPassedOn, MessageGone, TreeClosed, PromptsNotTaken, BallotIncomplete):
            await finish(grove, slow, task, chance)
        return True
    try:
        task = await grove.tasks.give(caller)
    except NothingToDo:
        assert await left_for(grove, caller) == []
        return False
    kind = chance.random()
    if kind < 0.75:
        await finish(grove, caller, task, chance)
    elif kind < 0.82:
        with contextlib.suppress(WrongKind):
            await grove.tasks.skip(caller, task.task_id, chance.choice(list(SkipReason)))
        if chance.random() < 0.2:
            with contextlib.suppress(TaskPassedOn):
                await grove.tasks.unskip(caller, task.task_id)
    elif kind < 0.9:
        await grove.tasks.release(caller, task.task_id)
    else:
        shelf.append((caller, task))
    for shown in task.thread:
        if shown.may_rate and chance.random() < 0.1:
            await grove.emoji.put(caller, shown.message_id, chance.choice(list(EmojiCode)), on=chance.random() < 0.7)
    return True


async def moderate(grove: Grove, caller: Caller, chance: random.Random) -> None:
    """Let a moderator remove, restore, stop or let go on whatever chance finds."""
    messages = await grove.rows("messages")
    if messages:
        found = chance.choice(messages)
        verb = chance.choice(["remove", "restore", "restore", "halt", "resume", "resume"])
        about = found["id"] if verb in {"remove", "restore"} else found["tree_id"]
        await getattr(grove.moderation, verb)(caller, about)


async def play(grove: Grove, seed: int) -> None:
    chance = random.Random(seed)
    crowd = await grove.crowd(14)
    shelf: list[tuple[Caller, Assignment]] = []
    idle = 0
    for _ in range(3000):
        if len(await grove.rows("trees")) >= PROMPTS:
            await grove.rule("community", goal_tree_size=5, prompts_disabled=["en"], max_active_trees=3)
        if chance.random() < 0.05:
            grove.pass_time(minutes=20)
        if chance.random() < 0.05:
            await grove.upkeep.expire_leases()
        if chance.random() < 0.02:
            await moderate(grove, chance.choice(crowd), chance)
        try:
            busy = await turn(grove, chance.choice(crowd), chance, shelf)
        except Refusal as refused:
            pytest.fail(f"refused: {refused!r}")
        idle = 0 if busy else idle + 1
        if idle > 60:
            break
    grove.pass_time(hours=2)
    await grove.upkeep.expire_leases()
    await grove.upkeep.draw_lottery()


@pytest.mark.main_job
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_people_do_the_store_adds_up(planted: Callable[..., Any], seed: int) -> None:
    async with planted(seed=seed) as grove:
        await grove.rule("community", goal_tree_size=5, max_active_trees=3)
        await play(grove, seed)
        assert await grove.upkeep.offer_differences() == []
        assert await tally_differences(grove.store) == []
        assert await grove.upkeep.recheck_trees() == 0
        await check_log(grove)
        await check_counts(grove)
        await check_people(grove)
        finished = [tree for tree in await grove.rows("trees") if tree["state"] == "ready_for_export"]
        assert finished


async def check_log(grove: Grove) -> None:
    newest: dict[tuple[str, Any], int] = {}
    for entry in await grove.rows("change_log"):
        assert entry["rev"] > newest.get((entry["entity"], entry["entity_id"]), 0)
        newest[entry["entity"], entry["entity_id"]] = entry["rev"]
    rows = {(name, row["id"]): row["rev"] for name, table in SYNCED.items() for row in await grove.rows(table)}
    assert newest == rows


async def check_counts(grove: Grove) -> None:
    messages = {row["id"]: row for row in await grove.rows("messages")}
    states = {row["id"]: row["state"] for row in await grove.rows("trees")}
    reviews = Counter(row["message_id"] for row in await grove.rows("reviews") if row["counted"])
    ranked = Counter(
        reply for row in await grove.rows("ballots") if row["counted"] for group in row["groups"] for reply in group
    )
    children: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for message in messages.values():
        children[message["parent_id"]].append(message)
        asked = message["reviews_asked"] or 3
        assert 1 <= asked <= 4
        assert message["review_count"] == reviews[message["id"]] <= asked
        assert message["ranking_count"] == ranked[str(message["id"])]
        assert (message["accepted"] is not None) == (message["review_count"] == asked)
        assert message["counted"] or message["review_count"] == 0
    children.pop(None)
    for parent, replies in children.items():
        assert sorted(reply["sibling_no"] for reply in replies) == list(range(len(replies)))
        standing = [reply for reply in replies if reply["accepted"] and reply["deleted_at"] is None]
        # What a moderator brought back stands beside what took its place.
        brought_back = sum(reply["cleared_at"] is not None for reply in standing)
        assert len(standing) - brought_back <= (3 if messages[parent]["role"] == "prompter" else 1)
        if states[messages[parent]["tree_id"]] == "ready_for_export":
            ranks = sorted(reply["rank"] for reply in standing if reply["rank"] is not None)
            assert ranks == list(range(len(ranks))), (standing, ranks)
            assert len(standing) > 1 or not ranks
    for tree in await grove.rows("trees"):
        there = [row for row in messages.values() if row["tree_id"] == tree["id"] and row["deleted_at"] is None]
        brought_back = sum(row["cleared_at"] is not None for row in there)
        assert sum(row["accepted"] is True for row in there) - brought_back <= tree["goal_size"]
        if tree["state"] in {"ranking", "ready_for_export"} and not brought_back:
            assert not any(row["accepted"] is None and row["counted"] for row in there)
        assert all(messages[row["parent_id"]]["deleted_at"] is None for row in there if row["parent_id"])


async def check_people(grove: Grove) -> None:
    authors = {row["id"]: row["author_id"] for row in await grove.rows("messages")}
    parents = {row["id"]: row["parent_id"] for row in await grove.rows("messages")}
    for review in await grove.rows("reviews"):
        assert authors[review["message_id"]] != review["member_id"]
    for ballot in await grove.rows("ballots"):
        placed = {reply for group in ballot["groups"] for reply in group}
        assert all(authors[reply] != ballot["member_id"] for reply in authors if str(reply) in placed)
        assert all(parents[reply] == ballot["parent_id"] for reply in authors if str(reply) in placed)
    for rating in await grove.rows("emoji_ratings"):
        assert authors[rating["message_id"]] != rating["member_id"]
    there = {row["id"] for row in await grove.rows("messages") if row["deleted_at"] is None and not row["cleared_at"]}
    answered = Counter((authors[message], parents[message]) for message in there if parents[message])
    assert set(answered.values()) <= {1}
    closed: dict[str, set[tuple[Any, ...]]] = {}
    for state in ("skipped", "done"):
        tasks = [task for task in await grove.rows("tasks", state=state) if task["message_id"] is not None]
        closed[state] = {(task["member_id"], task["kind"], task["message_id"]) for task in tasks}
    assert closed["skipped"]
    assert not closed["skipped"] & closed["done"]
