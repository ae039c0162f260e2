"""What people type reaches the store under their own name, whatever becomes of the answer."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cogs.texts.catalogue import texts_for
from simulation.community.screen import Card
from simulation.discord import Fault
from simulation.discord.interactions import COMPONENT, MODAL_SUBMIT
from tests.durable.restarts.ground import laid
from tests.durable.restarts.place import place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.durable.restarts.place import Place, Walker

pytestmark = [pytest.mark.durable]

NOT_ARRIVED = "answer did not arrive; the next card tells"
UNTOLD = "error could not be told"
CALLBACK = r"/interactions/\d+/.*/callback"
AUTHORS = "SELECT account, text FROM messages JOIN identities ON member_id = author_id"


async def opened_form(walker: Walker, kind: str = "initial_prompt") -> None:
    await walker.join(kind)
    await walker.press("write")


def texts_by(here: Place) -> list[tuple[Any, ...]]:
    return sorted(here.rows(AUTHORS))


async def test_twenty_people_with_a_form_open_never_get_each_others_words(tmp_path: Path, seed: int) -> None:
    order = random.Random(seed)
    async with place(tmp_path / "crowd") as here:
        people = [here.walker(f"Person {number}", "en") for number in range(20)]
        await asyncio.gather(*(opened_form(walker) for walker in people[:10]))
        await here.restart(signal.SIGKILL)
        await asyncio.gather(*(opened_form(walker) for walker in people[10:]))
        order.shuffle(people)
        await asyncio.gather(*(walker.send(text=f"The words of {walker.person.name}") for walker in people))

        assert all("✅" in walker.card.message.text for walker in people)
        assert texts_by(here) == sorted(
            (str(walker.person.id), f"The words of {walker.person.name}") for walker in people
        )


UNHEARD: Mapping[str, Mapping[str, Any]] = {
    "unknown interaction": {"status": 404, "code": 10062},
    "unknown webhook": {"status": 404, "code": 10015},
    "token expired": {"status": 401, "code": 50027},
    "connection cut": {"reset": True},
}


async def test_what_an_answer_could_not_tell_stands_on_the_next_card_once(tmp_path: Path) -> None:
    async with place(tmp_path / "unheard") as here:
        people = {
            name: here.walker(name, "de", locale) for name, locale in zip(UNHEARD, ["en-US", "de"] * 2, strict=True)
        }
        for number, (name, walker) in enumerate(people.items(), 1):
            await opened_form(walker)
            here.world.faults.add(Fault(path=CALLBACK, method="POST", times=None, **UNHEARD[name]))
            gone = asyncio.create_task(walker.person.submit(walker.form, {"text": f"Said before: {name}"}))
            await here.until(lambda number=number: len(here.said(NOT_ARRIVED)) == number)
            here.world.faults.clear()
            gone.cancel()
        await here.restart(signal.SIGKILL)
        for walker in people.values():
            told = texts_for(walker.person.locale).count("away.saved", 1)
            await walker.ask(kind="initial_prompt", language="de")
            assert told in walker.card.message.text
        await here.until(lambda: not here.rows("SELECT 1 FROM tasks WHERE news IS NOT NULL"))
        for walker in people.values():
            told = texts_for(walker.person.locale).count("away.saved", 1)
            await walker.ask("me")
            assert told not in walker.card.message.text

        assert sorted(text for _, text in texts_by(here)) == sorted(f"Said before: {name}" for name in UNHEARD)
        assert here.said("unexpected error") == []


async def test_what_is_refused_unheard_waits_as_a_draft_and_the_person_is_told(tmp_path: Path) -> None:
    async with place(tmp_path / "refused") as here:
        ada = here.walker("Ada", "en", "de")
        await opened_form(ada)
        here.world.faults.add(Fault(path=CALLBACK, method="POST", status=404, code=10062))
        gone = asyncio.create_task(ada.person.submit(ada.form, {"text": "Half a\x00 thought"}))
        await here.until(lambda: here.rows("SELECT 1 FROM drafts") and here.said(UNTOLD))
        gone.cancel()
        await here.restart(signal.SIGKILL)

        await ada.ask("me")
        assert texts_for("de").count("away.kept", 1) in ada.card.message.text
        assert "Half a" in ada.card.message.text
        await ada.press("draft")
        assert ada.form.field("text").value == "Half a\ufffd thought"
        await ada.send(text="Half a thought")
        await ada.ask("me")

        assert [text for _, text in texts_by(here)] == ["Half a thought"]
        assert here.rows("SELECT text FROM drafts") == []


async def test_a_text_for_a_place_that_was_taken_is_kept_and_its_author_told(tmp_path: Path) -> None:
    folder = tmp_path / "late"
    folder.mkdir()
    await laid(folder / "live.db", {"fr": lambda ground, lang: ground.growing(lang)})
    async with place(folder) as here:
        people = [here.walker(f"Person {number}", "fr") for number in range(4)]
        await opened_form(people[0], "assistant_reply")
        await here.end(signal.SIGKILL)
        an_hour_ago = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 hour')"
        here.change(f"UPDATE tasks SET lease_until = {an_hour_ago} WHERE state = 'leased'")
        await here.start()
        for walker in people[1:]:
            await opened_form(walker, "assistant_reply")
            await walker.send(text=f"By {walker.person.name}")
        await people[0].send(text="Written for an hour")

        assert texts_for("en")("write.saved_late") in people[0].card.message.text
        assert here.rows("SELECT counted FROM messages WHERE text = 'Written for an hour'") == [(0,)]
        assert here.rows("SELECT count(*) FROM messages WHERE counted") == [(4,)]


ODD = (
    "",
    "   \n\t ",
    "🌳" * 4_000,
    "before\x00after",
    "half \ud83d a pair",
    "\u202eevil\u202c right to left",
    "@everyone and @here",
    "[your bank](https://evil.example)",
    "```py\nprint('@everyone')\n```",
    "<@123456789012345678> <@&123456789012345678>",
)


async def test_odd_texts_are_stored_exactly_or_refused_in_words_and_ping_nobody(tmp_path: Path) -> None:
    async with place(tmp_path / "odd") as here:
        people = [here.walker(f"Person {number}", "en") for number in range(len(ODD))]
        await asyncio.gather(*(opened_form(walker) for walker in people))
        taken = []
        for walker, text in zip(people, ODD, strict=True):
            said = await walker.send_raw(_form(walker.form.custom_id, {"type": 4, "custom_id": "text", "value": text}))
            shown = walker.person.feed()[-1]
            if send := Card(shown).control("send"):
                # A long text is shown again before it goes.
                await walker.person.press(shown, send)
            stored = here.rows(f"{AUTHORS} WHERE account = ?", str(walker.person.id))
            assert said
            if stored:
                assert stored == [(str(walker.person.id), text)]
                taken.append(text)
            else:
                assert text in ODD[:2] + ODD[3:5]
                assert "✅" not in said
        assert len(taken) == len(ODD) - 4
        # What was stored is shown to others.
        reader = here.walker("Reader", "en")
        await reader.join("label_initial_prompt")
        for _ in taken[1:]:
            await reader.press("quick", "3")
            await reader.ask(kind="label_initial_prompt", language="en")
        await reader.press("quick", "3")
        for person in here.world.people.values():
            assert not any(message.mentions or message.record.payload["mention_everyone"] for message in person.feed())
        assert here.said("unexpected error") == []


def _form(custom_id: object, *fields: object) -> dict[str, Any]:
    return {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field} for field in fields]}


async def test_payloads_no_control_sends_are_refused_in_words_and_the_bot_lives(tmp_path: Path) -> None:
    async with place(tmp_path / "raw") as here:
        ada = here.walker("Ada", "en")
        await opened_form(ada)
        ours, task = ada.form.custom_id, ada.form.custom_id.split(":")[2]
        card = ada.card.control("write")
        assert card is not None
        text = {"type": 4, "custom_id": "text"}
        forms = [
            _form(ours),
            _form(ours, {**text, "value": 7}),
            _form(ours, {**text, "value": None}),
            _form(ours, {**text, "value": ["a", "b"]}),
            _form(ours, {**text, "values": "not a list"}),
            _form(ours, {"type": 4, "value": "no name"}),
            _form(ours, None, 3, "x", []),
            {"custom_id": ours, "components": []},
            _form("orc0:text:old:1", {**text, "value": "of another version"}),
            _form("orc9:text::", {**text, "value": "of another version"}),
            _form("orc1:nobody:-:", {**text, "value": "of nobody"}),
            _form("orc1:labels:" + task + ":0.2.", {**text, "value": "of another form"}),
            _form("stranger", {**text, "value": "of another bot"}),
            _form("", {**text, "value": "of none"}),
            _form("orc1:text:" + "A" * 22 + ":1", {**text, "value": "of no task"}),
            _form("\ud83d", {**text, "value": "broken"}),
        ]
        presses = [
            {"custom_id": custom_id, "component_type": kind, **more}
            for custom_id, kind, more in [
                ("orc0:write:old:", 2, {}),
                ("orc1:nobody:-:", 2, {}),
                ("orc1:write:" + "A" * 22 + ":", 2, {}),
                ("stranger", 2, {}),
                (card.custom_id, 3, {"values": ["x"]}),
                ("orc1:skip:" + task + ":", 3, {"values": "bad_prompt"}),
                ("orc1:skip:" + task + ":", 3, {"values": [1, None, {}]}),
                ("orc1:skip:" + task + ":", 3, {"values": ["\ud83d"]}),
                ("orc1:skip:" + task + ":", 3, {}),
            ]
        ]
        for data in forms:
            assert await ada.send_raw(data), data
        for data in presses:
            assert await ada.send_raw(data, COMPONENT), data
        # Without these parts nobody can tell what was pressed, and nothing is answered.
        parts = [
            (MODAL_SUBMIT, {}),
            (MODAL_SUBMIT, {"custom_id": ours}),
            (COMPONENT, {}),
            (COMPONENT, {"custom_id": 7}),
        ]
        nameless = [asyncio.create_task(ada.send_raw(data, kind)) for kind, data in parts]

        assert here.rows("SELECT text FROM messages") == []
        assert here.said("unexpected error") == []
        await ada.ask("me")
        await ada.press("open")
        await ada.press("write")
        await ada.send(text="And yet it lives.")
        assert here.rows("SELECT text FROM messages") == [("And yet it lives.",)]
        assert await asyncio.gather(*nameless) == [""] * len(parts)
        assert here.world.gateway.identified == here.starts


async def test_an_answer_whose_token_ran_out_while_the_store_was_busy_is_told_later(tmp_path: Path) -> None:
    async with place(tmp_path / "slow", token_life=timedelta(seconds=1)) as here:
        ada = here.walker("Ada", "en")
        await opened_form(ada)
        with closing(sqlite3.connect(here.live, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            promised = here.world.statistics.answered + 1
            sent = asyncio.create_task(ada.person.submit(ada.form, {"text": "Patience."}))
            # The promise of an answer comes when 1.2 of the 3 seconds are over; by then the token has run out.
            await here.until(lambda: here.world.statistics.answered == promised)
            other.execute("ROLLBACK")
        await here.until(lambda: here.said(NOT_ARRIVED))
        sent.cancel()
        assert [text for _, text in texts_by(here)] == ["Patience."]

        await ada.ask("me")
        assert texts_for("en").count("away.saved", 1) in ada.card.message.text


async def test_a_text_whose_handler_is_cancelled_anywhere_is_stored_once(tmp_path: Path, seed: int) -> None:
    entry = (str(Path(__file__).with_name("cancelling.py")), "run")
    async with place(tmp_path / "cancelled", entry=entry, seed=seed, ack=timedelta(seconds=1.5)) as here:
        people = [here.walker(f"Person {number}", "en") for number in range(24)]
        await asyncio.gather(*(opened_form(walker) for walker in people))
        words = {str(walker.person.id): f"Words of {walker.person.name}" for walker in people}
        first = await asyncio.gather(
            *(walker.person.submit(walker.form, {"text": words[str(walker.person.id)]}) for walker in people)
        )
        unheard = [walker for walker, answer in zip(people, first, strict=True) if not answer.acknowledged]
        kept = {account for account, _ in texts_by(here)}
        assert unheard, "nobody's handler was cancelled in time"
        assert kept, "no handler was cancelled too late"

        for walker in unheard:
            await walker.send(text=words[str(walker.person.id)])
            assert "✅" in walker.card.message.text
        assert texts_by(here) == sorted(words.items())
