"""Settings at run time: what is in force and why, changing it, and what was changed."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.audit import Actor, Subject, note
from services.crowds import Crowd, crowds
from services.deeds import UseCases
from services.grounds import Ground, Who, seen, stood
from services.layers import BY_LANGUAGE, Origin, flat, nested
from services.rights import Operator, Rights, own_pool
from services.setting_fields import SETTINGS, Reach, Setting, setting_of, understood
from services.upkeep import Upkeep
from services.values import in_force, origin
from storage import communities, pools, setting_changes
from storage.setting_changes import SettingChange, community_scope, pool_scope
from trees.refusals import NoCommunity, NotForOneLanguage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.deeds import Deed
    from services.surroundings import Surroundings
    from storage.pools import PoolRow
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import PoolId, TreeLanguage

log = logging.getLogger(__name__)

__all__ = ["Changed", "History", "Operator", "SettingChange", "Settings", "Shown", "Value", "changes_of", "shown"]

WHICH_POOL = "pool"
"""Under this name the history of a community tells for which pool it worked when."""

AT_ONCE = 10
"""Changes that one page of the history shows."""

_UNSET = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A setting, and what is in force."""

    setting: Setting
    value: Any
    """A plain JSON value; spans of time are seconds."""
    origin: Origin
    changed: SettingChange | None
    """How it came to be, where it was changed at run time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is in force for a pool, or for one of its languages, and for a community."""

    pool: PoolId
    pool_name: str
    preset: str
    licence: str
    langs: tuple[TreeLanguage, ...]
    own: bool
    """Whether the community opened this pool for itself."""
    lang: TreeLanguage | None
    values: tuple[Value, ...]
    """In the order of `SETTINGS`; those of a community only where there is one."""
    crowds: tuple[Crowd, ...]
    """Each language of the pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What became of a setting."""

    setting: Setting
    lang: TreeLanguage | None
    pool_name: str | None
    """The pool it holds for; None where it holds for a community."""
    before: Any
    """What was in force, a plain JSON value."""
    after: Any
    """What is in force now."""
    origin: Origin
    """Where that comes from."""
    new: bool
    """Whether anything was changed: saying the same twice changes nothing."""
    trees: int = 0
    """Trees that went on, or whose open work changed, at once."""
    short: tuple[Crowd, ...] = ()
    """Languages in which the pool has fewer people than its rules need now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A page of changes."""

    changes: tuple[SettingChange, ...]
    """Newest first."""
    page: int
    """From 0."""
    more: bool
    """Whether another page follows."""


