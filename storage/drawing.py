"""Drawing: an offer for one person, in work that does not grow with the store, and exact.

A draw looks at the next few trees at its lot. Only when nothing among them is for this person does it walk the offers
in the order in which they were made, from where this person's last walk ended; how far it came is kept (table
`offers_seen`), so no offer is walked past twice by anybody. Who has seen everything is told so by index look-ups.

With several processes on one PostgreSQL store an offer could be committed after a greater number was walked past; they
need one order of numbers and commits, as the change log does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, Uuid, bindparam, func, select, text, true

from storage.schema import offers, trees
from storage.trees import COLUMNS, TreeRow, from_row
from trees.ids import MemberId, MessageId, PoolId, TreeLanguage
from trees.topics import NO_WISHES, Wishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select, TextualSelect

    from storage.tx import Tx
    from trees.kinds import TaskKind

TREES_LOOKED_AT = 8
"""Trees that one look at a lot goes through before it gives up."""

FEW = 8
"""Whoever has walked before and has no more than so many offers before them walks on, without a look at any tree."""

LIKED_LOOKED_AT = 32
"""The same where it looks for what somebody likes."""

_SEARCHES = 24
"""Searches in one statement at most; SQLite takes 500 parts."""

_TURNS = 8191
"""A prime: multiplied by a number below it, offers of one tree stand in another order for each draw."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look for work."""

    kind: TaskKind
    lang: TreeLanguage
    without_own: bool = True
    """Whether own messages are kept from their authors."""
    lonely_first: bool = False
    """Whether a message with too few replies goes before others this time."""
    liked_first: bool = False
    """Whether what the person likes goes before the rest this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Who looks for work."""

    pool: PoolId
    member: MemberId
    wishes: Wishes = NO_WISHES


@dataclass(frozen=True, slots=True)
class Offer:
    """Work for one person, with its tree."""

    message_id: MessageId
    kind: TaskKind
    tree: TreeRow


_FREE = """NOT EXISTS (
    SELECT 1 FROM exclusions e
    WHERE e.message_id = o.message_id AND e.kind = o.kind AND e.member_id = :member AND (e.why <> 'own' OR :own{n}))"""
_SEEN = """coalesce((
    SELECT s.seq FROM offers_seen s
    WHERE s.member_id = :member AND s.pool_id = :pool AND s.lang = :lang{n} AND s.kind = :kind{n}
        AND s.without_own = :own{n} AND s.avoided = :avoided), 0)"""
_UNSEEN = """EXISTS (
    SELECT 1 FROM offers u
    WHERE u.pool_id = :pool AND u.lang = :lang{n} AND u.kind = :kind{n} AND u.seq > {seen} LIMIT 1 OFFSET {few})"""
_TREES_AT_LOT = """SELECT * FROM (
    SELECT f.tree_id, f.topics FROM offers f
    WHERE f.pool_id = :pool AND f.lang = :lang{n} AND f.kind = :kind{n} AND f.lot {side} :lot {which}
    ORDER BY f.lot LIMIT {most}) AS {name}"""
_LOOK = """SELECT * FROM (
    SELECT {n} AS search, c.tree_id, (
        SELECT o.message_id FROM offers o
        WHERE o.tree_id = c.tree_id AND o.kind = :kind{n} {inside} AND {free}
        ORDER BY o.seq * :turn % {turns} LIMIT 1
    ) AS message_id
    FROM ({ahead} UNION ALL {behind} LIMIT {most}) AS c
    WHERE ({seen} = 0 OR {many_unseen}) AND (c.topics & :avoided) = 0 {wished}
) AS look WHERE message_id IS NOT NULL"""
_MORE = "SELECT {n}, NULL, NULL WHERE {unseen}"
_WALK = """SELECT * FROM (
    SELECT {n} AS search, o.tree_id, o.message_id, o.seq FROM offers o
    WHERE o.pool_id = :pool AND o.lang = :lang{n} AND o.kind = :kind{n} AND o.seq > {seen}
        AND (o.topics & :avoided) = 0 AND {free}
    ORDER BY o.seq LIMIT 1) AS walk"""
_SEEN_UP_TO = text(
    """INSERT INTO offers_seen (member_id, pool_id, lang, kind, seq, without_own, avoided)
    VALUES (:member, :pool, :lang, :kind, :seq, :own, :avoided)
    ON CONFLICT (member_id, pool_id, lang, kind) DO UPDATE
    SET seq = excluded.seq, without_own = excluded.without_own, avoided = excluded.avoided""",
).bindparams(bindparam("member", type_=Uuid))


