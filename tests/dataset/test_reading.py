import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import reading
from dataset.reading import BadLine, read_lines, read_messages, read_trees
from dataset.records import MessageRecord, TreeRecord
from tests.dataset.published import some

GOOD = b'{"message_id": "m", "text": "hi", "role": "prompter"}'
TREE = b'{"message_tree_id": "m", "prompt": ' + GOOD + b"}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{not json}", "the line is no JSON (JSON is malformed"),
        (b"[1, 2]", "the line is no JSON object"),
        (b'{"message_id": "m", "role": "prompter"}', "text is missing"),
        (b'{"message_id": 7, "text": "hi", "role": "prompter"}', "message_id is no string"),
        (b'{"message_id": "m", "text": "a\\u0000b", "role": "prompter"}', "text holds a NUL character"),
        (b'{"message_id": "m", "text": "a\\ud800b and more", "role": "prompter"}', "a string holds a lone surrogate"),
        (b'{"text": "\\udc00"}', "a string holds a lone surrogate"),
        (b'{"text": "\\ud800"}', "a string holds a lone surrogate"),
        (b'{"message_id": "m", "text": "\xff", "role": "prompter"}', "the line is no UTF-8"),
        (b'{"message_id": "m", "text": "cut o', "the line is no JSON (Input data was truncated)"),
        (b'{"message_id": "m", "text": "hi", "role": "prompter", "n": 1e400}', "the line is no JSON (Number out of"),
        (b'{"thread_id": "x", "thread": []}', "the row has neither a message_id nor a message_tree_id"),
        (b'{"message_tree_id": "t", "prompt": {}}', "prompt.message_id is missing (and 2 more)"),
        (b'{"message_tree_id": "t", "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "the line is nested too deeply"),
    ],
)
def test_a_bad_line_is_told_with_file_number_and_reason_and_the_rest_is_read(
    tmp_path: Path, line: bytes, problem: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join([GOOD, b"", line, TREE, b""]))
    first, bad, last = read_lines(path)
    assert isinstance(first, MessageRecord)
    assert isinstance(last, TreeRecord)
    assert isinstance(bad, BadLine)
    assert bad.line == 3
    assert bad.problem.startswith(problem)
    assert str(bad) == f"{path}, line 3: {bad.problem}."


@some
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(folder: Path, content: bytes) -> None:
    path = folder / "any.jsonl"
    path.write_bytes(content)
    assert all(isinstance(record, BadLine | MessageRecord | TreeRecord) for record in read_lines(path))


def test_a_file_is_unpacked_by_its_name(tmp_path: Path) -> None:
    packed, plain = tmp_path / "rows.jsonl.gz", tmp_path / "rows.jsonl"
    packed.write_bytes(gzip.compress(GOOD + b"\n" + GOOD))
    plain.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD)
    assert list(read_messages(packed)) == list(read_messages(plain))
    assert len(list(read_messages(plain))) == 2


@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: b"no gzip at all"])
def test_a_damaged_gzip_file_is_told_at_the_line_where_it_breaks(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(damage(gzip.compress(b"\n".join([GOOD] * 50))))
    *_, bad = read_lines(path)
    assert isinstance(bad, BadLine)
    assert bad.problem.startswith("the gzip stream is damaged (")


def test_a_flipped_byte_in_a_gzip_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    data = bytearray(gzip.compress(b"\n".join([GOOD] * 50)))
    data[11] ^= 0xFF
    path.write_bytes(data)
    *_, bad = read_lines(path)
    assert isinstance(bad, BadLine)


def test_a_line_beyond_the_limit_is_refused_and_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LINE_LIMIT_BYTES", 100)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD + b"\n" + b"x" * 3_000_000 + b"\n" + GOOD + b"\n" + b"y" * 101)
    first, long, last, unended = read_lines(path)
    assert isinstance(first, MessageRecord)
    assert (long.line, long.problem) == (2, "the line is longer than 100 bytes")
    assert isinstance(last, MessageRecord)
    assert unended.line == 4


def test_messages_come_out_of_both_kinds_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD + b"\n" + TREE)
    assert [message.message_tree_id for message in read_messages(path)] == [None, "m"]


@pytest.mark.parametrize("read", [read_messages, read_trees])
def test_the_plain_readers_raise_at_the_first_bad_line(
    tmp_path: Path, read: Callable[[Path], Iterator[object]]
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(TREE + b"\n\nnope\n")
    with pytest.raises(BadLine, match=r"rows\.jsonl, line 3: the line is no JSON"):
        list(read(path))


def test_a_message_row_is_no_tree(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(TREE + b"\n\n" + GOOD)
    with pytest.raises(BadLine, match=r"line 3: the row is a message, not a tree"):
        list(read_trees(path))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_lines(tmp_path / "none.jsonl"))
