"""Notices: what an answer could not tell is told later, and forgotten once it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.notices import News
from trees.kinds import TaskKind
from trees.refusals import NotYourTask, TaskDone, UnknownTask, UnstorableText

if TYPE_CHECKING:
    from services.people import Caller
    from tests.services.conftest import Grove

PROMPT, REVIEW = TaskKind.INITIAL_PROMPT, TaskKind.LABEL_INITIAL_PROMPT


async def news(grove: Grove, caller: Caller) -> list[News]:
    return [notice.news for notice in (await grove.members.profile(caller)).news]


async def test_what_was_taken_is_news_until_its_author_was_told(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    written = await grove.work(ann, PROMPT)
    reviewed = await grove.work(bob, REVIEW)

    assert (await news(grove, ann), await news(grove, bob)) == ([News.SAVED], [News.SAVED])

    await grove.members.told(ann, [written.task_id, reviewed.task_id])

    assert (await news(grove, ann), await news(grove, bob)) == ([], [News.SAVED])


async def test_the_card_of_the_next_task_brings_the_news(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    taken = await grove.work(ann, PROMPT)

    given = await grove.give(ann, PROMPT)

    assert [(notice.id, notice.news) for notice in given.news] == [(taken.task_id, News.SAVED)]
    assert (await grove.tasks.look(ann, given.task_id)).news == given.news
    assert (await grove.give(bob, PROMPT)).news == ()


async def test_a_refusal_is_news_until_the_words_are_taken(grove: Grove) -> None:
    ann, _ = await grove.crowd(2)
    given = await grove.give(ann, PROMPT)
    with pytest.raises(UnstorableText):
        await grove.messages.submit(ann, given.task_id, "Half a\x00 thought")

    assert await news(grove, ann) == [News.KEPT]

    await grove.messages.submit(ann, given.task_id, "Half a thought")

    assert await news(grove, ann) == [News.SAVED]


async def test_other_words_for_a_task_that_is_done_wait_as_a_draft(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    given = await grove.give(ann, PROMPT)
    await grove.messages.submit(ann, given.task_id, "The first words.")
    with pytest.raises(TaskDone):
        await grove.messages.submit(ann, given.task_id, "The second words.")

    assert await grove.members.draft(ann, given.task_id) == "The second words."
    with pytest.raises(NotYourTask):
        await grove.members.draft(bob, given.task_id)


async def test_a_task_without_a_draft_has_none_to_give(grove: Grove) -> None:
    ann, _ = await grove.crowd(2)
    given = await grove.give(ann, PROMPT)

    with pytest.raises(UnknownTask):
        await grove.members.draft(ann, given.task_id)


async def test_who_withdraws_is_told_nothing_more(grove: Grove) -> None:
    ann, _ = await grove.crowd(2)
    await grove.work(ann, PROMPT)

    await grove.members.withdraw(ann)

    assert [row["news"] for row in await grove.rows("tasks")] == [None]
