"""Moderation: stopping trees and letting them go on, removing messages and bringing them back.

By hand here, each verb one transaction that checks the rights of whoever calls it and leaves an entry in the audit log;
and by itself, from what several people say, inside the transactions of what they do.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.audit import Subject, note
from services.case_opening import open_case
from services.deeds import UseCases
from services.grounds import stood
from services.growth import Growth
from services.lottery import settle
from services.pools import rules_of
from services.rights import Verb
from storage import messages, pools, telling, trees
from trees.auto_moderation import Consequence, consequence, is_closed
from trees.cases import CaseKind
from trees.ids import MessageId
from trees.refusals import MessageGone, UnknownTree
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.deeds import Deed
    from services.grounds import Who
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import TreeId

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
    """The verbs of moderators on trees and their messages; each may be called twice.

    A tree is its root's author's community's, a message its own author's; what was imported is nobody's, and so the
    maintainers'. `why` is for the log and holds no text of a message. Each raises ModeratorsOnly, OthersDecide or
    MaintainersOnly where it is not for the caller to decide.
    """

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights

    async def halt(self, who: Who, tree_id: TreeId, *, why: str | None = None) -> Ruled:
        """Stop a tree: nobody is given work of it any more. What people hold of it stays with them as drafts.

        Raises:
            UnknownTree
        """
        return await self._do(halt, self._rights, who, tree_id, why)

    async def resume(self, who: Who, tree_id: TreeId, *, why: str | None = None) -> Ruled:
        """Let a halted or aborted tree go on where it belongs now; flags and skips until now count no more.

        A tree whose root was removed or rejected stays stopped; the state says so.

        Raises:
            UnknownTree
        """
        return await self._do(resume, self._rights, who, tree_id, why)

    async def remove(self, who: Who, message_id: MessageId, *, why: str | None = None) -> Ruled:
        """Remove a message with all that hangs on it; its place is open again, and a tree without its root halts.

        Raises:
            MessageGone: there is no such message.
        """
        return await self._do(remove, self._rights, who, message_id, why)

    async def restore(self, who: Who, message_id: MessageId, *, why: str | None = None) -> Ruled:
        """Let a removed message stand again, and all above it; flags and skips on them until now count no more.

        What hung on it stays removed. A tree that was halted because its root was removed goes on with it.

        Raises:
            MessageGone: there is no such message, or an author has taken back its text or one above it.
        """
        return await self._do(restore, self._rights, who, message_id, why)


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
    open_case(deed, CaseKind.AUTO, message_id)
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


def halt(deed: Deed, rights: Rights, who: Who, tree_id: TreeId, why: str | None) -> Ruled:
    """Stop a tree, as `Moderation.halt`."""
    growth = _tree(deed, tree_id)
    act = _Act(growth, rights, who, Verb.HALT)
    growth.halt()
    settle(growth)
    return act.done(why)


def resume(deed: Deed, rights: Rights, who: Who, tree_id: TreeId, why: str | None) -> Ruled:
    """Let a tree go on, as `Moderation.resume`."""
    growth = _tree(deed, tree_id)
    act = _Act(growth, rights, who, Verb.RESUME)
    if growth.resume():
        telling.clear(deed.tx, [message.id for message in growth.tree.messages], deed.now)
        settle(growth)
    return act.done(why)


def remove(deed: Deed, rights: Rights, who: Who, message_id: MessageId, why: str | None) -> Ruled:
    """Remove a message with what hangs on it, as `Moderation.remove`."""
    growth = _tree_of(deed, message_id)
    act = _Act(growth, rights, who, Verb.REMOVE, message_id)
    gone = growth.remove(message_id)
    settle(growth)
    return act.done(why, gone)


def restore(deed: Deed, rights: Rights, who: Who, message_id: MessageId, why: str | None) -> Ruled:
    """Let a message stand again, as `Moderation.restore`."""
    growth = _tree_of(deed, message_id)
    act = _Act(growth, rights, who, Verb.RESTORE, message_id)
    if messages.any_erased(deed.tx, growth.tree.path(message_id)):
        raise MessageGone
    back = growth.restore(message_id)
    telling.clear(deed.tx, back, deed.now)
    if growth.tree.id in back and growth.tree.state is TreeState.HALTED_BY_MODERATOR:
        growth.resume()
    settle(growth)
    return act.done(why, back)


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


class _Act:
    """What a verb does to a message or, without one, to a tree: how the tree stood before, and who does it.

    Raises:
        MaintainersOnly, ModeratorsOnly, OthersDecide
    """

    def __init__(
        self, growth: Growth, rights: Rights, who: Who, verb: Verb, message_id: MessageId | None = None
    ) -> None:
        self.growth, self.verb, self.message_id = growth, verb, message_id
        self.before = growth.tree.state
        # A tree is as its root is.
        whose = messages.community_of(growth.deed.tx, message_id or MessageId(growth.tree.id))
        self.by = stood(growth.deed, who).entitled(rights, who, verb, of=whose)

    def done(self, why: str | None, changed: frozenset[MessageId] = frozenset()) -> Ruled:
        """Note it where it changed anything, and return what it came to."""
        tree = self.growth.tree
        if changed or tree.state is not self.before:
            note(
                self.growth.deed,
                self.by,
                self.verb.value,
                (Subject.MESSAGE, str(self.message_id)) if self.message_id else (Subject.TREE, str(tree.id)),
                facts={"tree": str(tree.id), "messages": sorted(map(str, changed))},
                why=why,
                before=self.before.value,
                after=tree.state.value,
            )
        facts = {"verb": self.verb.value, "by": self.by.member_id, "tree": tree.id, "messages": len(changed)}
        log.info("moderated", extra=facts)
        return Ruled(tree_id=tree.id, state=tree.state, messages=changed)
