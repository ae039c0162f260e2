import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset.export import Release, ReleaseBusy, RepeatedMessages, tree_records, write_release
from dataset.manifest import Manifest, ProblemKind, read_manifest, verify
from dataset.pseudonyms import Pseudonyms
from dataset.reading import read_messages, read_trees
from dataset.records import MessageRecord
from dataset.rows import LabelMean, MessageRow, PublishedIds, TreeRow
from dataset.shapes import message_row
from tests.dataset.published import START, message_id, row, some, texts, tree
from trees.ids import MemberId
from trees.kinds import Role

NAMES = Pseudonyms(bytes(range(32)))
RELEASE = Release(name="orchard-main", licence="Apache-2.0")
FILES = ["manifest.json", "messages.jsonl.gz", "trees.jsonl.gz"]


def imported(number: int, parent: int | None = None, **fields: Any) -> MessageRow:
    known = {"author_id": None, "published": PublishedIds(message_id=f"p{number}", user_id="u")} | fields
    return row(number, parent, **known)


def release(out_dir: Path, *trees: TreeRow, **changes: Any) -> Manifest:
    return write_release(out_dir, trees, release=replace(RELEASE, **changes), pseudonyms=NAMES, now=START)


def records(*trees: TreeRow) -> list[MessageRecord]:
    return [message for one in trees for piece in tree_records(one, NAMES) for message in piece.messages()]


def test_our_own_ids_go_under_pseudonyms_that_hang_together() -> None:
    own = tree(row(1), row(2, 1), row(3, 2, author_id=row(1).author_id))
    first, second, third = records(own)
    assert first.message_tree_id == first.message_id == NAMES.message(message_id(1))
    assert (second.parent_id, third.parent_id) == (first.message_id, second.message_id)
    assert third.user_id == first.user_id == NAMES.person(MemberId(UUID(int=1_001)))
    assert {one.message_tree_id for one in (first, second, third)} == {first.message_id}


def test_no_own_id_and_no_raw_time_of_an_id_reaches_a_file(tmp_path: Path) -> None:
    own = tree(row(1), row(2, 1))
    release(tmp_path, own)
    written = "".join(str(message_row(one)) for one in read_messages(tmp_path / "messages.jsonl.gz"))
    for hidden in (own.id, *(one.id for one in own.messages), *(one.author_id for one in own.messages)):
        assert str(hidden) not in written
        assert hidden.hex not in written


def test_our_own_dates_are_in_the_published_format() -> None:
    first, second = records(tree(row(1), row(2, 1, created_at=START.replace(microsecond=0))))
    assert first.created_date == "2026-03-01T09:30:01.250000+00:00"
    assert second.created_date == "2026-03-01T09:30:00.000000+00:00"


def test_the_author_and_the_text_of_an_erased_message_are_gone() -> None:
    (first,) = records(tree(row(1, author_id=None, text=None, deleted=True, created_at=None)))
    assert (first.user_id, first.text, first.deleted, first.created_date) == (None, "", True, None)


def test_a_label_nobody_answered_is_left_out_of_our_own_messages() -> None:
    labels = {"spam": LabelMean(0.0, 3), "humor": LabelMean(None, 0), "quality": LabelMean(0.75, 2)}
    first, second = records(tree(row(1, labels=labels), row(2, 1, labels={"humor": LabelMean(None, 0)})))
    assert {name: (label.value, label.count) for name, label in first.labels.items()} == {
        "spam": (0.0, 3),
        "quality": (0.75, 2),
    }
    assert second.labels is None


def test_an_emoji_nobody_gives_any_more_is_left_out_of_our_own_messages() -> None:
    first, second = records(tree(row(1, emojis={"+1": 2, "-1": 0}), row(2, 1, emojis={})))
    assert first.emojis == {"+1": 2}
    assert second.emojis is None


@some
@given(texts)
def test_texts_are_published_exactly_as_typed(text: str) -> None:
    assert records(tree(row(1, text=text)))[0].text == text


def test_an_own_reply_to_an_imported_message_points_at_its_published_id() -> None:
    mixed = tree(imported(1), row(2, 1), row(3, 2), row(4, 9, parent_published_id="p9"), published_id="p1")
    by_text = {one.text: one for one in records(mixed)}
    assert by_text["text 1"].message_id == "p1"
    assert by_text["text 2"].parent_id == "p1"
    assert by_text["text 3"].parent_id == NAMES.message(message_id(2))
    assert by_text["text 4"].parent_id == "p9"
    assert {one.message_tree_id for one in by_text.values()} == {"p1"}


