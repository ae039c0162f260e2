"""Who may do what: the table, and that the verbs hold to it and leave their entry in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.moderation import Moderation
from services.people import Caller
from services.rights import TABLE, Operator, Place, Rights, Role, Verb
from storage.audit import As
from trees.ids import CommunityId, TreeId, UiLocale
from trees.kinds import TaskKind
from trees.refusals import MaintainersOnly, ModeratorsOnly, OthersDecide

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.moderation

EN = UiLocale("en-US")
HERE, THERE = CommunityId(UUID(int=1)), CommunityId(UUID(int=2))
RIGHTS = Rights(frozenset({"9"}))
WHO = {
    "a contributor": Caller("1", "100", EN),
    "a moderator": Caller("2", "100", EN, manages=True),
    "a maintainer": Caller("9", "100", EN),
    "a maintainer who moderates": Caller("9", "100", EN, manages=True),
    "a contributor's message": Caller("1", None, EN),
    "a moderator's message": Caller("2", None, EN, manages=True),
    "a maintainer's message": Caller("9", None, EN),
    "the operator": Operator(),
}
OF_A_COMMUNITY = {
    # Who may, on what is here and on what is elsewhere.
    "a contributor": (None, None),
    "a moderator": (As.MODERATOR, None),
    "a maintainer": (As.MAINTAINER, As.MAINTAINER),
    "a maintainer who moderates": (As.MODERATOR, As.MAINTAINER),
    "a contributor's message": (None, None),
    "a moderator's message": (None, None),
    "a maintainer's message": (As.MAINTAINER, As.MAINTAINER),
    "the operator": (As.OPERATOR, As.OPERATOR),
}
WRITTEN_OUT: dict[Verb, dict[str, tuple[As | None, As | None]]] = {
    **dict.fromkeys(Verb, OF_A_COMMUNITY),
    **{
        verb: OF_A_COMMUNITY
        | {
            "a moderator": (As.MODERATOR, As.MODERATOR),
            "a maintainer": (None, None),
            "a maintainer who moderates": (As.MODERATOR, As.MODERATOR),
            "a maintainer's message": (None, None),
        }
        for verb in (Verb.HIDE, Verb.UNHIDE)
    },
    **{
        verb: OF_A_COMMUNITY
        | {
            "a maintainer": (None, None),
            "a maintainer who moderates": (As.MODERATOR, None),
            "a maintainer's message": (None, None),
        }
        for verb in (Verb.SET_UP, Verb.DECIDE)
    },
    Verb.RULE: OF_A_COMMUNITY
    | {"a moderator": (None, None), "a maintainer who moderates": (As.MAINTAINER, As.MAINTAINER)},
}
"""The table of rights once more, as it is meant: by verb, who they are, and the right they have here and elsewhere."""


def right(who: Caller | Operator, verb: Verb, of: CommunityId | None) -> As | None:
    at = HERE if isinstance(who, Caller) and who.place else None
    try:
        return RIGHTS.check(who, verb, of=of, at=at)
    except (MaintainersOnly, ModeratorsOnly, OthersDecide):
        return None


@pytest.mark.parametrize("verb", Verb)
def test_every_role_has_the_rights_that_are_written_out_and_no_others(verb: Verb) -> None:
    for name, who in WHO.items():
        found = (right(who, verb, HERE), right(who, verb, THERE))
        assert found == WRITTEN_OUT[verb][name], name
        assert right(who, verb, None) == found[1], f"what is nobody's is as what is others': {name}"


def test_what_stands_in_no_row_is_for_nobody_and_no_row_is_a_contributors() -> None:
    assert set(TABLE) == set(Verb)
    assert all(Role.CONTRIBUTOR not in row for row in TABLE.values())
    assert all(Place.MESSAGE not in row.get(Role.MODERATOR, ()) for row in TABLE.values())


def test_whoever_may_not_is_told_who_may() -> None:
    with pytest.raises(ModeratorsOnly):
        RIGHTS.check(WHO["a contributor"], Verb.HALT, of=HERE, at=HERE)
    with pytest.raises(OthersDecide):
        RIGHTS.check(WHO["a moderator"], Verb.HALT, of=THERE, at=HERE)
    with pytest.raises(MaintainersOnly):
        RIGHTS.check(WHO["a moderator"], Verb.RULE, of=HERE, at=HERE)


async def test_the_verbs_of_moderators_are_refused_to_others_and_change_nothing(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0)
    ann = await grove.join("1", place="100")
    stranger = Caller("5", "200", EN, manages=True)
    tree = TreeId((await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id)
    verbs = Moderation(grove.store, grove.around, RIGHTS)
    before = await grove.rows("trees"), await grove.rows("messages")
    for verb in (verbs.halt, verbs.resume, verbs.remove, verbs.restore):
        with pytest.raises(ModeratorsOnly):
            await verb(ann, tree)  # type: ignore[operator]  both ids are of the root
        with pytest.raises(OthersDecide):
            await verb(stranger, tree)  # type: ignore[operator]  both ids are of the root
    assert (await grove.rows("trees"), await grove.rows("messages")) == before
    assert await grove.rows("audit_log") == []


async def test_each_act_leaves_one_entry_with_who_by_which_right_and_why(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0)
    ann = await grove.join("1", place="100")
    tree = TreeId((await grove.work(ann, TaskKind.INITIAL_PROMPT)).message_id)
    verbs = Moderation(grove.store, grove.around, RIGHTS)
    moderator = Caller("2", "100", EN, manages=True)
    for _ in range(2):
        await verbs.halt(moderator, tree, why="off topic")
    await verbs.resume(Caller("9", None, EN), tree)
    await verbs.remove(Operator(), tree)
    found = [(row["act"], row["acted_as"], row["about"], row["why"]) for row in await grove.rows("audit_log")]
    assert found == [
        ("halt", "moderator", "tree", "off topic"),
        ("resume", "maintainer", "tree", None),
        ("remove", "operator", "message", None),
    ]
