from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from simulation.community.corpus import CorpusProblem, Text, built_in, from_file, reach
from simulation.community.handout import Handout
from trees.kinds import Role
from trees.rules import Rules

if TYPE_CHECKING:
    from pathlib import Path

RULES = Rules(goal_tree_size=7, max_children_count=3, max_tree_depth=4, num_prompter_replies=1)


def message(number: str, role: str, text: str, parent: str | None, **more: Any) -> dict[str, Any]:
    return {"message_id": number, "parent_id": parent, "role": role, "text": text, "lang": "en", **more}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    content = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)
    return path


ROWS = [
    message("p", "prompter", "Question?", None),
    message("a", "assistant", "Good answer", "p", rank=0),
    message("b", "assistant", "Middling answer", "p", rank=1),
    message("c", "assistant", "Bad answer", "p", rank=2),
    message("d", "assistant", "Nobody ranked this", "p"),
    message("a1", "prompter", "And then?", "a"),
    message("a2", "prompter", "A longer way", "a"),
    message("a21", "assistant", "Its end", "a2"),
]


def test_the_built_in_corpus_can_begin_every_one_of_its_64_trees_under_the_rules_of_the_demo() -> None:
    corpus = built_in()
    assert len(corpus.startable(RULES)) == len(corpus.prompts) == 64
    assert {prompt.lang for prompt in corpus.prompts} == {"en", "de", "es"}


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_a_file_of_messages_becomes_conversations_with_quality_from_ranks(tmp_path: Path, name: str) -> None:
    (prompt,) = from_file(written(tmp_path / name, ROWS)).prompts
    assert {reply.id: reply.quality for reply in prompt.replies} == {"a": 1.0, "b": 0.5, "c": 0.0, "d": 0.6}


def test_deleted_texts_and_those_no_form_takes_are_left_out_with_all_below_them(tmp_path: Path) -> None:
    rows = [
        *ROWS[:2],
        {**ROWS[2], "deleted": True},
        {**ROWS[3], "text": "x" * 4001},
        message("b1", "prompter", "below the deleted one", "b"),
        message("c1", "prompter", "below the long one", "c"),
        message("e", "assistant", "y" * 4000, "p"),
    ]
    corpus = from_file(written(tmp_path / "rows.jsonl", rows))
    assert {text.id for text in corpus} == {"p", "a", "e"}


def test_only_what_the_rules_let_stand_counts_towards_the_goal(tmp_path: Path) -> None:
    (prompt,) = from_file(written(tmp_path / "rows.jsonl", ROWS)).prompts
    # Three of four answers, and below "a" the follow-up that leads further.
    assert reach(prompt, RULES) == 1 + 3 + 2
    assert reach(prompt, Rules(max_tree_depth=1, max_children_count=2)) == 3
    assert reach(prompt, Rules(max_tree_depth=0)) == 1


def test_a_prompt_whose_tree_cannot_reach_the_goal_is_not_begun(tmp_path: Path) -> None:
    corpus = from_file(written(tmp_path / "rows.jsonl", ROWS))
    assert corpus.startable(RULES) == []
    assert len(corpus.startable(Rules(goal_tree_size=6, max_children_count=3))) == 1


@pytest.mark.parametrize("content", ["", "not json\n", '{"neither": 1}\n'])
def test_a_file_without_conversations_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content)
    with pytest.raises(CorpusProblem) as refused:
        from_file(path)
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CorpusProblem, match="cannot be read"):
        from_file(tmp_path / "none.jsonl")


def handout(allowance: int = 100) -> Handout:
    corpus = built_in()
    return Handout(corpus, corpus.startable(RULES), RULES, allowance, random.Random(3))


def test_each_text_is_handed_out_once() -> None:
    desk = handout()
    prompts = [text for lang in ("en", "de", "es") for _ in range(100) if (text := desk.prompt(lang)) is not None]
    assert len(prompts) == len(set(prompts)) == 64
    replies = [desk.reply([prompts[0]], 0) for _ in range(4)]
    assert len(set(replies)) == 4
    assert replies[3] is None


def test_no_more_prompts_are_begun_than_allowed_and_one_put_back_is_handed_out_again() -> None:
    desk = handout(allowance=1)
    first = desk.prompt("de")
    assert first is not None
    assert desk.prompt("en") is None
    desk.put_back(first)
    assert desk.prompt("de") is first


def test_nobody_is_handed_words_they_wrote_before() -> None:
    desk = handout()
    prompt = desk.prompt("en")
    assert prompt is not None
    texts = {reply.text for reply in prompt.replies}
    assert desk.reply([prompt], 0, not_again=texts) is None


def test_a_foreign_text_never_belongs_where_it_is_put() -> None:
    desk, chance = handout(), random.Random(1)
    prompt = desk.prompt("es")
    assert prompt is not None
    for _ in range(200):
        below, begun = desk.foreign("es", [prompt], chance), desk.foreign("es", [], chance)
        assert below is not None
        assert below.parent is not prompt
        assert begun is not None
        assert begun.parent is not None


def test_a_lonely_text_has_nothing_foreign_to_it() -> None:
    prompt = Text("p", "Alone", Role.PROMPTER, "en", None, None)
    desk = Handout(type(built_in())("one", (prompt,)), [prompt], RULES, 1, random.Random(1))
    assert desk.foreign("en", [], random.Random(1)) is None
    assert desk.foreign("fr", [], random.Random(1)) is None
