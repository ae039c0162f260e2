import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset.records import COLUMNS, MessageRecord, Node, TreeRecord, unstorable
from dataset.shapes import UnreadableRecord, message_line, message_record, message_row, tree_line, tree_record
from tests.dataset.published import message, messages, some, texts, whole_trees

PUBLISHED = [
    "message_id",
    "parent_id",
    "user_id",
    "created_date",
    "text",
    "role",
    "lang",
    "review_count",
    "review_result",
    "deleted",
    "rank",
    "synthetic",
    "model_name",
    "detoxify",
    "message_tree_id",
    "tree_state",
    "emojis",
    "labels",
]
ROW = {"message_id": "m", "text": "hello", "role": "prompter"}
json_values = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts, st.lists, max_leaves=5)


def test_the_columns_are_the_eighteen_published_ones_in_their_order() -> None:
    assert list(COLUMNS) == PUBLISHED
    assert list(message_row(MessageRecord(**ROW))) == PUBLISHED


@some
@given(messages())
def test_a_flat_row_gives_every_value_back(record: MessageRecord) -> None:
    assert message_record(msgspec.json.decode(message_line(record))) == record


@some
@given(whole_trees())
def test_a_tree_line_gives_every_message_back(grown: tuple[list[MessageRecord], TreeRecord]) -> None:
    flat, record = grown
    read = tree_record(msgspec.json.decode(tree_line(record)))
    assert sorted(read.messages(), key=lambda one: one.message_id) == sorted(flat, key=lambda one: one.message_id)
    assert read.is_complete
    assert tree_line(read) == tree_line(record)


@some
@given(messages())
def test_both_shapes_of_labels_and_emojis_mean_the_same_in_the_same_order(record: MessageRecord) -> None:
    nested = tree_record(msgspec.json.decode(tree_line(TreeRecord(message_tree_id="t", prompt=Node(record)))))
    flat = message_record(msgspec.json.decode(message_line(record)))
    for read in (nested.prompt.message, flat):
        assert read.labels == record.labels
        assert list(read.labels or ()) == list(record.labels or ())
        assert list((read.emojis or {}).items()) == list((record.emojis or {}).items())


def test_a_map_may_count_an_emoji_called_name() -> None:
    record = message_record(ROW | {"emojis": {"name": 3, "count": 2}, "labels": {"name": {"value": 0.5, "count": 1}}})
    assert record.emojis == {"name": 3, "count": 2}
    assert record.labels["name"].value == 0.5


def test_null_and_absent_are_two_things_after_reading() -> None:
    record = message_record(ROW | {"lang": None})
    assert record.lang is record.rank is None
    assert "lang" in record.model_fields_set
    assert "rank" not in record.model_fields_set


def test_no_emojis_and_an_empty_map_of_emojis_stay_two_things() -> None:
    assert message_row(message_record(ROW | {"emojis": {}}))["emojis"] == {"name": [], "count": []}
    assert message_row(message_record(ROW | {"emojis": None}))["emojis"] is None


@some
@given(st.dictionaries(texts.filter(lambda name: name not in {*COLUMNS, "replies"}), json_values, max_size=3))
def test_unknown_fields_are_kept_and_written_again(extra: dict[str, object]) -> None:
    record = message_record({**extra, **ROW})
    assert record.model_extra == extra
    assert message_record(msgspec.json.decode(message_line(record))).model_extra == extra


def test_unknown_fields_of_trees_and_their_messages_are_written_again() -> None:
    given_row = {"message_tree_id": "m", "batch": 7, "prompt": ROW | {"events": {"emoji": [{"user_id": "u"}]}}}
    assert msgspec.json.decode(tree_line(tree_record(given_row))) == given_row


def test_a_tree_line_leaves_out_what_has_no_value_and_what_the_tree_says() -> None:
    record = TreeRecord(
        message_tree_id="m", tree_state="growing", prompt=Node(message_record(ROW | {"tree_state": "growing"}))
    )
    assert msgspec.json.decode(tree_line(record)) == {"message_tree_id": "m", "tree_state": "growing", "prompt": ROW}


def test_a_tree_without_a_prompt_is_read_and_written() -> None:
    record = tree_record({"message_tree_id": "t", "origin": "import"})
    assert list(record.messages()) == []
    assert not record.is_complete
    assert tree_line(record) == b'{"message_tree_id":"t","origin":"import"}'


def test_siblings_stand_by_rank_then_as_given_and_unranked_last() -> None:
    replies = [message(1, 0), message(2, 0, rank=1), message(3, 0, rank=0), message(4, 0), message(5, 0, rank=1)]
    record = TreeRecord(message_tree_id="t", prompt=Node(message(0), tuple(Node(reply) for reply in replies)))
    assert [one.message_id for one in record.messages()] == ["m0", "m3", "m2", "m5", "m1", "m4"]
    line = msgspec.json.decode(tree_line(record))
    assert [reply["message_id"] for reply in line["prompt"]["replies"]] == ["m3", "m2", "m5", "m1", "m4"]