def test_imported_messages_keep_everything_that_was_published() -> None:
    published = PublishedIds(
        message_id="p2", parent_id="p1", user_id="u2", created_date="2023-02-07T17:29:24.727400+00:00"
    )
    labels = {"quality": LabelMean(None, 0), "spam": LabelMean(1 / 3, 3)}
    changed = row(
        2,
        1,
        author_id=None,
        published=published,
        labels=labels,
        emojis={"_skip_reply": 0, "+1": 4},
        rank=2,
        review_count=3,
        review_result=False,
        detoxify={"toxicity": 0.0005416299100033939},
    )
    _, second = records(tree(imported(1), changed, published_id="p1"))
    assert (second.message_id, second.parent_id, second.user_id) == ("p2", "p1", "u2")
    assert second.created_date == "2023-02-07T17:29:24.727400+00:00"
    assert [(name, label.value, label.count) for name, label in second.labels.items()] == [
        ("quality", None, 0),
        ("spam", 1 / 3, 3),
    ]
    assert list(second.emojis.items()) == [("_skip_reply", 0), ("+1", 4)]
    assert (second.rank, second.review_count, second.review_result) == (2, 3, False)
    assert second.detoxify.toxicity == 0.0005416299100033939


def test_the_real_messages_leave_a_release_as_they_came(oasst_sample: Path, tmp_path: Path) -> None:
    came = list(read_messages(oasst_sample))
    numbers = {one.message_id: number for number, one in enumerate(came, 1)}
    trees = {}
    for one in came:
        published = PublishedIds(
            message_id=one.message_id,
            parent_id=one.parent_id,
            user_id=one.user_id,
            created_date=one.created_date,
        )
        imported_row = row(
            numbers[one.message_id],
            numbers.get(one.parent_id),
            author_id=None,
            published=published,
            text=one.text,
            role=one.role,
            lang=one.lang,
            review_count=one.review_count,
            review_result=one.review_result,
            deleted=one.deleted,
            rank=one.rank,
            synthetic=one.synthetic,
            model_name=one.model_name,
            detoxify=None if one.detoxify is None else one.detoxify.model_dump(),
            emojis=one.emojis,
            labels=one.labels and {name: LabelMean(label.value, label.count) for name, label in one.labels.items()},
        )
        trees.setdefault(one.message_tree_id, []).append((imported_row, one.tree_state))
    rows = [
        tree(*(one for one, _ in grown), published_id=tree_id, state=grown[0][1]) for tree_id, grown in trees.items()
    ]
    manifest = release(tmp_path, *rows)
    left = {one.message_id: message_row(one) for one in read_messages(tmp_path / "messages.jsonl.gz")}
    with oasst_sample.open("rb") as lines:
        assert left == {one["message_id"]: one for one in map(msgspec.json.decode, lines)}
    assert (manifest.counts.trees, manifest.counts.incomplete_trees, manifest.counts.messages) == (191, 3, 2_022)
    assert manifest.counts.imported_messages == 2_022
    assert verify(tmp_path) == []


def test_a_release_counts_what_it_holds(tmp_path: Path) -> None:
    broken = tree(row(5, 4), row(6, 4), state="growing")
    manifest = release(tmp_path, tree(row(1), row(2, 1, lang=None), imported(3, 2)), broken)
    assert manifest.counts.model_dump() == {
        "trees": 2,
        "incomplete_trees": 1,
        "messages": 5,
        "imported_messages": 1,
        "trees_by_state": {"growing": 1, "ready_for_export": 1},
        "messages_by_state": {"growing": 2, "ready_for_export": 3},
        "messages_by_lang": {"en": 4, "und": 1},
        "messages_by_role": {"assistant": 4, "prompter": 1},
    }
    assert [(file.name, file.rows) for file in manifest.files] == [("trees.jsonl.gz", 3), ("messages.jsonl.gz", 5)]


def test_a_release_tells_its_settings_warnings_sources_and_the_fingerprint_of_its_key(tmp_path: Path) -> None:
    told = {"settings": {"lang": ["en"]}, "warnings": ("permission missing",), "watermarks": {"source-a": 12}}
    release(tmp_path / "new" / "folder", tree(row(1)), **told)
    manifest = read_manifest(tmp_path / "new" / "folder")
    assert manifest.settings == {"lang": ["en"]}
    assert manifest.warnings == ("permission missing",)
    assert manifest.watermarks == {"source-a": 12}
    assert (manifest.name, manifest.licence, manifest.created_at) == ("orchard-main", "Apache-2.0", START)
    assert manifest.key_id == NAMES.key_id


