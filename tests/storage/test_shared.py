"""The shared store: batches come in order, whole, and to the same end however often they come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from storage import lock, migrate
from storage.errors import SourceForked, SourceTaken, StoreHeld, StoreMissing, WatermarkMoved
from storage.shared import push, schema
from storage.shared.reading import trees_in, watermarks
from storage.shared.store import pushing, reading
from storage.sync import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
OURS = push.Source(UUID(int=1), "first", 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shared.db"


def tree(number: int, *, rev: int = 1, state: str = "growing") -> dict[str, Any]:
    return {
        "id": UUID(int=number),
        "pool_id": "main",
        "lang": "en",
        "state": state,
        "imported": False,
        "origin": None,
        "licence": "Apache-2.0",
        "created_at": NOW,
        "changed_at": NOW,
        "rev": rev,
    }


def message(number: int, text: Any = "hello", *, rev: int = 1) -> dict[str, Any]:
    return {
        "id": UUID(int=number),
        "tree_id": UUID(int=number),
        "parent_id": None,
        "sibling_no": 0,
        "author_id": UUID(int=77),
        "consent_id": None,
        "role": "prompter",
        "lang": "en",
        "depth": 0,
        "text": text,
        "accepted": True,
        "counted": True,
        "review_count": 0,
        "ranking_count": 0,
        "rank": None,
        "tied_with_next": None,
        "synthetic": False,
        "model_name": None,
        "created_at": NOW,
        "deleted_at": None,
        "rev": rev,
    }


def batch(after: int, to_seq: int, **rows: list[Mapping[str, Any]]) -> Batch:
    return Batch(after, to_seq, rows)


def put(path: Path, given: Batch, source: push.Source = OURS) -> int:
    with pushing(path) as tx:
        return push.apply(tx, source, given, NOW)


def states(path: Path) -> list[tuple[str, int]]:
    with reading(path) as tx:
        return [tuple(row) for row in tx.execute(select(schema.trees.c.state, schema.trees.c.rev))]


def test_the_same_batch_again_is_refused_by_the_watermark_and_changes_nothing(path: Path) -> None:
    put(path, batch(0, 2, tree=[tree(1)]))
    with pytest.raises(WatermarkMoved) as moved:
        put(path, batch(0, 2, tree=[tree(1, state="ranking", rev=2)]))
    assert moved.value.found == 2
    assert states(path) == [("growing", 1)]


def test_an_older_revision_never_overwrites_a_newer_one(path: Path) -> None:
    put(path, batch(0, 5, tree=[tree(1, rev=5, state="ranking")]))
    put(path, batch(5, 6, tree=[tree(1, rev=4, state="growing")]))
    assert states(path) == [("ranking", 5)]
    put(path, batch(6, 7, tree=[tree(1, rev=6, state="ready_for_export")]))
    assert states(path) == [("ready_for_export", 6)]


def test_a_push_that_dies_half_way_leaves_neither_rows_nor_watermark(path: Path) -> None:
    put(path, batch(0, 1, tree=[tree(1)]))
    with pytest.raises(RuntimeError), pushing(path) as tx:
        push.apply(tx, OURS, batch(1, 2, tree=[tree(2)]), NOW)
        raise RuntimeError("the machine goes down")
    with reading(path) as tx:
        assert watermarks(tx) == {OURS.id: 1}
        assert tx.execute(select(func.count()).select_from(schema.trees)).scalar_one() == 1


def test_a_copied_live_store_is_told_that_it_is_another_one(path: Path) -> None:
    put(path, batch(0, 1, tree=[tree(1)]))
    with pytest.raises(SourceForked):
        put(path, batch(1, 2, tree=[tree(2)]), push.Source(OURS.id, "second", 9))
    assert len(states(path)) == 1


def test_an_earlier_writer_may_not_push_after_a_later_one(path: Path) -> None:
    put(path, batch(0, 1, tree=[tree(1)]), push.Source(OURS.id, "first", 4))
    with pytest.raises(SourceTaken):
        put(path, batch(1, 2, tree=[tree(2)]), push.Source(OURS.id, "first", 3))


def test_two_sources_keep_watermarks_of_their_own(path: Path) -> None:
    other = push.Source(UUID(int=2), "other", 1)
    put(path, batch(0, 8, tree=[tree(1)]))
    put(path, batch(0, 3, tree=[tree(2)]), other)
    with reading(path) as tx:
        assert watermarks(tx) == {OURS.id: 8, other.id: 3}
        assert push.known_watermark(tx, UUID(int=3)) == 0


def test_a_row_that_cannot_be_taken_goes_aside_and_the_others_pass(path: Path) -> None:
    aside = put(path, batch(0, 3, message=[message(1), message(2, "\ud800"), message(4)]))
    assert aside == 1
    with reading(path) as tx:
        assert tx.execute(select(func.count()).select_from(schema.messages)).scalar_one() == 2
        rows = tx.execute(select(schema.quarantine.c.entity_id, schema.quarantine.c.error)).all()
        assert {row.entity_id for row in rows} == {UUID(int=2)}
        assert all("\ud800" not in row.error for row in rows)


def test_a_row_that_was_aside_comes_back_when_it_is_sound(path: Path) -> None:
    put(path, batch(0, 1, message=[message(2, "\ud800")]))
    put(path, batch(1, 2, message=[message(2, "sound", rev=2), message(3, "\udfff")]))
    with reading(path) as tx:
        assert tx.execute(select(schema.messages.c.text)).scalars().all() == ["sound"]
        assert tx.execute(select(schema.quarantine.c.entity_id)).scalars().all() == [UUID(int=3)]


@pytest.mark.moderation
def test_a_row_that_its_source_has_removed_is_removed_here_with_its_place_in_the_quarantine(path: Path) -> None:
    other = push.Source(UUID(int=2), "second", 1)
    with pushing(path) as tx:
        push.apply(tx, OURS, batch(0, 2, message=[message(1), message(2, text="\ud800")]), NOW)
        push.apply(tx, other, batch(0, 1, message=[message(3)]), NOW)
    with pushing(path) as tx:
        gone = {"message": [UUID(int=1), UUID(int=2), UUID(int=3)]}
        push.apply(tx, OURS, Batch(2, 5, {"message": []}, gone), NOW)
    with reading(path) as tx:
        # Another source's row is not ours to remove.
        assert tx.execute(select(schema.messages.c.id)).scalars().all() == [UUID(int=3)]
        assert tx.execute(select(func.count()).select_from(schema.quarantine)).scalar_one() == 0


def test_a_second_push_at_the_same_moment_is_refused(path: Path) -> None:
    with lock.held(path), pytest.raises(StoreHeld), pushing(path):
        pass


def test_reading_a_shared_store_that_is_not_there_says_so(path: Path) -> None:
    with pytest.raises(StoreMissing), reading(path):
        pass


def test_a_new_shared_store_has_the_present_schema(path: Path) -> None:
    with pushing(path) as tx:
        assert push.watermark(tx, OURS, NOW) == 0
    assert migrate.found(path) == migrate.SHARED.head


def test_all_trees_of_a_state_are_read_whole_and_in_order(path: Path) -> None:
    numbers = range(1, 251)
    put(
        path,
        batch(
            0,
            1,
            tree=[tree(n, state="ready_for_export" if n % 2 else "growing") for n in numbers],
            message=[message(n, f"text {n}") for n in numbers],
        ),
    )
    with reading(path) as tx:
        found = list(trees_in(tx, ["ready_for_export"]))
    assert [each.id.int for each in found] == [n for n in numbers if n % 2]
    assert [each.messages[0].text for each in found] == [f"text {n}" for n in numbers if n % 2]
    assert found[0].messages[0].created_at == NOW
