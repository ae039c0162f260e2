"""The backlog: imported trees that are ranked here, and what was published of them until then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.exports import Exports, Wanted
from services.imports import Imports
from services.sync import Sync
from trees.ballots import Ballot
from trees.ids import MAIN_POOL, TreeLanguage
from trees.kinds import TaskKind
from trees.refusals import NothingToDo
from trees.rules import PRESETS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Grove

pytestmark = pytest.mark.engine

EN = TreeLanguage("en")
PROMPT = TaskKind.INITIAL_PROMPT
RANK = TaskKind.RANK_ASSISTANT_REPLIES
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
UNREVIEWED: dict[str, Any] = {"num_reviews_initial_prompt": 0, "num_reviews_reply": 0, "max_active_trees": 0}


def line(message_id: str, parent: str | None, tree: str, state: str, **rest: Any) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "parent_id": parent,
        "user_id": "somebody",
        "created_date": "2023-02-07T17:29:24.727400+00:00",
        "text": f"text of {message_id}",
        "role": "assistant" if parent else "prompter",
        "lang": "en",
        "message_tree_id": tree,
        "tree_state": state,
        "review_result": True,
        **rest,
    }


async def imported(
    grove: Grove, folder: Path, trees: int, *, replies: int = 2, state: str = "ranking", ranks: bool = False
) -> None:
    """Import so many trees, each a prompt with so many replies, published with ranks or without."""
    file = folder / "published.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(trees):
            tree = f"tree-{number}"
            rows = [line(tree, None, tree, state)]
            for reply in range(replies):
                rank = {"rank": replies - 1 - reply} if ranks else {}
                rows.append(line(f"{tree}-{reply}", tree, tree, state, **rank))
            lines.writelines(json.dumps(row) + "\n" for row in rows)
    await Imports(grove.store, grove.around).load(
        file, pool=MAIN_POOL, rules=PRESETS["community"], licence="Apache-2.0"
    )


async def exported(grove: Grove, folder: Path) -> dict[str, dict[str, Any]]:
    import gzip

    await Sync(grove.store, folder / "shared.db", grove.around).push()
    wanted = Wanted(name="trial", licence="Apache-2.0", key=bytes(range(7, 39)))
    await Exports(folder / "shared.db", grove.around).write(folder / "dataset", wanted)
    with gzip.open(folder / "dataset" / "messages.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {row["message_id"]: row for row in map(json.loads, lines)}


async def states(grove: Grove) -> dict[str, int]:
    found: dict[str, int] = {}
    for tree in await grove.rows("trees"):
        found[tree["state"]] = found.get(tree["state"], 0) + 1
    return found


async def test_t15_t16_an_activated_tree_is_ranked_and_one_with_nothing_to_rank_is_given_up(
    grove: Grove, tmp_path: Path
) -> None:
    await grove.rule()
    await imported(grove, tmp_path, 5)
    assert await states(grove) == {"backlog_ranking": 5}
    done = await grove.upkeep.activate_backlog(MAIN_POOL, EN, 2)
    assert (done.ranked, done.left) == (2, 3)
    assert await states(grove) == {"backlog_ranking": 3, "ranking": 2}
    assert len(await grove.rows("offers", kind=RANK.value)) == 2
    assert await grove.upkeep.offer_differences() == []
    done = await grove.upkeep.activate_backlog(MAIN_POOL, EN, 9)
    assert (done.ranked, done.left) == (3, 0)
    assert (await grove.upkeep.activate_backlog(MAIN_POOL, EN, 9)).ranked == 0


async def test_trees_of_one_reply_are_given_up_however_many(grove: Grove, tmp_path: Path) -> None:
    await grove.rule()
    await imported(grove, tmp_path, 150, replies=1)
    done = await grove.upkeep.activate_backlog(MAIN_POOL, EN, 1)
    assert (done.ranked, done.left) == (0, 0)
    assert await states(grove) == {"aborted_low_grade": 150}


async def test_ranks_are_those_published_until_the_tree_is_ranked_here_and_then_ours(
    grove: Grove, tmp_path: Path
) -> None:
    await grove.rule(num_required_rankings=1)
    await imported(grove, tmp_path, 1, replies=3, ranks=True)
    await grove.upkeep.activate_backlog(MAIN_POOL, EN, 1)
    ranks = {row["text"]: row["rank"] for row in await grove.rows("messages")}
    assert ranks == {"text of tree-0": None} | {f"text of tree-0-{reply}": 2 - reply for reply in range(3)}
    bob = await grove.join("1")
    task = await grove.give(bob, RANK)
    order = sorted(task.options, key=lambda option: option.text)
    await grove.ballots.submit(bob, task.task_id, Ballot(tuple((option.message_id,) for option in order)))
    assert await states(grove) == {"ready_for_export": 1}
    rows = await exported(grove, tmp_path)
    assert {name: row["rank"] for name, row in rows.items()} == {
        "tree-0": None,
        **{f"tree-0-{reply}": reply for reply in range(3)},
    }


async def test_a_finished_import_that_is_halted_and_resumed_keeps_what_was_published(
    grove: Grove, tmp_path: Path
) -> None:
    await grove.rule()
    await imported(grove, tmp_path, 1, replies=3, state="ready_for_export", ranks=True)
    before = await exported(grove, tmp_path)
    (tree,) = await grove.rows("trees")
    ann = await grove.join("1")
    assert (await grove.moderation.halt(ann, tree["id"])).state == "halted_by_moderator"
    assert await exported(grove, tmp_path) == {}
    assert (await grove.moderation.resume(ann, tree["id"])).state == "ready_for_export"
    assert await exported(grove, tmp_path) == before
    assert len(before) == 4


@pytest.mark.parametrize(("activated", "back"), [(False, "backlog_ranking"), (True, "ranking")])
async def test_a_halted_import_goes_back_to_where_it_was_and_never_grows(
    grove: Grove, tmp_path: Path, activated: bool, back: str
) -> None:
    await grove.rule()
    await imported(grove, tmp_path, 1)
    if activated:
        await grove.upkeep.activate_backlog(MAIN_POOL, EN, 1)
    (tree,) = await grove.rows("trees")
    ann = await grove.join("1")
    await grove.moderation.halt(ann, tree["id"])
    assert (await grove.moderation.resume(ann, tree["id"])).state == back
    assert await grove.upkeep.offer_differences() == []


async def test_a_message_removed_here_leaves_the_export_with_what_hangs_on_it(grove: Grove, tmp_path: Path) -> None:
    await grove.rule()
    await imported(grove, tmp_path, 1, replies=3, state="ready_for_export")
    assert len(await exported(grove, tmp_path)) == 4
    ann = await grove.join("1")
    (row,) = await grove.rows("messages", text="text of tree-0-1")
    await grove.moderation.remove(ann, row["id"])
    assert set(await exported(grove, tmp_path)) == {"tree-0", "tree-0-0", "tree-0-2"}


@pytest.mark.parametrize(("share", "ranked"), [(0.0, 0), (1.0, 3)])
async def test_each_tree_that_comes_to_rest_wakes_one_of_the_backlog_as_often_as_the_rules_say(
    grove: Grove, tmp_path: Path, share: float, ranked: int
) -> None:
    await grove.rule(**UNREVIEWED, p_activate_backlog_tree=share)
    await imported(grove, tmp_path, 5)
    ann = await grove.join("1")
    for _ in range(3):
        # An accepted prompt that waits for the lottery has come to rest, too.
        await grove.work(ann, PROMPT)
    assert (await states(grove)).get("ranking", 0) == ranked
    assert await grove.upkeep.offer_differences() == []


async def test_a_rejected_prompt_and_a_halted_tree_wake_the_backlog_of_their_language_alone(
    grove: Grove, tmp_path: Path
) -> None:
    await grove.rule(p_activate_backlog_tree=1.0)
    await imported(grove, tmp_path, 5)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.work(bob, REVIEW_PROMPT, grove.BAD)
    assert await states(grove) == {"backlog_ranking": 4, "ranking": 1, "aborted_low_grade": 1}
    german = await grove.join("9", "de")
    tree = (await grove.work(german, PROMPT)).message_id
    await grove.moderation.halt(ann, tree)
    assert (await states(grove))["backlog_ranking"] == 4


async def test_below_the_least_number_of_rankings_every_tree_at_rest_wakes_one(grove: Grove, tmp_path: Path) -> None:
    await grove.rule(**UNREVIEWED, p_activate_backlog_tree=0, min_active_rankings_per_lang=2)
    await imported(grove, tmp_path, 5)
    ann, bob = await grove.crowd(2)
    for expected in (1, 2, 2):
        await grove.work(ann, PROMPT)
        assert (await states(grove))["ranking"] == expected
    # A set that somebody ranks just now is being ranked, though nobody else is offered it.
    await grove.give(bob, RANK)
    await grove.work(ann, PROMPT)
    assert (await states(grove))["ranking"] == 2


async def test_nobody_is_given_work_of_a_tree_that_waits_in_the_backlog(grove: Grove, tmp_path: Path) -> None:
    await grove.rule(prompts_disabled=["en"])
    await imported(grove, tmp_path, 3)
    bob = await grove.join("1")
    with pytest.raises(NothingToDo):
        await grove.tasks.give(bob)
    assert await grove.upkeep.recheck_trees() == 0
