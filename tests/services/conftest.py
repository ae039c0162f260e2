"""A real store on a temporary disk, a clock that stands until it is moved, and chance under a seed."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from services.audit import AuditLog
from services.authored import Authored
from services.ballots import Ballots
from services.emoji_ratings import EmojiRatings
from services.members import CONSENT_VERSION, Members
from services.messages import Messages
from services.moderation import Moderation
from services.outbox import Outbox
from services.people import Caller
from services.pools import Pools
from services.reactions import Reactions
from services.reasons import Reasons
from services.reviews import Reviews
from services.rights import Rights
from services.settings import Settings
from services.showcase import Showcases
from services.sprints import Sprints
from services.standings import Standings
from services.surroundings import Surroundings
from services.tasks import Tasks
from services.topics import Topics
from services.upkeep import Upkeep
from services.waits import Waits
from storage import verdict_rates
from storage.members import PEOPLE, read_by_account
from storage.schema import metadata
from storage.store import opened
from storage.verdict_rates import RATES
from trees.ballots import Ballot
from trees.ids import CHANCE_BITS, TreeLanguage, UiLocale, uuid7
from trees.kinds import Activity, SkipReason, TaskKind
from trees.labels import Label
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from uuid import UUID

    from services.assignments import Assignment
    from storage.store import Store

PLACE = "100"
UNHURRIED = {"tasks_per_window": 0, "assistant_replies_per_window": 0, "prompter_replies_per_window": 0}
"""Rules without limits on how many tasks one person is given within a while."""
MAINTAINER = "77"


@dataclass
class Chance:
    """Lots and ids under a seed, and the moment."""

    seed: int = 7
    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    lots: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.lots = random.Random(self.seed)

    def id(self, now: datetime) -> UUID:
        return uuid7(now, self.lots.getrandbits(CHANCE_BITS))


class Everybody(frozenset[str]):
    """Those who may moderate where a test is not about who may."""

    def __contains__(self, account: object) -> bool:
        return True


class Grove:
    """The use cases on one store, and short ways to say who does what."""

    GOOD: ClassVar = {Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0, Label.QUALITY: 0.75}
    BAD: ClassVar = {Label.SPAM: 1.0, Label.LANG_MISMATCH: 0.0}

    def __init__(self, store: Store, seed: int, now: Callable[[], datetime] | None = None) -> None:
        self.store = store
        self.chance = Chance(seed)
        around = Surroundings(now or (lambda: self.chance.now), self.chance.lots.random, self.chance.id)
        self.pools = Pools(store, around)
        self.members = Members(store, around)
        self.tasks = Tasks(store, around)
        self.messages = Messages(store, around)
        self.reviews = Reviews(store, around)
        self.authored = Authored(store, around)
        self.ballots = Ballots(store, around)
        self.emoji = EmojiRatings(store, around)
        self.moderation = Moderation(store, around, Rights(Everybody()))
        self.upkeep = Upkeep(store, around)
        self.standings = Standings(store, around)
        self.reasons = Reasons(store, around)
        self.waits = Waits(store, around)
        self.topics = Topics(store, around)
        self.rights = Rights(frozenset({MAINTAINER}))
        self.settings = Settings(store, around, self.rights)
        self.audit = AuditLog(store, around, self.rights)
        self.showcases = Showcases(store, around)
        self.reactions = Reactions(store, around)
        self.sprints = Sprints(store, around, self.rights)
        self.outbox = Outbox(store, around)
        self.around = around
        self._texts = 0

    def pass_time(self, **span: float) -> None:
        self.chance.now += timedelta(**span)

    def text(self) -> str:
        self._texts += 1
        return f"Text number {self._texts}."

    async def rule(
        self,
        preset: str = "tiny",
        langs: tuple[str, ...] = ("en", "de"),
        topics: tuple[str, ...] = ("maths", "food", "travel"),
        **changes: Any,
    ) -> None:
        await self.pools.prepare(
            name="Main",
            licence="Apache-2.0",
            preset=preset,
            # People of tests act while the clock stands.
            changes=UNHURRIED | changes,
            langs=[TreeLanguage(lang) for lang in langs],
            topics=topics,
        )

    async def join(self, name: str, *langs: str, place: str | None = PLACE) -> Caller:
        caller = Caller(name, place, UiLocale("en-US"))
        await self.members.consent(caller, version=CONSENT_VERSION, text_sha256="0" * 64)
        await self.members.choose_languages(caller, langs or ("en",))
        await self.members.stand(caller, Onboarding.DONE)
        return caller

    async def crowd(self, number: int, *langs: str) -> list[Caller]:
        return [await self.join(f"{1000 + count}", *langs) for count in range(number)]

    async def do(self, caller: Caller, task: Assignment, labels: dict[Label, float] | None = None) -> Any:
        """Do a task as well as anybody could: replies are ranked in the order shown."""
        if task.kind.activity is Activity.RANK:
            groups = tuple((option.message_id,) for option in task.options)
            return await self.ballots.submit(caller, task.task_id, Ballot(groups))
        if task.kind.activity.labels:
            return await self.reviews.submit(caller, task.task_id, labels or self.GOOD)
        return await self.messages.submit(caller, task.task_id, self.text())

    async def give(self, caller: Caller, kind: TaskKind) -> Assignment:
        return await self.tasks.give(caller, kind=kind)

    async def work(self, caller: Caller, kind: TaskKind, labels: dict[Label, float] | None = None) -> Any:
        """Take a task of a kind and do it."""
        return await self.do(caller, await self.give(caller, kind), labels)

    async def growing(self, author: Caller, reviewer: Caller) -> UUID:
        """Let a prompt be written and accepted (rules that ask for one review); return the tree."""
        taken = await self.work(author, TaskKind.INITIAL_PROMPT)
        await self.work(reviewer, TaskKind.LABEL_INITIAL_PROMPT)
        return taken.message_id

    async def skip(self, caller: Caller, kind: TaskKind, reason: SkipReason) -> Assignment:
        """Take a task of a kind and pass it on."""
        task = await self.give(caller, kind)
        await self.tasks.skip(caller, task.task_id, reason)
        return task

    async def state(self, tree: UUID) -> str:
        (row,) = await self.rows("trees", id=tree)
        return str(row["state"])

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        columns = metadata.tables[table]

        def read(tx: Any) -> list[dict[str, Any]]:
            statement = columns.select()
            for column, value in where.items():
                statement = statement.where(columns.c[column] == value)
            return [dict(row._mapping) for row in tx.execute(statement)]

        return await self.store.read(read)

    async def change(self, table: str, where: dict[str, Any], **values: Any) -> None:
        """Write behind the back of the use cases."""
        columns = metadata.tables[table]
        statement = columns.update().values(**values)
        for column, value in where.items():
            statement = statement.where(columns.c[column] == value)
        await self.store.write(lambda tx: tx.execute(statement))


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Grove]]:
    """A grove under a seed of one's own, for tests that need several."""

    @asynccontextmanager
    async def plant(name: str = "live.sqlite", seed: int = 7) -> AsyncIterator[Grove]:
        async with opened(tmp_path / name) as store:
            yield Grove(store, seed)
            assert await store.write(misremembered) == {}

    return plant


def misremembered(tx: Any) -> dict[Any, Any]:
    """Return what the connection that writes remembers otherwise than it stands in the store."""
    people = {who: found for who, found in PEOPLE.remembered(tx).items() if found != read_by_account(tx, who)}
    rates = {key: seen for key, seen in RATES.remembered(tx).items() if seen != verdict_rates.read(tx, *key)}
    return people | rates


@pytest.fixture
async def grove(planted: Callable[..., AbstractAsyncContextManager[Grove]]) -> AsyncIterator[Grove]:
    async with planted() as grove:
        await grove.rule()
        yield grove
