"""No request looks through a table: every statement finds its rows by an index, and by the one meant for it."""

from __future__ import annotations

import random
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine, event

from storage.prepared import PreparedConnection
from storage.schema import metadata
from tests.services.test_random_play import turn
from trees.kinds import TaskKind
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Grove

pytestmark = pytest.mark.engine

SMALL = frozenset({"pools", "communities", "store_meta"})
"""Tables that do not grow with what people do."""


@contextmanager
def statements_run() -> Iterator[dict[str, Any]]:
    """Collect each statement with the values it was run with first."""
    found: dict[str, Any] = {}

    def before(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            found.setdefault(statement, values[0] if many else values)

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", before)


async def plans(grove: Grove, statements: dict[str, Any]) -> dict[str, list[str]]:
    def explain(tx: Any) -> dict[str, list[str]]:
        return {
            statement: [row[3] for row in tx.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)]
            for statement, values in statements.items()
        }

    return await grove.store.read(explain)


def scans(plan: list[str], statement: str) -> list[str]:
    """Return the tables that are gone through whole, by their names in the schema."""
    names = {alias: table for table, alias in re.findall(r"\b(?:FROM|JOIN) (\w+)(?: AS)? (\w+)", statement)}
    found = [match[1] for line in plan if (match := re.match(r"SCAN (\w+)", line))]
    return [table for name in found if (table := names.get(name, name)) in set(metadata.tables) - SMALL]


async def everything(grove: Grove) -> None:
    """Let people do and look at everything a person can."""
    await grove.rule("community", goal_tree_size=5, max_active_trees=3)
    crowd, chance, shelf = await grove.crowd(8), random.Random(1), []
    for _ in range(200):
        await turn(grove, chance.choice(crowd), chance, shelf)
    for caller in crowd[:3]:
        await grove.members.standing(caller)
        await grove.members.profile(caller)
        await grove.tasks.availability(caller)
        for kind in TaskKind:
            try:
                task = await grove.tasks.give(caller, kind=kind)
            except NothingToDo:
                continue
            await grove.tasks.look(caller, task.task_id)
            await grove.do(caller, task)
            await grove.members.told(caller, [task.task_id])


async def test_no_request_looks_through_a_table_or_through_all_a_member_ever_did(grove: Grove) -> None:
    with statements_run() as found:
        await everything(grove)
    explained = await plans(grove, found)
    through = {statement: scanned for statement, plan in explained.items() if (scanned := scans(plan, statement))}
    assert len(explained) > 40
    assert through == {}
    open_tasks = [plan for statement, plan in explained.items() if "'leased', 'expired'" in statement]
    assert open_tasks
    assert all(any("USING INDEX ix_tasks_open" in line for line in plan) for plan in open_tasks), open_tasks
    lately = "USING COVERING INDEX ix_tasks_member_id_given_at_kind (member_id=? AND given_at>? AND given_at<?)"
    assert [sum(lately in line for line in plan) for plan in open_tasks if plan[0] == "COMPOUND QUERY"] == [3]


async def test_a_statement_that_looks_through_a_table_would_be_found(grove: Grove) -> None:
    slow = "SELECT t.id FROM tasks t WHERE t.state IN (?, ?)"
    assert scans((await plans(grove, {slow: ("leased", "expired")}))[slow], slow) == ["tasks"]


async def test_each_statement_finds_prepared_what_it_finds_the_usual_way(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, compared = PreparedConnection._run, set()

    def both(connection: PreparedConnection, prepared: Any, parameters: Any) -> Any:
        rows = run(connection, prepared, parameters)
        if prepared.text.startswith("SELECT") and prepared.text not in compared:
            found = Connection.execute(connection, prepared._compiled.statement, parameters).all()
            assert [dict(row._mapping) for row in rows.all()] == [dict(row._mapping) for row in found], prepared.text
            compared.add(prepared.text)
        return rows

    monkeypatch.setattr(PreparedConnection, "_run", both)
    await everything(grove)
    assert len(compared) > 25
