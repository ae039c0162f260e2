"""What reviews and ballots cost by the rule that ends them, and how often the outcome is that of the fixed rule.

Trees are grown by the rules of `trees` alone, in pools that begin without knowing anything of themselves. What people
would say of each message and each set of replies is drawn beforehand and is the same whatever the rule, so outcomes are
compared on the same answers. As many people as are asked for take a message at the same moment; those whose answer is
not needed any more when it comes have worked in vain, and their work counts as spent.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from benchmarks.judges import WORLDS, ballots, crowd, reviews
from benchmarks.report import Report, options
from trees.consensus import consensus
from trees.ids import MessageId, TreeId
from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, Role, TaskKind
from trees.messages import Message, Tree
from trees.offers import extendible, rankable_sets
from trees.reviews import judge, negative
from trees.rules import PRESETS, Rules
from trees.settled import NOTHING_SEEN, Seen, ballots_to_ask, reviews_to_ask, seen_in_ballots, seen_in_review
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.judges import Judge
    from trees.ballots import Ballot
    from trees.labels import Label

A = TypeVar("A")

SHARES = (0.01, 0.03, 0.1, 0.3)
"""Shares of negative reviews."""

FIRST = 5
"""Ready trees of a pool that are looked at on their own: it knows little of itself then."""

COLUMNS = (
    ("rule", "what"),
    ("world", "world"),
    ("bad", "negative"),
    ("reviews", "reviews"),
    ("saved", "reviews_saved"),
    ("ballots", "ballots"),
    ("tasks", "tasks"),
    ("saved", "tasks_saved"),
    ("in vain", "in_vain"),
    ("same", "same"),
    ("first", "first/same"),
    ("through", "let_through"),
    ("as all", "as_all"),
    ("fixed", "fixed_as_all"),
    ("order", "same_order"),
    ("as all", "order_as_all"),
    ("fixed", "fixed_order_as_all"),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """When reviews and ballots end."""

    name: str
    rules: Rules
    at_once: bool = False
    """Whether all that is required is asked for from the beginning."""

    @property
    def fixed(self) -> Policy:
        """The fixed rule with the same numbers."""
        return fixed(self.rules.num_reviews_reply, self.rules.num_required_rankings)


def policy(name: str, reviews: int, ballots: int, *, risk: float, extra: tuple[int, int] = (0, 0)) -> Policy:
    """Return the preset `community` with so many reviews and ballots, and with so many of both beyond them."""
    return Policy(
        name,
        replace(
            PRESETS["community"],
            num_reviews_initial_prompt=reviews,
            num_reviews_reply=reviews,
            num_required_rankings=ballots,
            settled_risk=risk,
            max_extra_reviews=extra[0],
            max_extra_ballots=extra[1],
        ),
    )


def fixed(reviews: int, ballots: int) -> Policy:
    """Return the rule that asks for so many, whatever they say."""
    numbers = f"{reviews}" if reviews == ballots else f"{reviews} and {ballots}"
    return policy(f"fixed {numbers}", reviews, ballots, risk=0.0)


EARLY = policy("3, risk 2 %", 3, 3, risk=0.02)
COMMUNITY = Policy("community", PRESETS["community"])

POLICIES = (
    fixed(3, 3),
    policy("3, certain only", 3, 3, risk=1e-9),
    policy("3, risk 1 %", 3, 3, risk=0.01),
    EARLY,
    replace(EARLY, name="3, risk 2 %, at once", at_once=True),
    policy("3, risk 5 %", 3, 3, risk=0.05),
    policy("3, risk 2 %, 1 extra", 3, 3, risk=0.02, extra=(1, 1)),
    policy("3, risk 2 %, 2 extra", 3, 3, risk=0.02, extra=(2, 1)),
    COMMUNITY,
    fixed(2, 2),
    policy("2, risk 2 %", 2, 2, risk=0.02),
    policy("2, risk 2 %, 2 extra", 2, 2, risk=0.02, extra=(2, 1)),
    policy("5, risk 2 %", 5, 5, risk=0.02),
)


@dataclass(slots=True)
class Count:
    """What trees took, and how their outcomes compare."""

    ready: int = 0
    texts: int = 0
    reviews: int = 0
    ballots: int = 0
    reviews_in_vain: int = 0
    ballots_in_vain: int = 0
    negative: int = 0
    judged: int = 0
    same: int = 0
    fixed_accepts: int = 0
    turned_away: int = 0
    fixed_rejects: int = 0
    let_through: int = 0
    as_all: int = 0
    fixed_as_all: int = 0
    sets: int = 0
    same_order: int = 0
    order_as_all: int = 0
    fixed_order_as_all: int = 0

    def add(self, other: Count) -> None:
        """Add what other trees took."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class Pool:
    """The people of one pool, and what was learnt of them."""

    judges: Sequence[Judge]
    seen: dict[TaskKind, Seen] = field(default_factory=lambda: defaultdict(lambda: NOTHING_SEEN))

    def learn(self, kind: TaskKind, more: Seen) -> None:
        """Take in what was seen of a kind of work."""
        known = self.seen[kind]
        self.seen[kind] = Seen(known.given + more.given, known.against + more.against)


