"""How a member puts replies in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.community.characters import Habit
from simulation.community.presses import Way
from simulation.community.screen import Asked
from trees.kinds import Role

if TYPE_CHECKING:
    from simulation.community.conduct import Member
    from simulation.community.recognition import Known
    from simulation.community.screen import Card

_AS_GOOD = 0.02
"""Replies whose quality somebody sees this close together are equally good to them."""
_SECOND_THOUGHTS = 0.03


async def fill_ballot(member: Member, card: Card) -> bool:
    """Rank the replies on a card; returns whether the bot said that it kept the ballot."""
    seen = await _judged(member, card)
    order = sorted(seen, key=lambda letter: -seen[letter])
    if all(quality < 0 for quality in seen.values()):
        card = await member.press(card, card.control("order", "n"))
    else:
        card = await _place(member, card, order, seen)
    after = await member.press(card, card.control("ballot"))
    saved = after.asked is Asked.NOTHING and after.control("next") is not None
    if saved:
        member.did(Way.RANK, len(seen))
    return saved


async def _judged(member: Member, card: Card) -> dict[str, float]:
    """Return how good each lettered reply looks to this member."""
    letters = list(card.options)
    if member.character.habit is Habit.SLOPPY:
        return {letter: member.chance.random() for letter in letters}
    parent = _asking(await member.conversation(card))
    replies = member.place.recognition.replies(parent, card.options.values())
    return {
        letter: member.character.judged(None if known is None else known.text, member.chance)
        for letter, known in zip(letters, replies, strict=True)
    }


def _asking(thread: list[Known | None]) -> Known | None:
    """Return the message whose replies are ranked: a file to read goes on with the replies themselves."""
    asking = [known for known in thread if known is not None and known.text.role is Role.PROMPTER]
    return asking[-1] if asking else None


async def _place(member: Member, card: Card, order: list[str], seen: dict[str, float]) -> Card:
    before: str | None = None
    for letter in order:
        close = before is not None and abs(seen[before] - seen[letter]) < _AS_GOOD
        if close and member.character.habit is not Habit.SLOPPY:
            card = await member.press(card, card.control("order", "e"), besides=True)
        card = await member.press(card, card.named("place", letter))
        if member.chance.random() < _SECOND_THOUGHTS:
            card = await member.press(card, card.control("order", "u"), besides=True)
            if close and member.character.habit is not Habit.SLOPPY and card.control("order", "e") is not None:
                card = await member.press(card, card.control("order", "e"), besides=True)
            card = await member.press(card, card.named("place", letter), besides=True)
        before = letter
    return card
