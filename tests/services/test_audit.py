"""The audit log: what is noted, that nothing of it can be changed unseen, and that no text can be got out of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.audit import Actor, As, Subject, note
from services.deeds import UseCases
from services.own_pools import OwnPools
from services.people import Caller
from services.settings import Operator
from storage import audit
from storage.audit import Flaw, Wrong, digest
from storage.schema import audit_log
from tests.services.conftest import MAINTAINER
from trees.ids import UiLocale
from trees.refusals import MaintainersOnly, ModeratorsOnly, NoCommunity, SettingNotTaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Grove

pytestmark = pytest.mark.moderation

SECRET = "A sentence that only its author knows."


def moderator(account: str = "55", place: str | None = "100") -> Caller:
    return Caller(account, place, UiLocale("en-US"), manages=True)


def maintainer(place: str | None = None) -> Caller:
    return Caller(MAINTAINER, place, UiLocale("en-US"))


class Clerk(UseCases):
    """Writes whatever it is told to."""

    async def write(self, number: int, before: object = None) -> None:
        await self._do(_write, number, before)

    async def write_and_fail(self) -> None:
        await self._do(_write_and_fail)


def _write(deed: Any, number: int, before: object) -> None:
    note(deed, Actor(As.OPERATOR), f"act {number}", (Subject.MESSAGE, str(number)), before=before)


def _write_and_fail(deed: Any) -> None:
    _write(deed, 0, None)
    raise LookupError


async def written(grove: Grove, entries: int) -> None:
    for number in range(1, entries + 1):
        await Clerk(grove.store, grove.around).write(number, {"text": SECRET})


async def flaws(grove: Grove) -> list[Flaw]:
    return await grove.store.read(lambda tx: list(audit.flaws(tx)))


async def tamper(grove: Grove, statement: Any) -> None:
    await grove.store.write(lambda tx: tx.execute(statement))


async def test_every_change_of_a_setting_is_noted_with_who_and_for_whom_and_never_with_its_value(grove: Grove) -> None:
    await grove.rule()
    await grove.settings.set(moderator(), "weekly_goal", 17)
    await grove.settings.set(maintainer(), "goal_tree_size", 11, "de")
    await grove.settings.set(Operator(), "goal_tree_size", 12)
    await grove.settings.set(Operator(), "goal_tree_size", 12)
    await grove.settings.unset(maintainer(), "goal_tree_size", "de")
    rows = await grove.rows("audit_log")
    (community,) = await grove.rows("communities")
    assert [(row["acted_as"], row["about"], row["about_id"], row["facts"]) for row in rows] == [
        ("moderator", "community", str(community["id"]), {"setting": "weekly_goal"}),
        ("maintainer", "pool", "main/de", {"setting": "goal_tree_size"}),
        ("operator", "pool", "main", {"setting": "goal_tree_size"}),
        ("maintainer", "pool", "main/de", {"setting": "goal_tree_size"}),
    ]
    assert [row["before"] is not None for row in rows] == [False, False, False, True]
    assert [row["after"] is not None for row in rows] == [True, True, True, False]
    assert rows[0]["after"] == digest(rows[0]["salt"], 17)
    accounts = {row["member_id"]: row["account"] for row in await grove.rows("identities")}
    assert [accounts.get(row["member_id"]) for row in rows] == ["55", MAINTAINER, None, MAINTAINER]
    assert await flaws(grove) == []


async def test_opening_and_leaving_a_pool_of_ones_own_is_noted(grove: Grove) -> None:
    await grove.rule()
    own = OwnPools(grove.store, grove.around, grove.rights)
    await own.open(moderator(), name="Ours", preset="tiny")
    await own.leave(moderator())
    noted = [(row["act"], row["about"], row["facts"]) for row in await grove.rows("audit_log")]
    assert noted == [
        ("open_pool", "pool", {}),
        ("set", "community", {"setting": "pool"}),
        ("set", "community", {"setting": "pool"}),
    ]
    assert await flaws(grove) == []


async def test_what_was_refused_or_undone_is_not_noted_and_leaves_no_gap(grove: Grove) -> None:
    await grove.rule()
    clerk = Clerk(grove.store, grove.around)
    await clerk.write(1)
    with pytest.raises(LookupError):
        await clerk.write_and_fail()
    with pytest.raises(MaintainersOnly):
        await grove.settings.set(moderator(), "goal_tree_size", 11)
    with pytest.raises(SettingNotTaken):
        await grove.settings.set(moderator(), "weekly_goal", "many")
    await clerk.write(2)
    assert [(row["seq"], row["act"]) for row in await grove.rows("audit_log")] == [(1, "act 1"), (2, "act 2")]
    assert await flaws(grove) == []


async def test_the_log_is_whole_after_a_new_start(planted: Callable[..., Any]) -> None:
    for _ in range(2):
        async with planted() as grove:
            await written(grove, 3)
    async with planted() as grove:
        assert [row["seq"] for row in await grove.rows("audit_log")] == [1, 2, 3, 4, 5, 6]
        assert await flaws(grove) == []


@pytest.mark.parametrize(
    "column",
    sorted({column.name for column in audit_log.c} - {"seq", "salt"}),
)
async def test_whatever_is_changed_in_an_entry_is_found(grove: Grove, column: str) -> None:
    await grove.rule()
    await grove.join("1")
    (member,), (community,) = await grove.rows("members"), await grove.rows("communities")
    await written(grove, 3)
    others = {
        "member_id": member["id"],
        "community_id": community["id"],
        "at": grove.chance.now.replace(microsecond=1),
        "acted_as": "maintainer",
        "about": "tree",
        "facts": {"messages": 2},
    }
    await grove.change("audit_log", {"seq": 2}, **{column: others.get(column, "f" * 64)})
    assert (await flaws(grove))[0] == Flaw(2, Wrong.CHANGED)


async def test_an_entry_that_is_removed_is_missed_wherever_it_stood(planted: Callable[..., Any]) -> None:
    for gone in (1, 2, 4):
        async with planted(f"{gone}.sqlite") as grove:
            await written(grove, 4)
            await tamper(grove, audit_log.delete().where(audit_log.c.seq == gone))
            assert await flaws(grove) == [Flaw(gone, Wrong.MISSING)]


async def test_a_removed_entry_is_missed_though_the_others_were_numbered_anew(grove: Grove) -> None:
    await written(grove, 4)
    await tamper(grove, audit_log.delete().where(audit_log.c.seq == 2))
    for seq in (3, 4):
        await grove.change("audit_log", {"seq": seq}, seq=seq - 1)
    assert await flaws(grove) == [Flaw(2, Wrong.UNLINKED), Flaw(4, Wrong.MISSING)]


async def test_entries_that_changed_places_are_found(grove: Grove) -> None:
    await written(grove, 4)
    for seq, to in ((2, 9), (3, 2), (9, 3)):
        await grove.change("audit_log", {"seq": seq}, seq=to)
    assert await flaws(grove) == [Flaw(number, Wrong.UNLINKED) for number in (2, 3, 4)]


async def test_an_entry_that_was_forged_and_sealed_anew_does_not_fit_the_next(grove: Grove) -> None:
    await written(grove, 3)
    (row,) = await grove.rows("audit_log", seq=2)
    await grove.change("audit_log", {"seq": 2}, act="act 7")
    (forged,) = await grove.store.read(lambda tx: audit.page(tx, None, before=3, most=1))
    # Whoever can write into the store can make a seal, too.
    await grove.change("audit_log", {"seq": 2}, seal=audit._sealed(forged.entry, row["previous"]))
    assert await flaws(grove) == [Flaw(3, Wrong.UNLINKED)]


async def test_an_entry_that_was_added_at_the_end_is_found(grove: Grove) -> None:
    await written(grove, 2)
    (row,) = await grove.rows("audit_log", seq=2)
    await tamper(grove, audit_log.insert().values(dict(row) | {"seq": 3, "previous": row["seal"]}))
    assert (await flaws(grove))[0] == Flaw(3, Wrong.CHANGED)


async def test_a_log_that_was_emptied_is_found(grove: Grove) -> None:
    await written(grove, 2)
    await tamper(grove, audit_log.delete())
    assert await flaws(grove) == [Flaw(1, Wrong.MISSING), Flaw(2, Wrong.MISSING)]


async def test_without_its_salt_a_digest_tells_nothing_and_the_seals_still_hold(grove: Grove) -> None:
    await written(grove, 3)
    (row,) = await grove.rows("audit_log", seq=2)
    assert row["before"] == digest(row["salt"], {"text": SECRET})
    await grove.store.write(lambda tx: audit.drop_salts(tx, Subject.MESSAGE, "2"))
    assert [row["salt"] is None for row in await grove.rows("audit_log")] == [False, True, False]
    assert await flaws(grove) == []


async def test_no_two_entries_share_a_salt_and_no_text_stands_in_them(grove: Grove) -> None:
    await written(grove, 20)
    rows = await grove.rows("audit_log")
    assert len({row["salt"] for row in rows}) == len({row["before"] for row in rows}) == 20
    assert SECRET not in json.dumps(rows, default=str)


async def test_moderators_read_what_was_done_for_their_community_and_maintainers_everything(grove: Grove) -> None:
    await grove.rule()
    for goal in range(1, 13):
        await grove.settings.set(moderator("55", "100"), "weekly_goal", goal)
    await grove.settings.set(moderator("66", "200"), "weekly_goal", 5)
    theirs = await grove.audit.page(moderator("55", "100"))
    assert [kept.seq for kept in theirs.entries] == list(range(12, 2, -1))
    assert {(kept.account, kept.place) for kept in theirs.entries} == {("55", "100")}
    rest = await grove.audit.page(moderator("55", "100"), before=theirs.entries[-1].seq)
    assert (theirs.more, [kept.seq for kept in rest.entries], rest.more) == (True, [2, 1], False)
    assert (await grove.audit.page(maintainer())).entries[0].account == "66"
    for other in (Caller("55", "100", UiLocale("en-US")), moderator("55", None)):
        with pytest.raises(ModeratorsOnly):
            await grove.audit.page(other)


async def test_where_nobody_ever_came_from_there_is_nothing_to_read(grove: Grove) -> None:
    await grove.rule()
    with pytest.raises(NoCommunity):
        await grove.audit.page(moderator("55", "999"))