class Growing:
    """One tree, from its prompt to its ranks, in a world where a share of all reviews is negative."""

    def __init__(self, policy: Policy, pool: Pool, world: tuple[str, float], seed: str) -> None:
        self._policy, self._rules, self._pool = policy, policy.rules, pool
        self._bad, self._share, self._seed = WORLDS[world[0]], world[1], seed
        self._count = Count()
        self._tree = Tree(
            id=TreeId(UUID(int=0)),
            state=TreeState.GROWING,
            goal_size=self._rules.goal_tree_size,
            max_depth=self._rules.max_tree_depth,
            max_children=self._rules.max_children_count,
        )

    def to_the_end(self) -> Count:
        """Let people write, review and rank until the tree is ready or its prompt rejected; return what that took."""
        chance = random.Random(self._seed)
        if self._write(None):
            while self._tree.size < self._tree.goal_size:
                self._write(chance.choice(extendible(self._tree, self._rules)))
            for replies in rankable_sets(self._tree, self._rules).values():
                self._rank(replies)
            self._count.ready = 1
        return self._count

    def _write(self, parent: Message | None) -> bool:
        """Let a message be written and reviewed; return whether it was accepted."""
        number = len(self._tree.messages)
        message = Message(
            id=MessageId(UUID(int=number)),
            parent_id=parent.id if parent else None,
            role=parent.role.answered_by if parent else Role.PROMPTER,
            depth=parent.depth + 1 if parent else 0,
            author_id=None,
            sibling_no=number,
        )
        self._count.texts += 1
        kind = LABEL_REPLY_KIND[message.role] if parent else TaskKind.LABEL_INITIAL_PROMPT
        accepted = self._review(random.Random(f"{self._seed}/{number}"), kind)
        self._tree = replace(self._tree, messages=(*self._tree.messages, replace(message, accepted=accepted)))
        return accepted

    def _review(self, chance: random.Random, kind: TaskKind) -> bool:
        rules, count = self._rules, self._count
        answers = reviews(self._bad(self._share, chance), self._pool.judges, chance)

        def asked(given: Sequence[Mapping[Label, float | None]]) -> int:
            if len(given) == 1:
                self._pool.learn(kind, seen_in_review(given[0]))
            return reviews_to_ask(
                given,
                required=rules.num_reviews_reply,
                threshold=rules.acceptance_threshold_reply,
                risk=rules.settled_risk,
                most_extra=rules.max_extra_reviews,
                seen=self._pool.seen[kind],
            )

        given, in_vain = self._given(answers, asked, rules.num_reviews_reply)
        verdict, by_rule, by_all = map(self._verdict, (given, answers[: rules.num_reviews_reply], answers))
        count.reviews += len(given)
        count.reviews_in_vain += in_vain
        count.negative += negative(answers[0])
        count.judged += 1
        count.same += verdict == by_rule
        count.fixed_accepts += by_rule
        count.turned_away += by_rule and not verdict
        count.fixed_rejects += not by_rule
        count.let_through += verdict and not by_rule
        count.as_all += verdict == by_all
        count.fixed_as_all += by_rule == by_all
        return verdict

    def _verdict(self, given: Sequence[Mapping[Label, float | None]]) -> bool:
        return bool(judge(given, required=len(given), threshold=self._rules.acceptance_threshold_reply))

    def _rank(self, replies: Sequence[Message]) -> None:
        rules, count = self._rules, self._count
        candidates = [reply.id for reply in replies]
        answers = ballots(candidates, self._pool.judges, random.Random(f"{self._seed}/{candidates}"))
        kind = RANK_KIND[replies[0].role]

        def asked(given: Sequence[Ballot]) -> int:
            if len(given) == 2:
                self._pool.learn(kind, seen_in_ballots(*given))
            return ballots_to_ask(
                candidates,
                given,
                required=rules.num_required_rankings,
                risk=rules.settled_risk,
                most_extra=rules.max_extra_ballots,
                seen=self._pool.seen[kind],
            )

        given, in_vain = self._given(answers, asked, rules.num_required_rankings)
        order, by_rule, by_all = (
            consensus(candidates, some).order for some in (given, answers[: rules.num_required_rankings], answers)
        )
        count.ballots += len(given)
        count.ballots_in_vain += in_vain
        count.sets += 1
        count.same_order += order == by_rule
        count.order_as_all += order == by_all
        count.fixed_order_as_all += by_rule == by_all

    def _given(self, answers: Sequence[A], asked: Callable[[Sequence[A]], int], required: int) -> tuple[list[A], int]:
        """Return the answers that count, and how many come in vain: those asked for at one moment are all given."""
        given: list[A] = []
        taken = required if self._policy.at_once else 0
        while len(given) < (wanted := asked(given)):
            taken = max(taken, wanted)
            given.append(answers[len(given)])
        return given, taken - len(given)


