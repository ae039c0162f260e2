"""Showcases: what is shown in public and what is not, and how reactions there become ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.outbox import PostState
from services.people import Caller
from services.reactions import READ_AGAIN, Sign
from services.sanctions import Grounds, Sanctions
from trees.ids import MessageId, PostId, UiLocale
from trees.kinds import EmojiCode, TaskKind
from trees.refusals import MessageGone, NoCommunity, NoShowcase

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.contributors

EN = UiLocale("en-US")
CHANNEL = "500"
MOD = Caller("1", "100", EN, manages=True)
UP, DOWN, FLAG, CLAP = EmojiCode.UP, EmojiCode.DOWN, EmojiCode.RED_FLAG, EmojiCode.CLAP
LOOKS = {UP: "👍", DOWN: "👎", FLAG: "🚩", CLAP: "👏"}


class Gallery:
    """A community with a showcase, and finished trees."""

    def __init__(self, grove: Grove) -> None:
        self.grove = grove
        self.posted = 0

    async def open(self, **changes: Any) -> Gallery:
        rules = {"num_reviews_initial_prompt": 0, "num_reviews_reply": 0, "num_required_rankings": 1}
        await self.grove.rule(goal_tree_size=3, max_tree_depth=1, max_children_count=2, **rules | changes)
        await self.grove.showcases.place(MOD, CHANNEL, EN)
        return self

    async def tree(self, *lenders: str, place: str = "100") -> tuple[MessageId, MessageId, MessageId]:
        """A finished tree by asker, first and second: the prompt, the best reply, the other; `lenders` lend theirs."""
        people = {name: await self.person(name, place) for name in ("asker", "first", "second", "judge")}
        await self.grove.upkeep.draw_lottery()
        root = (await self.grove.work(people["asker"], TaskKind.INITIAL_PROMPT)).message_id
        await self.grove.upkeep.draw_lottery()
        replies = [
            (await self.grove.work(people[name], TaskKind.ASSISTANT_REPLY)).message_id for name in ("first", "second")
        ]
        await self.grove.work(people["judge"], TaskKind.RANK_ASSISTANT_REPLIES)
        assert await self.grove.state(root) == "ready_for_export"
        ranked = sorted(replies, key=lambda reply: self._rank[reply]) if await self._ranks() else []
        for name in lenders:
            await self.lend(name)
        return MessageId(root), MessageId(ranked[0]), MessageId(ranked[1])

    async def _ranks(self) -> bool:
        self._rank = {row["id"]: row["rank"] for row in await self.grove.rows("messages")}
        return True

    async def person(self, name: str, place: str = "100") -> Caller:
        return await self.grove.join(f"{name}", place=place)

    async def lend(self, name: str, *, on: bool = True) -> None:
        await self.grove.members.lend_to_showcase(Caller(name, "100", EN), on=on)

    async def author_of(self, message: MessageId) -> str:
        [row] = await self.grove.rows("messages", id=message)
        [known] = await self.grove.rows("identities", member_id=row["author_id"])
        return str(known["account"])

    async def shown(self) -> list[MessageId]:
        """What is to stand, in the order in which it was shown."""
        rows = await self.grove.rows("showcase_posts", ended_at=None)
        return [MessageId(row["message_id"]) for row in sorted(rows, key=lambda row: row["shown_at"])]

    async def next(self) -> bool:
        [community] = [row for row in await self.grove.rows("communities") if row["place"] == "100"]
        shown = await self.grove.showcases.show_next(community["id"])
        for letter in await self.grove.outbox.take():
            self.posted += 1
            await self.grove.outbox.posted(letter, f"discord {self.posted}")
        return shown

    async def hung(self) -> tuple[MessageId, str]:
        """Have the best reply of a tree shown; return it, and its message on Discord."""
        await self.tree("asker", "first", "second")
        assert await self.next()
        [message] = await self.shown()
        return message, f"discord {self.posted}"

    async def react(self, there: str, who: str, code: EmojiCode, *, on: bool = True, emoji: str = "") -> None:
        await self.grove.reactions.reacted(there, Sign(who, emoji or LOOKS[code], code), on=on)

    async def ratings(self) -> list[tuple[str, str]]:
        accounts = {row["member_id"]: row["account"] for row in await self.grove.rows("identities")}
        rows = await self.grove.rows("emoji_ratings", removed_at=None)
        return sorted((accounts[row["member_id"]], row["code"]) for row in rows)

    async def post(self) -> PostId:
        [row] = await self.grove.rows("showcase_posts", ended_at=None)
        return PostId(row["post_id"])


@pytest.fixture
async def gallery(grove: Grove) -> Gallery:
    return await Gallery(grove).open()


async def test_only_what_all_its_authors_lend_is_shown_the_best_first(gallery: Gallery) -> None:
    root, best, other = await gallery.tree()
    assert not await gallery.next()

    await gallery.lend(await gallery.author_of(best))
    await gallery.lend(await gallery.author_of(other))
    # Whoever asked does not lend the question the replies would stand under.
    assert not await gallery.next()
    await gallery.lend("asker")
    assert await gallery.next()
    gallery.grove.pass_time(hours=8)
    assert await gallery.next()
    gallery.grove.pass_time(hours=8)
    # The reply that was not placed first is not shown.
    assert not await gallery.next()
    assert await gallery.shown() == [best, root]
    exhibit = await gallery.grove.showcases.exhibit(best)
    assert [shown.message_id for shown in exhibit.thread] == [root, best]


async def test_messages_are_spread_over_the_day_and_none_is_shown_twice(gallery: Gallery) -> None:
    await gallery.tree("asker", "first", "second")
    assert await gallery.next()
    assert not await gallery.next()
    gallery.grove.pass_time(hours=7, minutes=59)
    assert not await gallery.next()
    gallery.grove.pass_time(minutes=1)
    assert await gallery.next()
    await gallery.grove.settings.set(MOD, "showcase_per_day", "48")
    for _ in range(4):
        gallery.grove.pass_time(minutes=30)
        assert not await gallery.next()
    assert len(await gallery.grove.rows("showcase_posts")) == 2

    await gallery.grove.settings.set(MOD, "showcase_per_day", "0")
    await gallery.tree("asker", "first", "second")
    gallery.grove.pass_time(days=2)
    assert not await gallery.next()


async def test_nothing_is_shown_of_other_communities_nor_of_trees_that_are_not_finished(gallery: Gallery) -> None:
    await gallery.tree("asker", "first", "second", place="200")
    assert not await gallery.next()
    root, best, _ = await gallery.tree("asker", "first", "second")
    await gallery.grove.moderation.halt(MOD, root)
    assert not await gallery.next()
    await gallery.grove.moderation.resume(MOD, root)
    assert await gallery.next()
    assert await gallery.shown() == [best]


async def recalled(gallery: Gallery, post: PostId) -> bool:
    fate = await gallery.grove.outbox.fate(post)
    assert fate is not None
    return fate.state is PostState.RECALLED


@pytest.mark.parametrize("how", ["opts out", "withdraws", "asker opts out", "removed", "halted", "erased"])
async def test_what_may_be_shown_no_more_is_taken_away_and_not_shown_again(gallery: Gallery, how: str) -> None:
    message, there = await gallery.hung()
    post, author = await gallery.post(), await gallery.author_of(message)
    grove = gallery.grove
    match how:
        case "opts out":
            await gallery.lend(author, on=False)
        case "withdraws":
            await grove.members.withdraw(Caller(author, "100", EN))
        case "asker opts out":
            await gallery.lend("asker", on=False)
        case "removed":
            await grove.moderation.remove(MOD, message)
        case "halted":
            [row] = await grove.rows("messages", id=message)
            await grove.moderation.halt(MOD, row["tree_id"])
            assert await grove.showcases.tidy() == 1
        case _:
            await grove.change("messages", {"id": message}, text=None)
            assert await grove.showcases.tidy() == 1
    assert await recalled(gallery, post)
    with pytest.raises(MessageGone):
        await grove.showcases.exhibit(message)
    assert await grove.showcases.to_show(post) is None
    await gallery.react(there, "judge", UP)
    assert await gallery.ratings() == []
    assert await grove.showcases.tidy() == 0

    for name in ("asker", "first", "second"):
        await gallery.person(name)
        await gallery.lend(name)
    grove.pass_time(days=1)
    await gallery.next()
    assert message not in await gallery.shown()


async def test_closing_a_showcase_takes_everything_away(gallery: Gallery) -> None:
    await gallery.hung()
    post = await gallery.post()
    assert await gallery.grove.showcases.remove(MOD) == 1
    assert await recalled(gallery, post)
    with pytest.raises(NoShowcase):
        await gallery.grove.showcases.remove(MOD)
    assert await gallery.grove.showcases.every() == ()
    with pytest.raises(NoCommunity):
        await gallery.grove.showcases.place(Caller("1", None, EN), CHANNEL, EN)


async def test_a_post_that_discord_refused_is_forgotten_after_an_hour_and_may_be_shown_another_time(
    gallery: Gallery,
) -> None:
    _, best, _ = await gallery.tree("asker", "first", "second")
    [community] = await gallery.grove.rows("communities")
    await gallery.grove.showcases.show_next(community["id"])
    [letter] = await gallery.grove.outbox.take()
    await gallery.grove.outbox.refused(letter, "403 50013")
    assert await gallery.grove.showcases.tidy() == 0
    gallery.grove.pass_time(minutes=61)
    assert await gallery.grove.showcases.tidy() == 1
    assert await gallery.next()
    assert await gallery.shown() == [best]


async def test_a_reaction_is_a_rating_once_and_taken_back_it_is_none(gallery: Gallery) -> None:
    message, there = await gallery.hung()
    for _ in range(2):
        await gallery.react(there, "judge", UP)
    await gallery.react(there, "judge", CLAP)
    assert await gallery.ratings() == [("judge", "+1"), ("judge", "clap")]
    for _ in range(2):
        await gallery.react(there, "judge", UP, on=False)
    assert await gallery.ratings() == [("judge", "clap")]
    assert await gallery.grove.emoji.own(Caller("judge", "100", EN), message) == {CLAP}
    revs = {row["code"]: row["rev"] for row in await gallery.grove.rows("emoji_ratings")}
    assert revs == {"+1": 2, "clap": 1}


async def test_authors_strangers_and_those_without_consent_rate_nothing_and_leave_no_trace(gallery: Gallery) -> None:
    message, there = await gallery.hung()
    before = len(await gallery.grove.rows("members"))
    await gallery.grove.members.withdraw(Caller("judge", "100", EN))
    for who in (await gallery.author_of(message), "999999", "judge"):
        await gallery.react(there, who, UP)
        await gallery.react(there, who, UP, on=False)
        await gallery.react(there, who, FLAG)
    assert await gallery.grove.rows("emoji_ratings") == []
    assert await gallery.grove.rows("showcase_reactions") == []
    assert len(await gallery.grove.rows("members")) == before


async def test_whoever_is_banned_rates_nothing_until_that_is_lifted(gallery: Gallery) -> None:
    grove = gallery.grove
    _, there = await gallery.hung()
    sanctions = Sanctions(grove.store, grove.around, grove.rights)
    await sanctions.ban(MOD, "judge", Grounds.REVIEWS)
    await gallery.react(there, "judge", UP)
    assert await gallery.ratings() == []
    await sanctions.lift(MOD, "judge")
    await gallery.react(there, "judge", UP)
    assert await gallery.ratings() == [("judge", "+1")]


async def test_reactions_elsewhere_are_no_ratings(gallery: Gallery) -> None:
    await gallery.hung()
    await gallery.react("another message", "judge", UP)
    await gallery.grove.reactions.cleared("another message", None)
    assert await gallery.ratings() == []


async def test_up_and_down_exclude_each_other_and_the_one_that_is_left_counts_again(gallery: Gallery) -> None:
    _, there = await gallery.hung()
    await gallery.react(there, "judge", UP)
    await gallery.react(there, "judge", DOWN)
    assert await gallery.ratings() == [("judge", "-1")]
    await gallery.react(there, "judge", DOWN, on=False)
    assert await gallery.ratings() == [("judge", "+1")]


async def test_a_thumb_of_another_colour_is_the_same_rating_and_stands_while_one_of_them_does(
    gallery: Gallery,
) -> None:
    _, there = await gallery.hung()
    await gallery.react(there, "judge", UP)
    await gallery.react(there, "judge", UP, emoji="👍🏽")
    await gallery.react(there, "judge", UP, on=False)
    assert await gallery.ratings() == [("judge", "+1")]
    await gallery.react(there, "judge", UP, emoji="👍🏽", on=False)
    assert await gallery.ratings() == []


async def test_a_rating_by_a_button_outlives_the_reaction_that_said_the_same(gallery: Gallery) -> None:
    message, there = await gallery.hung()
    judge = Caller("judge", "100", EN)
    await gallery.grove.emoji.put(judge, message, UP, on=True)
    await gallery.react(there, "judge", UP)
    await gallery.react(there, "judge", UP, on=False)
    assert await gallery.ratings() == [("judge", "+1")]


async def test_red_flags_of_several_take_a_message_out_of_the_showcase(gallery: Gallery) -> None:
    await gallery.open(auto_mod_red_flags=2)
    message, there = await gallery.hung()
    post = await gallery.post()
    await gallery.person("eve")
    await gallery.react(there, "judge", FLAG)
    assert not await recalled(gallery, post)
    await gallery.react(there, "eve", FLAG)
    assert await recalled(gallery, post)
    [row] = await gallery.grove.rows("messages", id=message)
    assert row["deleted_at"] is None


async def test_red_flags_by_buttons_take_it_away_with_the_next_sweep(gallery: Gallery) -> None:
    await gallery.open(auto_mod_red_flags=1)
    message, _ = await gallery.hung()
    post = await gallery.post()
    await gallery.grove.emoji.put(Caller("judge", "100", EN), message, FLAG, on=True)
    assert await gallery.grove.showcases.tidy() == 1
    assert await recalled(gallery, post)


def signs(*said: tuple[str, EmojiCode]) -> list[Sign]:
    return [Sign(who, LOOKS[code], code) for who, code in said]


async def test_what_was_missed_is_read_and_counts_as_if_it_had_been_heard(gallery: Gallery) -> None:
    _, there = await gallery.hung()
    await gallery.person("eve")
    post = await gallery.post()
    await gallery.react(there, "judge", UP)
    await gallery.react(there, "eve", CLAP)

    await gallery.grove.reactions.read(post, signs(("judge", UP), ("eve", DOWN), ("nobody", UP)))
    assert await gallery.ratings() == [("eve", "-1"), ("judge", "+1")]
    await gallery.grove.reactions.read(post, signs(("judge", CLAP)), whole=False)
    assert await gallery.ratings() == [("eve", "-1"), ("judge", "+1"), ("judge", "clap")]
    await gallery.grove.reactions.read(post, ())
    assert await gallery.ratings() == []


async def test_posts_are_read_when_they_are_new_after_an_absence_and_once_a_day(gallery: Gallery) -> None:
    _, there = await gallery.hung()
    reactions, post = gallery.grove.reactions, await gallery.post()
    [hung] = await reactions.unread()
    assert (hung.post_id, hung.place, hung.channel, hung.message) == (post, "100", CHANNEL, there)
    await reactions.read(post, ())
    assert await reactions.unread() == ()
    await reactions.missed()
    assert len(await reactions.unread()) == 1
    await reactions.read(post, ())
    gallery.grove.chance.now += READ_AGAIN
    gallery.grove.pass_time(seconds=1)
    assert len(await reactions.unread()) == 1
    gallery.grove.pass_time(days=30)
    await reactions.missed()
    assert await reactions.unread() == ()


async def test_what_a_moderator_deletes_on_discord_is_not_shown_again_and_its_ratings_stay(gallery: Gallery) -> None:
    message, there = await gallery.hung()
    await gallery.react(there, "judge", UP)
    await gallery.grove.reactions.gone(await gallery.post())
    assert await gallery.grove.reactions.unread() == ()
    gallery.grove.pass_time(days=1)
    await gallery.next()
    assert message not in await gallery.shown()
    assert await gallery.ratings() == [("judge", "+1")]


async def test_reactions_that_are_cleared_are_taken_back(gallery: Gallery) -> None:
    _, there = await gallery.hung()
    await gallery.person("eve")
    for who, code in (("judge", UP), ("judge", CLAP), ("eve", UP)):
        await gallery.react(there, who, code)
    await gallery.grove.reactions.cleared(there, LOOKS[UP])
    assert await gallery.ratings() == [("judge", "clap")]
    await gallery.grove.reactions.cleared(there, None)
    assert await gallery.ratings() == []


async def test_the_channels_with_something_shown_are_known(gallery: Gallery) -> None:
    assert await gallery.grove.showcases.channels() == frozenset()
    await gallery.hung()
    assert await gallery.grove.showcases.channels() == {CHANNEL}


async def test_posts_are_remembered_as_long_as_the_showcase_lives(gallery: Gallery) -> None:
    await gallery.hung()
    gallery.grove.pass_time(days=60)
    assert await gallery.grove.outbox.forget() == 0
    await gallery.lend("asker", on=False)
    assert await recalled(gallery, PostId((await gallery.grove.rows("showcase_posts"))[0]["post_id"]))