def test_both_files_of_a_release_hold_the_same_messages_depth_first(tmp_path: Path) -> None:
    release(tmp_path, tree(row(1), row(2, 1, rank=1), row(3, 1, rank=0), row(4, 2), row(5, 1)))
    flat = list(read_messages(tmp_path / "messages.jsonl.gz"))
    assert [one.text for one in flat] == ["text 1", "text 3", "text 2", "text 4", "text 5"]
    assert [one for piece in read_trees(tmp_path / "trees.jsonl.gz") for one in piece.messages()] == flat


def test_the_same_rows_under_the_same_key_give_the_same_files(tmp_path: Path) -> None:
    first = release(tmp_path / "first", tree(row(1), row(2, 1)), tree(row(7)))
    second = release(tmp_path / "second", tree(row(1), row(2, 1)), tree(row(7)))
    assert first == second


def test_a_message_that_was_left_out_breaks_a_tree_into_pieces_and_loses_nothing() -> None:
    pieces = tree_records(tree(row(1), row(3, 2), row(4, 3), state="growing", origin="main"), NAMES)
    assert [len(list(piece.messages())) for piece in pieces] == [1, 2]
    assert {piece.message_tree_id for piece in pieces} == {NAMES.message(message_id(1))}
    assert {piece.origin for piece in pieces} == {"main"}


def test_two_messages_under_one_published_id_are_refused() -> None:
    twice = tree(
        imported(1),
        row(2, 1, published=PublishedIds(message_id="p1", user_id="u"), author_id=None, role=Role.PROMPTER),
        published_id="p1",
    )
    with pytest.raises(RepeatedMessages) as caught:
        tree_records(twice, NAMES)
    assert (caught.value.tree_id, caught.value.message_ids) == ("p1", ("p1",))


def test_an_export_that_fails_leaves_the_earlier_release_whole(tmp_path: Path) -> None:
    def failing() -> Iterator[TreeRow]:
        yield tree(row(1, text="new"))
        raise ConnectionError

    release(tmp_path, tree(row(1, text="old")))
    with pytest.raises(ConnectionError):
        write_release(tmp_path, failing(), release=RELEASE, pseudonyms=NAMES, now=START)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    assert verify(tmp_path) == []
    assert [one.text for one in read_messages(tmp_path / "messages.jsonl.gz")] == ["old"]


@pytest.mark.parametrize("step", range(1, 5))
def test_no_manifest_stands_beside_files_it_does_not_know_whenever_the_export_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Renames happen in the order trees, messages, manifest; the export stops at the n-th of them."""
    release(tmp_path, tree(row(1, text="old")))
    done = 0
    rename = Path.replace

    def stopping(self: Path, target: Path) -> Path:
        nonlocal done
        done += 1
        if done == step:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopping)
        if step == 4:
            release(tmp_path, tree(row(1, text="new")))
        else:
            with pytest.raises(KeyboardInterrupt):
                release(tmp_path, tree(row(1, text="new")))
    expected = [] if step == 4 else [ProblemKind.NO_MANIFEST]
    assert [problem.kind for problem in verify(tmp_path)] == expected
    release(tmp_path, tree(row(1, text="newer")))
    assert verify(tmp_path) == []


KILLED = """
import sys
from pathlib import Path
from tests.dataset.published import row, tree
from tests.dataset.test_export import release

number = 0
while True:
    number += 1
    own = tree(row(1, text=f"release {number}"), row(2, 1, text="a" * number))
    release(Path(sys.argv[1]), *([own] * 40))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_killed_export_leaves_a_whole_release_or_none(tmp_path: Path) -> None:
    seen = set()
    for attempt in range(12):
        with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE, text=True) as writer:
            for _ in range(attempt + 1):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        problems = [problem.kind for problem in verify(tmp_path)]
        assert problems in ([], [ProblemKind.NO_MANIFEST])
        if not problems:
            seen |= {one.text for one in read_messages(tmp_path / "messages.jsonl.gz") if one.parent_id is None}
    assert seen
    release(tmp_path, tree(row(1)))
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_leftovers_of_a_killed_export_are_cleared_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".trees.jsonl.gz.0badcafe.partial").write_bytes(b"half")
    (tmp_path / "README.md").write_text("card")
    release(tmp_path, tree(row(1)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", *FILES]


def test_two_exports_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(ReleaseBusy) as caught:
        release(tmp_path, tree(row(1)))
    assert caught.value.out_dir == tmp_path
    os.close(descriptor)
    release(tmp_path, tree(row(1)))
    assert verify(tmp_path) == []


@given(st.integers(0, 3))
def test_an_empty_release_is_a_release(folder: Path, trees: int) -> None:
    out_dir = folder / f"empty-{trees}"
    manifest = release(out_dir, *(tree(row(number)) for number in range(trees)))
    assert manifest.counts.messages == trees
    assert verify(out_dir) == []
