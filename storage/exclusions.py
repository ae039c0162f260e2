"""Queries about exclusions: who is not given which work again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Uuid, bindparam, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.tx import Tx
    from trees.ids import MemberId, MessageId
    from trees.kinds import TaskKind

Why = Literal["own", "done", "skipped"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A member is not given this work (again)."""

    member_id: MemberId
    message_id: MessageId
    kind: TaskKind
    why: Why


# What somebody did weighs more than what they wrote: an author who answered their own message has answered it.
_PUT = text(
    """INSERT INTO exclusions (message_id, kind, member_id, why) VALUES (:message, :kind, :member, :why)
    ON CONFLICT (message_id, kind, member_id) DO UPDATE SET why = excluded.why WHERE excluded.why <> 'own'""",
).bindparams(bindparam("message", type_=Uuid), bindparam("member", type_=Uuid))
_DROP = text(
    "DELETE FROM exclusions WHERE message_id = :message AND kind = :kind AND member_id = :member AND why = :why"
).bindparams(bindparam("message", type_=Uuid), bindparam("member", type_=Uuid))
# What the member walked past may be for them now. An offer that is made later has a number that nobody walked past.
_LOOK_AGAIN = text(
    """UPDATE offers_seen
    SET seq = (SELECT min(o.seq) - 1 FROM offers o WHERE o.message_id = :message AND o.kind = :kind)
    WHERE member_id = :member AND kind = :kind
        AND seq >= (SELECT min(o.seq) FROM offers o WHERE o.message_id = :message AND o.kind = :kind)""",
).bindparams(bindparam("message", type_=Uuid), bindparam("member", type_=Uuid))


def put(tx: Tx, excluded: Iterable[Exclusion]) -> None:
    """Give these members these works no more."""
    rows = _rows(excluded)
    if rows:
        tx.execute(_PUT, rows)


def drop(tx: Tx, excluded: Iterable[Exclusion]) -> None:
    """Let these members have these works again; one that stands for another reason stays."""
    rows = _rows(excluded)
    if rows:
        tx.execute(_DROP, rows)
        tx.execute(_LOOK_AGAIN, rows)


def _rows(excluded: Iterable[Exclusion]) -> list[dict[str, Any]]:
    return [
        {"message": each.message_id, "kind": each.kind.value, "member": each.member_id, "why": each.why}
        for each in excluded
    ]
