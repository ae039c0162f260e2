"""The bot ends and starts again between any two steps of every flow: nobody starts over, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.durable.restarts.flows import FLOWS, STEPS, Flow
from tests.durable.restarts.ground import laid
from tests.durable.restarts.place import REAL_BOT, Lost, Place, Walker, place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

pytestmark = [pytest.mark.durable, pytest.mark.slow]

FORGETFUL = (str(Path(__file__).with_name("forgetful.py")), "run")

STORED = {
    "messages": """
        SELECT m.lang, m.role, m.depth, m.version, m.deleted_at IS NULL, m.text, above.text,
            m.accepted, m.counted, i.account
        FROM messages m LEFT JOIN messages above ON above.id = m.parent_id
        LEFT JOIN identities i ON i.member_id = m.author_id""",
    "reviews": """
        SELECT m.lang, m.text, r.labels, r.counted, i.account
        FROM reviews r JOIN messages m ON m.id = r.message_id JOIN identities i ON i.member_id = r.member_id""",
    "ballots": """
        SELECT m.lang, m.text, b.groups, b.none_acceptable, b.counted, i.account
        FROM ballots b JOIN messages m ON m.id = b.parent_id JOIN identities i ON i.member_id = b.member_id""",
    "emoji": """
        SELECT m.lang, m.text, e.code, e.removed_at IS NULL, i.account
        FROM emoji_ratings e JOIN messages m ON m.id = e.message_id JOIN identities i ON i.member_id = e.member_id""",
    "consents": """
        SELECT c.version, c.text_sha256, c.locale, c.licence, c.withdrawn_at, i.account
        FROM consents c JOIN identities i ON i.member_id = c.member_id""",
    "wishes": """
        SELECT m.onboarding, m.on_boards, m.showcase, m.dm_wanted, t.liked, i.account
        FROM members m JOIN identities i ON i.member_id = m.id LEFT JOIN member_topics t ON t.member_id = m.id""",
    "languages": "SELECT lang, position, account FROM member_languages JOIN identities USING (member_id)",
    "tasks": """
        SELECT t.kind, t.lang, t.state, t.skip_reason, i.account
        FROM tasks t JOIN identities i ON i.member_id = t.member_id""",
    "drafts": "SELECT text, account FROM drafts JOIN identities USING (member_id)",
    "notices": "SELECT news, account FROM tasks JOIN identities USING (member_id) WHERE news IS NOT NULL",
}


def stored(here: Place, names: Mapping[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what stands in the store, told by words and names instead of ids."""
    texts = {str(number): text for number, text in here.rows("SELECT id, text FROM messages")}

    def told(value: Any) -> Any:
        if isinstance(value, str) and value in names:
            return names[value]
        if isinstance(value, str) and value.startswith("[["):
            return [sorted(texts[reply.replace("-", "")] for reply in group) for group in json.loads(value)]
        return value

    return {
        table: sorted((tuple(told(value) for value in row) for row in here.rows(statement)), key=repr)
        for table, statement in STORED.items()
    }


async def walked(
    folder: Path,
    ground: Path,
    *,
    ends: Mapping[int, signal.Signals],
    amid: Mapping[int, float] | None = None,
    flows: Sequence[Flow] = FLOWS,
    entry: Sequence[str] = REAL_BOT,
) -> dict[str, list[tuple[Any, ...]]]:
    """Let everybody walk, step by step together; the bot ends and starts after the steps in `ends`, counted from 1.

    In the steps of `amid` it is killed after so many seconds; whoever had no answer by then does the same once more.
    """
    amid = amid or {}
    folder.mkdir()
    shutil.copy(ground, folder / "live.db")
    async with place(folder, entry=entry) as here:
        walkers = {flow.name: here.walker(flow.name, flow.lang) for flow in flows}
        for number in range(STEPS):
            now = [(flow, walkers[flow.name]) for flow in flows if number < len(flow.steps)]
            if number + 1 in amid:
                now = await _killed_amid(here, now, number, amid[number + 1])
            await asyncio.gather(*(_step(flow, walker, number) for flow, walker in now))
            if now and number + 1 in ends:
                await here.restart(ends[number + 1])
        names = {str(walker.person.id): name for name, walker in walkers.items()}
        assert amid or here.world.missed == 0
        assert here.said("unexpected error") == []
        if not ends and not amid:
            await here.until(lambda: not here.rows("SELECT 1 FROM tasks WHERE news IS NOT NULL"))
        found = stored(here, names)
        # Where the bot ended right after an answer, it is told again: at least once, and of nothing but what is there.
        unsaid = found.pop("notices")
        assert {news for news, _ in unsaid} <= {"saved"}
        return found


