"""Notices: people are told what became of their work, if not at once then at the next contact.

A notice is written in the transaction that takes the work, and removed once Discord has taken the answer. Written
only after an answer failed, it would be missing when the process dies in between; so people are told at least once.
Direct messages that do not get through are news as well.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from storage import notices
from storage.notices import News, Notice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from services.deeds import Deed
    from storage.tx import Tx
    from trees.ids import MemberId, TaskId

__all__ = ["News", "Notice", "Tellings", "kept", "news_of", "saved", "told"]

Said: TypeAlias = "tuple[str, UUID]"
"""The account of whom something was told, and the notice that said it."""

MOST_NEWS = 50
"""Notices that one card tells of; the rest follow on the next."""


class Tellings:
    """What people were told since the last transaction that forgets it: of all of them in the next."""

    def __init__(self, forget: Callable[[Sequence[Said]], Awaitable[None]]) -> None:
        self._forget = forget
        self._added: list[tuple[Sequence[Said], asyncio.Future[None]]] = []
        self._forgetting: asyncio.Task[None] | None = None

    async def add(self, said: Sequence[Said]) -> None:
        """Forget what somebody was told; return when that is durable."""
        forgotten: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._added.append((said, forgotten))
        if self._forgetting is None:
            self._forgetting = asyncio.create_task(self._work_off(), name="told")
        await forgotten

    async def _work_off(self) -> None:
        try:
            while self._added:
                some, self._added = self._added, []
                failure: Exception | None = None
                try:
                    await self._forget([each for said, _ in some for each in said])
                except Exception as error:  # noqa: BLE001  raised where somebody waits for it
                    failure = error
                for _, forgotten in some:
                    if not forgotten.done():
                        forgotten.set_exception(failure) if failure else forgotten.set_result(None)
        finally:
            self._forgetting = None


def saved(*, late: bool) -> News:
    """Return what is to be told of work that was taken."""
    return News.LATE if late else News.SAVED


def kept(deed: Deed, task_id: TaskId) -> None:
    """Note that a text was not taken and waits as a draft."""
    notices.put(deed.tx, task_id, News.KEPT)


def told(deed: Deed, said: Sequence[Said]) -> None:
    """Forget what people were told."""
    notices.drop(deed.tx, said)


def news_of(tx: Tx, member: MemberId) -> tuple[Notice, ...]:
    """Return what somebody may not have been told, oldest first, at most `MOST_NEWS`."""
    return notices.of_member(tx, member, MOST_NEWS)
