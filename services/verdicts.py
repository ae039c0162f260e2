"""Verdicts: how many reviews and ballots are asked for, decided when one comes in and kept with the message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from services.people import CONSENT_VERSION
from storage import ballots, members, reviews, verdict_rates
from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, TaskKind
from trees.offers import rankable_sets, required_ballots, required_reviews, reviews_by_rule
from trees.reviews import judge
from trees.settled import NOTHING_SEEN, Seen, ballots_to_ask, reviews_to_ask, seen_in_ballots, seen_in_review
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from services.deeds import Deed
    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ballots import Ballot
    from trees.ids import MessageId, TreeLanguage
    from trees.labels import Label
    from trees.messages import Message, Tree
    from trees.rules import Rules

log = logging.getLogger(__name__)


class Verdicts:
    """What is asked for in one pool and language, during one deed."""

    def __init__(self, deed: Deed, pool: PoolRow, lang: TreeLanguage, rules: Rules) -> None:
        self._deed = deed
        self._pool = pool
        self._lang = lang
        self._rules = rules
        self._seen: dict[TaskKind, Seen] = {}

    def learn_review(self, message: Message, labels: Mapping[Label, float | None]) -> None:
        """Take in what the first review of a message says of the pool."""
        self._learn(_review_kind(message), seen_in_review(labels))

    def reviews_asked(self, message: Message, tree: Tree, given: Sequence[Mapping[Label, float | None]]) -> int:
        """Return how many reviews a message is asked for in all, after those that were given.

        One that nobody is left to give is not asked for beyond what the rules require.
        """
        rules, required = self._rules, reviews_by_rule(message, tree, self._rules)
        kind = _review_kind(message)
        may_stop = rules.settled_risk > 0 and len(given) < required > 1
        asked = reviews_to_ask(
            given,
            required=required,
            threshold=_threshold(message, tree, rules),
            risk=rules.settled_risk,
            most_extra=rules.max_extra_reviews,
            seen=self._known(kind) if may_stop else NOTHING_SEEN,
        )
        extra = asked > max(required, len(given))
        return len(given) if extra and not self._somebody_is_left(message.id, kind) else asked

    def verdict(
        self, message: Message, tree: Tree, given: Sequence[Mapping[Label, float | None]], asked: int
    ) -> bool | None:
        """Return whether a message is accepted once it has the reviews asked for; None before."""
        return judge(given, required=asked, threshold=_threshold(message, tree, self._rules))

    def ballots_asked(self, parent: Message, replies: Sequence[Message], number: int) -> int:
        """Return how many ballots a set of replies is asked for in all, after the `number` that were given.

        The second one is learnt from. One that nobody is left to give is not asked for beyond what the rules require.
        """
        rules, required = self._rules, self._rules.num_required_rankings
        kind = RANK_KIND[parent.role.answered_by]
        may_stop = rules.settled_risk > 0 and number < required > 1
        may_add = required <= number < required + rules.max_extra_ballots and number > 1
        given = self._given(parent.id) if number == 2 or (number and may_stop) or may_add else []
        if given is None or len(given) != number:
            return max(required, number)
        if number == 2:
            self._learn(kind, seen_in_ballots(*given))
        asked = ballots_to_ask(
            [reply.id for reply in replies],
            given,
            required=required,
            risk=rules.settled_risk,
            most_extra=rules.max_extra_ballots,
            seen=self._known(kind) if may_stop else NOTHING_SEEN,
        )
        extra = asked > max(required, number)
        return number if extra and not self._somebody_is_left(parent.id, kind) else asked

    def _given(self, parent: MessageId) -> list[Ballot] | None:
        """Return the ballots on the replies to a message, oldest first; None if one cannot be understood."""
        try:
            return [ballot.read() for ballot in ballots.on(self._deed.tx, parent)]
        except (ValueError, TypeError, AttributeError):
            # Scoring will say so; the ballot that was just given must not be undone for it.
            log.exception("ballot not understood", extra={"parent": parent})
            return None

    def _learn(self, kind: TaskKind, more: Seen) -> None:
        if more.given:
            self._seen[kind] = verdict_rates.add(self._deed.tx, self._pool.id, self._lang, kind, more)

    def _known(self, kind: TaskKind) -> Seen:
        if kind not in self._seen:
            self._seen[kind] = verdict_rates.get(self._deed.tx, self._pool.id, self._lang, kind)
        return self._seen[kind]

    def _somebody_is_left(self, message: MessageId, kind: TaskKind) -> bool:
        return members.is_left_for(
            self._deed.tx,
            (message, kind),
            pool=self._pool.id,
            lang=self._lang,
            version=CONSENT_VERSION,
            licence=self._pool.licence,
        )


def waited_out(tx: Tx, tree: Tree, rules: Rules, now: datetime) -> frozenset[MessageId]:
    """Return the messages, and the parents of sets, that waited long enough for what was asked beyond the rules.

    Extra reviews and ballots are wanted from people who may be gone by then. What somebody holds is waited for.
    """
    held = {(lease.kind, lease.message_id) for lease in tree.leases}
    late: list[tuple[MessageId, datetime | None]] = []
    if tree.state in {TreeState.INITIAL_PROMPT_REVIEW, TreeState.GROWING}:
        late = [
            (message.id, reviews.last_at(tx, message.id))
            for message in tree.messages
            if message.pending
            and reviews_by_rule(message, tree, rules) <= message.review_count < required_reviews(message, tree, rules)
            and (_review_kind(message), message.id) not in held
        ]
    elif tree.state is TreeState.RANKING:
        sets = rankable_sets(tree, rules)
        late = [
            (parent.id, ballots.last_at(tx, parent.id))
            for parent in tree.messages
            if parent.id in sets
            and rules.num_required_rankings <= tree.ballots.get(parent.id, 0) < required_ballots(parent, rules)
            and (RANK_KIND[parent.role.answered_by], parent.id) not in held
        ]
    return frozenset(message for message, last in late if last is None or last + rules.extra_wait <= now)


def _review_kind(message: Message) -> TaskKind:
    return TaskKind.LABEL_INITIAL_PROMPT if message.parent_id is None else LABEL_REPLY_KIND[message.role]


def _threshold(message: Message, tree: Tree, rules: Rules) -> float:
    if message.id == tree.id:
        return rules.acceptance_threshold_initial_prompt
    return rules.acceptance_threshold_reply
