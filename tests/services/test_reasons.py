"""Why there is no task, and what would change that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.people import Caller
from services.rights import Operator
from trees.ids import UiLocale
from trees.kinds import Activity, SkipReason, TaskKind
from trees.reasons import Help, Lack, Reason, help_wanted
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_INITIAL_PROMPT
REVIEW_REPLY = TaskKind.LABEL_ASSISTANT_REPLY
RANK = TaskKind.RANK_ASSISTANT_REPLIES


async def why(grove: Grove, caller: Caller, **asked: Any) -> dict[tuple[TaskKind, str | None], Reason]:
    found = await grove.reasons.why_nothing(caller, **asked)
    return {(reason.kind, reason.lang): reason for reason in found}


async def one(grove: Grove, caller: Caller, kind: TaskKind) -> Reason:
    """The one reason why there is no work of a kind, after trying."""
    with pytest.raises(NothingToDo):
        await grove.give(caller, kind)
    (reason,) = await grove.reasons.why_nothing(caller, kind=kind)
    return reason


async def test_two_more_reviewers_would_let_three_messages_go_on(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=3, settled_risk=0)
    ann, bob = await grove.crowd(2)
    for _ in range(3):
        await grove.work(ann, PROMPT)
        await grove.work(bob, REVIEW)
    for caller, people in ((bob, 2), (ann, 2)):
        reason = await one(grove, caller, REVIEW)
        assert (reason.lack, reason.works, reason.people) == (Lack.NOT_FOR_THEM, 3, people)
        assert help_wanted([reason]) == (Help("en", Activity.LABEL_REPLY, 2, 3),)


async def test_what_was_passed_on_waits_for_others(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW)
    await grove.tasks.skip(bob, task.task_id, SkipReason.NOT_MY_TOPIC)
    reason = await one(grove, bob, REVIEW)
    assert (reason.lack, reason.works, reason.people) == (Lack.NOT_FOR_THEM, 1, 1)


async def test_what_others_hold_comes_free_at_the_latest_when_the_first_lease_ends(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    await grove.give(bob, REVIEW)
    reason = await one(grove, eve, REVIEW)
    assert (reason.lack, reason.works, reason.until) == (Lack.IN_HAND, 1, grove.chance.now + timedelta(minutes=15))
    assert help_wanted([reason]) == ()
    assert (await one(grove, eve, RANK)).lack is Lack.NOTHING_OPEN


async def test_ones_own_message_counts_as_open_where_the_rules_let_authors_answer(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.growing(ann, bob)
    assert await grove.reasons.why_nothing(ann, kind=REPLY) == ()
    await grove.settings.set(Operator(), "answer_own_messages", "false")
    reason = await one(grove, ann, REPLY)
    assert (reason.lack, reason.people) == (Lack.NOT_FOR_THEM, 1)


async def test_prompts_are_not_taken_or_wait_already(grove: Grove) -> None:
    await grove.rule(max_initial_prompt_review=1, prompts_disabled=["de"])
    ann = await grove.join("1", "en", "de")
    await grove.do(ann, await grove.tasks.give(ann, kind=PROMPT, lang="en"))
    found = await why(grove, ann, kind=PROMPT)
    assert found[PROMPT, "de"].lack is Lack.PROMPTS_DISABLED
    assert (found[PROMPT, "en"].lack, found[PROMPT, "en"].works) == (Lack.ENOUGH_PROMPTS, 1)


async def test_topics_that_somebody_avoids_are_told_apart(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    for _ in range(2):
        await grove.work(ann, PROMPT)
    bits = 0b101
    offers = await grove.rows("offers")
    await grove.change("offers", {"message_id": offers[0]["message_id"]}, topics=bits)
    (account,) = await grove.rows("identities", account=bob.account)
    await grove.store.write(
        lambda tx: tx.exec_driver_sql(
            "INSERT INTO member_topics (member_id, pool_id, liked, avoided) VALUES (?, 'main', 0, 4)",
            (account["member_id"].hex,),
        )
    )
    await grove.change("offers", {"message_id": offers[1]["message_id"]}, topics=4)
    (reason,) = await grove.reasons.why_nothing(bob, kind=REVIEW)
    assert (reason.lack, reason.works) == (Lack.AVOIDED, 2)


async def test_limits_of_pool_and_community_are_told_with_their_end(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(bob, PROMPT)
    moderator = Caller("55", "100", UiLocale("en-US"), manages=True)
    await grove.settings.set(moderator, "kinds", "initial_prompt,label_initial_prompt")
    await grove.settings.set(moderator, "max_prompts_per_day", 1)
    began = grove.chance.now
    await grove.work(ann, PROMPT)
    await grove.work(ann, REVIEW)
    with pytest.raises(NothingToDo):
        await grove.tasks.give(ann)

    found = await why(grove, ann)
    assert {reason.lack for (kind, lang), reason in found.items() if lang is None} == {Lack.LIMIT, Lack.NOT_OFFERED}
    assert found[PROMPT, None].until == began + timedelta(hours=24)
    assert found[REPLY, None].lack is Lack.NOT_OFFERED
    assert found[REVIEW, "en"].lack is Lack.NOT_FOR_THEM


async def test_the_limits_of_the_pool_are_told_too(grove: Grove) -> None:
    await grove.rule(tasks_per_window=1, task_window=600)
    ann = await grove.join("1")
    await grove.work(ann, PROMPT)
    found = await why(grove, ann)
    assert {reason.lack for reason in found.values()} == {Lack.LIMIT}
    assert found[REVIEW, None].until == grove.chance.now + timedelta(minutes=10)


async def test_each_language_has_its_own_reasons(grove: Grove) -> None:
    ann, bob = await grove.join("1", "en", "de"), await grove.join("2", "de")
    await grove.work(bob, PROMPT)
    await grove.do(ann, await grove.tasks.give(ann, kind=REVIEW))
    await grove.settings.set(Operator(), "prompts_disabled", "en,de")
    await grove.settings.set(Operator(), "rank_prompter_replies", "true", "de")
    found = await why(grove, ann)
    assert found[TaskKind.RANK_PROMPTER_REPLIES, "de"].lack is Lack.NOTHING_OPEN
    assert set(await why(grove, ann, lang="en")) == {key for key in found if key[1] == "en"}
    assert await grove.reasons.why_nothing(Caller("9", "100", UiLocale("de"))) == ()


async def test_kinds_that_are_never_drawn_are_left_out_unless_they_are_asked_for(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.settings.set(Operator(), "weights.rank", 0)
    found = await why(grove, ann)
    assert RANK not in {kind for kind, _ in found}
    assert TaskKind.RANK_PROMPTER_REPLIES not in {kind for kind, _ in found}
    assert (await why(grove, ann, kind=RANK))[RANK, "en"].lack is Lack.NOTHING_OPEN
    never = await why(grove, ann, kind=TaskKind.RANK_PROMPTER_REPLIES)
    assert [reason.lack for reason in never.values()] == [Lack.NOTHING_OPEN]


async def test_no_more_is_looked_at_than_is_needed_to_say_so(grove: Grove, monkeypatch: pytest.MonkeyPatch) -> None:
    from services import reasons

    monkeypatch.setattr(reasons, "AT_MOST", 2)
    ann = await grove.join("1")
    for _ in range(4):
        await grove.work(ann, PROMPT)
    assert (await one(grove, ann, REVIEW)).works == 2
