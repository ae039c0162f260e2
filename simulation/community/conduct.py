"""What a simulated member does, with nothing but commands, buttons, menus and forms."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from simulation.community.ballots import fill_ballot
from simulation.community.characters import Habit
from simulation.community.presses import Done, Way
from simulation.community.reviews import fill_review
from simulation.community.screen import Asked, Card
from trees.kinds import SkipReason, TaskKind

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping
    from random import Random

    from simulation.community.characters import Character
    from simulation.community.corpus import Text
    from simulation.community.handout import Handout
    from simulation.community.recognition import Known, Recognition
    from simulation.discord import Answer, Button, Form, Message, Select
    from simulation.discord.places import Channel

WISHES = tuple(kind for kind in TaskKind if kind is not TaskKind.RANK_PROMPTER_REPLIES)
BOARD_SHARE = 0.3
"""Share of tasks that are asked for at the board, where one stands."""

FROM_BOARD = "tasks asked for at the board"

SPAM_SHARE = 0.5
"""Share of a spammer's texts that belong elsewhere."""

SPAM_MOST = 12
"""Texts after which a spammer tires of it."""

RESTS_BEGIN, RESTS_END = 0.02, 1.0
"""Seconds of the first and of the longest rest of a member who finds nothing to do; each is twice the one before."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A text somebody put into a form and sent."""

    member: str
    text: str
    spam: bool
    saved: bool
    """Whether the bot said that it kept it."""


@dataclass(slots=True)
class Diary:
    """What the members did, as they themselves saw it."""

    done: Counter[str]
    """Texts, reviews and so on, by name."""
    typed: list[Typed] = field(default_factory=list)
    presses: list[Done] = field(default_factory=list)
    """What each task took that was done from start to finish."""
    troubles: list[str] = field(default_factory=list)
    """What the platform or the bot's silence kept somebody from, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where all members meet, and what they share."""

    channel: Channel
    handout: Handout
    recognition: Recognition
    diary: Diary
    pause: float
    """Mean seconds between two deeds of one person."""
    closing: asyncio.Event
    """Set when everybody is to finish what they hold and go."""
    board: Callable[[], Message | None] = lambda: None
    """The board that stands in the channel."""


class Client(Protocol):
    """What a member acts with: a person of the stand-in, or one who acts when nobody else does."""

    async def slash(self, channel: Channel, command: str, /, **options: Any) -> Answer:
        """Use a slash command."""
        ...

    async def press(self, message: Message, button: str | Button) -> Answer:
        """Press a button."""
        ...

    async def select(self, message: Message, select: str | Select, values: Iterable[Any]) -> Answer:
        """Choose in a menu."""
        ...

    async def submit(self, form: Form, values: Mapping[str, Any]) -> Answer:
        """Send the form that is open."""
        ...


class Stuck(Exception):
    """The client or the bot did not let somebody go on; they begin anew."""


