"""Emoji ratings: set and cleared, never toggled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from trees.ids import MessageId
from trees.kinds import EmojiCode, TaskKind
from trees.refusals import ConsentNeeded, MessageGone, OwnMessage

if TYPE_CHECKING:
    from conftest import Grove

UP, DOWN, FLAG = EmojiCode.UP, EmojiCode.DOWN, EmojiCode.RED_FLAG


async def test_setting_twice_is_setting_once_and_clearing_twice_clearing_once(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = (await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id
    for _ in range(2):
        assert await grove.emoji.put(bob, message, UP, on=True) == {UP}
    (row,) = await grove.rows("emoji_ratings")
    assert (row["code"], row["removed_at"], row["rev"]) == ("+1", None, 1)
    for _ in range(2):
        assert await grove.emoji.put(bob, message, UP, on=False) == frozenset()
    assert await grove.emoji.put(bob, message, UP, on=True) == {UP}
    assert [row["rev"] for row in await grove.rows("emoji_ratings")] == [3]
    assert [row["rev"] for row in await grove.rows("change_log", entity="emoji_rating")] == [1, 2, 3]


async def test_up_and_down_exclude_each_other_and_a_flag_stands_beside_them(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = (await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id
    await grove.emoji.put(bob, message, UP, on=True)
    await grove.emoji.put(bob, message, FLAG, on=True)
    assert await grove.emoji.put(bob, message, DOWN, on=True) == {DOWN, FLAG}
    shown = await grove.give(bob, TaskKind.LABEL_INITIAL_PROMPT)
    assert (shown.thread[0].own_emoji, shown.thread[0].may_rate) == ({DOWN, FLAG}, True)
    assert (await grove.members.profile(bob)).emoji_ratings == 2
    assert [tree["state"] for tree in await grove.rows("trees")] == ["initial_prompt_review"]


@pytest.mark.contributors
async def test_every_published_code_is_kept_under_its_name(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = (await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id
    for code in EmojiCode:
        assert code in await grove.emoji.put(bob, message, code, on=True)
    published = [
        "+1",
        "-1",
        "red_flag",
        "100",
        "rofl",
        "clap",
        "diamond",
        "heart_eyes",
        "disappointed",
        "poop",
        "skull",
    ]
    rows = await grove.rows("emoji_ratings")
    assert sorted(row["code"] for row in rows) == sorted(published)
    assert [row["code"] for row in rows if row["removed_at"]] == ["+1"]


@pytest.mark.contributors
async def test_a_choice_lets_exactly_what_was_picked_stand_and_the_rest_alone(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = (await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id
    rare = [EmojiCode.CLAP, EmojiCode.ROFL, EmojiCode.SKULL]
    await grove.emoji.put(bob, message, UP, on=True)
    assert await grove.emoji.choose(bob, message, [EmojiCode.CLAP, EmojiCode.ROFL], rare) == {UP, *rare[:2]}
    assert await grove.emoji.choose(bob, message, [EmojiCode.ROFL], rare) == {UP, EmojiCode.ROFL}
    assert await grove.emoji.own(bob, message) == {UP, EmojiCode.ROFL}
    assert await grove.emoji.own(replace(bob, account="999"), message) == frozenset()
    revs = {row["code"]: row["rev"] for row in await grove.rows("emoji_ratings")}
    assert revs == {"+1": 1, "clap": 2, "rofl": 1}


async def test_ones_own_a_removed_and_an_unknown_message_are_not_rated(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = (await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id
    with pytest.raises(OwnMessage):
        await grove.emoji.put(ann, message, UP, on=True)
    with pytest.raises(MessageGone):
        await grove.emoji.put(bob, MessageId(uuid4()), UP, on=True)
    with pytest.raises(ConsentNeeded):
        await grove.emoji.put(replace(bob, account="999"), message, UP, on=True)
    await grove.change("messages", {}, deleted_at=grove.chance.now)
    with pytest.raises(MessageGone):
        await grove.emoji.put(bob, message, UP, on=True)
    assert await grove.rows("emoji_ratings") == []


async def test_ones_own_message_in_a_thread_is_shown_as_not_to_be_rated(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    await grove.work(eve, TaskKind.ASSISTANT_REPLY)
    task = await grove.give(ann, TaskKind.LABEL_ASSISTANT_REPLY)
    assert [shown.may_rate for shown in task.thread] == [False, True]