def test_messages_of_a_tree_line_are_filled_in_from_their_place() -> None:
    nested = ROW | {"replies": [{"message_id": "r", "text": "hi", "role": "assistant"}]}
    record = tree_record({"message_tree_id": "m", "tree_state": "growing", "prompt": nested})
    first, second = record.messages()
    assert (first.parent_id, second.parent_id) == (None, "m")
    assert {first.message_tree_id, second.message_tree_id} == {"m"}
    assert {first.tree_state, second.tree_state} == {"growing"}


def test_a_very_long_thread_is_written_and_walked_without_recursion() -> None:
    node = Node(message(5_000, 4_999))
    for number in reversed(range(5_000)):
        node = Node(message(number, number - 1 if number else None), (node,))
    record = TreeRecord(message_tree_id="t", prompt=node)
    assert sum(1 for _ in record.messages()) == 5_001
    assert tree_line(record).count(b'"replies"') == 5_000


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": None}, "text is no string"),
        ({"text": "a\0b"}, "text holds a NUL character"),
        ({"text": "a\ud800b"}, "text holds a lone surrogate"),
        ({"message_id": ""}, "message_id is empty"),
        ({"role": "system"}, "role is neither prompter nor assistant"),
        ({"review_count": "3"}, "review_count is no whole number"),
        ({"review_count": True}, "review_count is no whole number"),
        ({"review_count": -1}, "review_count is below 0"),
        ({"rank": 2**31}, "rank does not fit into 32 bits"),
        ({"deleted": 0}, "deleted is neither true nor false"),
        ({"created_date": "yesterday"}, "created_date is no date in ISO 8601"),
        ({"detoxify": {"threat": "low"}}, "detoxify.threat is no number"),
        ({"detoxify": {"threat": float("nan")}}, "detoxify.threat is no finite number"),
        ({"labels": ["spam"]}, "labels is no object"),
        ({"labels": {"spam": {"value": 0.5}}}, "labels.spam.count is missing"),
        ({"labels": {"spam": {"value": 0.5, "count": 1, "sd": 0}}}, "labels.spam.sd is unknown there"),
        ({"labels": {"name": ["spam"], "count": [1]}}, "labels needs the columns name, value, count, equally long"),
        ({"emojis": {"name": ["+1", "-1"], "count": [1]}}, "emojis needs the columns name, count, equally long"),
        ({"emojis": {"name": ["+1"], "count": [1], "who": ["x"]}}, "emojis has an unknown column: who"),
        ({"emojis": {"name": ["+1", "+1"], "count": [1, 2]}}, "emojis names something twice"),
        ({"emojis": {"name": [1], "count": [1]}}, "emojis has a name that is no string"),
        ({"note": ["fine", {"a\0": 1}]}, "an unknown field holds a NUL character"),
        ({"replies": [ROW]}, "a message row holds replies; only the prompt of a tree row may"),
        ({"text": 1, "role": 2, "rank": "x"}, "text is no string (and 2 more)"),
    ],
)
def test_a_wrong_value_is_named_in_words(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(UnreadableRecord) as caught:
        message_record(ROW | changes)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ("hello", "prompt is no object"),
        (ROW | {"replies": "none"}, "prompt.replies is no list"),
        (ROW | {"replies": [ROW | {"message_id": "r"}, 7]}, "prompt.replies.1 is no object"),
        (ROW | {"replies": [{"message_id": "r", "role": "assistant"}]}, "prompt.replies.0.text is missing"),
        (ROW | {"extra": "\0"}, "prompt an unknown field holds a NUL character"),
        (
            ROW | {"replies": [ROW | {"message_id": "r", "parent_id": "x"}]},
            "prompt.replies.0.parent_id names another message than the one it stands under",
        ),
    ],
)
def test_a_wrong_message_in_a_tree_is_named_with_its_place(prompt: object, problem: str) -> None:
    with pytest.raises(UnreadableRecord) as caught:
        tree_record({"message_tree_id": "m", "prompt": prompt})
    assert caught.value.problem == problem


def test_a_wrong_tree_is_named_in_words() -> None:
    with pytest.raises(UnreadableRecord) as caught:
        tree_record({"message_tree_id": "", "prompt": ROW})
    assert caught.value.problem == "message_tree_id is empty"


def test_a_date_without_a_zone_is_read_as_utc() -> None:
    first = message_record(ROW | {"created_date": "2023-02-07T17:29:24.727400+00:00"})
    second = message_record(ROW | {"created_date": "2023-02-07T17:29:24.727400"})
    assert first.created_at == second.created_at
    assert second.created_date == "2023-02-07T17:29:24.727400"
    assert message_record(ROW).created_at is None


@pytest.mark.parametrize("value", ["fine", 7, None, {"a": ["b", ("c",)]}])
def test_an_ordinary_value_can_be_stored(value: object) -> None:
    assert unstorable(value) is None
