"""Whole trees played by people at random, from the prompt to the end."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import ROOT, member, message_id, reply, root, rules_drawn, tree
from trees.ballots import Ballot, check_ballot
from trees.consensus import consensus
from trees.ids import MemberId, MessageId
from trees.kinds import Activity, Role
from trees.messages import Lease, Message
from trees.offers import History, Work, open_work, rankable_sets, why_not
from trees.progress import least_crowd, next_state, resume
from trees.reviews import Review, check_labels, judge
from trees.rules import PRESETS, Rules
from trees.states import MOVES, TreeState, move

END = {TreeState.READY_FOR_EXPORT, TreeState.ABORTED_LOW_GRADE, TreeState.HALTED_BY_MODERATOR}
TROUBLES = ("reject", "delete", "skip", "lapse", "close", "restore", "halt")


class Play:
    """One tree and the people around it. Trouble of every sort may happen so often in all."""

    def __init__(self, rules: Rules, *, chance: Random, people: int, trouble: dict[str, int]) -> None:
        self.rules, self.chance, self.trouble = rules, chance, trouble
        self.people = [member(number) for number in range(people)]
        self.history = {person: History() for person in self.people}
        self.reviews, self.ballots, self.bad, self.late = {}, {}, set(), []
        self.brought_back = 0
        self.states = [TreeState.INITIAL_PROMPT_REVIEW]
        self.tree = tree(
            state=self.states[0],
            goal_size=rules.goal_tree_size,
            max_depth=rules.max_tree_depth,
            max_children=rules.max_children_count,
        )
        self.write(root(accepted=None))
        self.settle()

    def to_the_end(self) -> Self:
        steps = 0
        while self.tree.state not in END:
            steps += 1
            assert steps < 3_000, "the play does not end"
            if not self.step():
                assert self.tree.leases, f"nobody can go on in {self.tree}"
            self.settle()
            self.check()
        return self

    def step(self) -> bool:
        """Somebody does something; False if there is nothing to take."""
        if self.late and self.chance.random() < 0.3:
            self.submit_late(self.late.pop())
        elif self.happens("delete", 0.02):
            self.delete(self.chance.choice(self.tree.messages))
        elif self.happens("close", 0.03):
            self.change(replace(self.chance.choice(self.tree.messages), closed=True))
        elif self.happens("restore", 0.05):
            self.restore(self.chance.choice(self.tree.messages))
        elif self.happens("halt", 0.03):
            self.enter(TreeState.HALTED_BY_MODERATOR)
            for state in resume(self.tree, self.rules):
                self.enter(state)
        elif self.tree.leases and self.chance.random() < 0.5:
            self.finish(self.chance.choice(self.tree.leases))
        else:
            return self.take()
        return True

    def happens(self, sort: str, likely: float) -> bool:
        if self.trouble[sort] and self.chance.random() < likely:
            self.trouble[sort] -= 1
            return True
        return False

    def choices(self) -> list[tuple[Work, MemberId]]:
        return [
            (work, person)
            for work in open_work(self.tree, self.rules)
            for person in self.people
            if not why_not(
                work.kind, work.message_id, self.tree, person, rules=self.rules, history=self.history[person]
            )
        ]

    def take(self) -> bool:
        choices = self.choices()
        if not choices:
            return False
        work, person = self.chance.choice(choices)
        if self.happens("skip", 0.1):
            self.remember(person, skipped=(work.kind, work.message_id))
        else:
            lease = Lease(work.kind, work.message_id, person)
            self.tree = replace(self.tree, leases=(*self.tree.leases, lease))
        return True

    def finish(self, lease: Lease) -> None:
        self.tree = replace(self.tree, leases=tuple(one for one in self.tree.leases if one != lease))
        if self.happens("lapse", 0.1):
            self.late += [lease] if lease.kind.activity is Activity.REPLY else []
        elif lease.kind.activity is Activity.REPLY:
            self.answer(lease, counted=True)
        elif lease.kind.activity is Activity.RANK:
            self.rank(lease)
        else:
            self.review(lease)

    def submit_late(self, lease: Lease) -> None:
        if why_not(lease.kind, lease.message_id, self.tree, lease.member_id, rules=self.rules) is None:
            still_open = Work(lease.kind, lease.message_id, 1) in open_work(self.tree, self.rules)
            self.answer(lease, counted=still_open)

    def answer(self, lease: Lease, *, counted: bool) -> None:
        parent = self.message(lease.message_id)
        number = len(self.tree.messages)
        self.write(reply(number, parent, author_id=lease.member_id, accepted=None, counted=counted))

    def write(self, message: Message) -> None:
        if self.happens("reject", 0.2):
            self.bad.add(message.id)
        self.reviews[message.id] = []
        self.tree = replace(self.tree, messages=(*self.tree.messages, message))
        self.decide(message)

    def review(self, lease: Lease) -> None:
        said = Review.as_spam() if lease.message_id in self.bad else Review.from_stars(self.chance.randint(1, 5))
        self.reviews[lease.message_id].append(check_labels(lease.kind, said.labels))
        self.remember(lease.member_id, reviewed=lease.message_id)
        self.decide(self.message(lease.message_id))

    def decide(self, message: Message) -> None:
        first = message.id == ROOT
        verdict = judge(
            self.reviews[message.id],
            required=self.rules.num_reviews_initial_prompt if first else self.rules.num_reviews_reply,
            threshold=self.rules.acceptance_threshold_reply,
        )
        count = len(self.reviews[message.id])
        self.change(replace(message, review_count=count, accepted=verdict if message.counted else None))

    def rank(self, lease: Lease) -> None:
        shown = [one.id for one in rankable_sets(self.tree, self.rules).get(lease.message_id, ())]
        if not shown:
            return
        placed = self.chance.sample(shown, len(shown))
        ballot = Ballot(tuple((one,) for one in placed))
        if self.chance.random() < 0.1:
            ballot = Ballot(none_acceptable=True)
        check_ballot(shown, ballot)
        self.ballots.setdefault(lease.message_id, []).append(ballot)
        self.tree = replace(self.tree, ballots={parent: len(cast) for parent, cast in self.ballots.items()})
        self.remember(lease.member_id, ranked=lease.message_id)

    def delete(self, message: Message) -> None:
        self.change(replace(message, deleted=True))
        self.tree = replace(self.tree, leases=tuple(one for one in self.tree.leases if one.message_id != message.id))
        for child in self.tree.messages:
            if child.parent_id == message.id and not child.deleted:
                self.delete(child)

    def restore(self, message: Message) -> None:
        for above in self.tree.path(message.id):
            found = self.message(above)
            self.brought_back += found.deleted
            self.change(replace(found, deleted=False))

    def settle(self) -> None:
        while (to := next_state(self.tree, self.rules)) is not None:
            self.enter(to)
        if self.tree.state is TreeState.PROMPT_LOTTERY_WAITING:
            self.enter(TreeState.GROWING)
            self.settle()
        if self.tree.state is TreeState.READY_FOR_SCORING:
            self.score()

    def score(self) -> None:
        for parent, replies in rankable_sets(self.tree, self.rules).items():
            written = [one.id for one in replies]
            ranks = consensus(written, self.ballots.get(parent, [])).ranks
            assert set(ranks) == set(written)
        self.enter(TreeState.READY_FOR_EXPORT)

    def enter(self, to: TreeState) -> None:
        self.states.append(move(self.tree.state, to))
        self.tree = replace(self.tree, state=to)

    def message(self, wanted: MessageId) -> Message:
        return next(one for one in self.tree.messages if one.id == wanted)

    def change(self, message: Message) -> None:
        others = tuple(message if one.id == message.id else one for one in self.tree.messages)
        self.tree = replace(self.tree, messages=others)

    def remember(self, person: MemberId, **what: Any) -> None:
        for field, value in what.items():
            known = getattr(self.history[person], field)
            self.history[person] = replace(self.history[person], **{field: known | {value}})

    def check(self) -> None:
        """Nothing is asked for or taken beyond what the rules require."""
        held = Counter((lease.kind.activity, lease.message_id) for lease in self.tree.leases)
        replies = Counter(one.parent_id for one in self.tree.messages if one.stands or one.pending)
        for message in self.tree.messages:
            first = message.id == ROOT
            required = self.rules.num_reviews_initial_prompt if first else self.rules.num_reviews_reply
            reviewing = held[Activity.LABEL_PROMPT if first else Activity.LABEL_REPLY, message.id]
            assert message.review_count + reviewing <= required
            cap = self.tree.max_children if message.role is Role.PROMPTER else self.rules.num_prompter_replies
            assert held[Activity.REPLY, message.id] <= 1
            # What was brought back stands beside what took its place.
            assert replies[message.id] + held[Activity.REPLY, message.id] <= cap + self.brought_back
            assert message.depth <= self.tree.max_depth
            ranking = self.tree.ballots.get(message.id, 0) + held[Activity.RANK, message.id]
            assert ranking <= self.rules.num_required_rankings
        making = sum(number for (activity, _), number in held.items() if activity is Activity.REPLY)
        size = sum(one.stands or one.pending for one in self.tree.messages)
        assert size + making <= self.tree.goal_size + self.brought_back


def play(rules: Rules, seed: int, trouble: tuple[int, ...]) -> Play:
    counts = dict(zip(TROUBLES, trouble, strict=True))
    # Who was rejected or skips is lost to one message; everybody else must be enough.
    people = least_crowd(rules) + counts["reject"] + counts["skip"] + counts["lapse"] + 8 * counts["restore"]
    return Play(rules, chance=Random(seed), people=people, trouble=counts).to_the_end()


@pytest.mark.engine
@given(rules_drawn, st.integers(), st.tuples(*[st.integers(0, 3)] * len(TROUBLES)))
def test_whatever_happens_enough_people_bring_a_tree_to_its_end(
    rules: Rules, seed: int, trouble: tuple[int, ...]
) -> None:
    played = play(rules, seed, trouble)
    assert played.tree.state in END
    assert all(to in MOVES[before] for before, to in pairwise(played.states))
    assert played.choices() == []


@given(rules_drawn, st.integers())
def test_without_trouble_the_least_crowd_finishes_every_tree(rules: Rules, seed: int) -> None:
    played = play(rules, seed, (0,) * len(TROUBLES))
    assert played.tree.state is TreeState.READY_FOR_EXPORT
    assert all(one.stands for one in played.tree.messages)
    for message in played.tree.messages:
        first = message.id == ROOT
        required = rules.num_reviews_initial_prompt if first else rules.num_reviews_reply
        assert message.review_count == required
    for parent in rankable_sets(played.tree, rules):
        assert played.tree.ballots.get(parent, 0) == rules.num_required_rankings


@pytest.mark.main_job
@pytest.mark.parametrize(("preset", "people", "size"), [("tiny", 3, 4), ("community", 5, 9), ("oasst", 5, 9)])
@pytest.mark.parametrize("seed", range(4))
def test_each_preset_works_with_as_many_people_as_it_says(preset: str, people: int, size: int, seed: int) -> None:
    rules = PRESETS[preset]
    assert least_crowd(rules) == people
    played = play(rules, seed, (0,) * len(TROUBLES))
    assert played.tree.state is TreeState.READY_FOR_EXPORT
    assert played.tree.size == size
    assert message_id(size - 1) in {one.id for one in played.tree.messages}
