"""Members who write and review over the wire, press again when nothing comes, and remember what they were told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulation.community.screen import Asked, Card

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulation.discord import Answer, Form, Person
    from simulation.discord.places import Channel

TRIES = 12


@dataclass
class Told:
    """What members did, and what the bot told them of it."""

    texts: list[str] = field(default_factory=list)
    """Saved, as the bot said."""
    reviews: int = 0
    """Saved, as the bot said."""
    cycles: int = 0
    again: int = 0
    """Deeds repeated because nothing came of them."""


class Member:
    """One person who goes through the same cycle again and again: a prompt, then a review of somebody else's."""

    def __init__(self, person: Person, channel: Channel, told: Told) -> None:
        self.person, self.channel, self.told = person, channel, told
        self._written = 0

    async def arrive(self) -> None:
        card = await self._until(lambda card: card.asked is not Asked.NOTHING, self._slash())
        if card.asked is Asked.CONSENT:
            agree = card
            card = await self._until(lambda card: card.asked is not Asked.CONSENT, lambda: self._press(agree, "agree"))
        if card.asked is Asked.LANGUAGES:
            menu = card.menu("langs")
            assert menu is not None
            message = card.message
            choose = lambda: self.person.select(message, menu, ["en"])  # noqa: E731
            card = await self._until(lambda card: card.asked is not Asked.LANGUAGES, choose)
        if card.asked is Asked.WELCOME:
            welcome = card
            await self._until(lambda card: card.asked is not Asked.WELCOME, lambda: self._press(welcome, "begin"))

    async def work(self, enough: Callable[[], bool]) -> None:
        while not enough():
            await self.cycle()

    async def cycle(self) -> None:
        await self.write()
        await self.review()
        self.told.cycles += 1

    async def write(self) -> None:
        self._written += 1
        text = f"{self.person.name} asks for the {self._written}. time: why?"
        while True:
            card = await self._until(lambda card: card.asked is Asked.TEXT, self._slash(kind="initial_prompt"))
            form = await self._form(card)
            after = await self._submitted(form, text)
            if after is not None and "within the last" in after.message.text:
                # It was kept the time before; only the answer was lost.
                await self._skip(after)
                break
            if after is not None and after.asked is Asked.NOTHING and after.control("next") is not None:
                break
        self.told.texts.append(text)

    async def review(self) -> None:
        card = await self._until(lambda _: True, self._slash(kind="label_initial_prompt"))
        if card.asked is not Asked.REVIEW:
            return
        await self._until(_said_what_became, lambda: self._press(card, "quick"))
        self.told.reviews += 1

    async def look(self) -> Answer:
        """Look at one's own work, once."""
        return await self.person.slash(self.channel, "me")

    async def _form(self, card: Card) -> Form:
        for _ in range(TRIES):
            answer = await self._press(card, "write")
            if answer.form is not None:
                return answer.form
            self.told.again += 1
        raise AssertionError(f"{self.person.name} was never shown the form")

    async def _submitted(self, form: Form, text: str) -> Card | None:
        """Send a form until it is closed; None when what came of it was never shown."""
        for _ in range(TRIES):
            answer = await self.person.submit(form, {"text": text})
            if answer.acknowledged:
                return _shown(answer)
            self.told.again += 1
        raise AssertionError(f"{self.person.name}'s form was never taken")

    async def _skip(self, card: Card) -> None:
        fresh = await self._until(lambda card: card.menu("skip") is not None, self._slash(kind="initial_prompt"))
        menu = fresh.menu("skip")
        assert menu is not None
        await self._until(_said_what_became, lambda: self.person.select(fresh.message, menu, ["other"]))

    def _slash(self, **wish: Any) -> Callable[[], Awaitable[Answer]]:
        return lambda: self.person.slash(self.channel, "task", **wish)

    async def _press(self, card: Card, action: str) -> Answer:
        button = Card(card.message).control(action)
        assert button is not None, f"no {action} on {card.message.text!r}"
        return await self.person.press(card.message, button)

    async def _until(self, fits: Callable[[Card], bool], act: Callable[[], Awaitable[Answer]]) -> Card:
        """Do something until what is shown fits."""
        answer: Answer | None = None
        for _ in range(TRIES):
            answer = await act()
            card = _shown(answer)
            if card is not None and fits(card):
                return card
            self.told.again += 1
        raise AssertionError(f"{self.person.name} never got on: {answer}")


def _shown(answer: Answer) -> Card | None:
    return None if answer.message is None or answer.message.loading else Card(answer.message)


def _said_what_became(card: Card) -> bool:
    return card.asked is Asked.NOTHING and card.control("next") is not None


def differences(told: Told, texts: list[str], reviews: int) -> list[str]:
    """How what members were told differs from what is stored."""
    out = [f"lost: {text}" for text in sorted(set(told.texts) - set(texts))]
    out += [f"never told: {text}" for text in sorted(set(texts) - set(told.texts))]
    out += [f"stored {texts.count(text)} times: {text}" for text in sorted(set(texts)) if texts.count(text) > 1]
    if reviews != told.reviews:
        out.append(f"{reviews} reviews stored, {told.reviews} told")
    return out
