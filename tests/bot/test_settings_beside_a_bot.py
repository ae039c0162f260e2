"""`orchard settings` beside a bot that runs in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

from bot.control import socket_path
from bot.exits import Ending, Exit
from bot.settings import Settings
from bot.settings_verbs import Scope, change, show
from simulation.discord.world import World
from tests.bot.orchard import orchard, started
from tests.bot.test_exit_codes import discord_of

SETTINGS = Settings()
LIVE = SETTINGS.store.live


async def test_settings_are_shown_and_changed_beside_a_running_bot() -> None:
    async with discord_of(World()) as server:
        with await asyncio.to_thread(started, **server) as bot:
            await asyncio.to_thread(bot.wait_for, "ready")
            done = await asyncio.to_thread(orchard, "settings", "set", "goal_tree_size", "5", **server)
            assert (done.returncode, done.stderr) == (Exit.OK, "")
            assert done.stdout.startswith("goal_tree_size is 5 now, it was 9; holds in the pool Main.")
            shown = json.loads(await asyncio.to_thread(show, SETTINGS, Scope(), as_json=True))
            assert {each["name"]: each["value"] for each in shown["settings"]}["goal_tree_size"] == 5
            with pytest.raises(Ending, match="takes a whole number from 1"):
                await asyncio.to_thread(change, SETTINGS, Scope(), "goal_tree_size", "0", as_json=False)
            code, _ = await asyncio.to_thread(bot.stop)
    assert code == Exit.OK
    assert not socket_path(LIVE).exists()
    with closing(sqlite3.connect(LIVE)) as store:
        assert store.execute("SELECT overrides FROM pools").fetchall() == [('{"goal_tree_size": 5}',)]
