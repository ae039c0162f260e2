"""Queries about exclusions: who is not given which work again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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


def put(tx: Tx, excluded: Iterable[Exclusion]) -> None:
    """Give these members these works no more."""
    rows = [
        {"message": each.message_id, "kind": each.kind.value, "member": each.member_id, "why": each.why}
        for each in excluded
    ]
    if rows:
        tx.execute(_PUT, rows)
