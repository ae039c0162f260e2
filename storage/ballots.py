"""Queries about ballots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError

from storage.failures import is_repeat
from storage.schema import ballots, tasks
from trees.ballots import Ballot
from trees.ids import MessageId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.tx import Tx
    from trees.ids import CommunityId, ConsentId, MemberId, TaskId, TreeId, TreeLanguage


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBallot:
    """One person's order of the replies to one message."""

    id: UUID
    task_id: TaskId
    parent_id: MessageId
    tree_id: TreeId
    member_id: MemberId
    consent_id: ConsentId
    ballot: Ballot
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotRow:
    """A ballot as it stands in the store, not yet understood."""

    id: UUID
    member_id: MemberId
    community_id: CommunityId | None
    lang: TreeLanguage
    """Community and language of its task."""
    task_id: TaskId
    parent_id: MessageId
    groups: Sequence[Sequence[str]]
    none_acceptable: bool
    counted: bool
    decided_at: datetime | None
    """When its set was ranked first."""

    def read(self) -> Ballot:
        """Return the ballot.

        Raises:
            ValueError: it holds what is no id.
        """
        return Ballot(
            tuple(tuple(MessageId(UUID(reply)) for reply in group) for group in self.groups),
            self.none_acceptable,
        )


ROWS = select(
    ballots.c.id,
    ballots.c.member_id,
    tasks.c.community_id,
    tasks.c.lang,
    ballots.c.task_id,
    ballots.c.parent_id,
    ballots.c.groups,
    ballots.c.none_acceptable,
    ballots.c.counted,
    ballots.c.decided_at,
).join_from(ballots, tasks, tasks.c.id == ballots.c.task_id)
"""Ballots, with the columns of `BallotRow`."""

_INSERT = ballots.insert()
_OF_TREE = ROWS.where(ballots.c.tree_id == bindparam("tree"), ballots.c.counted).order_by(
    ballots.c.created_at, ballots.c.id
)
_DECIDE = ballots.update().where(ballots.c.id == bindparam("ballot"))
_ON = ROWS.where(ballots.c.parent_id == bindparam("parent"), ballots.c.counted).order_by(
    ballots.c.created_at, ballots.c.id
)
_LAST_AT = select(func.max(ballots.c.created_at)).where(ballots.c.parent_id == bindparam("parent"), ballots.c.counted)
_OWN = ROWS.where(ballots.c.parent_id == bindparam("parent"), ballots.c.member_id == bindparam("member"))
_NUMBER = select(func.count()).where(ballots.c.member_id == bindparam("member"))


def insert(tx: Tx, new: NewBallot, now: datetime) -> bool:
    """Add a ballot, revision 1; return whether it was: False where this person has ranked these replies."""
    try:
        tx.execute(
            _INSERT,
            {
                "id": new.id,
                "task_id": new.task_id,
                "parent_id": new.parent_id,
                "tree_id": new.tree_id,
                "member_id": new.member_id,
                "consent_id": new.consent_id,
                "groups": [[str(reply) for reply in group] for group in new.ballot.groups],
                "none_acceptable": new.ballot.none_acceptable,
                "counted": new.counted,
                "created_at": now,
                "rev": 1,
            },
        )
    except IntegrityError as error:
        if not is_repeat(error):
            raise
        return False
    return True


def decide(tx: Tx, good: Mapping[UUID, bool], now: datetime) -> None:
    """Write that these ballots are decided, and of each whether it agrees with the outcome."""
    if good:
        tx.execute(_DECIDE, [{"ballot": each, "decided_at": now, "good": agrees} for each, agrees in good.items()])


def of_tree(tx: Tx, tree: TreeId) -> tuple[BallotRow, ...]:
    """Return the ballots of a tree that count, oldest first."""
    return tuple(BallotRow(**row._mapping) for row in tx.execute(_OF_TREE, {"tree": tree}).all())  # noqa: SLF001  public


def on(tx: Tx, parent: MessageId) -> tuple[BallotRow, ...]:
    """Return the ballots on the replies to a message that count, oldest first."""
    return tuple(BallotRow(**row._mapping) for row in tx.execute(_ON, {"parent": parent}).all())  # noqa: SLF001  public


def last_at(tx: Tx, parent: MessageId) -> datetime | None:
    """Return when the newest ballot on the replies to a message that counts was given, or None."""
    moment: datetime | None = tx.execute(_LAST_AT, {"parent": parent}).scalar_one()
    return moment


def by(tx: Tx, member: MemberId, parent: MessageId) -> BallotRow | None:
    """Return the ballot of somebody on the replies to a message, or None."""
    row = tx.execute(_OWN, {"parent": parent, "member": member}).one_or_none()
    return BallotRow(**row._mapping) if row else None  # noqa: SLF001  public


def number_by(tx: Tx, member: MemberId) -> int:
    """Count the ballots of a member."""
    return int(tx.execute(_NUMBER, {"member": member}).scalar_one())
