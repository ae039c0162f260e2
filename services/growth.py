"""The life of a tree: what one transaction changes in it, and what follows from that."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from services import credit, tidings
from services.kept import given_back, kept_from_author, kept_from_ranking
from services.offering import Offers, wanted_offers
from services.pools import rules_of
from services.shown import take_down_messages
from services.verdicts import Verdicts, waited_out
from storage import ballots, exclusions, messages, proposals, reviews, tasks, trees
from storage.changes import Entity
from trees import progress
from trees.consensus import consensus
from trees.ids import MessageId
from trees.offers import open_work, rankable_sets, required_reviews, reviews_by_rule, void_leases
from trees.proposals import may_propose
from trees.states import TreeState, move

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from services.deeds import Deed
    from storage.ballots import BallotRow
    from storage.pools import PoolRow
    from storage.reviews import Given
    from storage.trees import Snapshot, TreeRow
    from trees.ballots import Ballot
    from trees.consensus import Consensus
    from trees.ids import MemberId
    from trees.kinds import TaskKind
    from trees.labels import Label
    from trees.messages import Lease, Message, Tree
    from trees.rules import Rules

log = logging.getLogger(__name__)


class Growth:
    """One tree while a deed changes it.

    The verbs change the tree and its rows; `services.lottery.settle` then moves it on and lets others follow.
    """

    def __init__(self, deed: Deed, snapshot: Snapshot, pool: PoolRow) -> None:
        self.deed = deed
        self.pool = pool
        self.lang = snapshot.row.lang
        self.stored = snapshot.row.state
        self._row = snapshot.row
        self._revs = dict(snapshot.revs)
        self._offers = Offers(snapshot.offers, snapshot.standing)
        self.tree = snapshot.tree
        self.rules = rules_of(pool, snapshot.row.lang)
        self._verdicts = Verdicts(deed, pool, snapshot.row.lang, self.rules)

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
            message = self._asked(message, ())
        messages.insert(self.deed.tx, message, rest, self.deed.now)
        self.deed.changed(Entity.MESSAGE, message.id, 1)
        self._revs[message.id] = 1
        self.tree = replace(self.tree, messages=(*self.tree.messages, message))
        credit.written(self.deed, message, rest)
        if message.accepted:
            tidings.answered(self.deed, self.tree, message)
        exclusions.put(self.deed.tx, kept_from_author(message))

    def rewrite(self, own: messages.OwnText, text: str, sha256: str, by: MemberId) -> None:
        """Put another text in the place of a message's. Whoever holds work on it holds it no more.

        What they send was about the old text; a task that is given from now on shows the new one.
        """
        messages.keep_version(self.deed.tx, own, by, self.deed.now)
        messages.rewrite(self.deed.tx, own.id, text, sha256, version=own.version + 1, rev=self._next_rev(own.id))
        tasks.outdate(self.deed.tx, own.id, self.deed.now)
        for lease in [lease for lease in self.tree.leases if lease.message_id == own.id]:
            self.end(lease)

    def erase(self, message_id: MessageId) -> None:
        """Remove the text of a message for good, in whatever state the message is."""
        messages.erase(self.deed.tx, message_id, self._next_rev(message_id))

    def unname(self, message_id: MessageId) -> None:
        """Forget who wrote a message, in whatever state the message is."""
        messages.unname(self.deed.tx, message_id, self._next_rev(message_id))
        self._put(*(replace(each, author_id=None) for each in self.tree.messages if each.id == message_id))

    def uncount_reviews(self, ids: Iterable[MessageId]) -> None:
        """Count one review less on each of these messages; one that is not judged yet asks for another.

        What is judged stays so: others have gone on from it.
        """
        for message in [each for each in self.tree.messages if each.id in set(ids)]:
            asked = None if message.pending else message.reviews_asked
            left = replace(message, review_count=message.review_count - 1, reviews_asked=asked)
            messages.uncount_review(self.deed.tx, left, self._next_rev(message.id))
            self._put(left)

    def uncount_ballots(self, cast: Sequence[BallotRow]) -> None:
        """Take back ballots that are no longer there: replies that are ranked are ranked anew from those that stay."""
        for ballot in cast:
            placed = [MessageId(UUID(reply)) for group in ballot.groups for reply in group]
            held = [(reply, self._next_rev(reply)) for reply in placed if reply in self._revs]
            messages.count_ballot(self.deed.tx, held, by=-1)
            number = self.tree.ballots.get(ballot.parent_id, 1) - 1
            self.tree = replace(self.tree, ballots={**self.tree.ballots, ballot.parent_id: number})
        if self.tree.state is TreeState.READY_FOR_EXPORT:
            self._rank()
            bare = {ballot.parent_id for ballot in cast if not self.tree.ballots[ballot.parent_id]}
            unranked = [each.id for each in self.tree.messages if each.stands and each.parent_id in bare]
            ranks = [(reply, None, None, self._next_rev(reply)) for reply in unranked]
            messages.set_ranks(self.deed.tx, ranks, self.deed.now)
            return
        asked_again = {ballot.parent_id for ballot in cast}
        for message in [each for each in self.tree.messages if each.id in asked_again and not each.deleted]:
            self._ask_for_ballots(message, self.rules.num_required_rankings)

    def remove(self, message_id: MessageId) -> frozenset[MessageId]:
        """Remove a message with all that hangs on it; return what was removed now. Leases of such work end."""
        there = {message.id for message in self.tree.messages if not message.deleted}
        gone = self.tree.below(message_id) & there
        with credit.counted_anew(self.deed, self.tree.id):
            self._set_removed(gone, removed=True)
        void = void_leases(self.tree, self.rules)
        tasks.expire_held(self.deed.tx, void)
        for lease in void:
            self.end(lease)
        return gone

    def restore(self, message_id: MessageId) -> frozenset[MessageId]:
        """Let a removed message stand again, and all above it; return which do now."""
        removed = {message.id for message in self.tree.messages if message.deleted}
        back = frozenset(removed.intersection(self.tree.path(message_id)))
        with credit.counted_anew(self.deed, self.tree.id):
            self._set_removed(back, removed=False)
        return back

    def set_closed(self, message: Message, *, closed: bool) -> None:
        """Ask nobody to go on from a message any more, or ask again."""
        messages.set_closed(self.deed.tx, message.id, closed=closed)
        self._put(replace(message, closed=closed))

    def halt(self) -> None:
        """Stop the tree, in whatever state it is."""
        if self.tree.state is not TreeState.HALTED_BY_MODERATOR:
            self._enter(TreeState.HALTED_BY_MODERATOR)

    def abort(self) -> None:
        """End the tree as of low grade."""
        self._enter(TreeState.ABORTED_LOW_GRADE)

    def resume(self) -> bool:
        """Let a halted or aborted tree go on; return whether it does."""
        path = progress.resume(self.tree, self.rules)
        for state in path:
            self._enter(state)
        return bool(path)

    def keep_from_author(self, message_id: MessageId, member: MemberId) -> None:
        """Keep a member from work on a message if they wrote it, where something else kept them from it before."""
        message = self.message(message_id)
        if message is not None and message.author_id == member:
            exclusions.put(self.deed.tx, kept_from_author(message))

    def set_topics(self, topics: int) -> None:
        """Say what the tree is about."""
        self._row = replace(self._row, topics=topics, rev=self._row.rev + 1)
        self.tree = replace(self.tree, topics=topics)
        trees.set_topics(self.deed.tx, self._row)
        self.deed.changed(Entity.TREE, self._row.id, self._row.rev)

    def count_review(self, message: Message) -> None:
        """Count a review that was just stored, and judge the message if that settles it."""
        given = reviews.on(self.deed.tx, message.id)
        if not message.review_count:
            self._verdicts.learn_review(message, given.labels[0])
        self._judge(replace(message, review_count=message.review_count + 1), given)

    def judge_due(self) -> None:
        """Judge what has its reviews already, for rules that changed meanwhile, and what waited long for extra ones."""
        late = waited_out(self.deed.tx, self.tree, self.rules, self.deed.now)
        for message in self.tree.messages:
            if message.id in late and message.pending:
                self._judge(message, reviews.on(self.deed.tx, message.id), message.review_count)
            elif message.id in late:
                self._ask_for_ballots(message, self.tree.ballots[message.id])
            elif is_due(message, self.tree, self.rules):
                self._judge(message, reviews.on(self.deed.tx, message.id))

    def count_ballot(self, parent: MessageId, ballot: Ballot) -> None:
        """Count a ballot that was just stored, and end the vote if that settles it."""
        held = [(reply, self._next_rev(reply)) for reply in ballot.placed if reply in self._revs]
        messages.count_ballot(self.deed.tx, held)
        credit.placed(self.deed, self.tree, ballot)
        number = self.tree.ballots.get(parent, 0) + 1
        self.tree = replace(self.tree, ballots={**self.tree.ballots, parent: number})
        replies = rankable_sets(self.tree, self.rules)[parent]
        message = next(found for found in self.tree.messages if found.id == parent)
        self._ask_for_ballots(message, self._verdicts.ballots_asked(message, replies, number))

    def win(self) -> None:
        """Let a tree that was drawn grow."""
        self._row = replace(self._row, lottery_won_at=self._row.lottery_won_at or self.deed.now)
        self.tree = replace(self.tree, lottery_won=True)
        self._enter(TreeState.GROWING)
        self.move_on()

    def retry_scoring(self) -> None:
        """Let a tree whose scoring failed be scored again, or ranked further if its ballots are not in."""
        to = progress.retry(self.tree, self.rules)
        if to is not None:
            self._enter(to)
            self.move_on()

    def activate(self) -> None:
        """Let a tree of the backlog be ranked, or give it up if there is nothing to rank."""
        to = progress.activate(self.tree, self.rules)
        if to is not None:
            self._enter(to)
            self.move_on()

    def move_on(self) -> None:
        """Move the tree on as far as it goes now, score it if its ballots are in, and mend its offers."""
        for state in progress.settle(self.tree, self.rules):
            self._enter(state)
        if self.tree.state is TreeState.RANKING and self.stored is not TreeState.RANKING:
            self._open_votes()
        if self.tree.state is TreeState.READY_FOR_SCORING:
            self._score()
        if self.tree.state is not self.stored:
            self._row = replace(self._row, rev=self._row.rev + 1)
            trees.set_state(self.deed.tx, self._row, self.deed.now)
            self.deed.changed(Entity.TREE, self._row.id, self._row.rev)
            self.stored = self.tree.state
        self._offers = self._offers.mended(self.deed, self._row, wanted_offers(self.tree, self.rules))

    def _enter(self, state: TreeState) -> None:
        state = move(self.tree.state, state)
        halted_from = self.tree.state if state is TreeState.HALTED_BY_MODERATOR else None
        self.tree = replace(self.tree, state=state, halted_from=halted_from)
        self._row = replace(self._row, state=state, halted_from=halted_from)

    def _put(self, *changed: Message) -> None:
        by_id = {message.id: message for message in changed}
        self.tree = replace(
            self.tree,
            messages=tuple(by_id.get(message.id, message) for message in self.tree.messages),
        )

    def _set_removed(self, ids: frozenset[MessageId], *, removed: bool) -> None:
        changed = [replace(message, deleted=removed) for message in self.tree.messages if message.id in ids]
        messages.set_removed(
            self.deed.tx,
            [(message.id, self._next_rev(message.id)) for message in changed],
            self.deed.now if removed else None,
        )
        self._put(*changed)
        if removed:
            take_down_messages(self.deed, ids)
        for message in changed:
            if removed:
                dropped, put = given_back(message, self.tree)
                exclusions.drop(self.deed.tx, dropped)
                exclusions.put(self.deed.tx, put)
            else:
                exclusions.put(self.deed.tx, kept_from_author(message))
        if self.tree.state is TreeState.READY_FOR_EXPORT:
            # Ranks have no gaps; published ones, of which there are no ballots, stay.
            self._rank()

    def _asked(
        self, message: Message, given: Sequence[Mapping[Label, float | None]], asked: int | None = None
    ) -> Message:
        """Return a message with how many reviews it is asked for now, and with its verdict if these are given."""
        if asked is None:
            asked = self._verdicts.reviews_asked(message, self.tree, given)
        return replace(
            message,
            reviews_asked=None if asked == reviews_by_rule(message, self.tree, self.rules) else asked,
            accepted=self._verdicts.verdict(message, self.tree, given, asked),
        )

    def _judge(self, message: Message, given: Given, asked: int | None = None) -> None:
        message = self._asked(message, given.labels, asked)
        if message.accepted is not None:
            credit.judged(self.deed, message, given)
        if message.accepted and may_propose(message, self.tree, self.rules):
            proposals.tell(self.deed.tx, message.id)
        messages.set_review(self.deed.tx, message, self._next_rev(message.id), self.deed.now)
        self._put(message)
        exclusions.put(self.deed.tx, kept_from_ranking(message))
        if message.accepted:
            tidings.answered(self.deed, self.tree, message)

    def _open_votes(self) -> None:
        """Ask for as few ballots as may settle each set."""
        parents = {message.id: message for message in self.tree.messages}
        for parent, replies in rankable_sets(self.tree, self.rules).items():
            if not self.tree.ballots.get(parent, 0):
                self._ask_for_ballots(parents[parent], self._verdicts.ballots_asked(parents[parent], replies, 0))

    def _ask_for_ballots(self, parent: Message, asked: int) -> None:
        decided = None if asked == self.rules.num_required_rankings else asked
        if parent.ballots_asked != decided:
            parent = replace(parent, ballots_asked=decided)
            messages.ask_for_ballots(self.deed.tx, parent)
            self._put(parent)

    def _next_rev(self, message: MessageId) -> int:
        self._revs[message] += 1
        self.deed.changed(Entity.MESSAGE, message, self._revs[message])
        return self._revs[message]

    def _score(self) -> None:
        self._enter(TreeState.READY_FOR_EXPORT if self._rank() else TreeState.SCORING_FAILED)

    def _rank(self) -> bool:
        """Write the ranks that the ballots give; return whether they could be computed."""
        stored = ballots.of_tree(self.deed.tx, self.tree.id)
        try:
            outcomes = _outcomes(self.tree, self.rules, stored)
        except (ValueError, TypeError, AttributeError, LookupError):
            # A ballot that cannot be understood must not undo the one that was just given.
            log.exception("scoring failed", extra={"tree": self.tree.id})
            return False
        with credit.scored(self.deed, self.tree, outcomes, stored, self.rules):
            messages.set_ranks(
                self.deed.tx,
                [
                    (reply, rank, tied, self._next_rev(reply))
                    for outcome in outcomes.values()
                    for rank, (reply, tied) in enumerate(zip(outcome.order, outcome.tied_with_next, strict=True))
                ],
                self.deed.now,
            )
            messages.set_ranks(
                self.deed.tx,
                [(reply, None, None, self._next_rev(reply)) for reply in _left_alone(self.tree, outcomes, stored)],
                self.deed.now,
            )
        tidings.ranked_first(self.deed, self.tree, outcomes.values())
        return True


def is_due(message: Message, tree: Tree, rules: Rules) -> bool:
    """Whether a message waits for its judgement although its reviews are in."""
    return message.pending and message.review_count >= required_reviews(message, tree, rules)


def _outcomes(tree: Tree, rules: Rules, stored: tuple[BallotRow, ...]) -> dict[MessageId, Consensus]:
    """Return what the ballots of each set add up to, by the parent of the set."""
    return {
        parent: consensus(
            [reply.id for reply in replies], [ballot.read() for ballot in stored if ballot.parent_id == parent]
        )
        for parent, replies in rankable_sets(tree, rules).items()
    }


def _left_alone(tree: Tree, sets: Container[MessageId], stored: tuple[BallotRow, ...]) -> list[MessageId]:
    """Return the replies that were on ballots and have nothing left to be ranked with."""
    balloted = {ballot.parent_id for ballot in stored}
    return [
        message.id
        for message in tree.messages
        if message.stands and message.parent_id in balloted and message.parent_id not in sets
    ]
