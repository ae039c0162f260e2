"""A statement that is prepared once says and finds what SQLAlchemy's own way says and finds."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, OperationalError

from storage import prepared
from storage.prepared import LONGEST_LIST, PreparedConnection
from storage.types import UtcTime

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String, nullable=True, unique=True),
    Column("number", Integer, nullable=True),
    Column("share", Float, nullable=True),
    Column("sure", Boolean, nullable=True),
    Column("facts", JSON, nullable=True),
    Column("at", UtcTime, nullable=True),
)
INSERT = things.insert()
ALL = select(things).order_by(things.c.id)
BY_ID = select(things.c.number, things.c.at.label("moment")).where(things.c.id == bindparam("thing"))
AMONG = select(things.c.id).where(things.c.id.in_(bindparam("ids", expanding=True))).order_by(things.c.id)
RENAME = things.update().where(things.c.id == bindparam("thing"))
COUNT = select(func.count().label("count"), func.max(things.c.at).label("index")).where(things.c.number > 2)
TYPED = text("SELECT number, id, at FROM things WHERE id = :thing").bindparams(bindparam("thing", type_=Uuid))
TYPED_COLUMNS = TYPED.columns(id=Uuid, at=UtcTime)

ROWS = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "name": st.none(),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "share": st.none() | st.floats(allow_nan=False),
        "sure": st.none() | st.booleans(),
        "facts": st.none() | st.lists(st.integers()) | st.dictionaries(st.text(), st.floats(allow_nan=False)),
        "at": st.none()
        | st.datetimes(
            datetime(1000, 1, 2),  # noqa: DTZ001  the zone is added
            datetime(9999, 12, 30),  # noqa: DTZ001  the same
            timezones=st.timedeltas(timedelta(hours=-12), timedelta(hours=12)).map(timezone),
        ),
    }
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://", hide_parameters=True)
    event.listen(made, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with made.begin() as tx:
        metadata.create_all(tx)
    yield made
    made.dispose()


@pytest.fixture
def tx(engine: Engine) -> Iterator[PreparedConnection]:
    with PreparedConnection(engine) as connection, connection.begin():
        yield connection


def usual(tx: Connection, statement: Any, parameters: Any = None) -> Any:
    """Run a statement as SQLAlchemy does."""
    return Connection.execute(tx, statement, parameters)


def shown(rows: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rows]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=3, max_size=6, unique_by=lambda row: row["id"]))
def test_what_is_written_one_way_is_read_the_same_both_ways(tx: PreparedConnection, rows: list[dict[str, Any]]) -> None:
    tx.execute(things.delete())
    for row in rows:
        tx.execute(INSERT, row)
    for _ in range(3):
        assert shown(tx.execute(ALL).all()) == shown(usual(tx, ALL).all())
        assert tx.execute(ALL).all() == [tuple(row) for row in usual(tx, ALL).all()]
    stored = tx.exec_driver_sql("SELECT * FROM things ORDER BY id").all()
    usual(tx, things.delete())
    usual(tx, INSERT, rows)
    assert tx.exec_driver_sql("SELECT * FROM things ORDER BY id").all() == stored
    for row in rows:
        for statement in (BY_ID, TYPED, TYPED_COLUMNS):
            where = {"thing": row["id"]}
            assert shown(tx.execute(statement, where)) == shown(usual(tx, statement, where))
    assert shown(tx.execute(COUNT)) == shown(usual(tx, COUNT))


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, LONGEST_LIST, LONGEST_LIST + 1])
def test_lists_of_every_length_find_what_they_hold(tx: PreparedConnection, number: int) -> None:
    ids = [UUID(int=count + 1) for count in range(number)]
    tx.execute(INSERT, [{"id": each} for each in [UUID(int=10_000), *ids]])
    for _ in range(3):
        assert tx.execute(AMONG, {"ids": ids}).scalars().all() == ids
        assert usual(tx, AMONG, {"ids": ids}).scalars().all() == ids


def test_lists_of_many_lengths_share_few_texts(tx: PreparedConnection) -> None:
    texts = set()
    event.listen(tx.engine, "before_cursor_execute", lambda *heard: texts.add(heard[2]))
    tx.execute(AMONG, {"ids": [UUID(int=1)]})
    texts.clear()
    for number in range(1, LONGEST_LIST + 1):
        tx.execute(AMONG, {"ids": [UUID(int=count) for count in range(number)]})
    assert len(texts) == 7


def test_a_change_tells_how_many_rows_it_met(tx: PreparedConnection) -> None:
    tx.execute(INSERT, [{"id": UUID(int=number)} for number in (1, 2)])
    for found, wanted in ((1, 1), (2, 1), (3, 0)):
        assert tx.execute(RENAME, {"thing": UUID(int=found), "name": f"name {found}"}).rowcount == wanted
    assert tx.execute(RENAME, [{"thing": UUID(int=n), "name": None} for n in (1, 2, 3)]).rowcount == 2
    assert [row.name for row in tx.execute(ALL)] == [None, None]


def test_a_refusal_of_the_database_is_sqlalchemys_own_and_tells_no_values(tx: PreparedConnection) -> None:
    for number in (1, 2):
        tx.execute(INSERT, {"id": UUID(int=number), "name": f"name {number}"})
    with pytest.raises(IntegrityError, match=r"UNIQUE constraint failed: things\.name") as told:
        tx.execute(INSERT, {"id": UUID(int=3), "name": "name 1"})
    assert "name 1" not in str(told.value)
    assert tx.execute(select(func.count()).select_from(things)).scalar_one() == 2
    gone = text("SELECT * FROM gone")
    for _ in range(2):
        with pytest.raises(OperationalError, match="no such table"):
            tx.execute(gone)


def test_one_row_is_one_row(tx: PreparedConnection) -> None:
    tx.execute(INSERT, [{"id": UUID(int=number), "number": number} for number in (1, 2)])
    by_id = select(things.c.number).where(things.c.id == bindparam("thing"))
    at_most = select(things.c.number).where(things.c.number <= bindparam("most")).order_by(things.c.number)
    for _ in range(2):
        assert tx.execute(by_id, {"thing": UUID(int=2)}).one() == (2,)
        assert tx.execute(by_id, {"thing": UUID(int=2)}).scalar_one() == 2
        assert tx.execute(by_id, {"thing": UUID(int=3)}).one_or_none() is None
        assert tx.execute(by_id, {"thing": UUID(int=3)}).scalar() is None
        assert tx.execute(by_id, {"thing": UUID(int=3)}).scalar_one_or_none() is None
        assert tx.execute(at_most, {"most": 2}).first() == (1,)
        assert tx.execute(at_most, {"most": 2}).mappings().all() == [{"number": 1}, {"number": 2}]
        with pytest.raises(NoResultFound):
            tx.execute(by_id, {"thing": UUID(int=3)}).one()
        with pytest.raises(MultipleResultsFound):
            tx.execute(at_most, {"most": 2}).one()


def test_a_moment_without_a_zone_is_refused(tx: PreparedConnection) -> None:
    naive = datetime(2026, 1, 5)  # noqa: DTZ001  what is refused
    tx.execute(INSERT, {"id": UUID(int=1), "at": datetime(2026, 1, 5, tzinfo=UTC)})
    with pytest.raises(ValueError, match="without a time zone"):
        tx.execute(INSERT, {"id": UUID(int=2), "at": naive})


def test_statements_built_anew_each_time_are_not_kept(tx: PreparedConnection) -> None:
    gc.collect()
    before = len(prepared._known)
    for number in range(50):
        tx.execute(things.insert(), {"id": UUID(int=number)})
    gc.collect()
    # SQLAlchemy's own cache keeps the first.
    assert len(prepared._known) <= before + 1


def test_outside_a_transaction_statements_go_the_usual_way(engine: Engine) -> None:
    with PreparedConnection(engine) as connection:
        for _ in range(3):
            assert connection.execute(ALL).all() == []
            connection.rollback()
