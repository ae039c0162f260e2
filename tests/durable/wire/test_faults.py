"""Discord's REST interface fails in every way it can, and delivers events more than once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from simulation.discord import Deliveries, FaultPlan, Kind, RateLimits, Risk
from tests.durable.wire.members import Told, differences

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.durable, pytest.mark.timeout(0)]

ANSWERS = r"/callback$|^/webhooks/"


async def test_members_work_through_faults_of_every_kind_and_nothing_is_lost_or_doubled(
    wire: Any, seed: int, times: Callable[[int, int], int]
) -> None:
    faults = times(25, 500)
    async with wire(rate_limits=RateLimits()) as there:
        plan = there.world.faults.plan = FaultPlan(seed, [Risk(path=ANSWERS, chance=0.2, most=faults)])
        await there.all_work(lambda: plan.spent)

        assert len(plan.log) == faults
        assert {met.kind for met in plan.log} == set(Kind)
        assert await there.amiss() == []

        # Nothing is stuck: with the faults gone, everybody goes on at once, and what could not be told is told now.
        there.world.faults.clear()
        again, missed = there.told.again, there.world.missed
        for member in there.members:
            await member.cycle()
        assert (there.told.again, there.world.missed) == (again, missed)
        assert await there.amiss() == []
        assert await there.in_hand() == []
        assert await there.untold() == []
        assert there.world.rate_limits.banned is False


async def test_answers_that_never_arrive_are_noticed(wire: Any) -> None:
    async with wire(members=1, ack=timedelta(seconds=1.5)) as there:
        there.world.faults.plan = FaultPlan(1, [Risk(path=ANSWERS, chance=1.0, kinds=(Kind.RESET,))])
        ada = there.members[0]
        assert not (await ada.look()).acknowledged
        assert there.world.missed == 1
        there.world.faults.clear()
        assert (await ada.look()).acknowledged


async def test_events_delivered_again_and_late_are_done_once(
    wire: Any, seed: int, times: Callable[[int, int], int]
) -> None:
    duplicates = times(1_000, 10_000)
    async with wire() as there:
        event = "INTERACTION_CREATE"
        deliveries = Deliveries(seed, copies={event: 4}, delays={event: 0.03})
        there.world.gateway.deliveries = deliveries
        await there.all_work(lambda: deliveries.delivered - deliveries.events >= duplicates)

        assert deliveries.delivered - deliveries.events >= duplicates
        assert (there.told.again, there.world.missed) == (0, 0)
        assert await there.amiss() == []
        assert await there.in_hand() == []


def test_what_is_lost_doubled_or_never_told_is_noticed() -> None:
    told = Told(texts=["a", "b"], reviews=2)

    assert differences(told, ["a", "b"], 2) == []
    assert differences(told, ["a"], 2) == ["lost: b"]
    assert differences(told, ["a", "b", "b"], 2) == ["stored 2 times: b"]
    assert differences(told, ["a", "b", "c"], 2) == ["never told: c"]
    assert differences(told, ["a", "b"], 3) == ["3 reviews stored, 2 told"]
