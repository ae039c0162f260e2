"""The ten states of a conversation tree and the moves between them."""

from __future__ import annotations

from enum import StrEnum


class TreeState(StrEnum):
    """Where a tree stands (Open-Assistant's names)."""

    INITIAL_PROMPT_REVIEW = "initial_prompt_review"
    """Only the root exists and is being reviewed."""

    PROMPT_LOTTERY_WAITING = "prompt_lottery_waiting"
    """The root is accepted and waits to be drawn."""

    GROWING = "growing"
    """Replies are written and reviewed at the same time."""

    RANKING = "ranking"
    """The size is reached; sets of siblings are being ranked."""

    READY_FOR_SCORING = "ready_for_scoring"
    """Enough ballots are in; the ranks are about to be computed."""

    READY_FOR_EXPORT = "ready_for_export"
    """Ranks are computed. Success; the tree is part of the next export."""

    SCORING_FAILED = "scoring_failed"
    """Computing the ranks failed; it can be tried again."""

    ABORTED_LOW_GRADE = "aborted_low_grade"
    """The root was rejected or flagged, or an imported tree has nothing to rank."""

    HALTED_BY_MODERATOR = "halted_by_moderator"
    """Stopped by a moderator or by those who passed its messages on as bad, or everything in it was deleted."""

    BACKLOG_RANKING = "backlog_ranking"
    """An imported tree that waits to be ranked here."""


_S = TreeState

MOVES: dict[TreeState, frozenset[TreeState]] = {
    _S.INITIAL_PROMPT_REVIEW: frozenset({_S.PROMPT_LOTTERY_WAITING, _S.ABORTED_LOW_GRADE, _S.HALTED_BY_MODERATOR}),
    _S.PROMPT_LOTTERY_WAITING: frozenset({_S.GROWING, _S.HALTED_BY_MODERATOR}),
    _S.GROWING: frozenset({_S.RANKING, _S.ABORTED_LOW_GRADE, _S.HALTED_BY_MODERATOR}),
    _S.RANKING: frozenset({_S.READY_FOR_SCORING, _S.HALTED_BY_MODERATOR}),
    _S.READY_FOR_SCORING: frozenset({_S.READY_FOR_EXPORT, _S.SCORING_FAILED, _S.HALTED_BY_MODERATOR}),
    _S.READY_FOR_EXPORT: frozenset({_S.HALTED_BY_MODERATOR}),
    _S.SCORING_FAILED: frozenset({_S.READY_FOR_SCORING, _S.RANKING, _S.HALTED_BY_MODERATOR}),
    _S.ABORTED_LOW_GRADE: frozenset({_S.HALTED_BY_MODERATOR}),
    _S.HALTED_BY_MODERATOR: frozenset(
        {_S.INITIAL_PROMPT_REVIEW, _S.GROWING, _S.RANKING, _S.READY_FOR_EXPORT, _S.BACKLOG_RANKING},
    ),
    _S.BACKLOG_RANKING: frozenset({_S.RANKING, _S.ABORTED_LOW_GRADE, _S.HALTED_BY_MODERATOR}),
}
"""Every move there is; a move that does not stand here is a bug."""

OFFERS_WORK = frozenset({_S.INITIAL_PROMPT_REVIEW, _S.GROWING, _S.RANKING})
"""The states in which a tree has work for people."""

ACTIVE = OFFERS_WORK | {_S.READY_FOR_SCORING}
"""The states out of which a tree comes to rest; waiting for the lottery and scoring that failed are rest, too."""

TAKES_LATE_TEXTS = ACTIVE - {_S.INITIAL_PROMPT_REVIEW} | {_S.READY_FOR_EXPORT, _S.SCORING_FAILED}
"""The states in which a reply that comes too late to count is still kept as a reply of the tree."""


class IllegalMove(ValueError):
    """A tree was asked to make a move that the table of moves does not hold."""

    def __init__(self, state: TreeState, to: TreeState) -> None:
        super().__init__(f"no move from {state.value} to {to.value}")
        self.state = state
        self.to = to


def move(state: TreeState, to: TreeState) -> TreeState:
    """Return `to` if the table of moves allows it from `state`.

    Raises:
        IllegalMove: the table does not hold this move.
    """
    if to not in MOVES[state]:
        raise IllegalMove(state, to)
    return to
