"""Queries: what they cost, and what they find."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, event, select

from storage import (
    backlog,
    communities,
    drawing,
    entrants,
    exclusions,
    members,
    offers,
    pools,
    schema,
    standings,
    tallies,
    tasks,
    telling,
    trees,
)
from storage.communities import CommunityRow
from storage.drawing import Search, Seeker
from storage.exclusions import Exclusion
from storage.members import MemberRow
from storage.offers import Placed
from storage.pools import PoolRow
from storage.schema import messages, metadata
from storage.tallies import Whose
from storage.trees import Offered, TreeRow
from trees.ids import MAIN_POOL, CommunityId, MemberId, MessageId, TreeId, TreeLanguage, UiLocale
from trees.kinds import TaskKind
from trees.periods import Period
from trees.points import FORMULAS, Tally
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

NOW = datetime(2026, 1, 5, tzinfo=UTC)
EN = TreeLanguage("en")
ANN = MemberId(UUID(int=1))
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_ASSISTANT_REPLY


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Connection]:
    """A store with a pool, a member, and a tree of five messages."""
    engine = create_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with engine.begin() as tx:
        metadata.create_all(tx)
        pool = PoolRow(id=MAIN_POOL, name="Main", licence="CC0-1.0", preset="tiny", rules="{}", langs=(EN,))
        pools.put(tx, pool, NOW)
        here = CommunityRow(id=CommunityId(UUID(int=2)), place="100", pool=pool)
        communities.insert(tx, here, NOW)
        members.insert(tx, MemberRow(id=ANN, locale=UiLocale("de"), community=here), "77", NOW)
        trees.insert(tx, tree_row(), NOW)
        for number in range(5):
            tx.execute(messages.insert(), message(number))
        yield tx
    engine.dispose()


def tree_row() -> TreeRow:
    return TreeRow(
        id=TreeId(UUID(int=100)),
        pool_id=MAIN_POOL,
        lang=EN,
        state=TreeState.GROWING,
        goal_size=9,
        max_depth=4,
        max_children=3,
        lottery_won_at=NOW,
        licence="CC0-1.0",
        rev=1,
    )


def another_tree(tx: Connection, number: int) -> TreeRow:
    row = replace(tree_row(), id=TreeId(UUID(int=200 + number)))
    trees.insert(tx, row, NOW)
    return row


def message_id(number: int) -> MessageId:
    return MessageId(UUID(int=100 + number))


def message(number: int) -> dict[str, Any]:
    return {
        "id": message_id(number),
        "tree_id": UUID(int=100),
        "parent_id": message_id(0) if number else None,
        "sibling_no": max(number - 1, 0),
        "role": "assistant" if number else "prompter",
        "lang": "en",
        "depth": min(number, 1),
        "text": "Text.",
        "counted": True,
        "created_at": NOW,
    }


def plan(tx: Connection, statement: Any, **where: Any) -> str:
    compiled = statement.compile(tx, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params(where)
    positions = [values[name] for name in compiled.positiontup or values]
    rows = tx.exec_driver_sql("EXPLAIN QUERY PLAN " + str(compiled), tuple(str(value) for value in positions)).all()
    return "\n".join(row[3] for row in rows)


def test_a_draw_looks_its_offer_up_and_scans_no_table(tx: Connection) -> None:
    where = {"pool": "main", "member": ANN, "lot": 0.5, "turn": 7, "avoided": 0, "liked": 0}
    found = plan(tx, drawing._looks(((True, True),)), **where, lang0="en", kind0=REPLY.value, own0=True)
    for side in (">", "<"):
        at_lot = f"ix_offers_pool_id_lang_kind_lot (pool_id=? AND lang=? AND kind=? AND lot{side}?)"
        lonely = f"ix_offers_lonely (pool_id=? AND lang=? AND kind=? AND lonely=? AND lot{side}?)"
        assert found.count(f"SEARCH f USING INDEX {at_lot}") == 2
        assert found.count(f"SEARCH f USING INDEX {lonely}") == 1
    assert "SEARCH o USING INDEX ix_offers_tree_id (tree_id=?)" in found
    assert "SEARCH u USING COVERING INDEX ix_offers_pool_id_lang_kind_seq" in found
    assert "SEARCH s USING PRIMARY KEY (member_id=? AND pool_id=? AND lang=? AND kind=?)" in found
    assert not re.search(r"SCAN [foeu]\b", found)


def test_a_walk_goes_by_number_from_where_the_last_one_ended(tx: Connection) -> None:
    where = {"pool": "main", "member": ANN, "avoided": 0, "lang0": "en", "kind0": REPLY.value, "own0": True}
    found = plan(tx, drawing._walks(0, 1), **where)
    assert "SEARCH o USING INDEX ix_offers_pool_id_lang_kind_seq (pool_id=? AND lang=? AND kind=? AND seq>?)" in found
    assert not re.search(r"SCAN [oe]\b", found)
    assert "TEMP B-TREE" not in found


def test_leases_that_are_over_are_found_by_index(tx: Connection) -> None:
    found = plan(tx, tasks._DUE, now=NOW, most=64)
    assert "USING INDEX ix_tasks_due" in found
    assert "TEMP B-TREE" not in found


def draw(tx: Connection, lot: float, *searches: Search) -> drawing.Offer | None:
    return drawing.draw(tx, Seeker(pool=MAIN_POOL, member=ANN), searches, lot=lot, turn=0.5)


def placed(number: int, lot: float | None, kind: TaskKind = REVIEW, people: int = 1) -> Placed:
    return Placed((message_id(number), kind), Offered(people), lot)


@pytest.mark.engine
def test_what_people_say_what_they_hold_and_what_waits_is_found_by_index(tx: Connection) -> None:
    here = {"pool": "main", "language": "en"}
    found = {
        "said": plan(tx, telling._ON, message=message_id(0)),
        "held": plan(tx, tasks._EXPIRE_HELD, holder=ANN, what=REPLY.value, message=message_id(0)),
        "stale": plan(tx, tasks._STALE, pool="main", before=NOW, most=64),
        "backlog": plan(tx, backlog._NEXT, **here, point=UUID(int=1)),
        "waiting": plan(tx, entrants._WAITING, **here, month=NOW.date()),
    }
    assert "USING INDEX ix_emoji_ratings_red_flags (message_id=?)" in found["said"]
    assert found["said"].count("USING INDEX ix_tasks_telling_skips (message_id=?)") == 2
    assert "USING INDEX uq_tasks_one_open (member_id=? AND kind=? AND message_id=?)" in found["held"]
    assert "SCAN tasks USING INDEX ix_tasks_open" in found["stale"]
    assert "USING INDEX ix_trees_backlog (pool_id=? AND lang=? AND id>?)" in found["backlog"]
    assert "USING INDEX ix_trees_pool_id_lang_state (pool_id=? AND lang=? AND state=?)" in found["waiting"]
    assert not any("SCAN" in line for name, lines in found.items() if name != "stale" for line in lines.split("\n"))


def test_a_draw_goes_on_from_its_lot_and_round_the_end(tx: Connection) -> None:
    for number, lot in ((1, 0.2), (2, 0.6), (3, 0.9)):
        tree = another_tree(tx, number)
        offers.put(tx, tree, [placed(number, lot)])
    drawn = [draw(tx, lot, Search(REPLY, EN), Search(REVIEW, EN)) for lot in (0.0, 0.2, 0.21, 0.7, 0.95)]
    assert [offer.message_id for offer in drawn if offer] == [message_id(number) for number in (1, 1, 2, 3, 1)]
    assert {offer.kind for offer in drawn if offer} == {REVIEW}


def test_the_first_search_that_has_work_wins(tx: Connection) -> None:
    offers.put(tx, tree_row(), [placed(0, 0.9, REPLY), placed(1, 0.1)])
    for kinds in ((REPLY, REVIEW), (REVIEW, REPLY)):
        found = draw(tx, 0.5, *(Search(kind, EN) for kind in kinds))
        assert found is not None
        assert (found.kind, found.tree) == (kinds[0], tree_row())


def test_more_searches_than_one_statement_holds_are_all_tried(tx: Connection) -> None:
    offers.put(tx, tree_row(), [placed(1, 0.1)])
    elsewhere = [Search(REVIEW, TreeLanguage(f"x-{number}")) for number in range(60)]
    assert draw(tx, 0.5, *elsewhere) is None
    assert draw(tx, 0.5, *elsewhere, Search(REVIEW, EN)) is not None


def test_who_is_excluded_is_not_given_it_and_own_only_where_own_is_kept_away(tx: Connection) -> None:
    offers.put(tx, tree_row(), [placed(0, 0.1, REPLY)])
    exclusions.put(tx, [Exclusion(ANN, message_id(0), REPLY, "own")])
    assert draw(tx, 0.5, Search(REPLY, EN)) is None
    assert draw(tx, 0.5, Search(REPLY, EN, without_own=False)) is not None
    exclusions.put(tx, [Exclusion(ANN, message_id(0), REPLY, "done")])
    exclusions.put(tx, [Exclusion(ANN, message_id(0), REPLY, "own")])
    assert draw(tx, 0.5, Search(REPLY, EN, without_own=False)) is None


def test_a_snapshot_of_many_trees_is_that_of_each(tx: Connection) -> None:
    offers.put(tx, tree_row(), [placed(0, 0.1, REPLY), placed(1, None, people=2)])
    snapshot = trees.snapshot(tx, tree_row())
    assert trees.snapshots(tx, [tree_row()]) == (snapshot,)
    assert snapshot.offers == {(message_id(0), REPLY): Offered(1), (message_id(1), REVIEW): Offered(2)}
    assert snapshot.standing == {(message_id(0), REPLY)}
    assert len(snapshot.tree.messages) == 5
    assert snapshot.revs == {message_id(number): 1 for number in range(5)}


def test_a_member_is_found_by_account_with_their_pool(tx: Connection) -> None:
    found = members.by_account(tx, "77")
    assert found is not None
    assert found.community is not None
    assert (found.id, found.community.place, found.community.pool.licence) == (ANN, "100", "CC0-1.0")
    assert members.by_account(tx, "78") is None


def test_a_lease_is_due_when_it_is_over_and_not_before(tx: Connection) -> None:
    task = tasks.TaskRow(
        id=tasks.TaskId(UUID(int=9)),
        kind=REPLY,
        member_id=ANN,
        community_id=None,
        pool_id=MAIN_POOL,
        lang=EN,
        tree_id=TreeId(UUID(int=100)),
        message_id=message_id(0),
        options=(),
        state=tasks.TaskState.LEASED,
        given_at=NOW,
        lease_until=NOW + timedelta(seconds=300),
    )
    tasks.insert(tx, task)
    assert tasks.due(tx, NOW + timedelta(seconds=299), 5) == ()
    assert tasks.due(tx, NOW + timedelta(seconds=300), 5) == ((task.id, task.tree_id),)


ANYTHING: Any = {
    **dict.fromkeys([*Tally, "pool", "community", "own", "mine", "most", "window", "language", "period", "begins"], 1),
    **dict.fromkeys(Period, NOW.date()),
}
RAW_WORK = ("messages", "reviews", "ballots", "tasks", "trees", "emoji_ratings")
ORCHARD = FORMULAS["orchard"]


@pytest.mark.engine
@pytest.mark.parametrize("formula", FORMULAS)
def test_a_board_reads_the_rows_of_its_period_and_community_and_no_work(tx: Connection, formula: str) -> None:
    paid = standings._paid(FORMULAS[formula])
    for lang in (True, False):
        here = plan(tx, standings._board(paid, one_community=True, one_language=lang), **ANYTHING)
        assert "SEARCH tallies USING PRIMARY KEY (period=? AND begins_on=? AND community_id=?)" in here
        everywhere = plan(tx, standings._board(paid, one_community=False, one_language=lang), **ANYTHING)
        assert "SEARCH tallies USING PRIMARY KEY (period=? AND begins_on=?" in everywhere
        place = plan(tx, standings._place(paid, one_community=True), **ANYTHING)
        assert "SEARCH tallies USING PRIMARY KEY (period=? AND begins_on=? AND community_id=?)" in place
        for found in (here, everywhere, place):
            assert "SCAN tallies" not in found
            assert not [name for name in RAW_WORK if f" {name} " in found]


@pytest.mark.engine
def test_how_one_member_stands_is_read_from_their_own_rows(tx: Connection) -> None:
    for statement in (standings._SUMS, standings._best(standings._paid(ORCHARD))):
        found = plan(tx, statement, **ANYTHING)
        assert "SEARCH tallies USING INDEX ix_tallies_member_id_period (member_id=?" in found
        assert not [name for name in RAW_WORK if f" {name} " in found]


@pytest.mark.engine
def test_all_that_a_transaction_counts_is_one_statement(tx: Connection) -> None:
    community = tx.execute(select(schema.communities.c.id)).scalar_one()
    whose = Whose(community, ANN, EN)
    written: list[str] = []
    event.listen(tx, "before_cursor_execute", lambda *told: written.append(told[2]))
    for _ in range(2):
        tallies.add(
            tx,
            {
                (whose, NOW.date()): {Tally.PROMPTS: 1, Tally.RANKINGS: 0},
                (whose, NOW.date() - timedelta(days=5)): {Tally.ACCEPTED_PROMPTS: 2},
            },
        )
    tallies.add(tx, {(whose, NOW.date()): {Tally.PROMPTS: 0}})
    tallies.add(tx, {})
    assert len(written) == 2
    found = tallies.of_members(tx, [ANN])
    assert {(period, day.isoformat()): counts for (period, day, *_), counts in found.items()} == {
        ("day", "2026-01-05"): {Tally.PROMPTS: 2},
        ("day", "2025-12-31"): {Tally.ACCEPTED_PROMPTS: 4},
        ("week", "2026-01-05"): {Tally.PROMPTS: 2},
        ("week", "2025-12-29"): {Tally.ACCEPTED_PROMPTS: 4},
        ("month", "2026-01-01"): {Tally.PROMPTS: 2},
        ("month", "2025-12-01"): {Tally.ACCEPTED_PROMPTS: 4},
        ("total", "1970-01-01"): {Tally.PROMPTS: 2, Tally.ACCEPTED_PROMPTS: 4},
    }
