"""Credit: counting people's work at the moment it is handed in, or decided.

Each function notes what the transaction adds to the tallies; the deed writes all of it in one statement at its end.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from storage import ballots, messages, work
from storage.tallies import Whose
from trees.periods import day_of
from trees.points import PLACED, RANKED, Tally, accepted, agrees, places, reviewed
from trees.points import written as written_tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from services.deeds import Deed
    from storage.ballots import BallotRow
    from storage.messages import NewMessage
    from storage.reviews import Given
    from storage.tasks import TaskRow
    from trees.ballots import Ballot
    from trees.consensus import Consensus
    from trees.credit import Work
    from trees.ids import MessageId, TreeId
    from trees.labels import Label
    from trees.messages import Message, Tree
    from trees.rules import Rules


def written(deed: Deed, message: Message, rest: NewMessage) -> None:
    """Count a text that was just stored."""
    if message.author_id is None:
        return
    whose = Whose(rest.community_id, message.author_id, rest.lang)
    root = message.parent_id is None
    deed.count(whose, written_tally(message.role, root=root))
    if message.accepted:
        deed.count(whose, accepted(message.role, root=root))


def review_given(deed: Deed, task: TaskRow, labels: Iterable[Label]) -> None:
    """Count a review that was just stored."""
    deed.count(Whose(task.community_id, task.member_id, task.lang), reviewed(labels)[0])


def ballot_given(deed: Deed, task: TaskRow) -> None:
    """Count a ballot that was just stored."""
    deed.count(Whose(task.community_id, task.member_id, task.lang), Tally.RANKINGS)


def judged(deed: Deed, message: Message, given: Given) -> None:
    """Count what a verdict decides: the reviews it comes from, and the text where it is accepted."""
    for review in given.reviews:
        deed.count(Whose(review.community_id, review.member_id, given.lang), reviewed(review.labels)[1])
    if message.accepted and message.author_id is not None:
        whose = Whose(given.author_community_id, message.author_id, given.lang)
        deed.count(whose, accepted(message.role, root=message.parent_id is None))


def placed(deed: Deed, tree: Tree, ballot: Ballot) -> None:
    """Count the places that a ballot gives to replies."""
    best = {reply: PLACED[place] for reply, place in places(ballot).items() if place < len(PLACED)}
    _count_texts(deed, tree, best)


@contextmanager
def scored(
    deed: Deed, tree: Tree, outcomes: Mapping[MessageId, Consensus], given: Sequence[BallotRow], rules: Rules
) -> Iterator[None]:
    """Count the ranks that are written meanwhile, and the ballots they come from; write which of those agree.

    A ballot that was decided before stays decided as it was.
    """
    with counted_anew(deed, tree.id) if any(ballot.decided_at for ballot in given) else nullcontext():
        yield
        new = [ballot for ballot in given if ballot.decided_at is None and ballot.parent_id in outcomes]
        good = {ballot.id: agrees(ballot.read(), outcomes[ballot.parent_id], rules.ballot_agreement) for ballot in new}
        ballots.decide(deed.tx, good, deed.now)
        for ballot in new:
            whose = Whose(ballot.community_id, ballot.member_id, ballot.lang)
            deed.count(whose, Tally.DECIDED_RANKINGS)
            if good[ballot.id]:
                deed.count(whose, Tally.RANKINGS_GOOD)
        best = [zip(outcome.order, RANKED, strict=False) for outcome in outcomes.values()]
        _count_texts(deed, tree, dict(chain(*best)))


def _count_texts(deed: Deed, tree: Tree, tallied: Mapping[MessageId, Tally]) -> None:
    """Count something of several texts for their authors; those that were imported have none here."""
    authors = {message.id: message.author_id for message in tree.messages if message.author_id and not message.deleted}
    known = {reply: authors[reply] for reply in tallied if reply in authors}
    if known:
        for reply, (community, lang) in messages.written_in(deed.tx, known).items():
            deed.count(Whose(community, known[reply], lang), tallied[reply])


@contextmanager
def counted_anew(deed: Deed, tree_id: TreeId) -> Iterator[None]:
    """Count the work of a tree before and after what is done meanwhile, and note the difference.

    For what takes credit back or moves it, such as removing a message or ranking again; it reads the whole tree twice.
    Whatever else would be noted meanwhile is part of the difference, and so not noted by itself.
    """
    if deed.counting_anew:
        yield
        return
    before = counts_of(work.of_tree(deed.tx, tree_id))
    deed.counting_anew = True
    try:
        yield
    finally:
        deed.counting_anew = False
    after = counts_of(work.of_tree(deed.tx, tree_id))
    for key in {**before, **after}:
        now, then = after.get(key, Counter()), before.get(key, Counter())
        deed.note(key, {tally: now[tally] - then[tally] for tally in {**now, **then}})


def counts_of(done: Iterable[tuple[Whose, Work]]) -> dict[tuple[Whose, date], Counter[Tally]]:
    """Return what work counts for, by whose it is and the day of each count."""
    counts: dict[tuple[Whose, date], Counter[Tally]] = {}
    for whose, piece in done:
        for tally, moment in piece.credits():
            counts.setdefault((whose, day_of(moment)), Counter())[tally] += 1
    return counts
