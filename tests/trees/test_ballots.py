import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import message_id
from trees.ballots import Ballot, check_ballot
from trees.ids import MessageId
from trees.refusals import BallotIncomplete, PanelOutdated

A, B, C = (message_id(number) for number in (1, 2, 3))


@st.composite
def groups_of(draw: st.DrawFn, replies: list[MessageId]) -> tuple[tuple[MessageId, ...], ...]:
    groups = []
    for reply in draw(st.permutations(replies)):
        if groups and draw(st.booleans()):
            groups[-1] += (reply,)
        else:
            groups.append((reply,))
    return tuple(groups)


@given(st.integers(1, 6), st.data())
def test_each_reply_shown_placed_once_is_a_ballot_and_with_one_left_out_it_is_none(
    number: int, data: st.DataObject
) -> None:
    shown = [message_id(n) for n in range(number)]
    check_ballot(shown, Ballot(data.draw(groups_of(shown))))
    placed = data.draw(st.sets(st.sampled_from(shown), max_size=number - 1))
    with pytest.raises(BallotIncomplete) as refusal:
        check_ballot(shown, Ballot(data.draw(groups_of(sorted(placed)))))
    assert (refusal.value.shown, refusal.value.placed) == (number, len(placed))


def test_none_acceptable_is_a_ballot_without_an_order() -> None:
    check_ballot([A, B], Ballot(none_acceptable=True))


@pytest.mark.parametrize(
    "ballot",
    [
        Ballot(((A,), (B,)), none_acceptable=True),
        Ballot(((A,), (B,), (C,))),
        Ballot(((A,), (B, A))),
        Ballot(((A, A), (B,))),
        Ballot(((A,), (), (B,))),
        Ballot(((C,),)),
    ],
    ids=["order beside none acceptable", "never shown", "twice", "twice in a group", "empty group", "other set"],
)
def test_what_no_control_sends_is_refused_as_outdated(ballot: Ballot) -> None:
    with pytest.raises(PanelOutdated):
        check_ballot([A, B], ballot)
