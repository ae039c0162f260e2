import base64
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset.pseudonyms import MissingKey, Pseudonyms, UnreadableKey, WeakKey, load_key

KEY = bytes(range(32))
own_ids = st.uuids()
SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@given(st.lists(own_ids, unique=True, min_size=1))
def test_no_two_ids_or_kinds_share_a_pseudonym(ids: list[UUID]) -> None:
    names = Pseudonyms(KEY)
    published = [names.person(one) for one in ids] + [names.message(one) for one in ids]
    assert len(set(published)) == 2 * len(ids)
    assert all(SHAPE.fullmatch(one) for one in published)


@given(own_ids)
def test_a_tree_is_published_under_the_pseudonym_of_its_root(root_id: UUID) -> None:
    names = Pseudonyms(KEY)
    assert names.tree(root_id) == names.message(root_id)


@given(own_ids, st.binary(min_size=32, max_size=64).filter(lambda key: len(set(key)) >= 8))
def test_another_key_gives_other_pseudonyms_and_the_same_key_the_same(own_id: UUID, key: bytes) -> None:
    assert Pseudonyms(key).person(own_id) == Pseudonyms(key).person(own_id)
    assert (Pseudonyms(key).person(own_id) == Pseudonyms(KEY).person(own_id)) is (key == KEY)


def test_pseudonyms_stay_the_same_for_ever() -> None:
    names = Pseudonyms(KEY)
    own_id = UUID("0195f3a0-0000-7000-8000-000000000001")
    assert names.person(own_id) == "ec179f2b-4a12-4696-881c-259e1ff7bfd3"
    assert names.message(own_id) == "402c07da-7f24-4381-a348-6e36c974e2ab"
    assert names.key_id == "d8fd5cb863289675"


def test_neither_the_fingerprint_nor_the_shown_form_tells_the_key() -> None:
    names = Pseudonyms(KEY)
    assert re.fullmatch("[0-9a-f]{16}", names.key_id)
    assert names.key_id not in KEY.hex()
    assert repr(names) == f"Pseudonyms(key_id='{names.key_id}')"
    assert Pseudonyms(KEY[::-1]).key_id != names.key_id


@given(st.binary(min_size=32, max_size=64).filter(lambda key: len(set(key)) >= 8))
def test_a_key_is_read_as_hex(key: bytes) -> None:
    assert load_key(f" {key.hex()}\n") == key
    assert load_key(key.hex().upper()) == key


@pytest.mark.parametrize("key", [bytes(range(200, 232)), bytes(range(100, 133)), b"\xfb\xff" * 4 + bytes(range(30))])
def test_a_key_is_read_as_base64_of_either_alphabet_with_or_without_padding(key: bytes) -> None:
    standard, safe = base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()
    assert {load_key(text) for text in (standard, safe, standard.rstrip("="), safe.rstrip("="))} == {key}


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_no_key_is_a_missing_key(text: str | None) -> None:
    with pytest.raises(MissingKey):
        load_key(text)


@pytest.mark.parametrize(
    ("text", "size_bytes", "distinct_bytes"),
    [
        (KEY[:31].hex(), 31, 31),
        ("00" * 32, 32, 1),
        ("deadbeef" * 8, 32, 4),
        (base64.b64encode(KEY[:16]).decode(), 16, 16),
    ],
)
def test_a_key_that_could_be_guessed_is_refused_with_its_facts(text: str, size_bytes: int, distinct_bytes: int) -> None:
    with pytest.raises(WeakKey) as caught:
        load_key(text)
    assert (caught.value.size_bytes, caught.value.distinct_bytes) == (size_bytes, distinct_bytes)
    assert caught.value.wanted_bytes == 32
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["not a key!", "ä" * 64, "a", "A" * 45])
def test_a_key_that_is_neither_hex_nor_base64_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(UnreadableKey) as caught:
        load_key(text)
    assert caught.value.length == len(text)
    assert text not in str(caught.value) or len(text) == 1


def test_pseudonyms_cannot_be_made_with_a_short_key() -> None:
    with pytest.raises(WeakKey):
        Pseudonyms(KEY[:31])
