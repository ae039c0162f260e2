"""Interactions from the moment a person acts to the last follow-up, with Discord's clocks on them."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.discord import limits
from simulation.discord.refusals import ApiRefusal, Problem, invalid, unknown
from simulation.discord.snowflakes import Json, Snowflake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulation.discord.messages import MessageRecord, Upload
    from simulation.discord.places import Channel, User
    from simulation.discord.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
# Which answers fit which interaction. Premium and activity answers (10, 12) have no stand-in.
FITTING = {
    COMMAND: {REPLY, DEFER, MODAL},
    COMPONENT: {REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {REPLY, DEFER, DEFER_UPDATE, UPDATE},
}


@dataclass(slots=True, eq=False)
class Interaction:
    """One act of a person and what became of it; `ms` is the time to the first callback."""

    id: Snowflake
    token: str
    kind: int
    user: User
    channel: Channel
    name: str
    metadata: Json
    born: float
    done: asyncio.Future[None]
    source: MessageRecord | None = None
    ms: float | None = None
    callback: int | None = None
    original: MessageRecord | None = None
    modal: Json | None = None
    choices: list[Json] | None = None
    missed: bool = False
    settled: asyncio.Future[None] | None = None
    latest: MessageRecord | None = None
    timer: asyncio.TimerHandle | None = None

    def reveal(self) -> None:
        """Let the person see the answer; called once the bot's HTTP answer is written."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not self.done.done():
            self.done.set_result(None)

    def resolve(self, record: MessageRecord) -> None:
        """A deferred answer has come."""
        self.latest = record
        if self.settled is not None and not self.settled.done():
            self.settled.set_result(None)


