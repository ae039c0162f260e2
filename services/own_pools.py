"""Pools of one's own: a community works on trees that are nobody else's, by rules of its own choice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from services.audit import Subject, note
from services.deeds import UseCases
from services.grounds import stood
from services.people import main_pool
from services.rights import own_pool
from services.sections import Licence, Offered, PoolName, Preset, Section
from services.setting_fields import SETTINGS
from services.settings import WHICH_POOL, note_change
from services.upkeep import Upkeep
from storage import communities, pools, trees
from storage.pools import FRAME, PoolRow, topics_of, topics_written
from storage.setting_changes import community_scope, pool_scope
from trees.ids import TreeLanguage
from trees.refusals import LicenceSettled, NoCommunity, NotInOwnPool, SettingNotTaken
from trees.takes import Form, Takes
from trees.topics import renewed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.audit import Actor
    from services.deeds import Deed
    from services.grounds import Ground
    from services.people import Caller
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.communities import CommunityRow
    from storage.store import Store
    from trees.ids import PoolId

__all__ = ["OwnPools", "PoolRow"]

_LICENCE = Takes(form=Form.TEXT, least=1, most=64)


class _Opening(Section):
    name: PoolName
    preset: Preset
    licence: Licence
    langs: Offered


class OwnPools(UseCases):
    """Opening a pool of one's own, and leaving it."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights
        self._upkeep = Upkeep(store, surroundings)

    async def open(
        self,
        caller: Caller,
        *,
        name: str,
        preset: str,
        licence: str | None = None,
        langs: Sequence[str] | None = None,
    ) -> PoolRow:
        """Let a community work for a pool of its own from now on, and return it.

        A community has one: whoever left theirs comes back to its trees, under what is said now; rules that were
        changed there stay changed. Without a licence or languages they are those of the pool it worked for. Tasks that
        members hold elsewhere they may finish. Its topics are those of the pool it worked for.

        Raises:
            NoCommunity, ModeratorsOnly
            SettingNotTaken: the name, preset, licence or languages are not taken.
            LicenceSettled: the pool has trees under another licence.
        """
        pool = await self._do(_open, self._rights, caller, name=name, preset=preset, licence=licence, langs=langs)
        for lang in pool.langs:
            await self._upkeep.recheck_pool(pool.id, lang)
        return pool

    async def leave(self, caller: Caller) -> PoolRow:
        """Let a community work for the pool `main` again, and return that. The trees of its own pool stay there.

        Raises:
            NoCommunity, ModeratorsOnly
            NotInOwnPool: it works for `main` already.
        """
        return await self._do(_leave, self._rights, caller)


def _open(
    deed: Deed,
    rights: Rights,
    caller: Caller,
    *,
    name: str,
    preset: str,
    licence: str | None,
    langs: Sequence[str] | None,
) -> PoolRow:
    right = rights.check_decide(caller)
    ground, community = _community(deed, caller)
    by = ground.actor(right)
    asked = _asked(name, preset, licence or ground.pool.licence, ground.pool.langs if langs is None else langs)
    pool = PoolRow(
        id=own_pool(community.id),
        name=asked.name,
        licence=asked.licence,
        preset=asked.preset,
        rules="{}",
        langs=tuple(map(TreeLanguage, asked.langs)),
    )
    found = pools.get(deed.tx, pool.id)
    topics = renewed(topics_of(found) if found else (), [each.name for each in topics_of(ground.pool) if each.offered])
    pool = replace(pool, topics=topics_written(topics))
    if found is not None:
        _reopen(deed, by, found, pool)
    pools.put(deed.tx, pool, deed.now)
    _note_opening(deed, by, found, pool)
    _move(deed, by, community, pool.id)
    return pools.taken(deed.tx, pool.id)


def _leave(deed: Deed, rights: Rights, caller: Caller) -> PoolRow:
    right = rights.check_decide(caller)
    ground, community = _community(deed, caller)
    if ground.pool.id != own_pool(community.id):
        raise NotInOwnPool
    pool = main_pool(deed.tx)
    _move(deed, ground.actor(right), community, pool.id)
    return pool


def _community(deed: Deed, caller: Caller) -> tuple[Ground, CommunityRow]:
    ground = stood(deed, caller)
    if ground.community is None:
        raise NoCommunity
    return ground, ground.community


def _asked(name: str, preset: str, licence: str, langs: Sequence[str]) -> _Opening:
    written = {"name": name, "preset": preset, "licence": licence, "langs": list(langs)}
    try:
        return _Opening.model_validate(written)
    except ValidationError as error:
        wrong = str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
        takes = SETTINGS[wrong].takes if wrong in SETTINGS else _LICENCE
        raise SettingNotTaken(wrong, takes) from None


def _note_opening(deed: Deed, by: Actor, found: PoolRow | None, pool: PoolRow) -> None:
    """Note under what a pool is open from now on."""
    before, after = (
        each and {"name": each.name, "preset": each.preset, "licence": each.licence, "langs": list(each.langs)}
        for each in (found, pool)
    )
    if before != after:
        note(deed, by, "open_pool", (Subject.POOL, pool.id), before=before, after=after)


def _reopen(deed: Deed, by: Actor, found: PoolRow, pool: PoolRow) -> None:
    """Let what is said at the opening hold, not what was changed before."""
    if found.licence != pool.licence and trees.any_of(deed.tx, pool.id):
        raise LicenceSettled(found.licence, pool.licence)
    overrides = json.loads(found.overrides)
    for part in [part for part in FRAME if part in overrides]:
        note_change(deed, by, pool_scope(pool.id, None), part, before=overrides.pop(part), after=None)
    pools.override(deed.tx, pool.id, overrides)


def _move(deed: Deed, by: Actor, community: CommunityRow, to: PoolId) -> None:
    before = communities.taken(deed.tx, community.id).pool.id
    if before == to:
        return
    communities.move(deed.tx, community.id, to)
    note_change(deed, by, community_scope(community.id), WHICH_POOL, before=before, after=to)
