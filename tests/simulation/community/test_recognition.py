from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cogs.parts.neutral import neutral, part
from simulation.community.corpus import Corpus, Text, built_in
from simulation.community.recognition import Recognition, Sighting, normal
from trees.kinds import Role

CORPUS = built_in()
RECOGNITION = Recognition(CORPUS)


def above(text: Text) -> list[Text]:
    thread = [text]
    while thread[0].parent is not None:
        thread.insert(0, thread[0].parent)
    return thread


def conversation(*words: str) -> Corpus:
    """One prompt and, each below the one before, replies with these words."""
    texts: list[Text] = []
    for number, word in enumerate(words):
        role = Role.ASSISTANT if number % 2 else Role.PROMPTER
        texts.append(Text(str(number), word, role, "en", texts[-1] if texts else None, None))
    for parent, reply in pairwise(texts):
        parent.replies = (reply,)
    return Corpus("made", (texts[0],))


def test_every_text_of_the_built_in_corpus_is_known_again_from_its_neutral_display() -> None:
    for text in CORPUS:
        thread = above(text)
        found = RECOGNITION.conversation([Sighting(neutral(each.text)) for each in thread])
        assert [known and known.text for known in found] == thread


def test_every_reply_of_the_built_in_corpus_is_known_again_from_a_preview() -> None:
    for text in CORPUS:
        if text.replies:
            parent = RECOGNITION.conversation([Sighting(neutral(each.text)) for each in above(text)])[-1]
            shown = [Sighting(part(reply.text, 120)[0], whole=False) for reply in text.replies]
            assert [known and known.text for known in RECOGNITION.replies(parent, shown)] == list(text.replies)


def test_what_does_not_belong_is_not_known_and_neither_is_what_stands_below_it() -> None:
    first, second = CORPUS.prompts[:2]
    foreign = second.replies[0]
    shown = [Sighting(each.text) for each in (first, foreign, *foreign.replies[:1])]
    assert [known is None for known in RECOGNITION.conversation(shown)] == [False, True, True]
    assert RECOGNITION.conversation([Sighting(foreign.text)]) == [None]


def test_a_conversation_is_known_again_from_its_file() -> None:
    for text in CORPUS:
        thread = above(text)
        content = "\n\n".join(f"Somebody\n\n{each.text}" for each in thread) + "\n"
        assert [known and known.text for known in RECOGNITION.file(content)] == thread


def test_in_a_file_the_first_text_that_does_not_belong_ends_what_is_known() -> None:
    first, second = CORPUS.prompts[:2]
    content = "\n\n".join(f"Somebody\n\n{text}" for text in (first.text, second.text, "more")) + "\n"
    assert [known and known.text for known in RECOGNITION.file(content)] == [first, None]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60).filter(str.strip), min_size=1, max_size=4))
def test_whatever_is_typed_is_known_again_from_its_neutral_display(words: list[str]) -> None:
    corpus = conversation(*words)
    found = Recognition(corpus).conversation([Sighting(neutral(word)) for word in words])
    assert [known and known.text for known in found] == list(corpus)


@settings(max_examples=400, deadline=None)
@given(st.text(min_size=1, max_size=300).filter(str.strip), st.integers(min_value=1, max_value=200))
def test_a_long_enough_beginning_is_known_by_its_words(words: str, room: int) -> None:
    corpus = conversation(words)
    shown, left_out = part(words, room)
    (found,) = Recognition(corpus).conversation([Sighting(shown, whole=not left_out)])
    if len(normal(shown)) >= 12:
        assert found is not None


@given(st.text(max_size=100))
def test_the_normal_form_holds_nothing_that_a_display_may_add(text: str) -> None:
    assert normal(neutral(text)) == normal(text)