class Interactions:
    """Interactions under way, by id and token; the oldest are forgotten beyond the world's limit."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[Snowflake, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        *,
        name: str,
        data: Json,
        source: MessageRecord | None = None,
        trigger: Json | None = None,
    ) -> Interaction:
        """Send an interaction to the bot and start its clock.

        Args:
            kind: Discord's interaction type, 2 to 5.
            user: who acts.
            channel: where.
            name: under which it is counted.
            data: the interaction's data.
            source: the message whose control was used.
            trigger: metadata of the interaction that opened the submitted form.
        """
        world = self._world
        loop = asyncio.get_running_loop()
        owners = world.owners(user, channel)
        number = world.mint()
        metadata: Json = {
            "id": number,
            "type": kind,
            "user": user.payload,
            "authorizing_integration_owners": owners,
        }
        if kind == COMPONENT and source is not None:
            metadata["interacted_message_id"] = source.id
        if kind == MODAL_SUBMIT:
            metadata["triggering_interaction_metadata"] = trigger
        token = base64.urlsafe_b64encode(world.chance.randbytes(48)).decode()
        one = Interaction(
            number, token, kind, user, channel, name, metadata, time.monotonic(), loop.create_future(), source
        )
        self._by_id[one.id] = self._by_token[one.token] = one
        self._trim()
        world.statistics.sending(name)
        one.timer = loop.call_later(world.ack.total_seconds(), self._expire, one)
        world.emit("INTERACTION_CREATE", self._payload(one, data, owners), guild=channel.guild)
        return one

    def callback(self, number: str, token: str, body: Json, uploads: Sequence[tuple[int, Upload]]) -> Interaction:
        """Take the bot's first answer.

        Raises:
            ApiRefusal: 10062 too late or never sent, 40060 answered already, 50035 an answer that does not fit.
        """
        one = self._by_id.get(Snowflake(number))
        if one is None or one.token != token or one.missed:
            raise unknown("Interaction")
        if one.callback is not None:
            raise ApiRefusal(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body.get("type"), body.get("data") or {}
        if kind == UPDATE and one.source is not None and one.source.gone:
            raise unknown("Message")
        fits = kind in FITTING[one.kind] and not (kind in (DEFER_UPDATE, UPDATE) and one.source is None)
        if not fits or not isinstance(kind, int):
            words = f"Callback type {kind} does not answer interaction type {one.kind}."
            raise invalid([Problem(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", words)])
        self._take(one, kind, data, uploads)
        one.callback = kind
        one.ms = (time.monotonic() - one.born) * 1000
        self._world.statistics.answer(one.name, one.ms)
        return one

    def by_token(self, token: str) -> Interaction:
        """The interaction a webhook token belongs to; 10015 unknown or unanswered, 50027 expired."""
        one = self._by_token.get(token)
        if one is None or one.callback is None:
            raise unknown("Webhook")
        if time.monotonic() - one.born > self._world.token_life.total_seconds():
            raise ApiRefusal(401, 50027, "Invalid Webhook Token")
        return one

    def follow_up(self, one: Interaction, body: Json, uploads: Sequence[tuple[int, Upload]]) -> MessageRecord:
        """A further message; the first one after a deferral takes the place of "thinking"."""
        messages, original = self._world.messages, one.original
        if original is not None and original.loading and not original.gone:
            return self.edit(one, original, body, uploads)
        whisper = bool(int(body.get("flags") or 0) & limits.EPHEMERAL)
        record = messages.post(
            one.channel,
            self._world.bot,
            body,
            uploads=uploads,
            interaction=one,
            only_for=one.user.id if whisper else None,
        )
        one.resolve(record)
        return record

    def find(self, one: Interaction, message: str) -> MessageRecord:
        """A message of the interaction: `@original` or the id of a follow-up; 10008 when it is gone."""
        record = one.original if message == "@original" else self._world.messages.by_id.get(Snowflake(message))
        if record is None or record.gone or record.author is not self._world.bot:
            raise unknown("Message")
        if record is not one.original and record.payload.get("interaction_metadata") is not one.metadata:
            raise unknown("Message")
        return record

    def edit(
        self, one: Interaction, record: MessageRecord, body: Json, uploads: Sequence[tuple[int, Upload]]
    ) -> MessageRecord:
        """Edit a message of the interaction."""
        if record.loading and "flags" in body:
            body = {**body, "flags": int(body["flags"] or 0) & ~limits.EPHEMERAL}
        self._world.messages.edit(record, body, uploads=uploads)
        one.resolve(record)
        return record

    def _take(self, one: Interaction, kind: int, data: Json, uploads: Sequence[tuple[int, Upload]]) -> None:
        messages, bot = self._world.messages, self._world.bot
        flags = int(data.get("flags") or 0)
        if kind == REPLY:
            only_for = one.user.id if flags & limits.EPHEMERAL else None
            one.original = messages.post(
                one.channel, bot, data, uploads=uploads, interaction=one, only_for=only_for, path=("data",)
            )
        elif kind == DEFER:
            words = "Only EPHEMERAL can be set when deferring."
            _refuse([Problem(("data", "flags"), "BASE_TYPE_CHOICES", words)] if flags & ~limits.EPHEMERAL else [])
            one.original = messages.defer(one.channel, bot, one, ephemeral=bool(flags))
            one.settled = asyncio.get_running_loop().create_future()
        elif kind == DEFER_UPDATE:
            one.original = one.source
            one.settled = asyncio.get_running_loop().create_future()
        elif kind == UPDATE and one.source is not None:
            one.original = messages.edit(one.source, data, uploads=uploads, path=("data",))
        elif kind == CHOICES:
            _refuse(limits.choice_problems(data.get("choices"), ("data", "choices")))
            one.choices = data["choices"]
        elif kind == MODAL:
            _refuse(limits.modal_problems(data, ("data",)))
            one.modal = data

    def _payload(self, one: Interaction, data: Json, owners: Json) -> Json:
        channel, user, guild = one.channel, one.user, one.channel.guild
        out: Json = {
            "id": one.id,
            "application_id": self._world.bot.id,
            "type": one.kind,
            "token": one.token,
            "version": 1,
            "data": data,
            "channel_id": channel.id,
            "locale": user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": owners,
            "context": 1 if guild is None else 0,
            "attachment_size_limit": self._world.attachment_size_limit,
        }
        if guild is None:
            rights = str(int(self._world.dm_permissions))
            out |= {"channel": {**channel.payload(), "permissions": rights}, "user": user.payload}
            out["app_permissions"] = rights
        else:
            rights = str(guild.permissions(user.id, channel))
            out |= {
                "channel": {**channel.payload(), "permissions": rights},
                "app_permissions": str(guild.permissions(self._world.bot.id, channel)),
                "guild_id": guild.id,
                "guild_locale": guild.locale,
                "guild": {"id": guild.id, "locale": guild.locale, "features": list(guild.features)},
                "member": {**guild.members[user.id].payload(), "permissions": rights},
            }
        if one.source is not None:
            out["message"] = one.source.payload
        return out

    def abandon(self) -> None:
        """Let every interaction that waits for its first answer run out now: the bot is known to be gone."""
        for one in list(self._by_id.values()):
            if one.timer is not None:
                one.timer.cancel()
                self._expire(one)

    def _expire(self, one: Interaction) -> None:
        one.timer = None
        if one.callback is None:
            one.missed = True
            self._world.statistics.miss(one.name)
        if not one.done.done():
            one.done.set_result(None)

    def _trim(self) -> None:
        while len(self._by_id) > self._world.keep_interactions:
            oldest = next(iter(self._by_id.values()))
            if oldest.callback is None and not oldest.missed:
                return
            del self._by_id[oldest.id], self._by_token[oldest.token]


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise invalid(problems)
