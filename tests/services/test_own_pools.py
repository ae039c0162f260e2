"""A community opens a pool of its own, works there, and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.own_pools import OwnPools
from services.people import Caller
from services.rights import Operator, Rights
from services.surroundings import Surroundings
from tests.services.conftest import MAINTAINER
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.refusals import (
    ConsentNeeded,
    LicenceSettled,
    MaintainersOnly,
    ModeratorsOnly,
    NothingToDo,
    NotInOwnPool,
    SettingNotTaken,
)

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REVIEW = TaskKind.LABEL_INITIAL_PROMPT


def moderator(place: str | None = "100", account: str = "55") -> Caller:
    return Caller(account, place, UiLocale("en-US"), manages=True)


@pytest.fixture
def own(grove: Grove) -> OwnPools:
    around = Surroundings(lambda: grove.chance.now, grove.chance.lots.random, grove.chance.id)
    return OwnPools(grove.store, around, Rights(frozenset({MAINTAINER})))


async def opened(own: OwnPools, who: Caller | None = None, **said: Any) -> Any:
    return await own.open(who or moderator(), **({"name": "Ours", "preset": "tiny"} | said))


async def test_members_of_the_community_work_on_its_own_trees_and_others_do_not_see_them(
    grove: Grove, own: OwnPools
) -> None:
    stranger = await grove.join("9", place="200")
    await grove.work(stranger, PROMPT)
    ann, bob = await grove.crowd(2)
    pool = await opened(own)

    with pytest.raises(NothingToDo):
        await grove.give(ann, REVIEW)
    taken = await grove.work(ann, PROMPT)
    assert (await grove.give(bob, REVIEW)).thread[0].message_id == taken.message_id
    (tree,) = await grove.rows("trees", id=taken.message_id)
    assert tree["pool_id"] == pool.id
    assert pool.id not in {"main", "100"}
    with pytest.raises(NothingToDo):
        await grove.give(stranger, REVIEW)


async def test_the_pool_is_ruled_by_its_preset_and_its_moderators(grove: Grove, own: OwnPools) -> None:
    await opened(own, preset="oasst", langs=["de"])
    shown = await grove.settings.show(moderator())
    assert (shown.own, shown.pool_name, shown.preset, shown.langs) == (True, "Ours", "oasst", ("de",))
    assert (await grove.settings.set(moderator(), "num_reviews_reply", 1)).after == 1
    assert (await grove.settings.set(moderator(), "langs", "de, en")).after == ["de", "en"]
    with pytest.raises(ModeratorsOnly):
        await grove.settings.set(Caller("9", "100", UiLocale("en-US")), "num_reviews_reply", 1)
    with pytest.raises(MaintainersOnly):
        await grove.settings.set(moderator("200"), "num_reviews_reply", 1)
    main = await grove.settings.show(Operator())
    assert (main.preset, main.langs) == ("tiny", ("en", "de"))


async def test_a_maintainer_may_help_in_any_pool(grove: Grove, own: OwnPools) -> None:
    pool = await opened(own)
    keeper = Caller(MAINTAINER, "100", UiLocale("en-US"))
    assert (await grove.settings.set(keeper, "num_reviews_reply", 2)).after == 2
    assert (await grove.settings.set(Operator(pool=pool.id), "num_reviews_reply", 3)).before == 2
    assert (await grove.settings.show(Operator(place="100"))).pool == pool.id


async def test_leaving_leads_back_to_main_and_coming_back_to_the_same_trees(grove: Grove, own: OwnPools) -> None:
    ann, bob = await grove.crowd(2)
    first = await opened(own)
    taken = await grove.work(ann, PROMPT)
    assert (await own.leave(moderator())).id == "main"
    with pytest.raises(NothingToDo):
        await grove.give(bob, REVIEW)
    assert (await grove.rows("trees"))[0]["pool_id"] == first.id
    with pytest.raises(NotInOwnPool):
        await own.leave(moderator())

    again = await opened(own, preset="oasst", name="Ours again")
    assert (again.id, again.preset, again.name) == (first.id, "oasst", "Ours again")
    assert (await grove.give(bob, REVIEW)).thread[0].message_id == taken.message_id
    assert [offer["open"] for offer in await grove.rows("offers")] == [2]
    history = await grove.settings.history(moderator())
    moves = [(each.before, each.after) for each in history.changes if each.name == "pool"]
    assert moves == [("main", first.id), (first.id, "main"), ("main", first.id)]


async def test_what_is_said_at_an_opening_goes_before_what_was_changed_earlier(grove: Grove, own: OwnPools) -> None:
    await opened(own)
    await grove.settings.set(moderator(), "preset", "oasst")
    await grove.settings.set(moderator(), "max_tree_depth", 2)
    await own.leave(moderator())
    await opened(own, preset="community")
    shown = {each.setting.name: each.value for each in (await grove.settings.show(moderator())).values}
    assert (shown["preset"], shown["max_tree_depth"]) == ("community", 2)


async def test_another_licence_is_agreed_to_anew_and_never_mixes(grove: Grove, own: OwnPools) -> None:
    ann = await grove.join("1")
    await opened(own, licence="CC-BY-4.0")
    with pytest.raises(ConsentNeeded):
        await grove.give(ann, PROMPT)
    await grove.members.consent(ann, version=1, text_sha256="0" * 64)
    await grove.work(ann, PROMPT)
    await own.leave(moderator())
    with pytest.raises(LicenceSettled) as refused:
        await opened(own, licence="CC0-1.0")
    assert (refused.value.found, refused.value.wanted) == ("CC-BY-4.0", "CC0-1.0")
    assert (await grove.settings.show(moderator())).pool == "main"


async def test_what_a_member_holds_in_the_old_pool_they_may_finish(grove: Grove, own: OwnPools) -> None:
    ann = await grove.join("1")
    held = await grove.give(ann, PROMPT)
    await opened(own)
    assert (await grove.give(ann, PROMPT)).task_id != held.task_id
    await grove.do(ann, held)
    (tree,) = await grove.rows("trees")
    assert tree["pool_id"] == "main"


async def test_only_moderators_open_and_leave_and_nothing_odd_is_taken(grove: Grove, own: OwnPools) -> None:
    for who, refused in [
        (Caller("9", "100", UiLocale("en-US")), ModeratorsOnly),
        (Caller(MAINTAINER, "100", UiLocale("en-US")), ModeratorsOnly),
        (moderator(place=None), ModeratorsOnly),
    ]:
        for attempt in (opened(own, who), own.leave(who)):
            with pytest.raises(refused):
                await attempt
    for said in ({"preset": "huge"}, {"licence": "our own"}, {"langs": []}, {"langs": ["English"]}, {"name": ""}):
        with pytest.raises(SettingNotTaken) as odd:
            await opened(own, **said)
        assert odd.value.name in said
    assert len(await grove.rows("pools")) == 1
    assert await grove.rows("setting_changes") == []
