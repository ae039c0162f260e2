"""Opening cases, in the transactions of what causes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import cases, messages

if TYPE_CHECKING:
    from services.deeds import Deed
    from trees.cases import CaseId, CaseKind
    from trees.ids import MessageId


def open_case(deed: Deed, kind: CaseKind, message_id: MessageId) -> CaseId:
    """Have the moderators of its author's community look at a message; return the case, which may be open already.

    What was imported is the maintainers' to look at.
    """
    known = cases.open_about(deed.tx, message_id)
    if known is not None:
        return known
    case = deed.new_id()
    community = messages.community_of(deed.tx, message_id)
    cases.insert(deed.tx, case, kind, message=message_id, community=community, now=deed.now)
    return case