@cache
def run(
    policy: Policy, *, world: str, share: float, pools: int, trees: int, members: int = 15, seed: int = 1
) -> dict[str, Any]:
    """Grow so many ready trees in each of several pools; return the figures."""
    whole, first = Count(), Count()
    for number in range(pools):
        name = f"{seed}/{world}/{share}/{number}"
        pool = Pool(crowd(members, random.Random(name)))
        ready = begun = 0
        while ready < trees:
            count = Growing(policy, pool, (world, share), f"{name}/{begun}").to_the_end()
            whole.add(count)
            if ready < FIRST:
                first.add(count)
            ready += count.ready
            begun += 1
    return {"what": policy.name, "world": world, "share": share, **figures(whole), "first": figures(first)}


def figures(count: Count) -> dict[str, float]:
    """Return what a ready tree took and which share of outcomes is the same."""

    def of(part: float, whole: float) -> float:
        return round(part / whole, 4) if whole else 0.0

    reviews, ballots = count.reviews + count.reviews_in_vain, count.ballots + count.ballots_in_vain
    return {
        "ready_trees": count.ready,
        "verdicts": count.judged,
        "negative": of(count.negative, count.judged),
        "reviews": of(reviews, count.ready),
        "ballots": of(ballots, count.ready),
        "texts": of(count.texts, count.ready),
        "tasks": of(reviews + ballots + count.texts, count.ready),
        "in_vain": of(count.reviews_in_vain + count.ballots_in_vain, count.ready),
        "same": of(count.same, count.judged),
        "let_through": of(count.let_through, count.fixed_rejects),
        "turned_away": of(count.turned_away, count.fixed_accepts),
        "as_all": of(count.as_all, count.judged),
        "fixed_as_all": of(count.fixed_as_all, count.judged),
        "same_order": of(count.same_order, count.sets),
        "order_as_all": of(count.order_as_all, count.sets),
        "fixed_order_as_all": of(count.fixed_order_as_all, count.sets),
    }


def compared(policy: Policy, **how: Any) -> dict[str, Any]:
    """Return the figures of a policy with what it saves against the fixed rule with the same numbers."""
    found, by_rule = run(policy, **how), run(policy.fixed, **how)
    return found | {f"{work}_saved": round(1 - found[work] / by_rule[work], 4) for work in ("reviews", "tasks")}


def main(arguments: Sequence[str] | None = None) -> None:
    """Grow the trees and tell what they took."""
    parser = options(__doc__)
    parser.add_argument("--pools", type=int, default=10, metavar="N", help="pools, each with people of its own")
    parser.add_argument("--trees", type=int, default=25, metavar="N", help="ready trees in each pool")
    parser.add_argument("--members", type=int, default=15, metavar="N", help="people in each pool")
    parser.add_argument("--world", nargs="+", choices=WORLDS, default=list(WORLDS), help="how messages differ")
    parser.add_argument("--negative", nargs="+", type=float, default=SHARES, metavar="SHARE", help="of all reviews")
    parser.add_argument("--policy", nargs="+", choices=[each.name for each in POLICIES], default=None)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    report = Report(
        "What a ready tree takes; shares of verdicts and orders that are those of the fixed rule, and of all people",
        {"source": "the fixed rule with the same numbers, on the same answers"},
    )
    chosen = [each for each in POLICIES if given.policy is None or each.name in given.policy]
    how = {"pools": given.pools, "trees": given.trees, "members": given.members, "seed": given.seed}
    report.runs = [
        compared(each, world=world, share=share, **how)
        for world in given.world
        for share in given.negative
        for each in chosen
    ]
    report.tell(COLUMNS, given.json)


if __name__ == "__main__":
    main()
