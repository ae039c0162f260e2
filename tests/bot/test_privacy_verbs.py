"""What an operator does for somebody who asks by letter, beside a running bot and without one."""

from __future__ import annotations

import asyncio
import re
import zipfile
from pathlib import Path

import pytest

from bot import privacy_verbs
from bot.build import opened_store, surroundings
from bot.control import listening
from bot.exits import Ending, Exit
from bot.settings import Settings
from services.privacy import DATA, Choice, Privacy
from storage import lock
from tests.services.conftest import Grove
from trees.kinds import TaskKind

pytestmark = pytest.mark.moderation

SETTINGS = Settings()
STORE = SETTINGS.store.live
AROUND = surroundings()
ACCOUNT = "1000200030004000"


@pytest.fixture
def somebody() -> None:
    async def written() -> None:
        async with opened_store(SETTINGS) as store:
            grove = Grove(store, 1, now=AROUND.now)
            await grove.rule()
            await grove.work(await grove.join(ACCOUNT), TaskKind.INITIAL_PROMPT)

    asyncio.run(written())


def refused(act: object, code: Exit, why: str) -> None:
    with pytest.raises(Ending, match=why) as caught:
        act()  # type: ignore[operator]
    assert caught.value.code is code


@pytest.mark.usefixtures("somebody")
def test_a_copy_is_written_for_nobody_else_to_read_and_never_over_another_file() -> None:
    out = Path("copy.zip")
    assert str(out) in privacy_verbs.export(SETTINGS, ACCOUNT, out, AROUND.now())
    assert out.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(out) as archive:
        assert ACCOUNT.encode() in archive.read(DATA)
    refused(lambda: privacy_verbs.export(SETTINGS, ACCOUNT, out, AROUND.now()), Exit.IO, "already")
    refused(lambda: privacy_verbs.export(SETTINGS, "1", Path("x"), AROUND.now()), Exit.MISSING, "Nothing is known")


@pytest.mark.usefixtures("somebody")
def test_without_a_bot_somebody_is_erased_in_the_store_and_the_receipt_can_be_checked() -> None:
    told = privacy_verbs.erase(SETTINGS, ACCOUNT, Choice.ERASE, Choice.KEEP)
    number = re.search(r"receipt ([0-9a-f-]{36})\.", told)
    assert number is not None
    assert privacy_verbs.receipt(SETTINGS, number[1]) == told
    assert ACCOUNT not in told
    refused(lambda: privacy_verbs.erase(SETTINGS, ACCOUNT, Choice.ERASE, Choice.KEEP), Exit.MISSING, "Nothing is known")
    for wrong in ("no number", "00000000-0000-0000-0000-000000000000"):
        refused(lambda wrong=wrong: privacy_verbs.receipt(SETTINGS, wrong), Exit.MISSING, "knows no erasure")


@pytest.mark.usefixtures("somebody")
async def test_a_running_bot_does_it_itself() -> None:
    async with opened_store(SETTINGS) as store, listening(STORE, privacy_verbs.verbs(Privacy(store, AROUND))):
        told = await asyncio.to_thread(privacy_verbs.erase, SETTINGS, ACCOUNT, Choice.KEEP, Choice.KEEP)
        assert "texts: keep, ratings: keep" in told
        with pytest.raises(Ending, match="Nothing is known") as caught:
            await asyncio.to_thread(privacy_verbs.erase, SETTINGS, ACCOUNT, Choice.KEEP, Choice.KEEP)
        assert caught.value.code is Exit.MISSING


@pytest.mark.usefixtures("somebody")
def test_a_process_that_holds_the_store_and_does_not_listen_is_named() -> None:
    with lock.held(STORE):
        refused(lambda: privacy_verbs.erase(SETTINGS, ACCOUNT, Choice.KEEP, Choice.KEEP), Exit.HELD, "does not listen")


@pytest.mark.usefixtures("somebody")
async def test_an_erasure_that_is_not_at_its_end_does_not_hold() -> None:
    async with opened_store(SETTINGS) as store:
        done = await Privacy(store, AROUND).erase(caller_of(ACCOUNT), texts=Choice.ERASE, ratings=Choice.ERASE)
        await store.write(lambda tx: tx.exec_driver_sql("UPDATE erasures SET done_at = NULL"))
    with pytest.raises(Ending, match="is not done yet") as caught:
        await asyncio.to_thread(privacy_verbs.receipt, SETTINGS, str(done.erasure.id))
    assert caught.value.code is Exit.DATA
    async with opened_store(SETTINGS):
        pass
    assert "was erased" in await asyncio.to_thread(privacy_verbs.receipt, SETTINGS, str(done.erasure.id))


def caller_of(account: str) -> privacy_verbs.Caller:
    return privacy_verbs.Caller(account, None, privacy_verbs.UiLocale("en"))
