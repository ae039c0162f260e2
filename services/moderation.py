"""Moderation: stopping trees and letting them go on, removing messages and bringing them back.

By hand here, each verb one transaction; and by itself, from what several people say, inside the transactions of what
they do. Who may call the verbs is decided by whoever calls them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.growth import Growth
from services.lottery import settle
from services.people import arrive
from services.pools import rules_of
from storage import messages, pools, telling, trees
from trees.auto_moderation import Consequence, consequence, is_closed
from trees.refusals import MessageGone, UnknownTree
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.deeds import Deed
    from services.people import Caller
    from storage.tx import Tx
    from trees.ids import MessageId, TreeId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What a verb came to."""

    tree_id: TreeId
    state: TreeState
    """The state the tree is in now."""
    messages: frozenset[MessageId] = frozenset()
    """What was removed, or stands again; empty where nothing was to be done."""


class Moderation(UseCases):
    """The verbs of moderators on trees and their messages; each may be called twice."""

    async def halt(self, caller: Caller, tree_id: TreeId) -> Ruled:
        """Stop a tree: nobody is given work of it any more. What people hold of it stays with them as drafts.

        Raises:
            UnknownTree
        """
        return await self._do(_halt, caller, tree_id)

    async def resume(self, caller: Caller, tree_id: TreeId) -> Ruled:
        """Let a halted or aborted tree go on where it belongs now; flags and skips until now count no more.

        A tree whose root was removed or rejected stays stopped; the state says so.

        Raises:
            UnknownTree
        """
        return await self._do(_resume, caller, tree_id)

    async def remove(self, caller: Caller, message_id: MessageId) -> Ruled:
        """Remove a message with all that hangs on it; its place is open again, and a tree without its root halts.

        Raises:
            MessageGone: there is no such message.
        """
        return await self._do(_remove, caller, message_id)

    async def restore(self, caller: Caller, message_id: MessageId) -> Ruled:
        """Let a removed message stand again, and all above it; flags and skips on them until now count no more.

        What hung on it stays removed. A tree that was halted because its root was removed goes on with it.

        Raises:
            MessageGone: there is no such message, or an author has taken back its text or one above it.
        """
        return await self._do(_restore, caller, message_id)


def moderate(deed: Deed, growth: Growth, message_id: MessageId) -> Consequence | None:
    """Draw the consequence of what people say of a message now, and return it; close it if they saw the end there.

    The tree is to be settled after it.
    """
    message = growth.message(message_id)
    if message is None:
        return None
    told = telling.on(deed.tx, message_id)
    closed = is_closed(told, growth.rules)
    if closed and not message.closed:
        growth.set_closed(message, closed=True)
    follows = consequence(growth.tree, message, told, growth.rules)
    if follows is None:
        return None
    log.info("auto-moderation", extra={"about": message_id, "consequence": follows.value})
    match follows:
        case Consequence.REMOVE:
            growth.remove(message_id)
        case Consequence.ABORT:
            growth.abort()
        case Consequence.HALT:
            growth.halt()
    return follows


def overdue(tx: Tx) -> list[tuple[TreeId, MessageId]]:
    """Return the messages of which enough is told although nothing followed yet: rules may have changed meanwhile."""
    known = pools.every(tx)
    every_rules = [rules_of(pool, lang) for pool in known.values() for lang in (None, *pool.langs)]
    flags = min((rules.auto_mod_red_flags for rules in every_rules), default=1)
    skips = min((min(rules.auto_mod_max_skip, rules.ends_to_close or 1) for rules in every_rules), default=1)
    found = []
    for message_id, tree_id in telling.often(tx, flags=flags, skips=skips):
        row = trees.get(tx, tree_id)
        if row is None:
            continue
        tree, rules = trees.snapshot(tx, row).tree, rules_of(known[row.pool_id], row.lang)
        message = next(each for each in tree.messages if each.id == message_id)
        told = telling.on(tx, message_id)
        if consequence(tree, message, told, rules) or (is_closed(told, rules) and not message.closed):
            found.append((tree_id, message_id))
    return found


def moderate_all(deed: Deed, told: Sequence[tuple[TreeId, MessageId]]) -> None:
    """Draw the consequences for these messages of these trees."""
    for tree_id, message_id in told:
        growth = _tree(deed, tree_id)
        moderate(deed, growth, message_id)
        settle(growth)


def reopen(deed: Deed, growth: Growth, message_id: MessageId) -> None:
    """Ask people to go on from a message again, if too few see the end there now and the tree still grows."""
    message = growth.message(message_id)
    if message is None or not message.closed or growth.tree.state is not TreeState.GROWING:
        return
    if not is_closed(telling.on(deed.tx, message_id), growth.rules):
        growth.set_closed(message, closed=False)


def _halt(deed: Deed, caller: Caller, tree_id: TreeId) -> Ruled:
    growth = _tree(deed, tree_id)
    growth.halt()
    settle(growth)
    return _ruled(deed, caller, growth, "halt")


def _resume(deed: Deed, caller: Caller, tree_id: TreeId) -> Ruled:
    growth = _tree(deed, tree_id)
    if growth.resume():
        telling.clear(deed.tx, [message.id for message in growth.tree.messages], deed.now)
        settle(growth)
    return _ruled(deed, caller, growth, "resume")


def _remove(deed: Deed, caller: Caller, message_id: MessageId) -> Ruled:
    growth = _tree_of(deed, message_id)
    gone = growth.remove(message_id)
    settle(growth)
    return _ruled(deed, caller, growth, "remove", gone)


def _restore(deed: Deed, caller: Caller, message_id: MessageId) -> Ruled:
    growth = _tree_of(deed, message_id)
    if messages.any_erased(deed.tx, growth.tree.path(message_id)):
        raise MessageGone
    back = growth.restore(message_id)
    telling.clear(deed.tx, back, deed.now)
    if growth.tree.id in back and growth.tree.state is TreeState.HALTED_BY_MODERATOR:
        growth.resume()
    settle(growth)
    return _ruled(deed, caller, growth, "restore", back)


def _tree(deed: Deed, tree_id: TreeId) -> Growth:
    row = trees.get(deed.tx, tree_id)
    if row is None:
        raise UnknownTree
    return Growth.of(deed, row)


def _tree_of(deed: Deed, message_id: MessageId) -> Growth:
    tree_id = messages.tree_of(deed.tx, message_id)
    if tree_id is None:
        raise MessageGone
    return _tree(deed, tree_id)


def _ruled(deed: Deed, caller: Caller, growth: Growth, verb: str, changed: frozenset[MessageId] = frozenset()) -> Ruled:
    ruled = Ruled(tree_id=growth.tree.id, state=growth.tree.state, messages=changed)
    by = arrive(deed, caller).id
    log.info("moderated", extra={"verb": verb, "by": by, "tree": ruled.tree_id, "messages": len(changed)})
    return ruled
