"""The stage in memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
import simcord

from tests.cogs.conftest import LOCALES, House
from tests.scenarios.stage import Actor, Came, Seen, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Remembered(Actor):
    def __init__(self, stage: OnSimcord, name: str, member: Any) -> None:
        super().__init__(stage, name)
        self._member, self._channel = member, stage.house.channel
        self._opened: Any = None

    async def _slash(self, name: str, options: dict[str, Any]) -> Came:
        return await self._came(await self._member.slash(self._channel, name, **options), None)

    async def _press(self, card: Seen, custom_id: str) -> Came:
        return await self._came(await self._member.click(card.message, custom_id=custom_id), card)

    async def _select(self, card: Seen, custom_id: str, values: list[str]) -> Came:
        return await self._came(await self._member.select(card.message, values, custom_id=custom_id), card)

    async def _submit(self, values: dict[str, Any], named: str | None) -> Came:
        if named is not None:
            self._opened._interaction.modal["custom_id"] = named
        return await self._came(await self._member.submit_modal(self._opened, values), self.card)

    async def _came(self, result: Any, before: Seen | None) -> Came:
        assert result.acknowledged, "the interaction was not answered"
        if result.modal is not None:
            self._opened = result
            return Came(None, result.modal)
        message = result.response or (before.message if before else None)
        assert message is not None
        files = {file.filename: (await file.read()).decode() for file in message.attachments}
        return Came(Seen.of(message, message.content, message.components, files), None)


class OnSimcord(Stage):
    def person(self, locale: str = "en-US") -> Actor:
        return self._person(locale, [])

    def moderator(self, locale: str = "en-US") -> Actor:
        allowed = discord.Permissions(manage_guild=True)
        return self._person(locale, [self.house.guild.create_role("moderators", permissions=allowed)])

    def _person(self, locale: str, roles: list[Any]) -> Actor:
        self.house.people += 1
        name = f"person{self.house.people}"
        user = self.house.env.create_user(name)
        LOCALES[user.id] = locale
        return Remembered(self, name, self.house.guild.add_member(user, roles=roles))

    async def at_rest(self) -> None:
        """Every deed in simcord ends when the bot is at rest."""

    async def restart(self) -> None:
        await self.house.restart()


@asynccontextmanager
async def on_simcord(house: House) -> AsyncIterator[Stage]:
    async with simcord.run(house.bot(), check_errors=False) as env:
        house.live_in(env)
        yield OnSimcord(house)
        assert house.bugs() == []
