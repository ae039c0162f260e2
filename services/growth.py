"""The life of a tree: what one transaction changes in it, and what follows from that."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from services import credit
from services.pools import rules_of
from storage import ballots, exclusions, messages, offers, reviews, trees
from storage.changes import Entity
from storage.exclusions import Exclusion
from trees import lottery, progress
from trees.consensus import consensus
from trees.kinds import RANK_KIND
from trees.offers import open_work, rankable_sets, required_reviews
from trees.reviews import judge
from trees.states import OFFERS_WORK, TreeState, move

if TYPE_CHECKING:
    from services.deeds import Deed
    from storage.ballots import BallotRow
    from storage.pools import PoolRow
    from storage.trees import Snapshot, TreeRow
    from trees.ballots import Ballot
    from trees.consensus import Consensus
    from trees.ids import MessageId, TreeLanguage
    from trees.kinds import TaskKind
    from trees.messages import Lease, Message, Tree
    from trees.rules import Rules

log = logging.getLogger(__name__)

DRAWS_AT_ONCE = 4
"""Trees the lottery draws at most in the transaction of something else; a sweep draws the rest."""


class Growth:
    """One tree while a deed changes it.

    The verbs change the tree and its rows; `settle` then moves it on, scores it and mends its offers.
    """

    def __init__(self, deed: Deed, snapshot: Snapshot, pool: PoolRow) -> None:
        self._deed = deed
        self._row = snapshot.row
        self._revs = dict(snapshot.revs)
        self._offers = dict(snapshot.offers)
        self._pool = pool
        self.tree = snapshot.tree
        self.rules = rules_of(pool, snapshot.row.lang)

    @classmethod
    def of(cls, deed: Deed, row: TreeRow) -> Growth:
        """Read a tree whole."""
        return cls(deed, trees.snapshot(deed.tx, row), deed.pool(row.pool_id))

    def message(self, message_id: MessageId) -> Message | None:
        """Return a message of the tree that was not removed, or None."""
        return next((found for found in self.tree.messages if found.id == message_id and not found.deleted), None)

    def lend(self, lease: Lease) -> None:
        """Somebody took work of this tree."""
        self.tree = replace(self.tree, leases=(*self.tree.leases, lease))

    def end(self, lease: Lease) -> None:
        """Somebody holds work of this tree no more."""
        self.tree = replace(self.tree, leases=tuple(held for held in self.tree.leases if held != lease))

    def wants(self, kind: TaskKind, message_id: MessageId) -> bool:
        """Whether work of this kind on this message is open now."""
        return any(work.kind is kind and work.message_id == message_id for work in open_work(self.tree, self.rules))

    def add(self, message: Message, rest: messages.NewMessage) -> None:
        """Add a message; one that nobody need review is accepted at once."""
        if message.counted:
            message = replace(message, accepted=judge((), required=self._required(message), threshold=0.0))
        messages.insert(self._deed.tx, message, rest, self._deed.now)
        self._deed.changed(Entity.MESSAGE, message.id, 1)
        self._revs[message.id] = 1
        self.tree = replace(self.tree, messages=(*self.tree.messages, message))
        credit.written(self._deed, message, rest)
        self._keep_from_ranking(message)

    def count_review(self, message: Message) -> None:
        """Count a review that was just stored, and judge the message if it was the last that is needed."""
        self._judge(replace(message, review_count=message.review_count + 1))

    def judge_due(self) -> None:
        """Judge what has its reviews already, for rules that changed meanwhile."""
        for message in self.tree.messages:
            if is_due(message, self.tree, self.rules):
                self._judge(message)

    def count_ballot(self, parent: MessageId, ballot: Ballot) -> None:
        """Count a ballot that was just stored."""
        held = [(reply, self._next_rev(reply)) for reply in ballot.placed if reply in self._revs]
        messages.count_ballot(self._deed.tx, held)
        credit.placed(self._deed, self.tree, ballot)
        self.tree = replace(self.tree, ballots={**self.tree.ballots, parent: self.tree.ballots.get(parent, 0) + 1})

    def win(self) -> None:
        """Let a tree that was drawn grow."""
        self._row = replace(self._row, lottery_won_at=self._row.lottery_won_at or self._deed.now)
        self.tree = replace(self.tree, lottery_won=True)
        self._enter(TreeState.GROWING)
        self._move_on(TreeState.PROMPT_LOTTERY_WAITING)

    def retry_scoring(self) -> None:
        """Let a tree whose scoring failed be scored again, or ranked further if its ballots are not in."""
        before = self.tree.state
        to = progress.retry(self.tree, self.rules)
        if to is not None:
            self._enter(to)
            self._move_on(before)

    def settle(self) -> None:
        """Move the tree on, score it if its ballots are in, mend its offers, and fill a place that became free."""
        if self._move_on(self.tree.state):
            draw_lottery(self._deed, self._pool, self._row.lang, DRAWS_AT_ONCE)

    def _move_on(self, before: TreeState) -> bool:
        """Move on from a state that may be behind already; return whether the lottery has something to do now."""
        for state in progress.settle(self.tree, self.rules):
            self._enter(state)
        if self.tree.state is TreeState.READY_FOR_SCORING:
            self._score()
        if self.tree.state is not before:
            self._row = replace(self._row, rev=self._row.rev + 1)
            trees.set_state(self._deed.tx, self._row, self._deed.now)
            self._deed.changed(Entity.TREE, self._row.id, self._row.rev)
        self._mend_offers()
        left_a_place = before is TreeState.GROWING
        waits = self.tree.state is TreeState.PROMPT_LOTTERY_WAITING
        return self.tree.state is not before and (left_a_place or waits)

    def _enter(self, state: TreeState) -> None:
        state = move(self.tree.state, state)
        self.tree = replace(self.tree, state=state)
        self._row = replace(self._row, state=state)

    def _judge(self, message: Message) -> None:
        required = self._required(message)
        if message.review_count >= required:
            root = message.id == self.tree.id
            given = reviews.on(self._deed.tx, message.id)
            message = replace(
                message,
                accepted=judge(
                    given.labels,
                    required=required,
                    threshold=self.rules.acceptance_threshold_initial_prompt
                    if root
                    else self.rules.acceptance_threshold_reply,
                ),
            )
            credit.judged(self._deed, message, given)
        messages.set_review(self._deed.tx, message, self._next_rev(message.id), self._deed.now)
        self.tree = replace(
            self.tree,
            messages=tuple(message if found.id == message.id else found for found in self.tree.messages),
        )
        self._keep_from_ranking(message)

    def _required(self, message: Message) -> int:
        return required_reviews(message, self.tree, self.rules)

    def _keep_from_ranking(self, message: Message) -> None:
        if message.stands and message.parent_id is not None and message.author_id is not None:
            kept = Exclusion(message.author_id, message.parent_id, RANK_KIND[message.role], "own")
            exclusions.put(self._deed.tx, [kept])

    def _next_rev(self, message: MessageId) -> int:
        self._revs[message] += 1
        self._deed.changed(Entity.MESSAGE, message, self._revs[message])
        return self._revs[message]

    def _score(self) -> None:
        stored = ballots.of_tree(self._deed.tx, self.tree.id)
        try:
            outcomes = _outcomes(self.tree, self.rules, stored)
        except (ValueError, TypeError, AttributeError, LookupError):
            # A ballot that cannot be understood must not undo the one that was just given.
            log.exception("scoring failed", extra={"tree": self.tree.id})
            self._enter(TreeState.SCORING_FAILED)
            return
        with credit.scored(self._deed, self.tree, outcomes, stored, self.rules):
            messages.set_ranks(
                self._deed.tx,
                [
                    (reply, rank, tied, self._next_rev(reply))
                    for outcome in outcomes.values()
                    for rank, (reply, tied) in enumerate(zip(outcome.order, outcome.tied_with_next, strict=True))
                ],
                self._deed.now,
            )
        self._enter(TreeState.READY_FOR_EXPORT)

    def _mend_offers(self) -> None:
        wanted = wanted_offers(self.tree, self.rules)
        found = self._offers
        if wanted == found:
            return
        offers.remove(self._deed.tx, found.keys() - wanted.keys())
        offers.resize(
            self._deed.tx,
            {key: number for key, number in wanted.items() if key in found and found[key] != number},
        )
        offers.add(
            self._deed.tx,
            self._row,
            [(key, number, self._deed.lot()) for key, number in wanted.items() if key not in found],
        )
        self._offers = wanted


def wanted_offers(tree: Tree, rules: Rules) -> dict[offers.Key, int]:
    """Return the offers a tree should have."""
    if tree.state not in OFFERS_WORK:
        return {}
    return {(work.message_id, work.kind): work.open for work in open_work(tree, rules)}


def is_due(message: Message, tree: Tree, rules: Rules) -> bool:
    """Whether a message waits for its judgement although its reviews are in."""
    return message.pending and message.review_count >= required_reviews(message, tree, rules)


def draw_lottery(deed: Deed, pool: PoolRow, lang: TreeLanguage, most: int) -> int:
    """Let prompts that wait grow where there is room, at most `most`; return how many were drawn."""
    rules = rules_of(pool, lang)
    drawn = 0
    while drawn < most:
        if not lottery.draws_wanted(trees.counts(deed.tx, pool.id, lang).growing, rules):
            break
        winner = lottery.draw(trees.waiting(deed.tx, pool.id, lang), deed.lot())
        row = trees.get(deed.tx, winner) if winner else None
        if row is None:
            break
        Growth.of(deed, row).win()
        drawn += 1
    return drawn


def _outcomes(tree: Tree, rules: Rules, stored: tuple[BallotRow, ...]) -> dict[MessageId, Consensus]:
    """Return what the ballots of each set add up to, by the parent of the set."""
    return {
        parent: consensus(
            [reply.id for reply in replies], [ballot.read() for ballot in stored if ballot.parent_id == parent]
        )
        for parent, replies in rankable_sets(tree, rules).items()
    }
