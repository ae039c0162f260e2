import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset.aside import Aside, WrittenFile
from dataset.assembly import assemble
from dataset.reading import read_lines, read_messages, read_trees
from dataset.records import COLUMNS, MessageRecord, TreeRecord
from dataset.writing import write_messages, write_trees
from tests.dataset.published import message, messages, some, whole_trees

NAMES = ["rows.jsonl", "rows.jsonl.gz"]


@pytest.mark.parametrize("name", NAMES)
def test_messages_come_back_as_they_were_written(folder: Path, name: str) -> None:
    @some
    @given(st.lists(messages(), max_size=4))
    def come_back(records: list[MessageRecord]) -> None:
        written = write_messages(folder / name, records)
        assert list(read_messages(folder / name)) == records
        assert written.rows == len(records)
        assert written.size_bytes == (folder / name).stat().st_size

    come_back()


@pytest.mark.parametrize("name", NAMES)
def test_trees_come_back_as_they_were_written(folder: Path, name: str) -> None:
    @some
    @given(whole_trees())
    def come_back(grown: tuple[list[MessageRecord], TreeRecord]) -> None:
        flat, record = grown
        write_trees(folder / name, [record])
        (read,) = read_trees(folder / name)
        by_id = {one.message_id: one for one in flat}
        assert [by_id[one.message_id] for one in read.messages()] == list(read.messages()) == list(record.messages())

    come_back()


@some
@given(st.lists(messages(), max_size=4))
def test_the_same_records_give_the_same_bytes(folder: Path, records: list[MessageRecord]) -> None:
    first = write_messages(folder / "first.jsonl.gz", records)
    second = write_messages(folder / "second.jsonl.gz", records)
    assert (folder / "first.jsonl.gz").read_bytes() == (folder / "second.jsonl.gz").read_bytes()
    assert first.sha256 == second.sha256


def test_a_gzip_file_tells_neither_a_time_nor_a_name(tmp_path: Path) -> None:
    write_messages(tmp_path / "rows.jsonl.gz", [message(0)])
    head = (tmp_path / "rows.jsonl.gz").read_bytes()[:10]
    assert head[3] == 0
    assert head[4:8] == b"\0\0\0\0"


def test_a_message_row_has_all_columns_and_a_tree_line_only_those_with_a_value(tmp_path: Path) -> None:
    write_messages(tmp_path / "rows.jsonl", [message(0)])
    write_trees(tmp_path / "trees.jsonl.gz", assemble([message(0)]).trees)
    assert tuple(msgspec.json.decode((tmp_path / "rows.jsonl").read_bytes())) == COLUMNS
    assert msgspec.json.decode(gzip.decompress((tmp_path / "trees.jsonl.gz").read_bytes())) == {
        "message_tree_id": "t",
        "prompt": {"message_id": "m0", "text": "text 0", "role": "prompter"},
    }


def test_the_pieces_of_a_tree_without_its_root_are_read_back_whole(tmp_path: Path) -> None:
    rows = [message(1, 0), message(2, 1), message(3, 0)]
    write_trees(tmp_path / "trees.jsonl", assemble(rows).trees)
    assert [tree.message_tree_id for tree in read_trees(tmp_path / "trees.jsonl")] == ["t", "t"]
    assert list(read_messages(tmp_path / "trees.jsonl")) == rows


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", [write_messages, write_trees])
def test_a_stop_in_the_middle_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, name: str, write: Callable[..., WrittenFile]
) -> None:
    def stopped() -> Iterator[object]:
        yield from old
        raise KeyboardInterrupt

    old = [message(0)] if write is write_messages else assemble([message(0)]).trees
    write(tmp_path / name, old)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / name, stopped())
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == before


def test_a_first_write_that_stops_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        write_messages(tmp_path / "rows.jsonl.gz", [message(0), None])
    assert list(tmp_path.iterdir()) == []


def test_a_file_has_no_name_before_it_is_published(tmp_path: Path) -> None:
    with Aside(tmp_path / "rows.jsonl.gz") as file:
        file.write_row(b"{}")
        file.flush()
        file.finish()
        assert not (tmp_path / "rows.jsonl.gz").exists()
        file.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl.gz"]


def test_the_real_messages_come_back_with_every_published_field(oasst_sample: Path, tmp_path: Path) -> None:
    records = list(read_messages(oasst_sample))
    assert len(records) == 2_022
    write_messages(tmp_path / "messages.jsonl.gz", records)
    with oasst_sample.open(encoding="utf-8") as published, gzip.open(tmp_path / "messages.jsonl.gz", "rt") as ours:
        for theirs, own in zip(published, ours, strict=True):
            row = msgspec.json.decode(own)
            assert row == msgspec.json.decode(theirs)
            assert tuple(row) == COLUMNS
    assert list(read_messages(tmp_path / "messages.jsonl.gz")) == records


def test_the_real_trees_come_back_and_the_three_without_their_root_are_reported(
    oasst_sample: Path, tmp_path: Path
) -> None:
    records = list(read_messages(oasst_sample))
    assembly = assemble(records)
    assert len(assembly.trees) == 191
    assert sum(tree.is_complete for tree in assembly.trees) == 188
    assert {orphan.message_id for orphan in assembly.orphans} == {
        "9caf0013-9ca1-44d2-bbee-2ad6f5e3c23a",
        "e8d20b31-e618-4001-a1b5-860d1fba05a9",
        "56f4d9ec-b5f1-462e-99f8-74d8113b048e",
    }
    write_trees(tmp_path / "trees.jsonl.gz", assembly.trees)
    read = {one.message_id: one for one in read_messages(tmp_path / "trees.jsonl.gz")}
    assert read == {one.message_id: one for one in records}
    assert [record.message_tree_id for record in read_lines(tmp_path / "trees.jsonl.gz")] == [
        tree.message_tree_id for tree in assembly.trees
    ]
