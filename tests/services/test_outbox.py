"""The outbox: what is to be said is written with what causes it, and remembered until it is known how it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.deeds import UseCases
from services.outbox import (
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    KEEP,
    LEASE,
    LONGEST_PAUSE,
    NONCE_HOLDS,
    Letter,
    PostState,
    Said,
    recall,
    say_in_channel,
    say_to_member,
)
from services.people import Caller, arrive
from tests.services.conftest import PLACE
from trees.ids import MemberId, PostId, UiLocale
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from services.deeds import Deed
    from tests.services.conftest import Grove

pytestmark = pytest.mark.contributors

EN = UiLocale("en-US")


class Changed(UseCases):
    """Use cases that leave something to be said."""

    async def channel(self, name: str | None = None) -> PostId | None:
        def said(deed: Deed) -> PostId | None:
            community = arrive(deed, Caller("7", PLACE, EN)).member.community
            assert community is not None
            return say_in_channel(
                deed, Said.GOAL, {"number": 3}, community=community.id, channel="55", locale=EN, name=name
            )

        return await self._do(said)

    async def member(self, member: MemberId, name: str | None = None) -> PostId | None:
        return await self._do(lambda deed: say_to_member(deed, "saved", {}, member, name=name))

    async def recall(self, post: PostId) -> None:
        await self._do(lambda deed: recall(deed, post))

    async def fail(self) -> None:
        def failing(deed: Deed) -> None:
            community = arrive(deed, Caller("7", PLACE, EN)).member.community
            assert community is not None
            say_in_channel(deed, Said.GOAL, {}, community=community.id, channel="55", locale=EN)
            raise LookupError

        await self._do(failing)


@pytest.fixture
def changed(grove: Grove) -> Changed:
    return Changed(grove.store, grove.around)


async def wanting(grove: Grove, name: str = "1") -> MemberId:
    """Somebody who asked for direct messages."""
    caller = await grove.join(name)
    await grove.outbox.wish(caller, wanted=True)
    standing = await grove.members.standing(caller)
    assert standing.member_id is not None
    return standing.member_id


async def taken(grove: Grove) -> Letter:
    [letter] = await grove.outbox.take()
    return letter


async def state(grove: Grove, post: PostId | None) -> PostState:
    assert post is not None
    fate = await grove.outbox.fate(post)
    assert fate is not None
    return fate.state


async def test_what_is_said_stands_or_falls_with_what_causes_it(grove: Grove, changed: Changed) -> None:
    with pytest.raises(LookupError):
        await changed.fail()
    assert await grove.rows("outbox") == []

    post = await changed.channel()

    letter = await taken(grove)
    assert (letter.id, letter.kind, letter.facts) == (post, "goal", {"number": 3})
    assert (letter.place, letter.channel, letter.account, letter.locale) == (PLACE, "55", None, EN)
    assert (letter.attempt, letter.unclear_since, letter.recalled) == (1, None, False)


async def test_the_bell_rings_after_a_commit_that_leaves_something_to_say_and_after_no_other(
    grove: Grove, changed: Changed
) -> None:
    rung: list[int] = []
    grove.outbox.listen(lambda: rung.append(len(rung)))

    await grove.crowd(1)
    with pytest.raises(LookupError):
        await changed.fail()
    assert rung == []

    await changed.channel()
    assert rung == [0]


async def test_a_named_thing_is_said_once_however_often_it_is_caused(grove: Grove, changed: Changed) -> None:
    member = await wanting(grove)

    assert await changed.channel("goal") is not None
    assert await changed.channel("goal") is None
    assert await changed.member(member, "first") is not None
    assert await changed.member(member, "first") is None

    assert len(await grove.rows("outbox")) == 2


async def test_nobody_is_sent_a_direct_message_who_did_not_ask_for_any(grove: Grove, changed: Changed) -> None:
    caller = await grove.join("1")
    member = (await grove.members.standing(caller)).member_id
    assert member is not None

    assert await changed.member(member) is None

    assert await grove.rows("outbox") == []


async def test_whoever_takes_the_wish_back_is_sent_nothing_that_was_waiting(grove: Grove, changed: Changed) -> None:
    member = await wanting(grove)
    post = await changed.member(member)

    await grove.outbox.wish(await grove.join("1"), wanted=False)

    assert await grove.outbox.take() == ()
    assert await state(grove, post) is PostState.GIVEN_UP


async def test_who_withdraws_consent_leaves_nothing_to_be_said_to_them(grove: Grove, changed: Changed) -> None:
    member = await wanting(grove)
    await changed.member(member)

    await grove.members.withdraw(await grove.join("1"))

    assert await grove.rows("outbox") == []
    await grove.join("1")
    assert await changed.member(member) is None, "who comes back is asked anew"


async def test_a_letter_is_given_out_once_until_its_lease_is_over(grove: Grove, changed: Changed) -> None:
    await changed.channel()
    first = await taken(grove)

    grove.pass_time(seconds=LEASE.total_seconds() - 1)
    assert await grove.outbox.take() == ()

    grove.pass_time(seconds=1)
    again = await taken(grove)
    # Whoever took it died: nobody knows whether it was sent, so it must be looked for.
    assert (again.attempt, again.unclear_since, again.look_back) == (2, grove.chance.now - LEASE, True)
    assert first.look_back is False


async def test_a_new_process_goes_on_at_once_with_what_one_that_died_had_taken(grove: Grove, changed: Changed) -> None:
    await changed.channel()
    await taken(grove)
    grove.pass_time(seconds=10)

    await grove.outbox.resume()

    again = await taken(grove)
    assert (again.attempt, again.unclear_since) == (2, grove.chance.now - timedelta(seconds=10))


async def test_what_was_sent_is_sent_no_more(grove: Grove, changed: Changed) -> None:
    post = await changed.channel()
    await grove.outbox.posted(await taken(grove), "99")

    grove.pass_time(days=1)

    assert await grove.outbox.take() == ()
    [row] = await grove.rows("outbox")
    assert (row["id"], row["state"], row["message"]) == (post, "sent", "99")


async def test_pauses_between_attempts_double_up_to_a_limit(grove: Grove, changed: Changed) -> None:
    await changed.channel()
    pauses = []
    for _ in range(12):
        letter = await taken(grove)
        await grove.outbox.later(letter, clear=True)
        [row] = await grove.rows("outbox")
        pauses.append(row["not_before"] - grove.chance.now)
        grove.chance.now = row["not_before"]

    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE
    assert pauses == sorted(pauses)


async def test_an_attempt_that_left_nothing_for_certain_need_not_be_looked_for(grove: Grove, changed: Changed) -> None:
    await changed.channel()
    await grove.outbox.later(await taken(grove), clear=True)
    grove.pass_time(minutes=10)
    assert (await taken(grove)).unclear_since is None


async def test_the_first_of_unclear_attempts_is_remembered_through_clear_ones(grove: Grove, changed: Changed) -> None:
    await changed.channel()
    began = grove.chance.now
    await grove.outbox.later(await taken(grove), clear=False)
    grove.pass_time(seconds=FIRST_PAUSE.total_seconds())
    soon = await taken(grove)
    assert (soon.unclear_since, soon.look_back) == (began, False)

    await grove.outbox.later(soon, clear=True)
    grove.pass_time(seconds=NONCE_HOLDS.total_seconds())

    late = await taken(grove)
    assert (late.unclear_since, late.look_back) == (began, True)


async def test_what_is_too_old_to_be_worth_saying_is_given_up(grove: Grove, changed: Changed) -> None:
    post = await changed.channel()
    letter = await taken(grove)
    grove.pass_time(seconds=GIVE_UP_AFTER.total_seconds() + 1)

    await grove.outbox.later(letter, clear=False)

    assert await grove.outbox.fate(post) is not None
    assert await state(grove, post) is PostState.GIVEN_UP
    assert await grove.outbox.take() == ()


async def test_what_discord_refuses_is_given_up_with_its_reason(grove: Grove, changed: Changed) -> None:
    post = await changed.channel()
    await grove.outbox.refused(await taken(grove), "403 50013")

    [row] = await grove.rows("outbox")
    assert (row["id"], row["state"], row["why"]) == (post, "given_up", "403 50013")


async def test_a_closed_direct_message_is_remembered_and_the_next_card_says_it(grove: Grove, changed: Changed) -> None:
    member = await wanting(grove)
    first = await changed.member(member)
    await grove.outbox.closed(await taken(grove))
    grove.pass_time(seconds=1)

    second = await changed.member(member)
    assert await grove.outbox.take() == (), "closed messages are not tried again"

    caller = await grove.join("1")
    given = await grove.give(caller, TaskKind.INITIAL_PROMPT)
    assert [(notice.id, notice.news) for notice in given.news] == [(first, "saved"), (second, "saved")]
    await grove.members.told(caller, [notice.id for notice in given.news])
    assert (await grove.members.profile(caller)).news == ()


async def test_news_of_work_and_closed_messages_stand_on_a_card_in_their_order(grove: Grove, changed: Changed) -> None:
    caller = await grove.join("1")
    member = await wanting(grove)
    await changed.member(member)
    await grove.outbox.closed(await taken(grove))
    grove.pass_time(seconds=1)
    written = await grove.work(caller, TaskKind.INITIAL_PROMPT)

    news = (await grove.members.profile(caller)).news
    assert [notice.id for notice in news][1:] == [written.task_id]
    await grove.members.told(caller, [written.task_id])
    assert (await grove.members.profile(caller)).news == news[:1]


async def test_who_asks_again_after_closed_messages_is_tried_again(grove: Grove, changed: Changed) -> None:
    member = await wanting(grove)
    await changed.member(member)
    await grove.outbox.closed(await taken(grove))

    await wanting(grove)
    await changed.member(member)

    assert (await taken(grove)).member_id == member


async def test_what_is_recalled_before_anybody_took_it_is_never_sent(grove: Grove, changed: Changed) -> None:
    post = await changed.channel()
    assert post is not None
    await changed.recall(post)

    assert await grove.outbox.take() == ()
    assert await state(grove, post) is PostState.GONE


async def test_what_is_recalled_after_it_was_sent_is_to_be_taken_away(grove: Grove, changed: Changed) -> None:
    post = await changed.channel()
    assert post is not None
    await grove.outbox.posted(await taken(grove), "99")

    await changed.recall(post)

    letter = await taken(grove)
    assert (letter.recalled, letter.message) == (True, "99")
    await grove.outbox.removed(letter)
    assert await state(grove, post) is PostState.GONE
    await changed.recall(post)
    assert await grove.outbox.take() == ()


async def test_what_is_recalled_on_its_way_is_taken_away_when_it_has_arrived(grove: Grove, changed: Changed) -> None:
    post = await changed.channel()
    assert post is not None
    letter = await taken(grove)
    await changed.recall(post)
    await grove.outbox.posted(letter, "99")

    away = await taken(grove)
    assert (away.recalled, away.message) == (True, "99")


@pytest.mark.parametrize("end", ["refused", "posted by others", "too old"])
async def test_what_is_recalled_on_its_way_and_never_arrives_is_gone(grove: Grove, changed: Changed, end: str) -> None:
    post = await changed.channel()
    assert post is not None
    letter = await taken(grove)
    await changed.recall(post)

    if end == "refused":
        await grove.outbox.refused(letter, "404 10003")
    elif end == "posted by others":
        await grove.outbox.posted(letter, None)
    else:
        grove.pass_time(seconds=GIVE_UP_AFTER.total_seconds() + 1)
        await grove.outbox.later(letter, clear=False)

    assert await state(grove, post) is PostState.GONE


async def test_a_clock_that_was_ahead_holds_nothing_up(grove: Grove, changed: Changed) -> None:
    grove.pass_time(days=2)
    await changed.channel()
    await grove.outbox.later(await taken(grove), clear=False)

    grove.pass_time(days=-2)

    assert (await taken(grove)).attempt == 2


async def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(grove: Grove, changed: Changed) -> None:
    await changed.channel()
    await grove.outbox.posted(await taken(grove), "99")
    grove.pass_time(seconds=KEEP.total_seconds() + 1)
    waiting = await changed.channel()

    assert await grove.outbox.forget() == 1

    assert [row["id"] for row in await grove.rows("outbox")] == [waiting]


def test_everything_takes_its_time_in_order() -> None:
    assert FIRST_PAUSE < NONCE_HOLDS < LEASE < LONGEST_PAUSE < GIVE_UP_AFTER < KEEP
    assert timedelta(hours=1) > LONGEST_PAUSE, "what is put off for longer counts as a clock that was wrong"
