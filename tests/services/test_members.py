"""Members: consent, languages and what a person sees of themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.people import Caller
from services.pools import LicenceInUse
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.refusals import ConsentNeeded, EmptyText, LanguageNotOffered, NothingToDo

if TYPE_CHECKING:
    from conftest import Grove

STRANGER = Caller("42", "100", UiLocale("de"))


async def test_asking_for_a_strangers_standing_writes_nothing(grove: Grove) -> None:
    standing = await grove.members.standing(STRANGER)
    assert (standing.member_id, standing.consented, standing.consent_version) == (None, False, 1)
    assert (standing.langs, standing.offered) == ((), ("en", "de"))
    assert (standing.pool, standing.licence) == ("main", "Apache-2.0")
    assert await grove.rows("members") == []


async def test_consent_is_recorded_once_with_all_its_facts(grove: Grove) -> None:
    for _ in range(2):
        standing = await grove.members.consent(STRANGER, version=1, text_sha256="ab" * 32)
    assert standing.consented
    (consent,) = await grove.rows("consents")
    assert (consent["version"], consent["text_sha256"], consent["locale"]) == (1, "ab" * 32, "de")
    assert (consent["licence"], consent["given_at"], consent["withdrawn_at"]) == ("Apache-2.0", grove.chance.now, None)
    assert (await grove.members.standing(STRANGER)) == standing
    assert [row["entity"] for row in await grove.rows("change_log")] == ["consent"]


async def test_outdated_terms_are_refused_with_those_in_force(grove: Grove) -> None:
    with pytest.raises(ConsentNeeded) as refused:
        await grove.members.consent(STRANGER, version=0, text_sha256="ab" * 32)
    assert refused.value.version == 1
    assert await grove.rows("consents") == []


async def test_a_pool_under_another_licence_asks_for_consent_anew(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.change("pools", {}, licence="CC-BY-4.0")
    with pytest.raises(ConsentNeeded):
        await grove.tasks.give(ann)
    await grove.members.consent(ann, version=1, text_sha256="ab" * 32)
    assert sorted(row["licence"] for row in await grove.rows("consents")) == ["Apache-2.0", "CC-BY-4.0"]


async def test_a_pool_with_trees_keeps_its_licence(grove: Grove) -> None:
    await grove.work(await grove.join("1"), TaskKind.INITIAL_PROMPT)
    with pytest.raises(LicenceInUse) as refused:
        await grove.pools.prepare(name="Main", licence="CC-BY-4.0", preset="tiny", changes={}, langs=["en"])
    assert (refused.value.found, refused.value.wanted) == ("Apache-2.0", "CC-BY-4.0")


async def test_a_rule_that_does_not_exist_is_refused_at_the_start(grove: Grove) -> None:
    with pytest.raises(KeyError):
        await grove.rule(goal_tree_sice=3)
    with pytest.raises(KeyError):
        await grove.rule(by_language={"de": {"goal_tree_sice": 3}})


async def test_a_store_is_named_once(grove: Grove) -> None:
    before = {row["key"]: row["value"] for row in await grove.rows("store_meta")}
    await grove.rule("oasst")
    assert {row["key"]: row["value"] for row in await grove.rows("store_meta")} == before
    assert len({before["source_id"], before["generation"]}) == 2


async def test_a_language_may_have_rules_of_its_own(grove: Grove) -> None:
    await grove.rule(goal_tree_size=5, by_language={"de": {"goal_tree_size": 3}})
    ann = await grove.join("1", "en", "de")
    for lang in ("en", "de"):
        await grove.do(ann, await grove.tasks.give(ann, kind=TaskKind.INITIAL_PROMPT, lang=lang))
    assert {row["lang"]: row["goal_size"] for row in await grove.rows("trees")} == {"en": 5, "de": 3}


async def test_withdrawing_frees_what_is_held_and_forgets_the_drafts_but_not_the_texts(grove: Grove) -> None:
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.growing(ann, bob)
    await grove.work(eve, TaskKind.INITIAL_PROMPT)
    held = await grove.give(eve, TaskKind.ASSISTANT_REPLY)
    with pytest.raises(EmptyText):
        await grove.messages.submit(eve, held.task_id, " ")
    with pytest.raises(NothingToDo):
        await grove.give(dan, TaskKind.ASSISTANT_REPLY)
    standing = await grove.members.withdraw(eve)
    assert not standing.consented
    assert not (await grove.members.withdraw(eve)).consented
    assert (await grove.give(dan, TaskKind.ASSISTANT_REPLY)).thread == held.thread
    assert (await grove.rows("drafts"), len(await grove.rows("messages"))) == ([], 2)
    (consent,) = await grove.rows("consents", member_id=standing.member_id)
    assert (consent["withdrawn_at"], consent["rev"]) == (grove.chance.now, 2)


async def test_languages_keep_the_order_chosen_and_unknown_ones_are_refused(grove: Grove) -> None:
    ann = await grove.join("1")
    standing = await grove.members.choose_languages(ann, ["de", "en", "de"])
    assert standing.langs == ("de", "en")
    with pytest.raises(LanguageNotOffered) as refused:
        await grove.members.choose_languages(ann, ["tlh"])
    assert (refused.value.lang, refused.value.offered) == ("tlh", ("en", "de"))
    assert (await grove.members.standing(ann)).langs == ("de", "en")


async def test_a_profile_tells_what_became_of_ones_work(grove: Grove) -> None:
    await grove.rule(max_active_trees=1)
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    await grove.work(bob, TaskKind.LABEL_INITIAL_PROMPT, grove.BAD)
    grove.pass_time(minutes=1)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    held = await grove.give(ann, TaskKind.ASSISTANT_REPLY)
    with pytest.raises(EmptyText):
        await grove.messages.submit(ann, held.task_id, " ")
    profile = await grove.members.profile(ann)
    assert (profile.texts, profile.accepted, profile.rejected, profile.in_review) == (3, 1, 1, 1)
    assert profile.recent[0].text == "Text number 3."
    assert {work.accepted for work in profile.recent} == {True, False, None}
    assert {work.kind for work in profile.recent} == {TaskKind.INITIAL_PROMPT}
    assert [open_task.task_id for open_task in profile.open_tasks] == [held.task_id]
    assert [(draft.task_id, draft.text) for draft in profile.drafts] == [(held.task_id, " ")]
    assert (await grove.members.profile(bob)).reviews == 2
    with pytest.raises(ConsentNeeded):
        await grove.members.profile(STRANGER)
    assert eve.account


async def test_nobodys_texts_are_in_the_showcase_unless_they_agreed_and_said_so(grove: Grove) -> None:
    async def lent() -> list[bool]:
        return [row["showcase"] for row in await grove.rows("members")]

    ann = await grove.join("1")
    assert await lent() == [False]
    await grove.members.lend_to_showcase(ann, on=True)
    assert await lent() == [True]
    await grove.members.lend_to_showcase(ann, on=False)
    assert await lent() == [False]
    await grove.members.lend_to_showcase(ann, on=True)
    await grove.members.withdraw(ann)
    assert await lent() == [False]
    with pytest.raises(ConsentNeeded):
        await grove.members.lend_to_showcase(ann, on=True)
    await grove.members.lend_to_showcase(ann, on=False)
    assert await lent() == [False]


async def test_whoever_moves_to_another_community_is_there_now(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.give(replace(ann, place="200"), TaskKind.INITIAL_PROMPT)
    there = {row["place"]: row["id"] for row in await grove.rows("communities")}
    assert set(there) == {"100", "200"}
    (member,) = await grove.rows("members")
    assert member["community_id"] == there["200"]
