"""Queries about which prompts are nearly the same: the hashes of their sketches, and what stands behind them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, union_all

from storage.schema import likenesses, messages
from trees.ids import TreeId
from trees.likeness import SKETCH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Select

    from storage.tx import Tx

_OF_EACH = 32
"""Prompts that are looked at of those which share one hash, the newest: what very many share says little."""
_NO_HASH = -1

_INSERT = likenesses.insert()
_DROP = likenesses.delete().where(likenesses.c.hash == bindparam("kept"), likenesses.c.tree_id == bindparam("root"))


def _sharing(name: str) -> Select[UUID]:
    newest = (
        select(likenesses.c.tree_id)
        .where(likenesses.c.hash == bindparam(name))
        .order_by(likenesses.c.tree_id.desc())
        .limit(_OF_EACH)
        .subquery()
    )
    return select(newest.c.tree_id)


_NAMES = tuple(f"hash{number}" for number in range(SKETCH))
_SHARING = union_all(*map(_sharing, _NAMES))
_TEXTS = select(messages.c.id, messages.c.text).where(
    messages.c.id.in_(bindparam("roots", expanding=True)),
    messages.c.deleted_at.is_(None),
    messages.c.counted,
    or_(messages.c.accepted.is_(None), messages.c.accepted),
    messages.c.text.is_not(None),
)


def put(tx: Tx, root: TreeId, sketch: Sequence[int]) -> None:
    """Keep the sketch of a prompt."""
    if sketch:
        tx.execute(_INSERT, [{"hash": each, "tree_id": root} for each in sketch])


def drop(tx: Tx, root: TreeId, sketch: Sequence[int]) -> None:
    """Forget the sketch of a prompt."""
    if sketch:
        tx.execute(_DROP, [{"kept": each, "root": root} for each in sketch])


def like(tx: Tx, sketch: Sequence[int], most: int) -> tuple[tuple[TreeId, str], ...]:
    """Return at most `most` prompts that share most with a sketch, with their texts; the likeliest first.

    Looks at 256 rows however many prompts there are. What was removed or rejected is left out.
    """
    if not sketch:
        return ()
    hashes = [*sketch, *[_NO_HASH] * (SKETCH - len(sketch))]
    shared = Counter(tx.execute(_SHARING, dict(zip(_NAMES, hashes, strict=True))).scalars().all())
    likeliest = [TreeId(root) for root, _ in shared.most_common(most)]
    if not likeliest:
        return ()
    texts = {row.id: row.text for row in tx.execute(_TEXTS, {"roots": likeliest}).all()}
    return tuple((root, texts[root]) for root in likeliest if root in texts)
