"""Credit: what a piece of work counts for follows from what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trees.credit import BallotWork, ReviewWork, TextWork
from trees.kinds import Role
from trees.labels import Label
from trees.points import PLACED, RANKED, Tally

pytestmark = pytest.mark.engine

START = datetime(2026, 3, 1, tzinfo=UTC)
LATER, LAST = START + timedelta(days=1), START + timedelta(days=2)
maybe = st.sampled_from([None, LATER])

texts = st.builds(
    TextWork,
    role=st.sampled_from(Role),
    root=st.booleans(),
    written_at=st.just(START),
    accepted=st.sampled_from([None, False, True]),
    judged_at=maybe,
    rank=st.none() | st.integers(0, 9),
    ranked_at=st.sampled_from([None, LAST]),
    forfeited=st.booleans(),
    places=st.lists(st.tuples(st.integers(0, 9), st.just(LATER)), max_size=5).map(tuple),
)
reviews = st.builds(
    ReviewWork,
    labels=st.dictionaries(st.sampled_from(Label), st.just(1.0)),
    given_at=st.just(START),
    counted=st.booleans(),
    decided_at=maybe,
)
ballots = st.builds(BallotWork, given_at=st.just(START), counted=st.booleans(), decided_at=maybe, good=st.booleans())


BEST = TextWork(
    role=Role.ASSISTANT,
    root=False,
    written_at=START,
    accepted=True,
    judged_at=LATER,
    rank=0,
    ranked_at=LAST,
    forfeited=False,
    places=((0, LATER), (2, LATER), (3, LATER)),
)


@given(texts)
@example(BEST)
@example(replace(BEST, forfeited=True))
def test_a_text_is_paid_for_what_became_of_it_and_nothing_once_it_was_removed_itself(text: TextWork) -> None:
    counts = Counter(tally for tally, _ in text.credits())
    dates = dict(text.credits())
    assert (sum(counts.values()) == 0) == text.forfeited
    if text.forfeited:
        return
    accepted = {tally for tally in counts if tally.startswith("accepted_")}
    assert bool(accepted) == bool(text.accepted and text.judged_at)
    assert all(dates[tally] == LATER for tally in accepted)
    assert [counts[tally] for tally in PLACED] == [[place for place, _ in text.places].count(n) for n in range(3)]
    assert [counts[tally] for tally in RANKED] == [int(text.ranked_at is not None and text.rank == n) for n in range(3)]
    written = {tally for tally in counts if tally in {Tally.PROMPTS, Tally.REPLIES_ASSISTANT, Tally.REPLIES_PROMPTER}}
    assert [(counts[tally], dates[tally]) for tally in written] == [(1, START)]


@given(reviews)
def test_a_review_counts_at_once_and_again_when_its_message_is_decided(review: ReviewWork) -> None:
    at_once, *decided = review.credits()
    assert at_once[1] == START
    assert [(tally.removeprefix("decided_"), moment) for tally, moment in decided] == (
        [(at_once[0].value, LATER)] if review.counted and review.decided_at else []
    )


@given(ballots)
def test_a_ballot_counts_at_once_again_when_its_set_is_ranked_and_once_more_if_it_agrees(ballot: BallotWork) -> None:
    decided = ballot.counted and ballot.decided_at is not None
    wanted = [(Tally.RANKINGS, START)]
    wanted += [(Tally.DECIDED_RANKINGS, LATER)] * decided
    wanted += [(Tally.RANKINGS_GOOD, LATER)] * (decided and ballot.good)
    assert list(ballot.credits()) == wanted
