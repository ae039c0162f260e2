"""A wood: trees with offers as they are wanted, put there without anybody writing, and a look through all of them."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import create_engine, select

from services.deeds import Deed
from services.offering import Offers
from services.surroundings import Surroundings
from storage import drawing, exclusions, members, pools, trees
from storage.drawing import Search, Seeker
from storage.exclusions import Exclusion
from storage.members import MemberRow
from storage.pools import PoolRow
from storage.schema import exclusions as exclusions_table
from storage.schema import messages, metadata, offers
from storage.trees import Offered, TreeRow
from trees.ids import MAIN_POOL, MemberId, MessageId, TreeId, TreeLanguage, UiLocale
from trees.kinds import TaskKind
from trees.states import TreeState
from trees.topics import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from storage.drawing import Offer
    from storage.offers import Key
    from storage.tx import Tx

NOW = datetime(2026, 1, 5, tzinfo=UTC)
EN = TreeLanguage("en")
OFFERED = tuple(kind for kind in TaskKind if kind is not TaskKind.INITIAL_PROMPT)


@dataclass
class Planted:
    """A tree, what may be done in it, and what is offered of that now."""

    row: TreeRow
    keys: tuple[Key, ...]
    offers: Offers
    lonely: frozenset[Key] = frozenset()


class Wood:
    """A store with one pool, its members numbered from 0."""

    def __init__(self, tx: Tx, seed: int, crowd: int) -> None:
        self.tx = tx
        self.chance = random.Random(seed)
        self.deed = Deed(tx, NOW, Surroundings(lambda: NOW, self.chance.random, lambda _: self._id()))
        self.trees: list[Planted] = []
        self.langs = (EN, TreeLanguage("de"))
        pool = PoolRow(id=MAIN_POOL, name="Main", licence="CC0-1.0", preset="tiny", rules="{}", langs=self.langs)
        pools.put(tx, pool, NOW)
        self.crowd = [MemberId(self._id()) for _ in range(crowd)]
        for number, member in enumerate(self.crowd):
            members.insert(tx, MemberRow(id=member, locale=UiLocale("de"), community=None), f"{number}", NOW)

    def _id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128))

    def plant(
        self, work: Mapping[TaskKind, int], *, lang: TreeLanguage = EN, topics: int = 0, lonely: int = 0
    ) -> Planted:
        """Add a tree that offers so many pieces of each kind, of which the first so many are lonely."""
        root = self._id()
        row = TreeRow(
            id=TreeId(root),
            pool_id=MAIN_POOL,
            lang=lang,
            state=TreeState.GROWING,
            goal_size=99,
            max_depth=4,
            max_children=3,
            lottery_won_at=NOW,
            licence="CC0-1.0",
            rev=1,
            topics=topics,
        )
        trees.insert(self.tx, row, NOW)
        ids = [MessageId(root), *(MessageId(self._id()) for _ in range(sum(work.values()) - 1))]
        self.tx.execute(messages.insert(), [_message(row, number, each) for number, each in enumerate(ids)])
        kinds = [kind for kind, number in work.items() for _ in range(number)]
        keys = tuple(zip(ids, kinds, strict=True))
        planted = Planted(row, keys, Offers({}, frozenset()), frozenset(keys[:lonely]))
        self.trees.append(planted)
        self.offer(planted, dict.fromkeys(keys, 1))
        return planted

    def offer(self, planted: Planted, wanted: Mapping[Key, int]) -> None:
        """Offer this of a tree and nothing else, as a deed that changed it does."""
        asked = {
            key: Offered(number, lonely=key in planted.lonely, topics=planted.row.topics)
            for key, number in wanted.items()
        }
        planted.offers = planted.offers.mended(self.deed, planted.row, asked)

    def lend(self, key: Key) -> None:
        """Take an offer for somebody and give it back, as a lease does that nobody uses."""
        planted = next(each for each in self.trees if key in each.offers.offered)
        before = {each: offered.open for each, offered in planted.offers.offered.items()}
        self.offer(planted, {each: number for each, number in before.items() if each != key})
        self.offer(planted, before)

    def keep(self, member: MemberId, key: Key, why: exclusions.Why = "done") -> None:
        exclusions.put(self.tx, [Exclusion(member, *key, why)])

    def give_back(self, member: MemberId, key: Key) -> None:
        reasons: list[exclusions.Why] = ["own", "done", "skipped"]
        exclusions.drop(self.tx, [Exclusion(member, *key, why) for why in reasons])

    def seeker(self, number: int = 0, **wishes: int) -> Seeker:
        return Seeker(pool=MAIN_POOL, member=self.crowd[number], wishes=Wishes(**wishes))

    def draw(self, seeker: Seeker, *searches: Search) -> Offer | None:
        return drawing.draw(self.tx, seeker, searches, lot=self.chance.random(), turn=self.chance.random())

    def free(self, seeker: Seeker, search: Search) -> set[Key]:
        """Look through every offer there is, one by one."""
        found = set()
        kept = {
            (row.message_id, row.kind): row.why
            for row in self.tx.execute(
                select(exclusions_table).where(exclusions_table.c.member_id == seeker.member)
            ).all()
        }
        for row in self.tx.execute(select(offers)).all():
            why = kept.get((row.message_id, row.kind))
            if (
                (row.pool_id, row.lang, row.kind) == (seeker.pool, search.lang, search.kind)
                and not row.topics & seeker.wishes.avoided
                and (why is None or (why == "own" and not search.without_own))
            ):
                found.add((row.message_id, TaskKind(row.kind)))
        return found


@contextmanager
def wood(seed: int, crowd: int = 4) -> Iterator[Wood]:
    engine = create_engine("sqlite://")
    with engine.begin() as tx:
        metadata.create_all(tx)
        yield Wood(tx, seed, crowd)
    engine.dispose()


def _message(row: TreeRow, number: int, message: MessageId) -> dict[str, Any]:
    return {
        "id": message,
        "tree_id": row.id,
        "parent_id": row.id if number else None,
        "sibling_no": max(number - 1, 0),
        "role": "assistant" if number else "prompter",
        "lang": row.lang,
        "depth": min(number, 1),
        "text": "Text.",
        "counted": True,
        "created_at": NOW,
    }
