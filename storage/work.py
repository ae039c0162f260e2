"""Queries about all work of one tree or of some members, with what became of it, as it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select

from storage.schema import ballots, messages, reviews, tasks
from storage.tallies import Whose
from trees.ballots import Ballot
from trees.credit import BallotWork, ReviewWork, TextWork, Work
from trees.ids import MemberId, MessageId, TreeLanguage
from trees.kinds import Role
from trees.labels import Label
from trees.points import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from storage.tx import Tx
    from trees.ids import TreeId

_parents = messages.alias("parents")


def _texts(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            messages.c.id,
            messages.c.community_id,
            messages.c.author_id,
            messages.c.lang,
            messages.c.role,
            messages.c.parent_id,
            messages.c.created_at,
            messages.c.accepted,
            messages.c.judged_at,
            messages.c.rank,
            messages.c.ranked_at,
            # Whatever is removed with the message it answers is removed at the same moment.
            and_(
                messages.c.deleted_at.is_not(None),
                or_(_parents.c.deleted_at.is_(None), _parents.c.deleted_at != messages.c.deleted_at),
            ).label("forfeited"),
        )
        .outerjoin_from(messages, _parents, _parents.c.id == messages.c.parent_id)
        # What was imported was written elsewhere.
        .where(which, messages.c.author_id.is_not(None), messages.c.task_id.is_not(None))
    )


def _reviews(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            tasks.c.community_id,
            reviews.c.member_id,
            tasks.c.lang,
            reviews.c.labels,
            reviews.c.created_at,
            reviews.c.counted,
            func.coalesce(messages.c.judged_at, messages.c.deleted_at, type_=messages.c.judged_at.type).label(
                "decided_at"
            ),
        )
        .join_from(reviews, tasks, tasks.c.id == reviews.c.task_id)
        .join(messages, messages.c.id == reviews.c.message_id)
        .where(which)
    )


def _ballots(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            tasks.c.community_id,
            ballots.c.member_id,
            tasks.c.lang,
            ballots.c.created_at,
            ballots.c.counted,
            ballots.c.decided_at,
            ballots.c.good,
        )
        .join_from(ballots, tasks, tasks.c.id == ballots.c.task_id)
        .where(which)
    )


def _places(which: ColumnElement[bool]) -> Select[Any]:
    placed = select(messages.c.parent_id).where(which, messages.c.author_id.is_not(None))
    return select(ballots.c.groups, ballots.c.created_at).where(ballots.c.counted, ballots.c.parent_id.in_(placed))


class _Scope:
    """The statements that read the work of somebody or something."""

    def __init__(self, of_texts: ColumnElement[bool], by: Callable[[Table], ColumnElement[bool]]) -> None:
        self.texts = _texts(of_texts)
        self.places = _places(of_texts)
        self.reviews = _reviews(by(reviews))
        self.ballots = _ballots(by(ballots))


_tree = messages.c.tree_id == bindparam("tree")
_OF_TREE = _Scope(_tree, lambda table: _tree if table is reviews else ballots.c.tree_id == bindparam("tree"))
_OF_MEMBERS = _Scope(
    messages.c.author_id.in_(bindparam("members", expanding=True)),
    lambda table: table.c.member_id.in_(bindparam("members", expanding=True)),
)


def of_tree(tx: Tx, tree: TreeId) -> Iterator[tuple[Whose, Work]]:
    """Yield the work of everybody in a tree."""
    return _work(tx, _OF_TREE, {"tree": tree})


def of_members(tx: Tx, members: Sequence[MemberId]) -> Iterator[tuple[Whose, Work]]:
    """Yield all work of some members."""
    return _work(tx, _OF_MEMBERS, {"members": list(members)})


def _work(tx: Tx, scope: _Scope, where: dict[str, Any]) -> Iterator[tuple[Whose, Work]]:
    placed: dict[MessageId, list[tuple[int, datetime]]] = {}
    for row in tx.execute(scope.places, where).all():
        for reply, place in places(_ballot(row.groups)).items():
            placed.setdefault(reply, []).append((place, row.created_at))
    for row in tx.execute(scope.texts, where).all():
        yield Whose(row.community_id, MemberId(row.author_id), TreeLanguage(row.lang)), _text(row, placed)
    for row in tx.execute(scope.reviews, where).all():
        yield (
            Whose(row.community_id, MemberId(row.member_id), TreeLanguage(row.lang)),
            ReviewWork(
                labels={Label(name): value for name, value in row.labels.items()},
                given_at=row.created_at,
                counted=row.counted,
                decided_at=row.decided_at,
            ),
        )
    for row in tx.execute(scope.ballots, where).all():
        yield (
            Whose(row.community_id, MemberId(row.member_id), TreeLanguage(row.lang)),
            BallotWork(
                given_at=row.created_at,
                counted=row.counted,
                decided_at=row.decided_at,
                good=bool(row.good),
            ),
        )


def _text(row: Any, placed: dict[MessageId, list[tuple[int, datetime]]]) -> TextWork:
    return TextWork(
        role=Role(row.role),
        root=row.parent_id is None,
        written_at=row.created_at,
        accepted=row.accepted,
        judged_at=row.judged_at,
        rank=row.rank,
        ranked_at=row.ranked_at,
        forfeited=bool(row.forfeited),
        places=tuple(placed.get(row.id, ())),
    )


def _ballot(groups: Any) -> Ballot:
    """Return a stored ballot; one that cannot be understood places nothing."""
    try:
        return Ballot(tuple(tuple(MessageId(UUID(reply)) for reply in group) for group in groups))
    except (ValueError, TypeError, AttributeError):
        return Ballot()
