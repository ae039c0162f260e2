"""The bot is killed while it shows a message in public: it stands there once, and who reacted meanwhile is counted."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from simulation.discord import Fault
from simulation.discord.views import Message
from storage.store import opened
from tests.durable.restarts.ground import Ground
from tests.durable.restarts.place import place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durable.restarts.place import Place

pytestmark = [pytest.mark.durable, pytest.mark.contributors, pytest.mark.slow]

POSTS = r"^/channels/\d+/messages$"


def shown(here: Place) -> list[Message]:
    return [Message(record) for record in here.world.messages.public.get(here.channel.id, {}).values()]


def ratings(here: Place) -> list[str]:
    return sorted(str(code) for (code,) in here.rows("SELECT code FROM emoji_ratings WHERE removed_at IS NULL"))


async def laid(here: Place) -> None:
    """Something to show, and somebody who looks on; Discord is slow to say that it took a message."""
    eve = here.world.add_person("Eve", guilds=[here.guild])
    async with opened(here.live) as store:
        ground = Ground(store)
        await ground.rule()
        await ground.shown("en", str(here.guild.id), str(here.channel.id))
        await ground.agreed(str(eve.id), "en")
    here.world.faults.add(Fault(path=POSTS, method="POST", slow=5.0))


async def test_a_kill_while_a_message_is_shown_leaves_one_and_no_reaction_is_lost(tmp_path: Path) -> None:
    async with place(tmp_path, lay=laid) as here:
        [eve] = here.world.people.values()
        await here.until(lambda: shown(here))
        assert here.rows("SELECT state FROM outbox WHERE kind = 'showcase'") == [("waiting",)]
        eve.react(shown(here)[0], "👍")
        await here.end(signal.SIGKILL)
        eve.react(shown(here)[0], "💎")

        await here.start()
        await here.until(lambda: ratings(here) == ["+1", "diamond"])
        assert len(shown(here)) == 1
