"""Live updates: what one open page has not been told yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from simulation.discord.snowflakes import stamp
from simulation.playground.views import form_shown, message_seen, state_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulation.discord import Form, Person, World
    from simulation.discord.messages import MessageRecord
    from simulation.discord.snowflakes import Json, Snowflake

_OF_MESSAGES = ("MESSAGE_", "INTERACTION_", "TYPING_")
"""Events of the gateway that change no place."""


class Feed:
    """What happens in one person's sight from the moment it is made; what is told late is told once, as it is then."""

    def __init__(self, world: World, person: Person, roster: Mapping[Snowflake, str]) -> None:
        self._world, self._person, self._roster = world, person, roster
        self._changed: dict[Snowflake, MessageRecord] = {}
        self._told: set[Snowflake] = set()
        self._all = True
        self._form: Form | None = None
        self._wake = asyncio.Event()
        self._wake.set()
        self._stops = [world.watch(self._see), world.listen(self._hear)]

    def close(self) -> None:
        """See and hear nothing more."""
        for stop in self._stops:
            stop()

    def everything(self) -> None:
        """Tell everything anew."""
        self._all = True
        self._wake.set()

    def show(self, form: Form) -> None:
        """Open a form that came of no deed on this page."""
        self._form = form
        self._wake.set()

    async def next(self) -> Json:
        """Wait until there is something to tell, and return it."""
        await self._wake.wait()
        self._wake.clear()
        world, person = self._world, self._person
        told: Json = {"now": stamp(world.clock())}
        if self._all:
            self._all = False
            told["state"] = state_of(world, person, self._roster)
            self._told = {message["id"] for message in told["state"]["messages"]}
        else:
            told |= self._news()
        self._changed.clear()
        if self._form is not None:
            told["form"], self._form = form_shown(self._form), None
        return told

    def _news(self) -> Json:
        seen, gone = [], []
        for record in self._changed.values():
            if self._world.sees_message(self._person.user, record):
                seen.append(message_seen(self._world, self._person, record))
                self._told.add(record.id)
            elif record.id in self._told:
                gone.append(record.id)
                self._told.discard(record.id)
        return {"messages": seen, "gone": gone}

    def _see(self, record: MessageRecord) -> None:
        if record.only_for not in {None, self._person.id}:
            return
        self._changed[record.id] = record
        self._wake.set()

    def _hear(self, event: str) -> None:
        if not event.startswith(_OF_MESSAGES):
            self.everything()