class Member:
    """One person with a character, who works until told to stop.

    What they do hangs on `chance`, how long they pause on `pauses`: the same deeds come at any pace.
    """

    def __init__(self, person: Client, character: Character, place: Place, chance: Random, pauses: Random) -> None:
        self.person = person
        self.character = character
        self.place = place
        self.chance = chance
        self._pauses = pauses
        self._card: Card | None = None
        self._langs_by_name: dict[str, str] = {}
        self._own: set[str] = set()
        self._idle = 0
        self._spam_sent = 0
        self._needed = self._besides = 0

    async def work(self) -> None:
        """Ask for work and do it until the place closes; rest where there is none."""
        while not self.place.closing.is_set():
            if await self.turn():
                self._idle = 0
                await self.pause()
            else:
                await self.look_around()
                await self._rest()

    async def turn(self, **wish: str) -> bool:
        """Ask for one task and do it; returns whether there was something to do.

        A wish is a kind or a language, as the command takes them; without one they wish as it is their way.
        """
        card, self._card = self._card, None
        try:
            card = await self._wished(wish) if wish else await self._next_card(card)
            went_on = await self._answer(card)
        except Stuck:
            return False
        if went_on:
            self._card = card
        return went_on

    async def look_around(self) -> None:
        """Perhaps look at one's own work, where there is none to do."""
        if self.chance.random() < self.character.curious:
            self.place.diary.done["looks at own work"] += 1
            await self.person.slash(self.place.channel, "me")

    async def lend(self) -> None:
        """Let the showcase have what they wrote."""
        card = Card(self._seen(await self.person.slash(self.place.channel, "me", page="settings")))
        if (button := card.control("switch", "showcase", "1")) is not None:
            await self.person.press(card.message, button)

    async def pause(self) -> None:
        """Take the time people take between two deeds."""
        await asyncio.sleep(self.place.pause * self._pauses.expovariate(1.0) if self.place.pause else 0)

    def did(self, way: Way, replies: int = 0) -> None:
        """Note what the task in hand took, which is done."""
        self.place.diary.presses.append(Done(way, self._needed, self._besides, replies))

    async def press(self, card: Card, button: Button | None, *, besides: bool = False) -> Card:
        """Press a button of a card; what it turns into is a card too.

        Args:
            card: which.
            button: of it.
            besides: whether the task could be done without.
        """
        if button is None:
            raise self._stuck("a button is missing")
        self._needed += not besides
        self._besides += besides
        await self.pause()
        return Card(self._seen(await self.person.press(card.message, button)))

    async def open_form(self, card: Card, button: Button | None) -> Form:
        """Press a button that opens a form."""
        if button is None:
            raise self._stuck("a button is missing")
        self._needed += 1
        answer = await self.person.press(card.message, button)
        if answer.form is None:
            raise self._stuck(f"no form opened: {_words(answer)}")
        await self.pause()
        return answer.form

    async def submit(self, form: Form, values: dict[str, object]) -> Card:
        """Send a form that is open."""
        self._needed += 1
        return Card(self._seen(await self.person.submit(form, values)))

    async def conversation(self, card: Card) -> list[Known | None]:
        """Read the conversation on a card, in a file where it does not fit."""
        read = card.control("read")
        if read is None:
            return self.place.recognition.conversation(card.thread)
        self._besides += 2
        reader = Card(self._seen(await self.person.press(card.message, read)))
        file = reader.control("file")
        if file is None:
            raise self._stuck("there is no file to read")
        message = self._seen(await self.person.press(reader.message, file))
        if not message.files:
            raise self._stuck("the file to read did not come")
        return self.place.recognition.file(message.files[0].bytes.decode())

    async def _next_card(self, card: Card | None) -> Card:
        onward = None if card is None or self.chance.random() < self.character.wishing else card.control("next")
        if card is not None and onward is not None:
            return await self.press(card, onward)
        wish: dict[str, str] = {}
        if self.chance.random() < self.character.wishing:
            wish["kind"] = self.chance.choice(WISHES).value
            if self._langs_by_name and self.chance.random() < 0.3:
                wish["language"] = self.chance.choice(self.character.langs)
        board = self.place.board()
        if board is not None and "language" not in wish and self.chance.random() < BOARD_SHARE:
            return await self._from_board(Card(board), wish.get("kind"))
        return await self._wished(wish)

    async def _from_board(self, board: Card, kind: str | None) -> Card:
        """Ask for a task where everybody can."""
        self.place.diary.done[FROM_BOARD] += 1
        if kind is None:
            return await self.press(board, board.control("next"))
        menu = board.menu("wish")
        if menu is None:
            raise self._stuck("the board has no menu of kinds")
        if kind not in {option.value for option in menu.options}:
            return await self._wished({"kind": kind})
        return Card(self._seen(await self.person.select(board.message, menu, [kind])))

    async def _wished(self, wish: Mapping[str, str]) -> Card:
        return Card(self._seen(await self.person.slash(self.place.channel, "task", **wish)))

    async def _answer(self, card: Card) -> bool:
        """Do what a card asks for; returns whether there was something to do."""
        if card.asked in {Asked.CONSENT, Asked.WELCOME}:
            return await self._answer(await self.press(card, card.control(card.asked)))
        if card.asked is Asked.LANGUAGES:
            return await self._answer(await self._choose_languages(card))
        if card.asked is Asked.NOTHING:
            return False
        self._needed = self._besides = 0
        if self.chance.random() < self.character.passing:
            await self._pass_on(card, self.chance.choice((SkipReason.NOT_MY_TOPIC, SkipReason.CANNOT_JUDGE)))
            return True
        if card.asked is Asked.TEXT:
            return await self._write(card)
        if card.asked is Asked.RANKING:
            saved = await fill_ballot(self, card)
        else:
            saved = await fill_review(self, card)
        self._note("ballots" if card.asked is Asked.RANKING else "reviews", saved=saved)
        return True

    async def rate(self, card: Card, text: Text | None) -> Card:
        """Perhaps rate the last message with an emoji; returns the card as it is then."""
        if self.chance.random() >= self.character.rating:
            return card
        worth = self.character.judged(text, self.chance)
        if self.character.habit is Habit.SLOPPY:
            name = self.chance.choice(("up", "down"))
        elif self.character.rejects(text):
            name = "flag"
        else:
            name = "up" if worth > 0.6 else "down"
        button = card.control("emoji", name, "1")
        if button is None:
            return card
        self.place.diary.done["emoji ratings"] += 1
        return await self.press(card, button, besides=True)

    async def _choose_languages(self, card: Card) -> Card:
        menu = card.menu("langs")
        if menu is None:
            raise self._stuck("the menu of languages is missing")
        self._langs_by_name = {option.label: option.value for option in menu.options}
        wanted = [lang for lang in self.character.langs if lang in self._langs_by_name.values()]
        return Card(self._seen(await self.person.select(card.message, menu, wanted)))

    async def _write(self, card: Card) -> bool:
        thread = await self.conversation(card) if card.thread or card.in_pages else []
        text, spam = self._idea(card, thread)
        if text is None:
            await self._pass_on(card, SkipReason.NOT_MY_TOPIC)
            # Whoever has no prompt now has none in a moment either.
            return bool(thread)
        if thread and thread[-1] is not None:
            card = await self.rate(card, thread[-1].text)
        form = await self.open_form(card, card.control("write"))
        after = await self.submit(form, {"text": text.text})
        send = after.control("send")
        if send is not None:
            # What is long, or made somebody wonder, is looked at once more.
            after = await self.press(after, send)
        saved = after.control("write") is None and after.control("next") is not None
        self._own.add(text.text)
        self._spam_sent += spam
        self.place.diary.typed.append(Typed(self.character.name, text.text, spam, saved))
        self._note("texts", saved=saved)
        if saved:
            self.did(Way.WRITE if send is None else Way.LOOK_AND_WRITE)
        else:
            if not spam:
                self.place.handout.put_back(text)
            if (again := after.menu("skip") or card.menu("skip")) is not None:
                await self.person.select(card.message, again, [SkipReason.OTHER.value])
        return saved

    def _idea(self, card: Card, thread: list[Known | None]) -> tuple[Text | None, bool]:
        """Return what to write, and whether it belongs elsewhere."""
        place, character = self.place, self.character
        last = thread[-1] if thread else None
        tired = self._spam_sent >= SPAM_MOST
        spams = character.habit is Habit.SPAMMER and not tired and self.chance.random() < SPAM_SHARE
        if thread and (last is None or spams):
            lang = self._lang(card)
            parents = () if last is None else last.texts
            return (place.handout.foreign(lang, parents, self.chance), True) if spams and parents else (None, False)
        if thread and last is not None:
            known = place.handout.reply(last.texts, len(thread) - 1, skill=character.skill, not_again=self._own)
            return known, False
        if spams:
            return place.handout.foreign(self._lang(card), (), self.chance), True
        return place.handout.prompt(self._lang(card)), False

    def _lang(self, card: Card) -> str:
        """Return the language a card is about, by its name on the card."""
        head = card.message.text.partition("\n> ")[0]
        found = [lang for name, lang in self._langs_by_name.items() if name in head]
        return found[0] if len(found) == 1 else self.character.langs[0]

    async def _pass_on(self, card: Card, reason: SkipReason) -> None:
        menu = card.menu("skip")
        if menu is None:
            raise self._stuck("the menu of reasons is missing")
        self.place.diary.done["skips"] += 1
        self._seen(await self.person.select(card.message, menu, [reason.value]))

    async def _rest(self) -> None:
        seconds = min(RESTS_END, RESTS_BEGIN * 2**self._idle)
        self._idle = min(self._idle + 1, 10)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds * self._pauses.uniform(0.5, 1.0)):
                await self.place.closing.wait()

    def _note(self, what: str, *, saved: bool) -> None:
        self.place.diary.done[what if saved else f"{what} refused"] += 1

    def _seen(self, answer: Answer) -> Message:
        if answer.message is None:
            raise self._stuck(_words(answer))
        return answer.message

    def _stuck(self, why: str) -> Stuck:
        self.place.diary.troubles.append(f"{self.character.name}: {why}")
        return Stuck(why)


def _words(answer: Answer) -> str:
    return answer.error or ("no answer in time" if not answer.acknowledged else f"answered with {answer.kind}")
