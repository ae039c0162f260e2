"""Filling a store with as many messages as are wanted, in seconds, as if people had written them.

A small community first plays under the real use cases, in a store of its own. Its trees, finished and at work, are then
copied by SQL, each copy with ids, texts, a day and people of its own. So whatever holds of what the use cases write
holds of every copy: offers, exclusions, counts, revisions and the change log come from the same rows.
"""

from __future__ import annotations

import hashlib
import random
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Uuid

from benchmarks.ground import Ground, no_limits
from benchmarks.play import PRESET
from benchmarks.tallying import credits_of, tally
from storage.schema import metadata
from storage.store import opened
from storage.types import UtcTime
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Column

    from benchmarks.play import Played
    from benchmarks.tallying import Credit

DAYS = 30
"""The days before today over which what is filled in was written."""

ACTIVE_SHARES = {TreeState.GROWING: 0.64, TreeState.RANKING: 0.26, TreeState.INITIAL_PROMPT_REVIEW: 0.10}
"""How the active trees are divided; the peer's figures were taken so."""

_ABORTED = 0.04
"""Share of the trees at rest whose prompt was rejected."""

COPIED = {
    "trees": "SELECT id AS tree, x.* FROM played.trees x",
    "messages": "SELECT tree_id AS tree, x.* FROM played.messages x",
    "tasks": """SELECT coalesce(x.tree_id, m.tree_id) AS tree, x.* FROM played.tasks x
        LEFT JOIN played.messages m ON m.task_id = x.id WHERE coalesce(x.tree_id, m.tree_id) IS NOT NULL""",
    "reviews": "SELECT m.tree_id AS tree, x.* FROM played.reviews x JOIN played.messages m ON m.id = x.message_id",
    "ballots": "SELECT tree_id AS tree, x.* FROM played.ballots x",
    "emoji_ratings": """SELECT m.tree_id AS tree, x.* FROM played.emoji_ratings x
        JOIN played.messages m ON m.id = x.message_id""",
    "offers": "SELECT tree_id AS tree, x.* FROM played.offers x",
    "exclusions": """SELECT m.tree_id AS tree, x.* FROM played.exclusions x
        JOIN played.messages m ON m.id = x.message_id""",
    "change_log": """SELECT coalesce(t.id, m.tree_id, rm.tree_id, b.tree_id, em.tree_id) AS tree, x.*
        FROM played.change_log x LEFT JOIN played.trees t ON t.id = x.entity_id
        LEFT JOIN played.messages m ON m.id = x.entity_id
        LEFT JOIN played.reviews r ON r.id = x.entity_id LEFT JOIN played.messages rm ON rm.id = r.message_id
        LEFT JOIN played.ballots b ON b.id = x.entity_id
        LEFT JOIN played.emoji_ratings e ON e.id = x.entity_id LEFT JOIN played.messages em ON em.id = e.message_id
        WHERE x.entity <> 'consent' ORDER BY x.seq""",
}
"""Tables whose rows are copied, parents first, each row with the tree it belongs to."""

KEPT = frozenset(
    {"store_meta", "pools", "communities", "members", "identities", "member_languages", "member_topics", "consents"}
)
"""Tables that a new store and its crowd fill themselves."""

TALLIED = frozenset({"tallies"})
"""Tables that hold sums over all trees; see `benchmarks.tallying`."""

LEFT_EMPTY = frozenset(
    {"drafts", "published_messages", "setting_changes", "offers_seen", "verdict_rates", "outbox", "boards"}
    | {"audit_log", "message_versions", "showcases", "showcase_posts", "showcase_reactions"}
    | {"likenesses", "proposals", "erasures"}
    | {"cases", "sanctions", "barred_accounts"}
    | {"sprints", "sprint_scores", "level_roles", "given_roles"}
)
"""Tables in which nothing need stand: nobody holds a task, and no rule that fills them has been asked."""

