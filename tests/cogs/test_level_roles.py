"""Roles for levels on the stand-in for Discord: given, kept, taken back, and what stands in the way said once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from cogs.standings.roles import reconcile, roles_card
from cogs.texts.catalogue import catalogues, texts_for
from services.level_roles import MOST, LevelRole
from simulation.discord import Message
from simulation.discord.permissions import Permission
from tests.cogs.test_cards import check
from tests.cogs.test_tidings import playing, settled
from trees.ids import UiLocale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.contributors


class Garden:
    """A server with roles, a moderator, and somebody on level 2."""

    def __init__(self, stage: Any, house: Any) -> None:
        self.stage, self.house = stage, house
        self.guild = stage.channel.guild
        self.tree, self.seed = (self.guild.add_role(name, low=True) for name in ("Tree", "Seed"))
        self.mod, self.ada = stage.moderator(), stage.person()

    async def grown(self) -> None:
        """Let Ada earn five points, which is level 2."""
        bob = self.stage.person()
        await self.ada.join("en")
        await bob.join("en")
        for number in range(5):
            await bob.slash("task", kind="initial_prompt")
            await bob.write(f"Prompt number {number}.")
            await self.ada.slash("task", kind="label_initial_prompt")
            await self.ada.press("quick", "5")

    async def set(self, level: int, role: Any) -> Any:
        return await self.mod.slash("levels set", level=level, role=role)

    async def sweep(self, **after: float) -> int:
        self.house.pass_time(**after)
        await self.stage.bot.wait_until_ready()
        changed = await reconcile(self.stage.bot)
        await settled(self.stage)
        return changed

    @property
    def member(self) -> Any:
        return self.guild.members[self.ada._person.id]

    @property
    def roles(self) -> list[str]:
        return sorted(role.name for role in self.member.roles)

    def said(self) -> list[str]:
        records = self.stage.world.messages.public.get(self.stage.channel.id, {}).values()
        return [Message(record).text for record in records]


@asynccontextmanager
async def garden(folder: Path) -> AsyncIterator[Garden]:
    async with playing(folder) as (stage, house):
        yield Garden(stage, house)


async def test_a_role_is_given_when_its_level_is_reached_and_not_before(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        card = await here.set(2, here.seed)
        assert f"Level 2: <@&{here.seed.id}>" in card.text
        await here.set(50, here.tree)
        assert await here.sweep() == 0
        await here.grown()
        assert await here.sweep() == 1
        assert here.roles == ["Seed"]
        assert await here.sweep() == 0
        # On the next start it is found out again what is owed, and nothing is.
        await here.stage.restart()
        assert await here.sweep() == 0


async def test_only_what_was_given_is_taken_back(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        await here.grown()
        here.member.roles.append(here.tree)
        await here.set(1, here.tree)
        await here.set(2, here.seed)
        await here.sweep()
        assert here.roles == ["Seed", "Tree"]

        await here.mod.slash("levels unset", level=1)
        await here.mod.slash("levels unset", level=2)
        await here.sweep()
        assert here.roles == ["Tree"], "the one that was theirs before stays"
        assert "None yet" in (await here.mod.slash("levels show")).text
        assert "No role is given" in (await here.mod.slash("levels unset", level=2)).text


async def test_a_kill_between_giving_and_noting_leaves_it_known_as_given(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        await here.grown()
        await here.set(2, here.seed)
        await here.sweep()
        await here.house.store.write(lambda tx: tx.exec_driver_sql("UPDATE given_roles SET hold = 'giving'"))
        await here.stage.restart()
        await here.sweep()
        assert [row["hold"] for row in await here.house.rows("given_roles")] == ["given"]
        await here.mod.slash("levels unset", level=2)
        await here.sweep()
        assert here.roles == []


async def test_what_stands_in_the_way_is_said_to_moderators_once_and_mends_itself(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        await here.grown()
        await here.set(2, here.seed)
        bot = here.guild.members[here.stage.world.bot.id].roles[0]
        allowed = bot.permissions
        bot.permissions &= ~Permission.MANAGE_ROLES

        for _ in range(3):
            await here.sweep(minutes=11)
        assert here.roles == []
        [told] = here.said()
        assert "A role for a level cannot be given" in told
        assert "lacks the permission *Manage Roles*" in told
        assert "lacks the permission" in (await here.mod.slash("levels show")).text

        bot.permissions = allowed
        await here.sweep(minutes=11)
        assert here.roles == ["Seed"]
        assert "lacks" not in (await here.mod.slash("levels show")).text
        assert len(here.said()) == 1


async def test_a_role_that_was_deleted_is_told_and_stops_nobody_elses(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        await here.grown()
        await here.set(1, here.tree)
        await here.set(2, here.seed)
        del here.guild.roles[here.tree.id]
        await here.sweep()
        assert here.roles == ["Seed"]
        [told] = here.said()
        assert "The role is gone" in told


async def test_whoever_left_the_server_is_looked_for_once_a_day(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        await here.grown()
        await here.set(2, here.seed)
        away = here.guild.members.pop(here.ada._person.id)
        await here.sweep()
        assert [row["hold"] for row in await here.house.rows("given_roles")] == ["gone"] * len(
            await here.house.rows("given_roles")
        )
        here.guild.members[here.ada._person.id] = away
        assert await here.sweep(minutes=5) == 0
        assert await here.sweep(days=1) == 1
        assert here.roles == ["Seed"]


async def test_a_role_the_bot_cannot_give_is_refused_when_it_is_set(tmp_path: Path) -> None:
    async with garden(tmp_path) as here:
        high = here.guild.add_role("High")
        assert "does not stand below the bot's own" in (await here.set(2, high)).text
        assert "does not let anybody give" in (await here.set(2, here.guild.everyone)).text
        assert await here.house.rows("level_roles") == []
        for level in range(1, MOST + 1):
            await here.set(level, here.seed)
        assert f"{MOST} roles for levels already" in (await here.set(MOST + 1, here.seed)).text


@pytest.mark.parametrize("locale", catalogues())
@pytest.mark.parametrize("trouble", [None, "no_role", "no_permission", "not_taken"])
def test_as_many_roles_as_there_may_be_fit_a_card(locale: str, trouble: str | None) -> None:
    roles = [
        LevelRole(level=level, role="9" * 20, channel="9", locale=UiLocale("de"), trouble=trouble)
        for level in range(81, 81 + MOST)
    ]
    check(roles_card(roles, texts_for(locale)))
