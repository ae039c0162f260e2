"""What stands in showcases, taken away in the transaction that causes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.outbox import recall
from services.pools import rules_of
from storage import pools, showcase, telling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.deeds import Deed
    from storage.showcase import ShownRow
    from storage.tx import Tx
    from trees.ids import MemberId, MessageId


def is_too_often_flagged(tx: Tx, shown: ShownRow) -> bool:
    """Whether as many say that somebody should look at a message as remove one in a tree that is worked on."""
    pool = pools.get(tx, shown.pool_id)
    if pool is None:
        return True
    return telling.on(tx, shown.message_id).red_flags >= rules_of(pool, shown.lang).auto_mod_red_flags


def take_down(deed: Deed, shown: Iterable[ShownRow]) -> None:
    """Have these taken away after the commit; they are not shown again."""
    for each in shown:
        recall(deed, each.post_id)
        showcase.end(deed.tx, each.post_id, deed.now)


def take_down_messages(deed: Deed, messages: Iterable[MessageId]) -> None:
    """Have messages taken away wherever they are shown."""
    for message in messages:
        take_down(deed, showcase.of_message(deed.tx, message))


def take_down_words_of(deed: Deed, author: MemberId) -> None:
    """Have everything taken away in which words of somebody stand."""
    take_down(deed, showcase.of_author(deed.tx, author))
