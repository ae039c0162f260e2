"""Verdicts that stop early or ask for more: what people are given, what counts, and what a pool learns."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from storage import verdict_rates
from trees.ballots import Ballot
from trees.ids import MAIN_POOL, TreeLanguage
from trees.kinds import Activity, SkipReason, TaskKind
from trees.labels import Label
from trees.refusals import EnoughPrompts, NothingToDo, TaskDone, TreeClosed
from trees.settled import Seen

if TYPE_CHECKING:
    from uuid import UUID

    from conftest import Grove

    from services.assignments import Assignment
    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_INITIAL_PROMPT
RANK = TaskKind.RANK_ASSISTANT_REPLIES
GOOD = {Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0}
BAD = {Label.SPAM: 1.0, Label.LANG_MISMATCH: 0.0}
FOREIGN = {Label.SPAM: 0.0, Label.LANG_MISMATCH: 1.0}
FREELY = {"tasks_per_window": 0, "assistant_replies_per_window": 0, "prompter_replies_per_window": 0}
"""People of a test act within milliseconds."""


async def learnt(grove: Grove, kind: TaskKind, given: int, against: int) -> None:
    """Let the pool have seen so much before."""
    lang = TreeLanguage("en")
    await grove.store.write(lambda tx: verdict_rates.add(tx, MAIN_POOL, lang, kind, Seen(given, against)))


async def offered(grove: Grove, kind: TaskKind = REVIEW) -> int:
    """How many may take work of this kind now."""
    assert await grove.upkeep.offer_differences() == []
    return sum(offer["open"] for offer in await grove.rows("offers", kind=kind.value))


async def prompt(grove: Grove) -> dict[str, Any]:
    (message,) = await grove.rows("messages", depth=0)
    return message


async def test_where_hardly_anything_is_bad_one_good_review_is_asked_for_and_decides(grove: Grove) -> None:
    await grove.rule("community")
    await learnt(grove, REVIEW, 100, 3)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    assert await offered(grove) == 1
    await grove.give(bob, REVIEW)
    with pytest.raises(NothingToDo):
        await grove.give(eve, REVIEW)
    await grove.work(bob, REVIEW, GOOD)
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, 1, 1)
    assert await offered(grove) == 0


async def test_a_bad_review_there_is_followed_by_others(grove: Grove) -> None:
    await grove.rule("community")
    await learnt(grove, REVIEW, 100, 3)
    crowd = await grove.crowd(5)
    await grove.work(crowd[0], PROMPT)
    seen = []
    for reviewer, labels in zip(crowd[1:4], (BAD, GOOD, FOREIGN), strict=True):
        seen.append(await offered(grove))
        await grove.work(reviewer, REVIEW, labels)
    message = await prompt(grove)
    assert seen == [1, 1, 1]
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (False, 3, None)


async def test_a_new_pool_asks_for_two_that_agree(grove: Grove) -> None:
    await grove.rule("community")
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    assert await offered(grove) == 2
    await grove.work(bob, REVIEW, GOOD)
    assert (await prompt(grove))["accepted"] is None
    await grove.work(eve, REVIEW, GOOD)
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, 2, 2)


async def test_who_disagrees_calls_for_a_third_and_a_verdict_on_the_edge_for_one_more(grove: Grove) -> None:
    await grove.rule("community")
    crowd = await grove.crowd(5)
    await grove.work(crowd[0], PROMPT)
    seen = []
    for reviewer, labels in zip(crowd[1:], (GOOD, BAD, GOOD, GOOD), strict=True):
        seen.append((await offered(grove), (await prompt(grove))["reviews_asked"]))
        await grove.work(reviewer, REVIEW, labels)
    message = await prompt(grove)
    assert seen == [(2, 2), (1, 2), (1, None), (1, 4)]
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, 4, 4)


async def test_no_more_is_asked_for_than_there_is_somebody_left_to_give(grove: Grove) -> None:
    await grove.rule("community")
    crowd = await grove.crowd(4)
    # They write another language, or have taken their consent back.
    await grove.join("2000", "de")
    gone = await grove.join("2001")
    await grove.members.withdraw(gone)
    await grove.work(crowd[0], PROMPT)
    for reviewer, labels in zip(crowd[1:], (GOOD, BAD, GOOD), strict=True):
        await grove.work(reviewer, REVIEW, labels)
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, 3, None)


async def disputed(grove: Grove) -> list[Caller]:
    """Let three people disagree about a prompt, so that one more is asked; return who is left."""
    crowd = await grove.crowd(6)
    await grove.work(crowd[0], PROMPT)
    for reviewer, labels in zip(crowd[1:4], (GOOD, BAD, GOOD), strict=True):
        await grove.work(reviewer, REVIEW, labels)
    assert (await prompt(grove))["accepted"] is None
    return crowd[4:]


async def test_what_nobody_comes_to_do_beyond_the_rules_is_not_waited_for_for_ever(grove: Grove) -> None:
    await grove.rule("community", extra_wait=3600)
    await disputed(grove)
    grove.pass_time(seconds=3599)
    assert await grove.upkeep.recheck_trees() == 0
    grove.pass_time(seconds=1)
    assert await grove.upkeep.recheck_trees() == 1
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, 3, None)
    assert await offered(grove) == 0
    assert await grove.upkeep.recheck_trees() == 0


async def test_whoever_holds_it_is_waited_for(grove: Grove) -> None:
    await grove.rule("community", extra_wait=60)
    slow, _ = await disputed(grove)
    task = await grove.give(slow, REVIEW)
    grove.pass_time(minutes=10)
    assert await grove.upkeep.recheck_trees() == 0
    assert not (await grove.do(slow, task, BAD)).late
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"]) == (False, 4)


async def test_what_a_changed_rule_asks_no_more_is_judged_by_the_next_recheck(grove: Grove) -> None:
    await grove.rule("community")
    await disputed(grove)
    await grove.rule("community", max_extra_reviews=0)
    assert await grove.upkeep.recheck_trees() == 1
    assert (await prompt(grove))["accepted"] is True
    assert await offered(grove) == 0


async def test_a_review_in_hand_when_the_verdict_settles_is_kept_apart(grove: Grove) -> None:
    await grove.rule("community")
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    quick, slow = await grove.give(bob, REVIEW), await grove.give(eve, REVIEW)
    await learnt(grove, REVIEW, 500, 5)
    assert not (await grove.do(bob, quick, GOOD)).late
    assert (await grove.do(eve, slow, BAD)).late
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, 1, 1)
    assert [row["counted"] for row in await grove.rows("reviews")] == [True, False]


@pytest.mark.parametrize("preset", ["tiny", "oasst"])
async def test_presets_of_fixed_numbers_ask_for_just_those(grove: Grove, preset: str) -> None:
    await grove.rule(preset)
    required = {"tiny": 1, "oasst": 3}[preset]
    await learnt(grove, REVIEW, 1000, 1)
    crowd = await grove.crowd(6)
    await grove.work(crowd[0], PROMPT)
    assert await offered(grove) == required
    for number, reviewer in enumerate(crowd[1 : required + 1]):
        assert ((await prompt(grove))["accepted"], number < required) == (None, True)
        await grove.work(reviewer, REVIEW, BAD if number == 1 else GOOD)
    message = await prompt(grove)
    assert (message["accepted"], message["review_count"], message["reviews_asked"]) == (True, required, None)


async def test_a_pool_learns_from_the_first_review_of_each_message_by_kind_and_language(grove: Grove) -> None:
    await grove.rule("oasst", max_active_trees=9)
    crowd = await grove.crowd(5, "en", "de")
    for lang, first in (("en", GOOD), ("en", BAD), ("de", FOREIGN)):
        task = await grove.tasks.give(crowd[0], kind=PROMPT, lang=lang)
        await grove.do(crowd[0], task)
        for reviewer, labels in zip(crowd[1:4], (first, GOOD, BAD), strict=True):
            await grove.work(reviewer, REVIEW, labels)
    await grove.work(crowd[1], REPLY)
    await grove.work(crowd[2], TaskKind.LABEL_ASSISTANT_REPLY, GOOD)
    found = {(row["lang"], row["kind"]): (row["given"], row["against"]) for row in await grove.rows("verdict_rates")}
    (reply,) = await grove.rows("messages", depth=1)
    assert found == {
        ("en", REVIEW.value): (2, 1),
        ("de", REVIEW.value): (1, 1),
        (reply["lang"], TaskKind.LABEL_ASSISTANT_REPLY.value): (1, 0),
    }


# Ballots


async def ranking(grove: Grove, required: int, people: int, **changes: Any) -> tuple[list[Caller], UUID, UUID]:
    """Grow a tree with two replies to where it is ranked; return who may rank, and the replies."""
    rules: dict[str, Any] = {
        "num_reviews_initial_prompt": 0,
        "num_reviews_reply": 0,
        "goal_tree_size": 3,
        "num_required_rankings": required,
        "max_extra_ballots": 1,
    }
    await grove.rule(**rules | changes)
    crowd = await grove.crowd(2 + people)
    await grove.work(crowd[0], PROMPT)
    first, second = [(await grove.work(author, REPLY)).message_id for author in crowd[:2]]
    return crowd[2:], first, second


async def rank(grove: Grove, caller: Caller, *order: UUID) -> Any:
    task = await grove.give(caller, RANK)
    return await grove.ballots.submit(caller, task.task_id, Ballot(tuple((reply,) for reply in order)))


async def states(grove: Grove) -> list[str]:
    return [tree["state"] for tree in await grove.rows("trees")]


async def test_two_ballots_that_agree_spare_the_third(grove: Grove) -> None:
    crowd, first, second = await ranking(grove, 3, 4)
    assert await offered(grove, RANK) == 2
    for caller in crowd[:2]:
        await rank(grove, caller, second, first)
    assert await states(grove) == ["ready_for_export"]
    assert (await prompt(grove))["ballots_asked"] == 2
    found = {row["id"]: row["rank"] for row in await grove.rows("messages", role="assistant")}
    assert found == {second: 0, first: 1}


async def test_two_that_contradict_each_other_call_for_the_third(grove: Grove) -> None:
    crowd, first, second = await ranking(grove, 3, 4)
    await rank(grove, crowd[0], first, second)
    await rank(grove, crowd[1], second, first)
    assert (await states(grove), await offered(grove, RANK)) == (["ranking"], 1)
    await rank(grove, crowd[2], second, first)
    assert await states(grove) == ["ready_for_export"]
    (rates,) = await grove.rows("verdict_rates", kind=RANK.value)
    assert (rates["given"], rates["against"]) == (1, 1)


async def test_a_tie_calls_for_one_more_while_there_is_somebody_left(grove: Grove) -> None:
    crowd, first, second = await ranking(grove, 2, 3)
    await rank(grove, crowd[0], first, second)
    await rank(grove, crowd[1], second, first)
    assert (await states(grove), (await prompt(grove))["ballots_asked"]) == (["ranking"], 3)
    await rank(grove, crowd[2], second, first)
    found = {row["id"]: (row["rank"], row["tied_with_next"]) for row in await grove.rows("messages", role="assistant")}
    assert found == {second: (0, False), first: (1, False)}


async def test_a_tie_that_nobody_is_left_to_break_stays_a_tie(grove: Grove) -> None:
    crowd, first, second = await ranking(grove, 2, 2)
    await rank(grove, crowd[0], first, second)
    await rank(grove, crowd[1], second, first)
    found = {row["id"]: (row["rank"], row["tied_with_next"]) for row in await grove.rows("messages", role="assistant")}
    assert found == {first: (0, True), second: (1, False)}


async def test_a_tie_that_nobody_comes_to_break_is_not_waited_for_for_ever(grove: Grove) -> None:
    crowd, first, second = await ranking(grove, 2, 3)
    await rank(grove, crowd[0], first, second)
    await rank(grove, crowd[1], second, first)
    grove.pass_time(hours=23)
    held = await grove.give(crowd[2], RANK)
    grove.pass_time(hours=1)
    assert await grove.upkeep.recheck_trees() == 0
    await grove.upkeep.expire_leases()
    assert await grove.upkeep.recheck_trees() == 1
    assert await states(grove) == ["ready_for_export"]
    assert (await prompt(grove))["ballots_asked"] is None
    late = await grove.ballots.submit(crowd[2], held.task_id, Ballot(((second,), (first,))))
    assert late.late


async def test_without_early_ends_every_ballot_is_asked_for(grove: Grove) -> None:
    crowd, first, second = await ranking(grove, 3, 4, settled_risk=0.0, max_extra_ballots=0)
    assert await offered(grove, RANK) == 3
    for caller in crowd[:2]:
        await rank(grove, caller, second, first)
    assert (await states(grove), await offered(grove, RANK)) == (["ranking"], 1)


# Crowds


class Crowd:
    """People who all act at once and often disagree."""

    def __init__(self, grove: Grove, people: list[Caller], seed: int) -> None:
        self.grove, self.people = grove, people
        self.chance = random.Random(seed)
        self.prompts = 0
        self.slow: list[tuple[Caller, Assignment]] = []

    async def turn(self) -> int:
        """Let everybody ask at once and then hand in at once, some only in the next turn; return how many had work."""
        answers = await asyncio.gather(*(self.ask(caller) for caller in self.people))
        given = [(caller, task) for caller, task in zip(self.people, answers, strict=True) if task is not None]
        slow = [pair for pair in given if self.chance.random() < 0.1]
        now = [pair for pair in given if pair not in slow] + self.slow
        self.chance.shuffle(now)
        await asyncio.gather(*(self.hand_in(caller, task) for caller, task in now))
        self.slow = slow
        return len(now)

    async def ask(self, caller: Caller) -> Assignment | None:
        kinds = [kind for kind in TaskKind if kind is not PROMPT]
        self.chance.shuffle(kinds)
        if self.prompts < 10:
            self.prompts += 1
            kinds = [PROMPT, *kinds]
        for kind in kinds:
            try:
                return await self.grove.tasks.give(caller, kind=kind)
            except (NothingToDo, EnoughPrompts):
                continue
        return None

    async def hand_in(self, caller: Caller, task: Assignment) -> None:
        # Whoever is slow may find that they did it meanwhile, or that the prompt was rejected.
        with contextlib.suppress(TaskDone, TreeClosed):
            if task.kind.activity is Activity.RANK:
                replies = sorted(option.message_id for option in task.options)
                if self.chance.random() < 0.4:
                    self.chance.shuffle(replies)
                await self.grove.ballots.submit(caller, task.task_id, Ballot(tuple((reply,) for reply in replies)))
            else:
                bad = self.chance.random() < 0.08
                await self.grove.do(caller, task, BAD if bad else GOOD)


async def test_of_64_people_at_once_nobody_gives_more_than_is_asked_and_no_tree_is_left_behind(
    grove: Grove, seed: int
) -> None:
    await grove.rule("community", goal_tree_size=6, extra_wait=3600, **FREELY)
    crowd = Crowd(grove, await grove.crowd(64), seed)
    idle = 0
    while idle < 3:
        idle = 0 if await crowd.turn() else idle + 1
        grove.pass_time(minutes=40)
        await grove.upkeep.expire_leases()
        await grove.upkeep.recheck_trees()
    assert await grove.upkeep.offer_differences() == []
    states = Counter(tree["state"] for tree in await grove.rows("trees"))
    assert set(states) <= {"ready_for_export", "aborted_low_grade"}
    assert states["ready_for_export"] >= 6
    reviews, ballots = await counted_as_asked(grove)
    # Some were settled by fewer than three, and about some people disagreed.
    assert reviews[1] + reviews[2] > 30
    assert reviews[3] + reviews[4] >= 3
    assert ballots.total() >= 6
    # The control: one that came late and is counted after all is noticed.
    late = next(row for row in await grove.rows("reviews") if not row["counted"])
    await grove.change("reviews", {"id": late["id"]}, counted=True)
    with pytest.raises(AssertionError):
        await counted_as_asked(grove)


async def counted_as_asked(grove: Grove) -> tuple[Counter[int], Counter[int]]:
    """Check that what counts is what was asked for; return how many messages and sets were given how many."""
    counted = Counter(row["message_id"] for row in await grove.rows("reviews") if row["counted"])
    reviews = Counter[int]()
    for message in await grove.rows("messages", counted=True):
        asked = message["reviews_asked"] or 3
        assert counted[message["id"]] == message["review_count"] == asked
        reviews[asked] += 1
    votes = Counter(row["parent_id"] for row in await grove.rows("ballots") if row["counted"])
    ballots = Counter[int]()
    for parent, number in votes.items():
        (message,) = await grove.rows("messages", id=parent)
        assert number == (message["ballots_asked"] or 2)
        ballots[number] += 1
    return reviews, ballots


class Quarrel:
    """Few people of whom somebody finds fault with every message, who agree on no order and often pass extras on."""

    def __init__(self, grove: Grove, people: list[Caller], seed: int) -> None:
        self.grove, self.people = grove, people
        self.chance = random.Random(seed)
        self.prompts = self.passed = 0

    async def turn(self) -> bool:
        """Let everybody do what there is; return whether there was anything."""
        self.chance.shuffle(self.people)
        return any([await self.act(caller) for caller in self.people])

    async def act(self, caller: Caller) -> bool:
        kinds = [kind for kind in TaskKind if kind is not PROMPT]
        self.chance.shuffle(kinds)
        if self.prompts < 3:
            self.prompts += 1
            kinds = [PROMPT, *kinds]
        for kind in kinds:
            try:
                task = await self.grove.tasks.give(caller, kind=kind)
            except (NothingToDo, EnoughPrompts):
                continue
            await self.do(caller, task)
            return True
        return False

    async def do(self, caller: Caller, task: Assignment) -> None:
        extra = task.done_by_others >= {Activity.RANK: 2}.get(task.kind.activity, 3)
        if extra and not task.kind.activity.writes and self.chance.random() < 0.5:
            self.passed += 1
            await self.grove.tasks.skip(caller, task.task_id, SkipReason.CANNOT_JUDGE)
        elif task.kind is RANK:
            replies = [option.message_id for option in task.options]
            self.chance.shuffle(replies)
            await self.grove.ballots.submit(caller, task.task_id, Ballot(tuple((reply,) for reply in replies)))
        else:
            await self.grove.do(caller, task, BAD if task.done_by_others == 1 else GOOD)

    async def until_idle_for(self, hours: int) -> None:
        """Let everybody act, an hour after another, until there was nothing to do for so long."""
        idle = 0
        while idle < hours:
            idle = 0 if await self.turn() else idle + 1
            self.grove.pass_time(hours=1)
            await self.grove.upkeep.recheck_trees()


@pytest.mark.parametrize(("preset", "people"), [("tiny", 3), ("community", 5), ("community", 12)])
async def test_few_people_who_disagree_about_everything_finish_every_tree(
    grove: Grove, seed: int, preset: str, people: int
) -> None:
    await grove.rule(preset, **FREELY)
    quarrel = Quarrel(grove, await grove.crowd(people), seed)
    await quarrel.until_idle_for(hours=26)
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"] * 3
    asked = Counter(message["reviews_asked"] for message in await grove.rows("messages", accepted=True))
    if preset == "community":
        assert quarrel.passed > 0
        assert asked[4] > 0
    if people == 5:
        # Whoever could have given a fourth review passed it on, and was not waited for for ever.
        assert asked[None] > 0


async def test_whoever_waits_for_ever_for_more_than_the_rules_require_is_stuck(grove: Grove, seed: int) -> None:
    """The control: without an end to waiting, five people leave trees behind."""
    await grove.rule("community", extra_wait=604800, **FREELY)
    await Quarrel(grove, await grove.crowd(5), seed).until_idle_for(hours=26)
    assert {tree["state"] for tree in await grove.rows("trees")} - {"ready_for_export"}
