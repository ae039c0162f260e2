"""Sprints in Discord: the command, the board, the standing, and what is said at both ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cogs.board.face import board
from cogs.board.sprints import race_card
from cogs.board.upkeep import refresh
from cogs.texts.catalogue import catalogues, texts_for
from services.boards import Face
from services.progress import Week
from services.sprints import Effort, Line, Race
from simulation.discord import Message
from tests.cogs.test_cards import NOW, check
from tests.cogs.test_tidings import playing, settled
from trees.ids import TreeLanguage
from trees.kinds import TaskKind
from trees.sprints import Sprint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.contributors


def said(stage: Any) -> list[str]:
    return [Message(record).text for record in stage.world.messages.public.get(stage.channel.id, {}).values()]


def board_of(stage: Any) -> str:
    [found] = [text for text in said(stage) if "What is needed now" in text]
    return found


async def test_a_sprint_from_its_opening_to_its_closing_word(tmp_path: Path) -> None:
    async with playing(tmp_path) as (stage, house):
        mod, ada = stage.moderator(), stage.person()
        card = await mod.slash("sprint start", name="Rain @everyone", minutes=60, goal=1, work="writing")
        assert "0 of 1" in card.text
        assert "Writing · ends <t:" in card.text
        await mod.slash("board here")
        await settled(stage)
        [begun] = [text for text in said(stage) if "A sprint begins" in text]
        assert "Rain \\@everyone" in begun
        assert "⚡ **Rain" in board_of(stage)

        await ada.join("en")
        await ada.slash("task", kind="initial_prompt")
        await ada.write("What is rain?")
        await ada.slash("leaderboard")
        await ada.press("seen")
        house.pass_time(minutes=2)
        await refresh(stage.bot)
        assert "1 of 1" in board_of(stage)

        house.pass_time(hours=1)
        await stage.restart()
        for _ in range(2):
            await house.services.sprints.close_due()
            await settled(stage)
        assert len(said(stage)) == 3
        assert "The sprint is over" in said(stage)[-1]
        assert f"🥇 <@{ada._person.id}> · 1" in said(stage)[-1]
        house.pass_time(minutes=2)
        await refresh(stage.bot)
        assert "⚡" not in board_of(stage)


async def test_everybody_sees_how_it_stands_and_only_moderators_open_one(tmp_path: Path) -> None:
    async with playing(tmp_path) as (stage, _house):
        mod, ada = stage.moderator(), stage.person("de")
        await mod.slash("sprint start", name="Regen", minutes=60)
        await settled(stage)
        [record] = stage.world.messages.public[stage.channel.id].values()
        post = Message(record)
        answer = await ada._person.press(post, post.buttons[-1])
        assert "Regen" in answer.message.text
        assert "Genannt wird nur" in answer.message.text
        refused = await mod.slash("sprint start", name="Noch einer", minutes=60)
        assert "running already" in refused.text
        assert "over" in (await mod.slash("sprint stop")).text


@pytest.mark.parametrize("locale", catalogues())
def test_a_sprint_fits_the_card_and_the_board(locale: str) -> None:
    texts = texts_for(locale)
    sprint = Sprint(
        name="*" * 80,
        effort=Effort.REVIEWING,
        lang=TreeLanguage("zh-Hant-TW"),
        goal=10**6,
        starts_at=NOW,
        ends_at=NOW + timedelta(days=14),
    )
    lines = tuple(Line(place=10**5, account="9" * 20, done=10**6, own=False) for _ in range(11))
    race = Race(sprint=sprint, over=False, done=10**6, people=10**6, lines=lines)
    check(race_card(race, texts))
    langs = [TreeLanguage(f"x{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(100)]
    week = Week(begins_on=NOW.date(), ends_at=NOW, accepted=10**6, people=10**6)
    needs = {kind: dict.fromkeys(langs, 10**6) for kind in TaskKind}
    face = Face(kinds=tuple(TaskKind), langs=100, needs=needs, goal=10**6, week=week, race=race)
    check(board(face, texts))
