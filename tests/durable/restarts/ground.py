"""What others wrote before: each flow has a language of its own, so what it is given does not hang on chance."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.ballots import Ballots
from services.members import CONSENT_VERSION, Members
from services.messages import Messages
from services.people import Caller
from services.pools import Pools
from services.reviews import Reviews
from services.showcase import Showcases
from services.surroundings import Surroundings
from services.tasks import Tasks
from services.upkeep import Upkeep
from storage.store import opened
from tests.durable.restarts.place import LANGS, RULES
from trees.ballots import Ballot
from trees.ids import CHANCE_BITS, TreeLanguage, UiLocale, uuid7
from trees.kinds import TaskKind
from trees.labels import Label
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from storage.store import Store

GOOD = {Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0, Label.QUALITY: 0.75}
LONG = "A long way to go. " * 222


class Ground:
    """The use cases without Discord, for people who were here before."""

    def __init__(self, store: Store) -> None:
        lots = random.Random(3)
        around = Surroundings(
            lambda: datetime.now(UTC), lots.random, lambda now: uuid7(now, lots.getrandbits(CHANCE_BITS))
        )
        self._pools = Pools(store, around)
        self._members = Members(store, around)
        self._tasks = Tasks(store, around)
        self._messages = Messages(store, around)
        self._reviews = Reviews(store, around)
        self._upkeep = Upkeep(store, around)
        self._ballots = Ballots(store, around)
        self._showcases = Showcases(store, around)
        self._place = "7"
        self._met: set[tuple[str, str]] = set()

    async def rule(self) -> None:
        await self._pools.prepare(
            name="Orchard",
            licence="Apache-2.0",
            preset="tiny",
            changes=RULES,
            langs=[TreeLanguage(lang) for lang in LANGS],
        )

    async def prompt(self, lang: str, text: str = "Why is the sky blue?") -> None:
        """A prompt that waits for reviews."""
        await self._write("first", lang, TaskKind.INITIAL_PROMPT, text)

    async def growing(self, lang: str, text: str = "Why is the sky blue?") -> None:
        """A prompt that waits for replies."""
        await self.prompt(lang, text)
        await self._review("second", lang, TaskKind.LABEL_INITIAL_PROMPT)
        await self._upkeep.draw_lottery()

    async def ranked(self, lang: str) -> None:
        """A prompt with three replies, Alpha, Beta and Gamma, that wait to be ranked."""
        await self.growing(lang)
        for name in ("Alpha", "Beta", "Gamma"):
            await self._write(name, lang, TaskKind.ASSISTANT_REPLY, f"{name} is my answer.")
            await self._review("second", lang, TaskKind.LABEL_ASSISTANT_REPLY)

    async def shown(self, lang: str, place: str, channel: str) -> None:
        """A finished tree whose authors lend their words to the showcase of a Discord server."""
        self._place = place
        await self.ranked(lang)
        judge = await self._here("fourth", lang)
        given = await self._tasks.give(judge, kind=TaskKind.RANK_ASSISTANT_REPLIES, lang=lang)
        ballot = Ballot(tuple((shown.message_id,) for shown in given.options))
        taken = await self._ballots.submit(judge, given.task_id, ballot)
        await self._members.told(judge, [taken.task_id])
        for who in ("first", "Alpha", "Beta", "Gamma"):
            await self._members.lend_to_showcase(await self._here(who, lang), on=True)
        await self._showcases.place(judge, channel, UiLocale("en-US"))

    async def agreed(self, account: str, lang: str) -> None:
        """Somebody who is on Discord agrees to the terms."""
        caller = Caller(account, self._place, UiLocale("en-US"))
        await self._members.consent(caller, version=CONSENT_VERSION, text_sha256="0" * 64)
        await self._members.choose_languages(caller, [lang])

    async def reply(self, lang: str) -> None:
        """A reply that waits for reviews."""
        await self.growing(lang)
        await self._write("third", lang, TaskKind.ASSISTANT_REPLY, "Because of scattering.")

    async def _write(self, who: str, lang: str, kind: TaskKind, text: str) -> None:
        caller = await self._here(who, lang)
        given = await self._tasks.give(caller, kind=kind, lang=lang)
        taken = await self._messages.submit(caller, given.task_id, text)
        await self._members.told(caller, [taken.task_id])

    async def _review(self, who: str, lang: str, kind: TaskKind) -> None:
        caller = await self._here(who, lang)
        given = await self._tasks.give(caller, kind=kind, lang=lang)
        taken = await self._reviews.submit(caller, given.task_id, GOOD)
        await self._members.told(caller, [taken.task_id])

    async def _here(self, who: str, lang: str) -> Caller:
        caller = Caller(f"{who}-{lang}", self._place, UiLocale("en-US"))
        if (who, lang) not in self._met:
            await self._members.consent(caller, version=CONSENT_VERSION, text_sha256="0" * 64)
            await self._members.choose_languages(caller, [lang])
            await self._members.stand(caller, Onboarding.DONE)
            self._met.add((who, lang))
        return caller


async def laid(live: Path, wanted: Mapping[str, Callable[[Ground, str], Awaitable[None]]]) -> None:
    """Make a store in which each language has what its flow begins with."""
    async with opened(live) as store:
        ground = Ground(store)
        await ground.rule()
        for lang, lay in wanted.items():
            await lay(ground, lang)