class Settings(UseCases):
    """Changing the rules of pools and what communities decide."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights
        self._upkeep = Upkeep(store, surroundings)

    async def show(self, who: Who, lang: str | None = None) -> Shown:
        """Return what is in force where somebody is, for the whole pool or one of its languages. Writes nothing.

        Raises:
            LanguageNotOffered, UnknownPool, UnknownCommunity
        """
        return await self._store.read(shown, who, lang)

    async def set(self, who: Who, name: str, written: object, lang: str | None = None) -> Changed:
        """Change a setting from now on, for a pool, for one of its languages or for a community.

        What trees have to offer is mended before this returns.

        Raises:
            UnknownSetting, SettingNotTaken, NotForOneLanguage, LanguageNotOffered, NoCommunity
            MaintainersOnly, ModeratorsOnly: it is not theirs to change.
            UnknownPool, UnknownCommunity
        """
        return await self._followed_up(await self._do(_set, self._rights, who, name, written, lang))

    async def unset(self, who: Who, name: str, lang: str | None = None) -> Changed:
        """Take back what was changed at run time, so that what lies under it is in force again.

        Raises:
            As `set`.
        """
        return await self._followed_up(await self._do(_set, self._rights, who, name, _UNSET, lang))

    async def history(self, who: Who, *, name: str | None = None, lang: str | None = None, page: int = 0) -> History:
        """Return what was changed where somebody is, newest first; of one setting or language only if asked.

        Raises:
            UnknownSetting, LanguageNotOffered, UnknownPool, UnknownCommunity
        """
        return await self._store.read(changes_of, who, name=name, lang=lang, page=page)

    async def _followed_up(self, done: tuple[Changed, PoolRow]) -> Changed:
        changed, pool = done
        if not changed.new:
            return changed
        log.info("setting changed", extra={"setting": changed.setting.name, "pool": pool.id, "lang": changed.lang})
        if changed.setting.reach is Reach.COMMUNITY:
            return changed
        langs = pool.langs if changed.lang is None else (changed.lang,)
        trees = [await self._upkeep.recheck_pool(pool.id, lang) for lang in langs]
        short = [crowd for crowd in await self._store.read(crowds, pool) if crowd.is_short and crowd.lang in langs]
        return replace(changed, trees=sum(trees), short=tuple(short))


def shown(tx: Tx, who: Who, lang: str | None = None) -> Shown:
    """Return what is in force where somebody is. Works on a store that another process writes."""
    ground = seen(tx, who)
    pool, language = ground.pool, ground.lang(lang)
    return Shown(
        pool=pool.id,
        pool_name=pool.name,
        preset=pool.preset,
        licence=pool.licence,
        langs=pool.langs,
        own=ground.community is not None and pool.id == own_pool(ground.community.id),
        lang=language,
        values=tuple(_values(tx, ground, language)),
        crowds=crowds(tx, pool),
    )


def changes_of(tx: Tx, who: Who, *, name: str | None = None, lang: str | None = None, page: int = 0) -> History:
    """Return a page of what was changed where somebody is. Works on a store that another process writes."""
    ground = seen(tx, who)
    if name is not None:
        setting_of(name)
    language = ground.lang(lang)
    scopes = [pool_scope(ground.pool.id, each) for each in ([language] if language else [None, *ground.pool.langs])]
    if ground.community and not language:
        scopes.append(community_scope(ground.community.id))
    found = setting_changes.page(tx, scopes, name, after=page * AT_ONCE, most=AT_ONCE + 1)
    return History(changes=found[:AT_ONCE], page=page, more=len(found) > AT_ONCE)


def _set(deed: Deed, rights: Rights, who: Who, name: str, written: object, lang: str | None) -> tuple[Changed, PoolRow]:
    setting = setting_of(name)
    if lang is not None and not setting.by_language:
        raise NotForOneLanguage(name)
    ground = stood(deed, who)
    language = ground.lang(lang)
    if setting.reach is Reach.COMMUNITY:
        after = _decided(deed, ground.actor(rights.check_decide(who)), ground, setting, written)
    else:
        by = ground.actor(rights.check_rule(who, ground.pool.id, ground.community))
        after = _ruled(deed, by, ground, setting, written, language)
    was, now = (in_force(setting, each, language) for each in (ground, after))
    changed = Changed(
        setting=setting,
        lang=language,
        pool_name=None if setting.reach is Reach.COMMUNITY else after.pool.name,
        before=was,
        after=now,
        origin=origin(setting, after, language),
        new=after != ground,
    )
    return changed, after.pool


def _decided(deed: Deed, by: Actor, ground: Ground, setting: Setting, written: object) -> Ground:
    community = ground.community
    if community is None:
        raise NoCommunity
    settings: dict[str, Any] = json.loads(communities.taken(deed.tx, community.id).settings)
    if not _put(deed, settings, setting, written, scope=community_scope(community.id), by=by):
        return ground
    communities.decide(deed.tx, community.id, settings)
    return replace(ground, community=replace(community, settings=json.dumps(settings)))


def _ruled(
    deed: Deed, by: Actor, ground: Ground, setting: Setting, written: object, lang: TreeLanguage | None
) -> Ground:
    overrides: dict[str, Any] = json.loads(pools.taken(deed.tx, ground.pool.id).overrides)
    by_language: dict[str, dict[str, Any]] = overrides.pop(BY_LANGUAGE, {})
    layer = overrides if lang is None else by_language.get(lang, {})
    by_name = dict(flat(layer))
    if not _put(deed, by_name, setting, written, scope=pool_scope(ground.pool.id, lang), by=by):
        return ground
    if lang is None:
        overrides = nested(by_name)
    else:
        by_language = {tag: each for tag, each in (by_language | {lang: nested(by_name)}).items() if each}
    pools.override(deed.tx, ground.pool.id, overrides | ({BY_LANGUAGE: by_language} if by_language else {}))
    pool = pools.taken(deed.tx, ground.pool.id)
    deed.knows(pool)
    return replace(ground, pool=pool)


def _put(deed: Deed, layer: dict[str, Any], setting: Setting, written: object, *, scope: str, by: Actor) -> bool:
    """Change one value of a layer in place and note it; return whether it changed."""
    before = layer.pop(setting.name, None)
    after = None if written is _UNSET else understood(setting, written)
    if after is not None:
        layer[setting.name] = after
    if before == after:
        return False
    note_change(deed, by, scope, setting.name, before=before, after=after)
    return True


def note_change(deed: Deed, by: Actor, scope: str, name: str, *, before: Any, after: Any) -> None:
    """Note that a setting was changed, where it can be looked up and in the audit log; None: it is not set."""
    setting_changes.insert(deed.tx, scope, name, before=before, after=after, member=by.member_id, now=deed.now)
    what, _, which = scope.partition(":")
    note(deed, by, "set", (Subject(what), which), facts={"setting": name}, before=before, after=after)


def _values(tx: Tx, ground: Ground, lang: TreeLanguage | None) -> Iterator[Value]:
    scopes = [pool_scope(ground.pool.id, None)]
    if lang:
        scopes.append(pool_scope(ground.pool.id, lang))
    if ground.community:
        scopes.append(community_scope(ground.community.id))
    newest = setting_changes.newest(tx, scopes)
    for setting in SETTINGS.values():
        if setting.reach is Reach.COMMUNITY and ground.community is None:
            continue
        comes_from = origin(setting, ground, lang)
        yield Value(
            setting=setting,
            value=in_force(setting, ground, lang),
            origin=comes_from,
            changed=newest.get((_scope(setting, ground, comes_from, lang), setting.name)),
        )


def _scope(setting: Setting, ground: Ground, origin: Origin, lang: TreeLanguage | None) -> str:
    """Return the scope whose change brought a value into force; nothing is kept under that of what nobody changed."""
    if origin not in {Origin.LANGUAGE, Origin.POOL}:
        return ""
    if setting.reach is Reach.COMMUNITY and ground.community:
        return community_scope(ground.community.id)
    return pool_scope(ground.pool.id, lang if origin is Origin.LANGUAGE else None)
