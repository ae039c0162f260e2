import gzip
from pathlib import Path

import msgspec
import pytest

from dataset.export import Release, write_release
from dataset.manifest import BadManifest, Problem, ProblemKind, read_manifest, verify
from dataset.pseudonyms import Pseudonyms
from tests.dataset.published import START, row, tree

TREES, MESSAGES = "trees.jsonl.gz", "messages.jsonl.gz"


@pytest.fixture
def out_dir(tmp_path: Path) -> Path:
    write_release(
        tmp_path,
        [tree(row(1), row(2, 1))],
        release=Release(name="main", licence="Apache-2.0"),
        pseudonyms=Pseudonyms(bytes(range(32))),
        now=START,
    )
    return tmp_path


def relist(out_dir: Path, **changes: object) -> None:
    """Change what the manifest says of the messages."""
    path = out_dir / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes())
    manifest["files"][1] |= changes
    path.write_bytes(msgspec.json.encode(manifest))


def kinds(out_dir: Path) -> list[tuple[ProblemKind, str]]:
    return [(problem.kind, problem.file) for problem in verify(out_dir)]


def test_a_fresh_release_has_no_problems(out_dir: Path) -> None:
    (out_dir / "README.md").write_text("a card may stand beside")
    assert verify(out_dir) == []


def test_the_manifest_is_readable_json_for_people(out_dir: Path) -> None:
    lines = (out_dir / "manifest.json").read_text().splitlines()
    assert lines[1] == '  "schema_version": 1,'
    assert '  "created_at": "2026-03-01T09:30:00.250000Z",' in lines


def test_a_release_without_a_manifest_is_not_finished(out_dir: Path) -> None:
    (out_dir / "manifest.json").unlink()
    assert verify(out_dir) == [Problem(ProblemKind.NO_MANIFEST, "manifest.json")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "no JSON (Input data was truncated)"),
        (b"\xff", "no JSON"),
        (b"[" * 5_000, "no JSON"),
        (b"[]", "Input should be a valid dictionary"),
        (b'{"schema_version": 2}', "schema_version: Input should be 1"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told(out_dir: Path, content: bytes, problem: str) -> None:
    (out_dir / "manifest.json").write_bytes(content)
    (found,) = verify(out_dir)
    assert found.kind is ProblemKind.BAD_MANIFEST
    assert found.found.startswith(problem)
    with pytest.raises(BadManifest):
        read_manifest(out_dir)


@pytest.mark.parametrize("name", ["../secret.jsonl", "/etc/passwd", ".hidden", "", "a/b.jsonl"])
def test_a_manifest_cannot_name_a_file_outside_its_folder(out_dir: Path, name: str) -> None:
    relist(out_dir, name=name)
    assert kinds(out_dir) == [(ProblemKind.BAD_MANIFEST, "manifest.json")]


def test_a_missing_file_is_told(out_dir: Path) -> None:
    (out_dir / TREES).unlink()
    assert kinds(out_dir) == [(ProblemKind.MISSING_FILE, TREES)]


def test_a_file_of_another_release_is_told(out_dir: Path) -> None:
    (out_dir / MESSAGES).write_bytes((out_dir / TREES).read_bytes())
    told = kinds(out_dir)
    assert (ProblemKind.WRONG_SHA256, MESSAGES) in told
    assert (ProblemKind.WRONG_ROWS, MESSAGES) in told


def test_one_flipped_bit_is_told_wherever_it_is(out_dir: Path) -> None:
    data = (out_dir / MESSAGES).read_bytes()
    for place in range(len(data)):
        (out_dir / MESSAGES).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert (ProblemKind.WRONG_SHA256, MESSAGES) in kinds(out_dir)


def test_a_wrong_size_and_a_wrong_number_of_rows_are_told_with_both_numbers(out_dir: Path) -> None:
    relist(out_dir, size_bytes=7, rows=9)
    size, rows = verify(out_dir)
    assert (size.kind, size.expected) == (ProblemKind.WRONG_SIZE, "7")
    assert str(rows) == f"{MESSAGES}: wrong rows (expected 9, found 2)"


def test_a_bad_line_is_told_though_the_hash_is_right(out_dir: Path) -> None:
    import hashlib

    lines = gzip.decompress((out_dir / MESSAGES).read_bytes()).splitlines()
    packed = gzip.compress(b"\n".join([lines[0], b"nope", b"nope"]))
    (out_dir / MESSAGES).write_bytes(packed)
    relist(out_dir, rows=3, size_bytes=len(packed), sha256=hashlib.sha256(packed).hexdigest())
    (problem,) = verify(out_dir)
    assert str(problem).startswith(f"{MESSAGES}: bad line (found line 2: the line is no JSON")


def test_rows_the_manifest_does_not_know_are_told(out_dir: Path) -> None:
    (out_dir / "older.jsonl").write_bytes(b"")
    (problem,) = verify(out_dir)
    assert str(problem) == "older.jsonl: unlisted file"
