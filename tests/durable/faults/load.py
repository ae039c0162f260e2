"""A crowd on the real writer and the real services, which says what it was told is saved.

As a program it is a server: it forks a crowd for each plan on its standard input, so the modules are loaded once.
Answers: the crowd's process id, and when it has ended its exit status. Acknowledgements are lines `kind task sha256`
in the plan's file, written the moment a service has answered.
"""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from services.ballots import Ballots
from services.members import CONSENT_VERSION, Members
from services.messages import Messages
from services.people import Caller
from services.pools import Pools
from services.reviews import Reviews
from services.surroundings import Surroundings
from services.tasks import Tasks
from storage import writer
from storage.migrate import LIVE, upgrade
from storage.store import Store, opened
from trees.ballots import Ballot
from trees.ids import CHANCE_BITS, TreeLanguage, UiLocale, uuid7
from trees.kinds import Activity
from trees.labels import Label
from trees.onboarding import Onboarding
from trees.refusals import Refusal, StoreReadOnly

if TYPE_CHECKING:
    from uuid import UUID

    from services.assignments import Assignment

GOOD = {Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0, Label.QUALITY: 0.75}
FAILED = 74
TRIES = 100
LIFETIME_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one crowd does, and which call of its fails."""

    store: str
    acks: str = ""
    seed: int = 1
    job: str = "crowd"
    """`migrate` only makes the store; `migrate carelessly` does it as the driver's defaults would."""
    members: int = 8
    turns: int = 1_000_000
    """Turns of each member."""
    sync: str = "FULL"
    """For controls: NORMAL leaves a commit to the next power cut."""
    autocheckpoint: int = 1000
    """Pages of log after which it is folded into the file."""
    fail_at: int = 0
    """The number of the write or sync on the store's files, once the crowd works, that fails; 0: none."""
    fail_times: int = 1
    errno: int = 5
    only_syncs: bool = False
    """Whether only syncs are counted, and fail."""


class Crowd:
    """Members that take whatever work there is and do it, all at once."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._plan = plan
        self._acks = os.open(plan.acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._chance = random.Random(plan.seed)
        around = Surroundings(lambda: datetime.now(UTC), self._chance.random, self._new_id)
        self._pools = Pools(store, around)
        self._people = Members(store, around)
        self._tasks = Tasks(store, around)
        self._messages = Messages(store, around)
        self._reviews = Reviews(store, around)
        self._ballots = Ballots(store, around)

    def _new_id(self, now: datetime) -> UUID:
        return uuid7(now, self._chance.getrandbits(CHANCE_BITS))

    def _tell(self, *words: str) -> None:
        os.write(self._acks, (" ".join(words) + "\n").encode())

    async def gather(self) -> list[Caller]:
        """Let everybody join, under names that no crowd had before."""
        await self._pools.prepare(
            name="Main",
            licence="Apache-2.0",
            preset="tiny",
            changes={
                "max_active_trees": 10_000,
                "max_initial_prompt_review": 10_000,
                "tasks_per_window": 0,
                "assistant_replies_per_window": 0,
                "prompter_replies_per_window": 0,
            },
            langs=[TreeLanguage("en")],
        )
        crowd = [Caller(f"{self._plan.seed}{100 + n}", "100", UiLocale("en-US")) for n in range(self._plan.members)]
        for caller in crowd:
            await self._people.consent(caller, version=CONSENT_VERSION, text_sha256="0" * 64)
            await self._people.choose_languages(caller, ("en",))
            await self._people.stand(caller, Onboarding.DONE)
        return crowd

    async def work(self, crowd: list[Caller]) -> None:
        """Let everybody work, each turn by turn."""
        self._tell("ready")
        await asyncio.gather(*(self._works(caller) for caller in crowd))

    async def _works(self, caller: Caller) -> None:
        for _ in range(self._plan.turns):
            try:
                task = await self._tasks.give(caller)
            except Refusal:
                await asyncio.sleep(0.001)
                continue
            await self._does(caller, task)

    async def _does(self, caller: Caller, task: Assignment) -> None:
        text = f"{task.task_id} {self._chance.getrandbits(64)} " + "word " * self._chance.randrange(1, 80)
        for _ in range(TRIES):
            try:
                kind = await self._submitted(caller, task, text)
            except StoreReadOnly:
                self._tell("refused", task.task_id.hex, _sha256(text))
                await asyncio.sleep(0.002)
            except Refusal as refusal:
                self._tell("declined", task.task_id.hex, type(refusal).__name__)
                return
            else:
                self._tell(kind, task.task_id.hex, _sha256(text))
                return

    async def _submitted(self, caller: Caller, task: Assignment, text: str) -> str:
        if task.kind.activity is Activity.RANK:
            groups = tuple((option.message_id,) for option in task.options)
            await self._ballots.submit(caller, task.task_id, Ballot(groups))
            return "ballot"
        if task.kind.activity.labels:
            await self._reviews.submit(caller, task.task_id, GOOD)
            return "review"
        await self._messages.submit(caller, task.task_id, text)
        return "text"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def lived(plan: Plan) -> int:
    """Let a crowd live on its store; return the exit status. The store is left as a crash leaves it."""
    # Ten seconds of refusing pass in ten milliseconds.
    async with opened(
        Path(plan.store), reserve_bytes=2**18, least_free=0, monotonic=lambda: time.monotonic() * 1000
    ) as store:
        crowd = Crowd(store, plan)
        people = await crowd.gather()
        raw: Any = store._writer._connection.connection.dbapi_connection
        raw.execute(f"PRAGMA synchronous={plan.sync}")
        writer.PAGES = plan.autocheckpoint
        if plan.fail_at:
            ctypes.CDLL(None).orchard_fail(plan.fail_at, plan.fail_times, plan.errno, plan.only_syncs)
        work = asyncio.create_task(crowd.work(people))
        failure = asyncio.create_task(store.failure())
        await asyncio.wait({work, failure}, return_when=asyncio.FIRST_COMPLETED)
        if failure.done():
            os._exit(FAILED)
        work.result()
        os._exit(0)


def migrated(plan: Plan) -> int:
    """Bring the store of a plan to the present schema."""
    if plan.job == "migrate":
        upgrade(Path(plan.store))
        return 0
    config = Config()
    config.set_main_option("script_location", str(LIVE.scripts))
    with create_engine(f"sqlite:///{plan.store}").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, LIVE.head)
    return 0


def serve() -> None:
    """Fork a crowd for each plan."""
    for line in sys.stdin:
        plan = Plan(**json.loads(line))
        child = os.fork()
        if child == 0:
            signal.alarm(LIFETIME_SECONDS)
            status = 1
            try:
                status = asyncio.run(lived(plan)) if plan.job == "crowd" else migrated(plan)
            finally:
                os._exit(status)
        print(child, flush=True)  # noqa: T201  the protocol
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201  the protocol


if __name__ == "__main__":
    serve()
