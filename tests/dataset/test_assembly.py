from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dataset.assembly import Orphan, OrphanReason, assemble
from dataset.records import MessageRecord, TreeRecord
from tests.dataset.published import message, some, whole_trees


def ids(tree: TreeRecord) -> list[str]:
    return [one.message_id for one in tree.messages()]


@some
@given(whole_trees(), st.randoms(use_true_random=False))
def test_messages_in_any_order_add_up_to_their_tree(
    grown: tuple[list[MessageRecord], TreeRecord], order: Random
) -> None:
    flat, record = grown
    mixed = list(flat)
    order.shuffle(mixed)
    assembly = assemble(mixed)
    assert len(assembly.trees) == 1
    assert assembly.orphans == assembly.repeated == ()
    assert {one.message_id: one for one in assembly.trees[0].messages()} == {one.message_id: one for one in flat}
    assert assemble(flat).trees == (record,)


@some
@given(st.lists(st.tuples(st.integers(0, 8), st.none() | st.integers(0, 12), st.none() | st.sampled_from("ab"))))
def test_whatever_the_parents_say_every_message_stands_in_one_place(
    links: list[tuple[int, int | None, str | None]],
) -> None:
    given_rows = [message(own, parent, message_tree_id=tree) for own, parent, tree in links]
    assembly = assemble(given_rows)
    standing = [one.message_id for tree in assembly.trees for one in tree.messages()]
    assert sorted([*standing, *assembly.repeated]) == sorted(row.message_id for row in given_rows)
    begun = {tree.prompt.message.message_id for tree in assembly.trees if not tree.is_complete}
    assert begun == {orphan.message_id for orphan in assembly.orphans}


def test_a_message_without_its_parent_is_reported_and_kept_beside_the_root() -> None:
    assembly = assemble([message(0, tree_state="growing"), message(1, 0), message(5, 9), message(6, 5)])
    assert assembly.orphans == (Orphan("m5", "m9", "t", OrphanReason.MISSING_PARENT),)
    assert [(tree.message_tree_id, tree.tree_state, tree.is_complete) for tree in assembly.trees] == [
        ("t", "growing", True),
        ("t", "growing", False),
    ]
    assert [ids(tree) for tree in assembly.trees] == [["m0", "m1"], ["m5", "m6"]]


def test_two_roots_under_one_tree_id_are_both_kept() -> None:
    assembly = assemble([message(0), message(1), message(2, 1)])
    assert [ids(tree) for tree in assembly.trees] == [["m0"], ["m1", "m2"]]
    assert assembly.orphans == ()


def test_a_parent_in_another_tree_is_a_missing_parent() -> None:
    assembly = assemble([message(0, message_tree_id="a"), message(1, 0, message_tree_id="b")])
    assert [orphan.message_id for orphan in assembly.orphans] == ["m1"]
    assert [tree.message_tree_id for tree in assembly.trees] == ["a", "b"]


def test_parents_in_a_circle_are_reported_and_kept() -> None:
    assembly = assemble([message(4, 3), message(1, 3), message(2, 1), message(3, 2)])
    (orphan,) = assembly.orphans
    assert orphan.reason is OrphanReason.CIRCLE
    assert (orphan.message_id, orphan.parent_id) == ("m3", "m2")
    assert [sorted(ids(tree)) for tree in assembly.trees] == [["m1", "m2", "m3", "m4"]]


def test_messages_without_a_tree_id_belong_where_their_parents_lead() -> None:
    rows = [message(2, 1), message(1, 0), message(0), message(3, 1), message(9, 8)]
    assembly = assemble([row.model_copy(update={"message_tree_id": None}) for row in rows])
    assert [(tree.message_tree_id, ids(tree)) for tree in assembly.trees] == [
        ("m0", ["m0", "m1", "m2", "m3"]),
        ("m9", ["m9"]),
    ]


def test_a_message_that_comes_twice_is_reported_and_the_first_is_kept() -> None:
    assembly = assemble([message(0), message(0, text="again")])
    assert assembly.repeated == ("m0",)
    assert [one.text for one in assembly.trees[0].messages()] == ["text 0"]


def test_long_threads_are_joined_without_recursion() -> None:
    assembly = assemble(message(number, number - 1 if number else None) for number in range(5_000))
    assert sum(1 for _ in assembly.trees[0].messages()) == 5_000
