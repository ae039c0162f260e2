"""Every message of a published dataset on every card that can show it: whole, and within Discord's limits."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogs.host import Book
from cogs.parts.conversation import LETTERS, as_file, entries
from cogs.parts.pager import reader_card
from cogs.texts.catalogue import texts_for
from cogs.work.forms import writing_form
from simulation.discord.components import Kind, walk
from simulation.discord.limits import V2, message_problems, modal_problems
from tests.cogs.hostile import HOSTILE
from tests.cogs.test_cards import DESKS, OPENING, assignment, shown
from tests.cogs.unread import entries_on, unread
from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, REPLY_KIND, Role, TaskKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import ui

    from services.tasks import Assignment

pytestmark = pytest.mark.contributors

SHARED = Path(os.environ.get("ORCHARD_SHARED") or Path(__file__).parents[3] / "shared")
SAMPLE = SHARED / "data" / "oasst1-en-validation.jsonl"
MESSAGES, GROUPS = 2022, 454
TEXTS = texts_for("en-US")
TASK = UUID(int=7)

published = pytest.mark.skipif(not SAMPLE.is_file(), reason="the published messages are not here")


@dataclass(frozen=True)
class Said:
    """A message with those before it, root first."""

    text: str
    role: Role
    before: tuple[Said, ...]
    parent: str | None

    @property
    def thread(self) -> tuple[Said, ...]:
        return (*self.before, self)


@cache
def sample() -> tuple[Said, ...]:
    said: dict[str, Said] = {}
    for line in SAMPLE.read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        row = json.loads(line)
        above = said.get(row["parent_id"])
        before = above.thread if above else ()
        said[row["message_id"]] = Said(row["text"], Role(row["role"]), before, row["parent_id"])
    return tuple(said.values())


def task(kind: TaskKind, thread: Sequence[Said], options: Sequence[Said] = ()) -> Assignment:
    return replace(
        assignment(kind, "", options=0),
        thread=tuple(shown(each.text, number, each.role) for number, each in enumerate(thread)),
        options=tuple(shown(each.text, 100 + number, each.role) for number, each in enumerate(options)),
        alike=0,
        draft=None,
        text_limit=4000,
    )


def taken(view: ui.LayoutView) -> list[str]:
    """Fail where Discord would refuse a card; return its words."""
    components = view.to_components()
    problems = message_problems({"components": components}, flags=V2)
    assert problems == []
    words = [node["content"] for _, node in walk(components) if node["type"] == Kind.TEXT]
    # The stand-in counts characters, a client might count more.
    assert sum(len(each.encode("utf-16-le")) // 2 for each in words) <= 4000
    return words


def seen_on(pages: Sequence[str]) -> list[str]:
    return [unread(parts) for _, parts in entries_on(pages)]


def typed(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def all_pages(given_task: Assignment) -> list[str]:
    """The conversation on the card of a task, page after page."""
    desk, pages = DESKS[given_task.kind], []
    for page in range(1000):
        words = taken(desk(given_task, TEXTS, page=page))
        pages.append(next((each for each in words if "\n> " in each), ""))
        if is_last(words, page):
            return pages
    raise AssertionError("a card without an end")


def is_last(words: Sequence[str], page: int) -> bool:
    """Whether a page says that it is the last, or nothing of pages."""
    said = [found for each in words if (found := re.search(r"Page (\d+) of (\d+)$", each, re.MULTILINE))]
    return not said or said[0].groups() == (str(page + 1), str(page + 1))


def last_on(pages: Sequence[str]) -> str:
    return unread(entries_on(pages)[-1][1])


def leaves(book: Book) -> list[str]:
    """A book, page after page."""
    pages: list[str] = []
    for page in range(1000):
        view = reader_card(book, TEXTS, "task", TASK, page=page)
        head, words = taken(view)
        pages.append(words)
        if is_last([head], page):
            return pages
    raise AssertionError("a book without an end")


@published
def test_all_messages_and_groups_are_there() -> None:
    parents = [each.parent for each in sample() if each.parent]

    assert len(sample()) == MESSAGES
    assert sum(1 for parent in set(parents) if parents.count(parent) > 1) == GROUPS


@published
def test_every_message_stands_whole_on_the_card_that_asks_for_a_reply_to_it() -> None:
    for said in sample():
        given_task = task(REPLY_KIND[said.role.answered_by], said.thread)
        assert last_on(all_pages(given_task)) == typed(said.text)


@published
def test_every_message_stands_whole_on_the_card_that_asks_for_a_review_of_it() -> None:
    for said in sample():
        kind = LABEL_REPLY_KIND[said.role] if said.before else TaskKind.LABEL_INITIAL_PROMPT
        assert last_on(all_pages(task(kind, said.thread))) == typed(said.text)


@published
def test_every_message_stands_above_the_form_that_answers_it_or_what_is_missing_is_counted() -> None:
    for said in sample():
        form = writing_form(OPENING, task(REPLY_KIND[said.role.answered_by], said.thread), TEXTS).to_dict()
        assert modal_problems(form) == []
        above = form["components"][0]["content"]
        assert len(above.encode("utf-16-le")) // 2 <= 4000
        [seen] = seen_on([above])
        whole = "more character" not in above
        assert seen == typed(said.text) if whole else typed(said.text).startswith(seen[:2000])


@published
def test_every_conversation_is_whole_in_pages_and_in_its_file() -> None:
    ends = {id(each) for said in sample() for each in said.before}
    for said in sample():
        if id(said) in ends:
            continue
        thread = task(TaskKind.ASSISTANT_REPLY, said.thread).thread
        book = Book("Title", tuple(entries(thread, TEXTS)))
        assert seen_on(leaves(book)) == [typed(each.text) for each in said.thread]
        file = as_file(book.entries).encode().decode()
        at = 0
        for each in said.thread:
            at = file.index(f"\n\n{each.text}\n", at) + len(each.text)


@published
def test_every_group_of_replies_is_ranked_on_a_card_and_whole_in_pages() -> None:
    groups: dict[str, list[Said]] = {}
    for said in sample():
        if said.parent:
            groups.setdefault(said.parent, []).append(said)
    for replies in groups.values():
        if len(replies) < 2:
            continue
        given_task = task(RANK_KIND[replies[0].role], replies[0].before, replies)
        assert all_pages(given_task)
        lettered = [
            replace(entry, head=f"**{LETTERS[number]}**")
            for number, entry in enumerate(entries(given_task.options, TEXTS))
        ]
        book = Book("Title", (*entries(given_task.thread, TEXTS), *lettered))
        assert seen_on(leaves(book)) == [typed(each.text) for each in (*replies[0].before, *replies)]


arbitrary = (st.text(max_size=300) | st.lists(st.sampled_from(HOSTILE), max_size=40).map("\n".join)).filter(
    lambda text: "⟦" not in text and text.strip()
)


# How long one takes hangs on what else the machine does.
@settings(deadline=None)
@given(st.lists(arbitrary, min_size=1, max_size=4), st.integers(1, 20), st.sampled_from(list(REPLY_KIND.values())))
def test_any_conversation_is_whole_on_its_card_and_in_pages(several: list[str], times: int, kind: TaskKind) -> None:
    thread: tuple[Said, ...] = ()
    for number, text in enumerate(several):
        role = (Role.PROMPTER, Role.ASSISTANT)[number % 2]
        thread = (*thread, Said(f"{text}\n" * times, role, thread, None))
    given_task = task(kind, thread)
    wanted = [typed(each.text) for each in thread]

    assert seen_on(all_pages(given_task)) == wanted
    assert seen_on(leaves(Book("Title", tuple(entries(given_task.thread, TEXTS))))) == wanted
    form: Any = writing_form(OPENING, given_task, TEXTS).to_dict()
    assert modal_problems(form) == []


def test_a_card_that_lost_a_character_would_be_found_out() -> None:
    """The control: what reads cards back sees each character, also beside a cut and in code."""
    text = "An `x` and **more**.\n```py\n" + "print(1)\n" * 600 + "```\nEnd."
    pages = all_pages(task(TaskKind.ASSISTANT_REPLY, [Said(text, Role.PROMPTER, (), None)]))

    assert last_on(pages) == text
    for page, words in enumerate(pages):
        for place in (words.index("print") + 2, words.rindex("print") + 5, len(words) - 6):
            cut = [*pages[:page], words[:place] + words[place + 1 :], *pages[page + 1 :]]
            assert last_on(cut) != text