async def _killed_amid(
    here: Place, now: Sequence[tuple[Flow, Walker]], number: int, seconds: float
) -> list[tuple[Flow, Walker]]:
    """Let the bot die while everybody does the same step; return who had no answer.

    Whoever had only the sign that one comes still sees what they saw before, which is not what the step calls for.
    """
    steps = [asyncio.create_task(_step(flow, walker, number)) for flow, walker in now]
    await asyncio.wait(steps, timeout=seconds)
    await here.end(signal.SIGKILL)
    # Nobody need wait three seconds for a bot that is gone.
    here.world.interactions.abandon()
    ended = await asyncio.gather(*steps, return_exceptions=True)
    for outcome in ended:
        if outcome is not None and not isinstance(outcome, Lost | AssertionError):
            raise outcome
    await here.start()
    return [each for each, outcome in zip(now, ended, strict=True) if outcome is not None]


async def _step(flow: Flow, walker: Walker, number: int) -> None:
    try:
        await flow.steps[number](walker)
    except (Lost, AssertionError, LookupError, StopIteration) as lost:
        lost.add_note(f"{flow.name}, step {number + 1}")
        raise


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    live = tmp_path_factory.mktemp("ground") / "live.db"
    asyncio.run(laid(live, {flow.lang: flow.lay for flow in FLOWS}))
    return live


@pytest.fixture(scope="module")
def undisturbed(ground: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    return asyncio.run(walked(tmp_path_factory.mktemp("calm") / "walk", ground, ends={}))


def test_everybody_gets_to_the_end_of_every_flow(undisturbed: dict[str, list[tuple[Any, ...]]]) -> None:
    names = {flow.name for flow in FLOWS}

    assert len([row for row in undisturbed["messages"] if row[-1] in names]) == 12
    assert len([row for row in undisturbed["reviews"] if row[-1] in names]) == 4
    assert len([row for row in undisturbed["ballots"] if row[-1] in names]) == 3
    assert undisturbed["drafts"] == []


async def test_between_any_two_steps_the_bot_may_go_and_come_back(
    ground: Path,
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
    seed: int,
    times: Callable[[int, int], int],
) -> None:
    how = (signal.SIGKILL, signal.SIGTERM)

    for walk in range(times(1, 2)):
        ends = {step: how[(step + walk + seed) % 2] for step in range(1, STEPS)}
        assert await walked(tmp_path / f"walk {walk}", ground, ends=ends) == undisturbed
    for step in range(1, times(1, STEPS)):
        for signal_sent in how:
            ends = {step: signal_sent}
            found = await walked(tmp_path / f"after {step} {signal_sent}", ground, ends=ends)
            assert found == undisturbed


async def test_in_the_middle_of_a_step_the_bot_may_die_and_the_step_is_done_again(
    ground: Path,
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
    seed: int,
    times: Callable[[int, int], int],
) -> None:
    chance = random.Random(seed)

    for walk in range(times(1, 6)):
        steps = chance.sample(range(1, STEPS + 1), times(1, STEPS))
        amid = {step: chance.uniform(0.001, 0.06) for step in steps}
        assert await walked(tmp_path / f"walk {walk}", ground, ends={}, amid=amid) == undisturbed


async def test_a_bot_that_keeps_forms_in_memory_is_found_out(ground: Path, tmp_path: Path) -> None:
    """The control: such a bot serves everybody until it is restarted while a form is open."""
    writes = next(flow for flow in FLOWS if flow.name == "writes a prompt")
    opened = len(writes.steps) - 1

    calm = await walked(tmp_path / "calm", ground, ends={}, flows=[writes], entry=FORGETFUL)
    assert [row[5] for row in calm["messages"] if row[-1] == writes.name] == ["What is rain?"]
    with pytest.raises(Lost, match="came to nothing"):
        await walked(tmp_path / "lost", ground, ends={opened: signal.SIGKILL}, flows=[writes], entry=FORGETFUL)
