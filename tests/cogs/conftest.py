"""The bot with its real services on a real store, in a Discord kept in memory."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest
import simcord
import simcord.interactions
from simcord.components import walk_components

from cogs.assembly import FEATURES, assembled
from cogs.host import Host, Services
from cogs.parts.ids import decode
from services.audit import AuditLog
from services.authored import Authored
from services.ballots import Ballots
from services.boards import Boards
from services.cases import Cases
from services.drafting import Drafts
from services.emoji_ratings import EmojiRatings
from services.level_roles import LevelRoles
from services.members import Members
from services.messages import Messages
from services.outbox import Outbox
from services.own_pools import OwnPools
from services.pools import Pools
from services.privacy import Privacy
from services.progress import Progresses
from services.proposals import Proposals
from services.reactions import Reactions
from services.reasons import Reasons
from services.reviews import Reviews
from services.rights import Rights
from services.sanctions import Sanctions
from services.settings import Settings
from services.showcase import Showcases
from services.sprints import Sprints
from services.standings import Standings
from services.surroundings import Surroundings
from services.tasks import Tasks
from services.topics import Topics
from services.upkeep import Upkeep
from services.waits import Waits
from storage.schema import metadata
from storage.store import opened
from trees.ids import CHANCE_BITS, TreeLanguage, uuid7
from trees.refusals import Refusal
from trees.topics import USUAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from uuid import UUID

    from simcord.results import InteractionResult, ResponseMessage

    from storage.store import Store

# simcord sleeps 50 ms after nearly every action; one loop turn is enough (test_simcord.py guards the name).
simcord.Env._settle_internal.__kwdefaults__["idle"] = 0.001

LOCALES: dict[int, str] = {}
"""What people set their Discord to; simcord itself knows only en-US."""

_payload = simcord.interactions.base_payload


def _in_their_language(*args: Any, **kwargs: Any) -> Any:
    record, payload = _payload(*args, **kwargs)
    return record, payload | {"locale": LOCALES.get(kwargs["user_id"], "en-US")}


simcord.interactions.base_payload = _in_their_language

BUTTON, SELECT, TEXT_DISPLAY = 2, 3, 10


@dataclass
class Chance:
    """A clock that stands until it is moved, lots and ids under a seed."""

    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    lots: random.Random = field(default_factory=lambda: random.Random(11))

    def id(self, now: datetime) -> UUID:
        return uuid7(now, self.lots.getrandbits(CHANCE_BITS))


class Card:
    """What stands in one message of the bot: its words and its controls."""

    def __init__(self, message: ResponseMessage) -> None:
        self.message = message
        self.parts = list(walk_components(message.components))

    @property
    def text(self) -> str:
        words = [part["content"] for part in self.parts if part["type"] == TEXT_DISPLAY]
        return "\n".join([self.message.content, *words]).strip()

    def controls(self, action: str | None = None) -> list[dict[str, Any]]:
        found = [part for part in self.parts if part["type"] in {BUTTON, SELECT} and part.get("custom_id")]
        return [part for part in found if action is None or decode(part["custom_id"]).action == action]

    @property
    def actions(self) -> list[str]:
        return [decode(part["custom_id"]).action for part in self.controls()]

    def control(self, action: str, *args: str) -> dict[str, Any]:
        """The one control of an action whose arguments hold these."""
        [found] = [part for part in self.controls(action) if set(args) <= set(decode(part["custom_id"]).args)]
        return found


class Person:
    """Somebody at Discord, who sees one card at a time."""

    def __init__(self, house: House, actor: Any) -> None:
        self.house = house
        self.actor = actor
        self.card: Card | None = None
        self.result: InteractionResult | None = None

    async def slash(self, name: str, /, **options: Any) -> Card:
        return self._seen(await self.actor.slash(self.house.channel, name, **options))

    async def press(self, action: str, *args: str, on: Card | None = None) -> Card:
        card = on or self.card
        assert card is not None
        control = card.control(action, *args)
        return self._seen(await self.actor.click(card.message, custom_id=control["custom_id"]), card)

    async def pick(self, action: str, *values: str, on: Card | None = None) -> Card:
        card = on or self.card
        assert card is not None
        control = card.control(action)
        return self._seen(await self.actor.select(card.message, values, custom_id=control["custom_id"]), card)

    async def send(self, values: dict[str, Any], form: InteractionResult | None = None) -> Card:
        return self._seen(await self.actor.submit_modal(form or self.form, values), self.card)

    @property
    def form(self) -> InteractionResult:
        assert self.result is not None
        assert self.result.modal is not None, "no form was opened"
        return self.result

    @property
    def modal(self) -> dict[str, Any]:
        modal = self.form.modal
        assert modal is not None
        return modal

    def _seen(self, result: InteractionResult, before: Card | None = None) -> Card:
        assert result.acknowledged, "the interaction was not answered"
        self.result = result
        newest = result.followups[-1] if result.followups else result.response
        message = newest or (before.message if before else None)
        assert message is not None
        if newest is not None:
            assert message.ephemeral
        self.card = Card(message)
        return self.card

    async def join(self, *langs: str) -> Card:
        """Come for the first time: agree, choose languages, and see what comes."""
        await self.slash("task")
        await self.press("agree")
        await self.pick("langs", *(langs or ("en",)))
        return await self.press("begin")

    async def write(self, text: str) -> Card:
        await self.press("write")
        return await self.send({"text": text})

    async def hand_in(self, text: str) -> Card:
        """Write something, and send it also where it is worth a second look."""
        card = await self.write(text)
        return await self.press("send") if "send" in card.actions else card


class House:
    """The bot, its store and its Discord."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.chance = Chance()
        around = Surroundings(lambda: self.chance.now, self.chance.lots.random, self.chance.id)
        self.pools = Pools(store, around)
        self.upkeep = Upkeep(store, around)
        self.around = around
        self.maintainers: set[str] = set()
        rights = Rights(self.maintainers)
        self.services = Services(
            members=Members(store, around),
            tasks=Tasks(store, around),
            messages=Messages(store, around),
            drafts=Drafts(store, around),
            proposals=Proposals(store, around),
            reviews=Reviews(store, around),
            authored=Authored(store, around),
            ballots=Ballots(store, around),
            emoji_ratings=EmojiRatings(store, around),
            outbox=Outbox(store, around),
            settings=Settings(store, around, rights),
            own_pools=OwnPools(store, around, rights),
            privacy=Privacy(store, around),
            reasons=Reasons(store, around),
            waits=Waits(store, around),
            boards=Boards(store, around),
            level_roles=LevelRoles(store, around, rights),
            progress=Progresses(store, around),
            sprints=Sprints(store, around, rights),
            standings=Standings(store, around),
            topics=Topics(store, around),
            showcases=Showcases(store, around),
            reactions=Reactions(store, around),
            sanctions=Sanctions(store, around, rights),
            audit=AuditLog(store, around, rights),
            cases=Cases(store, around, rights),
        )
        self.features = FEATURES
        self.people = 0
        self.env: Any = None
        self.channel: Any = None
        self.guild: Any = None

    def bot(self, **options: Any) -> Host:
        return assembled(self.services, features=self.features, **options)

    async def rule(self, preset: str = "tiny", langs: tuple[str, ...] = ("en", "de"), **changes: Any) -> None:
        named = [TreeLanguage(lang) for lang in langs]
        # People of tests act while the clock stands.
        changes = dict.fromkeys(("tasks_per_window", "assistant_replies_per_window"), 0) | changes
        await self.pools.prepare(
            name="Main", licence="Apache-2.0", preset=preset, changes=changes, langs=named, topics=USUAL
        )

    def person(self, locale: str = "en-US", **allowed: bool) -> Person:
        """Somebody in the server, with these of Discord's permissions."""
        self.people += 1
        user = self.env.create_user(f"person{self.people}")
        LOCALES[user.id] = locale
        roles = [self.guild.create_role("allowed", permissions=discord.Permissions(**allowed))] if allowed else []
        return Person(self, self.guild.add_member(user, roles=roles))

    def maintainer(self, locale: str = "en-US") -> Person:
        """Somebody who looks after the dataset, and may use the moderators' commands in this server."""
        person = self.person(locale, manage_guild=True)
        self.maintainers.add(str(person.actor.id))
        return person

    def pass_time(self, **span: float) -> None:
        self.chance.now += timedelta(**span)

    async def close_dms(self) -> None:
        """Let Discord have refused everybody's direct messages."""
        await self.store.write(
            lambda tx: tx.execute(metadata.tables["members"].update().values(dm_closed_at=self.chance.now))
        )

    async def restart(self) -> None:
        await self.env.restart_bot(self.bot())

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        columns = metadata.tables[table]

        def read(tx: Any) -> list[dict[str, Any]]:
            statement = columns.select()
            for column, value in where.items():
                statement = statement.where(columns.c[column] == value)
            return [dict(row._mapping) for row in tx.execute(statement)]

        return await self.store.read(read)

    def bugs(self) -> list[BaseException]:
        causes = [getattr(error, "original", error) for error in self.env.errors]
        return [cause for cause in causes if not isinstance(cause, Refusal)]

    def live_in(self, env: simcord.Env) -> None:
        self.env = env
        self.guild = env.create_guild()
        self.channel = self.guild.create_text_channel("work")


@pytest.fixture
def housed(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[House]]:
    """A house whose pool is ruled as the test says; entered in the test itself."""

    @asynccontextmanager
    async def build(preset: str = "tiny", **changes: Any) -> AsyncIterator[House]:
        async with opened(tmp_path / "live.sqlite") as store:
            house = House(store)
            await house.rule(preset, **changes)
            async with simcord.run(house.bot(), check_errors=False) as env:
                house.live_in(env)
                yield house
                assert house.bugs() == []

    return build


@pytest.fixture
async def unlived(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path / "live.sqlite") as store:
        house = House(store)
        await house.rule()
        yield house


@pytest.fixture
async def env(unlived: House) -> AsyncIterator[simcord.Env]:
    env = simcord.Env(unlived.bot(), check_errors=False)
    await env.start()
    yield env
    await env.shutdown()


@pytest.fixture
async def house(unlived: House, env: simcord.Env) -> AsyncIterator[House]:
    unlived.live_in(env)
    yield unlived
    assert unlived.bugs() == []