_CARELESS = (
    "journal_mode=OFF",
    "synchronous=OFF",
    "foreign_keys=OFF",
    "cache_size=-400000",
    "temp_store=MEMORY",
    "locking_mode=EXCLUSIVE",
)
"""How the copies are written: as fast as can be, and lost if anything happens."""

_ID = re.compile(r'"[0-9a-f]{8}(-?)[0-9a-f]{4}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How a store is to be filled."""

    messages: int
    """At least so many; no more than one tree beyond."""
    active: float = 0.1
    """Share of the trees that have work for people."""
    crowd: int = 1000
    """Members, at least as many as played."""
    seed: int = 1


async def fill(path: Path, size: Size, played: Played, today: date) -> int:
    """Make a store at `path`; return how many messages it holds.

    Raises:
        LookupError: nothing was played to its end.
    """
    plan = _planned(size, played)
    growing = sum(state is TreeState.GROWING for _, state in plan)
    async with opened(path) as store:
        ground = Ground(store, size.seed)
        await ground.rule(PRESET, no_limits(max(10, growing)))
        await ground.crowd(size.crowd)
    given = await credits_of(played.path, sorted({tree for tree, _ in plan}))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _Copying(connection, played, size, today).copy([tree for tree, _ in plan], given)
        return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


def _planned(size: Size, played: Played) -> list[tuple[str, TreeState]]:
    """Return which trees are copied, in order."""
    chance = random.Random(size.seed)
    shares = {state: size.active * share for state, share in ACTIVE_SHARES.items()}
    shares[TreeState.ABORTED_LOW_GRADE] = (1 - size.active) * _ABORTED
    shares[TreeState.READY_FOR_EXPORT] = (1 - size.active) * (1 - _ABORTED)
    if not played.by_state.get(TreeState.READY_FOR_EXPORT):
        raise LookupError(TreeState.READY_FOR_EXPORT)
    shares = {state: share for state, share in shares.items() if played.by_state.get(state) and share}
    plan: list[tuple[str, TreeState]] = []
    made: dict[TreeState, int] = dict.fromkeys(shares, 0)
    messages = 0
    while messages < size.messages:
        # Whichever state is furthest behind its share comes next, so that the shares hold at every size.
        state = max(shares, key=lambda each: shares[each] * (len(plan) + 1) - made[each])
        tree, number = chance.choice(played.by_state[state])
        plan.append((tree, state))
        made[state] += 1
        messages += number
    return plan


class _Copying:
    def __init__(self, connection: sqlite3.Connection, played: Played, size: Size, today: date) -> None:
        self._db = connection
        self._played = played
        self._size = size
        self._begins = today - timedelta(days=DAYS)

    def copy(self, plan: Sequence[str], given: Sequence[Credit]) -> None:
        """Copy these trees. Nothing is kept safe meanwhile: a copy that is broken off is thrown away."""
        run = self._db.execute
        for pragma in _CARELESS:
            run(f"PRAGMA {pragma}").fetchall()
        self._db.create_function("anew", 2, _anew, deterministic=True)
        self._db.create_function("sha", 1, lambda text: hashlib.sha256(text.encode()).hexdigest(), deterministic=True)
        run("ATTACH ? AS played", (str(self._played.path),))
        run("BEGIN")
        self._name_people()
        self._number_copies(plan)
        # Rows are added faster without indices, and indices made faster when all rows are there.
        indices = run("SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for name, _ in indices:
            run(f'DROP INDEX main."{name}"')
        for table in COPIED:
            self._copy(table)
        tally(self._db, given, self._size.crowd, self._begins, DAYS)
        for _, sql in indices:
            run(sql)
        run("COMMIT")
        run("DETACH played")
        run("PRAGMA journal_mode=WAL").fetchall()

    def _name_people(self) -> None:
        """Number the members of this store and those who played."""
        run = self._db.execute
        run("CREATE TEMP TABLE people (number INTEGER PRIMARY KEY, member TEXT, consent TEXT)")
        run("INSERT INTO people SELECT row_number() OVER (ORDER BY member_id) - 1, member_id, id FROM main.consents")
        run("CREATE TEMP TABLE players (id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")
        run("INSERT INTO players SELECT id, row_number() OVER (ORDER BY id) - 1 FROM played.members")
        run("INSERT INTO players SELECT c.id, p.number FROM played.consents c JOIN players p ON p.id = c.member_id")

    def _number_copies(self, plan: Sequence[str]) -> None:
        """Give each copy the beginning of its ids (the milliseconds of a UUIDv7), its day, and who plays the parts."""
        self._db.execute(
            "CREATE TEMP TABLE copies (number INTEGER PRIMARY KEY, tree TEXT, head TEXT, day TEXT, first INTEGER)"
        )
        chance = random.Random(self._size.seed + 1)
        begins = datetime.combine(self._begins, time(), UTC)

        def rows() -> Iterator[tuple[int, str, str, str, int]]:
            for number, tree in enumerate(plan):
                moment = begins + timedelta(days=DAYS) * (number / len(plan))
                # One millisecond apart at least: the rest of the ids is that of the tree that is copied.
                head = int(moment.timestamp() * 1000) + number
                yield number, tree, f"{head:012x}", moment.date().isoformat(), chance.randrange(self._size.crowd)

        self._db.executemany("INSERT INTO copies VALUES (?, ?, ?, ?, ?)", rows())

    def _copy(self, table: str) -> None:
        run = self._db.execute
        # The numbers of log and offers are given by the database.
        columns = [each for each in metadata.tables[table].columns if each.name != "seq"]
        players = [each.name for each in columns if _points_at(each) in {"members", "consents"}]
        numbers = "".join(f', (SELECT number FROM players WHERE id = y."{name}") AS "{name} of"' for name in players)
        run(f"CREATE TEMP TABLE rows_of AS SELECT y.*{numbers} FROM ({COPIED[table]}) y")
        run("CREATE INDEX temp.ix_rows_of ON rows_of (tree)")
        names = ", ".join(f'"{each.name}"' for each in columns)
        values = ", ".join(self._value(table, each) for each in columns)
        # The copies run outside, the rows of a tree inside in the order they stand: the log keeps its order.
        run(
            f"INSERT INTO main.{table} ({names}) SELECT {values} "
            "FROM copies c CROSS JOIN rows_of x INDEXED BY ix_rows_of ON x.tree = c.tree ORDER BY c.number, x.rowid"
        )
        run("DROP TABLE rows_of")

    def _value(self, table: str, column: Column[Any]) -> str:
        """Return how a column of a copy follows from that of the tree it is copied from."""
        source = f'x."{column.name}"'
        points_at = _points_at(column)
        if points_at in {"members", "consents"}:
            wanted = points_at.removesuffix("s")
            # No row where nobody stood: so null stays null.
            return f'(SELECT {wanted} FROM people WHERE number = (x."{column.name} of" + c.first) % {self._size.crowd})'
        if points_at == "communities":
            return f"iif({source} IS NULL, NULL, (SELECT id FROM main.communities))"
        if isinstance(column.type, Uuid):
            return f"c.head || substr({source}, 13)"
        if isinstance(column.type, UtcTime):
            return f"c.day || substr({source}, 11)"
        by_name = {
            ("messages", "text"): f"{source} || ' #' || c.number",
            ("messages", "text_sha256"): "sha(x.text || ' #' || c.number)",
            ("tasks", "options"): f"anew({source}, c.head)",
            ("ballots", "groups"): f"anew({source}, c.head)",
            ("offers", "lot"): "iif(x.lot IS NULL, NULL, abs(random() / 9223372036854775808.0))",
        }
        return by_name.get((table, column.name), source)


def _points_at(column: Column[Any]) -> str | None:
    return next((key.column.table.name for key in column.foreign_keys), None)


def _anew(value: str | None, head: str) -> str | None:
    """Return JSON with the beginning of each id in it replaced."""
    if value is None:
        return None
    return _ID.sub(lambda found: f'"{head[:8]}{found[1]}{head[8:]}', value)