def draw(tx: Tx, seeker: Seeker, searches: Sequence[Search], *, lot: float, turn: float) -> Offer | None:
    """Return an offer that may be given to this person, or None if there is none.

    It is of the first search that has one among the trees next to `lot`: a tree is found as often as any other,
    however much it offers. Where none of the searches has, it is the oldest that the first of them has. `turn` decides
    within a tree. Both are lots in [0, 1).
    """
    for start in range(0, len(searches), _SEARCHES):
        some = searches[start : start + _SEARCHES]
        facts = where(seeker, some) | {
            "lot": lot,
            "turn": 1 + int(turn * (_TURNS - 1)),
            "liked": seeker.wishes.liked,
        }
        found = tx.execute(_looks(tuple((search.lonely_first, search.liked_first) for search in some)), facts).first()
        if found is None:
            continue
        if found.message_id is None:
            found = _walked(tx, seeker, some, found.search)
        if found is not None:
            return Offer(MessageId(found.message_id), some[found.search].kind, from_row(found))
    return None


def _walked(tx: Tx, seeker: Seeker, searches: Sequence[Search], first: int) -> Any:
    """Return the oldest offer of the first search that has one, from search `first` on, and keep how far it is."""
    ended = tx.execute(_walks(first, len(searches)), where(seeker, searches)).one()
    found = ended.message_id is not None
    passed = dict.fromkeys(range(first, ended.search if found else len(searches)), ended.newest)
    if found:
        passed[ended.search] = ended.seq - 1
    tx.execute(
        _SEEN_UP_TO,
        [
            {
                "member": seeker.member,
                "pool": seeker.pool,
                "lang": searches[number].lang,
                "kind": searches[number].kind.value,
                "seq": seq,
                "own": searches[number].without_own,
                "avoided": seeker.wishes.avoided,
            }
            for number, seq in passed.items()
        ],
    )
    return ended if found else None


def where(seeker: Seeker, searches: Sequence[Search]) -> dict[str, Any]:
    """Return what the statements of these searches are told."""
    facts: dict[str, Any] = {"pool": seeker.pool, "member": seeker.member, "avoided": seeker.wishes.avoided}
    for number, search in enumerate(searches):
        facts |= {
            f"lang{number}": search.lang,
            f"kind{number}": search.kind.value,
            f"own{number}": search.without_own,
        }
    return facts


def part(template: str, number: int, **words: str | int) -> str:
    """Return the part of a statement that is about search `number`.

    `{free}` becomes that an offer `o` is not kept from the member, `{seen}` the number up to which no offer is for
    them, `{unseen}` that there are offers after it, `{many_unseen}` that there are more than `FEW`.
    """
    seen = _SEEN.format(n=number)
    unseen, many = (_UNSEEN.format(n=number, seen=seen, few=few) for few in (0, FEW))
    return template.format(n=number, free=_FREE.format(n=number), seen=seen, unseen=unseen, many_unseen=many, **words)


@lru_cache(maxsize=256)
def _looks(firsts: tuple[tuple[bool, bool], ...]) -> Select[Any]:
    """Return the statement that looks once for each search, for some at lonely messages or liked topics first."""
    # The looks are taken one after another and the first hit ends the search: an ORDER BY would run them all. The last
    # parts say where a walk may find more.
    parts: list[str] = []
    for number, (lonely_first, liked_first) in enumerate(firsts):
        if liked_first:
            parts.append(_look(number, most=LIKED_LOOKED_AT, wished="AND (c.topics & :liked) <> 0"))
        if lonely_first:
            # Said twice: once for the partial index to fit, once for its column to be looked up.
            parts.append(_look(number, which="AND f.lonely AND f.lonely = true", inside="AND o.lonely"))
        parts.append(_look(number))
    parts += [part(_MORE, number) for number in range(len(firsts))]
    drawn = _first_of(parts, search=Integer, tree_id=Uuid, message_id=Uuid).subquery("drawn")
    return select(drawn.c.search, drawn.c.message_id, *COLUMNS).select_from(
        drawn.outerjoin(trees, trees.c.id == drawn.c.tree_id)
    )


def _look(number: int, *, most: int = TREES_LOOKED_AT, which: str = "", inside: str = "", wished: str = "") -> str:
    ahead, behind = (
        part(_TREES_AT_LOT, number, side=side, which=which, most=most, name=name)
        for side, name in ((">=", "ahead"), ("<", "behind"))
    )
    return part(_LOOK, number, ahead=ahead, behind=behind, most=most, inside=inside, wished=wished, turns=_TURNS)


@lru_cache(maxsize=256)
def _walks(first: int, end: int) -> Select[Any]:
    """Return the statement that walks on for each search from `first` to before `end` until one finds an offer."""
    parts = [part(_WALK, number) for number in range(first, end)]
    hit = _first_of(parts, search=Integer, tree_id=Uuid, message_id=Uuid, seq=BigInteger).subquery("hit")
    last = select(func.max(offers.c.seq).label("newest")).subquery("last")
    return select(last.c.newest, hit.c.search, hit.c.message_id, hit.c.seq, *COLUMNS).select_from(
        last.outerjoin(hit, true()).outerjoin(trees, trees.c.id == hit.c.tree_id)
    )


def _first_of(parts: Sequence[str], **columns: Any) -> TextualSelect:
    statement = text(" UNION ALL ".join(parts) + " LIMIT 1").bindparams(bindparam("member", type_=Uuid))
    return statement.columns(**columns)
