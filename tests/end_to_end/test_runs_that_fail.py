"""Runs that cannot succeed say why, and leave no bot behind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from simulation.community.bot_process import BotFailed, verb
from simulation.community.corpus import built_in
from simulation.community.plan import Plan, planned
from simulation.community.run import Stalled, perform

if TYPE_CHECKING:
    from pathlib import Path

    from simulation.community.progress import Figures

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def plan() -> Plan:
    return planned(built_in(), members=8, trees=1, seed=1)


def unwatched(_now: Figures, _seconds: float) -> None:
    """Nobody looks on."""


async def test_a_run_in_which_nothing_goes_on_is_given_up_with_what_hangs(tmp_path: Path) -> None:
    nothing_to_write = replace(plan(), prompts=(), patience=1.5)
    with pytest.raises(Stalled, match=r"Nothing was done for 2 s with 0 of 1 trees ready\..*0 prompts not begun"):
        await perform(nothing_to_write, tmp_path, record=None, watch=unwatched)
    log = [json.loads(line) for line in (tmp_path / "bot.log").read_text().splitlines()]
    assert log[-1]["message"] == "stopped"
    assert not (tmp_path / "dataset").exists()


async def test_a_bot_that_does_not_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(BotFailed, match=r"(?s)ended before it was ready.*no language tag"):
        await perform(replace(plan(), langs=("not a language",)), tmp_path, record=None, watch=unwatched)


async def test_a_verb_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    settings = plan().settings(tmp_path, api="http://127.0.0.1:1/api", gateway="ws://127.0.0.1:1/gateway")
    with pytest.raises(BotFailed, match=r"(?s)orchard export ended with code 66.*sync now"):
        await verb(settings, tmp_path, "export")
