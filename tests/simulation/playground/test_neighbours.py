"""The ground people play on: every kind of work is there, and comes back when it is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from simulation.playground.ground import LANGS, Play, playing
from simulation.playground.neighbours import KINDS
from storage.schema import messages, tasks
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from pathlib import Path

    from simulation.discord import Answer, Button, Person

pytestmark = [pytest.mark.contributors, pytest.mark.slow]


def kind_asked_for(answer: Answer) -> set[str]:
    assert answer.message is not None
    return {button.custom_id.split(":")[1] for button in answer.message.buttons if button.custom_id}


async def asked(play: Play, person: Person, kind: TaskKind, lang: str) -> Answer:
    return await person.slash(play.ground.channels["tasks"], "task", kind=kind.value, language=lang)


def button_of(answer: Answer, action: str) -> Button:
    assert answer.message is not None
    return next(one for one in answer.message.buttons if f":{action}:" in (one.custom_id or "") and not one.disabled)


async def test_every_kind_of_work_is_there_at_once_and_comes_back(tmp_path: Path) -> None:
    async with playing(tmp_path, seed=1, locale="en-US") as play:
        ground = play.ground
        assert sorted(ground.roster.values()) == ["contributor", "contributor", "moderator", "newcomer"]
        assert all(not message.ephemeral for person in ground.people.values() for message in person.feed())

        for lang in LANGS:
            for kind in KINDS:
                wanted = "write" if kind.activity.writes else "quick" if kind.activity.labels else "place"
                assert wanted in kind_asked_for(await asked(play, ground.people["Apple"], kind, lang)), (kind, lang)

        new = await ground.people["Seedling"].slash(ground.channels["tasks"], "task")
        assert "agree" in kind_asked_for(new)

        # What a person writes is reviewed by the neighbours and not taken for spam.
        pear = ground.people["Pear"]
        card = await asked(play, pear, TaskKind.INITIAL_PROMPT, "en")
        assert card.message is not None
        form = (await pear.press(card.message, button_of(card, "write"))).form
        assert form is not None
        await pear.submit(form, {"text": "What does a quince taste like?"})
        await play.refill()
        quince = ground.people["Quince"]
        for kind in KINDS:
            assert kind_asked_for(await asked(play, quince, kind, "en")) - {"next", "me"}, kind
        verdicts = await play.store.read(lambda tx: [row.accepted for row in tx.execute(select(messages.c.accepted))])
        assert False not in verdicts
        held = await play.store.read(lambda tx: {row.kind for row in tx.execute(select(tasks.c.kind))})
        assert held >= {kind.value for kind in KINDS}
