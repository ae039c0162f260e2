"""A store of an earlier schema, with trees at work in it, goes on under the present one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.people import Caller
from storage import migrate
from storage.engines import single_engine
from storage.migrate import Lineage
from storage.store import opened
from tests.services.conftest import Grove
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine

NOW = datetime(2026, 1, 5, 11, tzinfo=UTC)
AUTHOR, REVIEWER, PLACE = (UUID(int=number).hex for number in (1, 2, 3))
BEGUN, GROWN = (UUID(int=number).hex for number in (10, 20))
CHILD = UUID(int=21).hex


def rows() -> dict[str, list[dict[str, Any]]]:
    """Two trees as the first schema holds them: a prompt under review, and one with a reply and room for more."""
    at = NOW.isoformat(sep=" ")
    tree = {
        "pool_id": "main",
        "lang": "en",
        "goal_size": 4,
        "max_depth": 3,
        "max_children": 2,
        "licence": "Apache-2.0",
        "created_at": at,
        "changed_at": at,
    }
    message = {"lang": "en", "text": "Text.", "author_id": AUTHOR, "counted": True, "created_at": at}
    offer = {"pool_id": "main", "lang": "en", "lot": 0.5}
    prompt = message | {"role": "prompter", "depth": 0, "sibling_no": 0}
    child = {"tree_id": GROWN, "parent_id": GROWN, "role": "assistant", "depth": 1, "sibling_no": 0, "accepted": True}
    return {
        "pools": [
            {
                "id": "main",
                "name": "Main",
                "licence": "Apache-2.0",
                "preset": "tiny",
                "rules": "{}",
                "langs": '["en", "de"]',
                "created_at": at,
            }
        ],
        "communities": [{"id": PLACE, "place": "100", "pool_id": "main", "settings": "{}", "joined_at": at}],
        "members": [
            {"id": AUTHOR, "locale": "en", "created_at": at},
            {"id": REVIEWER, "locale": "en", "created_at": at},
        ],
        "identities": [{"member_id": AUTHOR, "account": "1"}, {"member_id": REVIEWER, "account": "2"}],
        "trees": [
            tree | {"id": BEGUN, "state": "initial_prompt_review"},
            tree | {"id": GROWN, "state": "growing", "lottery_won_at": at},
        ],
        "messages": [
            prompt | {"id": BEGUN, "tree_id": BEGUN},
            prompt | {"id": GROWN, "tree_id": GROWN, "accepted": True},
            message | child | {"id": CHILD},
        ],
        "offers": [
            offer | {"message_id": BEGUN, "tree_id": BEGUN, "kind": "label_initial_prompt", "open": 1},
            offer | {"message_id": GROWN, "tree_id": GROWN, "kind": "assistant_reply", "open": 1},
            offer | {"message_id": CHILD, "tree_id": GROWN, "kind": "prompter_reply", "open": 1},
        ],
        "exclusions": [
            {"message_id": BEGUN, "kind": "label_initial_prompt", "member_id": AUTHOR, "why": "own"},
            {"message_id": GROWN, "kind": "assistant_reply", "member_id": AUTHOR, "why": "done"},
        ],
    }


def fill(path: Path) -> None:
    first = Lineage(migrate.LIVE.scripts, ("0001",))
    assert migrate.upgrade(path, first) == (None, "0001")
    engine = single_engine(path, write=True)
    with engine.begin() as connection:
        for table, each in rows().items():
            for row in each:
                names = ", ".join(row)
                values = ", ".join(f":{name}" for name in row)
                connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({values})", row)
    engine.dispose()


async def test_trees_at_work_under_the_first_schema_go_on_under_the_present_one(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    fill(path)
    async with opened(path) as store:
        grove = Grove(store, 1)
        await grove.rule()
        assert [(row["kind"], row["lot"], row["topics"]) for row in await grove.rows("offers")] == [
            ("label_initial_prompt", 0.5, 0),
            ("assistant_reply", 0.5, 0),
            ("prompter_reply", 0.5, 0),
        ]
        # That a second answer to the prompt would make a pair to rank is found out by the first recheck.
        (different,) = await grove.upkeep.offer_differences()
        assert different.kind is TaskKind.ASSISTANT_REPLY
        assert await grove.upkeep.recheck_trees() == 1
        assert await grove.upkeep.offer_differences() == []
        author, reviewer = [await grove.join(account) for account in ("1", "2")]
        with pytest.raises(NothingToDo):
            await grove.give(author, TaskKind.LABEL_INITIAL_PROMPT)
        await grove.work(reviewer, TaskKind.LABEL_INITIAL_PROMPT)
        await grove.work(reviewer, TaskKind.ASSISTANT_REPLY)
        stranger = Caller("3", "100", UiLocale("en"))
        assert sum(found.number for found in (await grove.tasks.availability(stranger)).values()) > 0
        assert await grove.upkeep.offer_differences() == []


def test_offers_of_one_tree_and_kind_keep_one_lot_between_them(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    fill(path)
    engine = single_engine(path, write=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO offers (message_id, kind, tree_id, pool_id, lang, lot, open)"
            " VALUES (?, 'assistant_reply', ?, 'main', 'en', 0.25, 1)",
            (CHILD, GROWN),
        )
    engine.dispose()
    migrate.upgrade(path)
    engine = single_engine(path, write=False)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT seq, message_id, lot FROM offers WHERE kind = 'assistant_reply'"
        ).all()
    engine.dispose()
    assert [(row.message_id, row.lot) for row in found] == [(GROWN, 0.5), (CHILD, None)]
