"""Everything somebody gives refers to the consent under which it was given; new terms are asked for first."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from bot.settings import Policy, Settings
from bot.verbs import NO_PERMISSION, wanted
from tests.services.test_random_play import turn
from trees.kinds import EmojiCode, TaskKind
from trees.refusals import ConsentNeeded, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.conftest import Grove

pytestmark = pytest.mark.moderation

GIVEN = {"messages": "author_id", "reviews": "member_id", "ballots": "member_id", "emoji_ratings": "member_id"}


async def consents_of(grove: Grove) -> dict[Any, dict[str, Any]]:
    return {row["id"]: row for row in await grove.rows("consents")}


async def test_whatever_people_do_each_piece_refers_to_a_consent_of_theirs_that_stood_then(
    planted: Callable[..., Any], seed: int, times: Callable[[int, int], int]
) -> None:
    async with planted(seed=seed) as grove:
        await grove.rule("tiny", goal_tree_size=4, max_active_trees=3)
        chance, shelf, crowd = random.Random(seed), [], await grove.crowd(5)
        for _ in range(times(90, 600)):
            grove.pass_time(seconds=20)
            caller = chance.choice(crowd)
            if chance.random() < 0.05:
                # They withdraw, and agree again: what came before refers to the consent of before.
                await grove.members.withdraw(caller)
                grove.pass_time(seconds=1)
                await grove.join(caller.account)
                shelf = [(who, task) for who, task in shelf if who != caller]
            await turn(grove, caller, chance, shelf)
        known = await consents_of(grove)
        pieces = [(row, whose) for table, whose in GIVEN.items() for row in await grove.rows(table)]
        assert len(known) > len(crowd)
        assert {table for table in GIVEN if await grove.rows(table)} >= {"messages", "reviews"}
        for row, whose in pieces:
            consent = known[row["consent_id"]]
            assert consent["member_id"] == row[whose]
            assert consent["given_at"] <= row["created_at"]
            assert consent["withdrawn_at"] is None or row["created_at"] <= consent["withdrawn_at"]


async def test_new_terms_are_asked_for_before_anything_more_is_taken_and_words_are_kept_meanwhile(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grove.rule("tiny", num_reviews_initial_prompt=1)
    me, other = await grove.crowd(2)
    tree = await grove.growing(other, me)
    task = await grove.give(me, TaskKind.INITIAL_PROMPT)
    for module in ("services.people", "services.members"):
        monkeypatch.setattr(f"{module}.CONSENT_VERSION", 2)
    for act in (
        lambda: grove.tasks.give(me),
        lambda: grove.messages.submit(me, task.task_id, "Words that are kept."),
        lambda: grove.emoji.put(me, tree, EmojiCode.UP, on=True),
        lambda: grove.members.consent(me, version=1, text_sha256="0" * 64),
    ):
        with pytest.raises(ConsentNeeded):
            await act()
    assert [row["text"] for row in await grove.rows("drafts")] == ["Words that are kept."]
    standing = await grove.members.consent(me, version=2, text_sha256="2" * 64)
    assert standing.consented
    written = await grove.messages.submit(me, task.task_id, "Words that are kept.")
    (message,) = await grove.rows("messages", id=written.message_id)
    known = await consents_of(grove)
    assert (known[message["consent_id"]]["version"], known[message["consent_id"]]["text_sha256"]) == (2, "2" * 64)
    (review,) = await grove.rows("reviews")
    assert known[review["consent_id"]]["version"] == 1


async def test_from_the_moment_of_withdrawal_nothing_is_taken_of_what_was_begun_before(grove: Grove) -> None:
    await grove.rule("tiny", num_reviews_initial_prompt=1)
    me, other = await grove.crowd(2)
    tree = await grove.growing(other, me)
    writing = await grove.give(me, TaskKind.INITIAL_PROMPT)
    before = {table: len(await grove.rows(table)) for table in (*GIVEN, "drafts")}
    await grove.members.withdraw(me)
    for act in (
        lambda: grove.messages.submit(me, writing.task_id, "Too late for me."),
        lambda: grove.emoji.put(me, tree, EmojiCode.UP, on=True),
        lambda: grove.tasks.give(me),
    ):
        with pytest.raises(Refusal):
            await act()
    assert {table: len(await grove.rows(table)) for table in (*GIVEN, "drafts")} == before


@pytest.mark.parametrize("permission", ["", "ticket 12345, granted 2026-09-01"])
def test_without_discords_permission_on_record_every_export_says_so(permission: str) -> None:
    settings = Settings.model_validate(
        {"export": {"key": bytes(range(32)).hex()}, "policy": {"discord_permission": permission}}
    )
    assert (NO_PERMISSION in wanted(settings).warnings) == (not permission)
    assert Policy().discord_permission == ""
