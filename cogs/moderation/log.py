"""The audit log on a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.parts.buttons import button
from cogs.parts.cards import notice
from cogs.parts.ids import Action
from cogs.parts.neutral import neutral

if TYPE_CHECKING:
    from discord import ui

    from cogs.texts.catalogue import Texts
    from services.audit import AuditPage, Kept

_WHY = 100


def log_card(page: AuditPage, texts: Texts) -> ui.LayoutView:
    """Show a page of what was decided, newest first, with the way to what was before."""
    lines = [_line(kept, texts) for kept in page.entries] or [texts("modlog.empty")]
    older = [button(texts("modlog.older"), Action.MODLOG, None, str(page.entries[-1].seq))] if page.more else []
    return notice(f"### {texts('modlog.title')}\n" + "\n".join(lines), *older)


def _line(kept: Kept, texts: Texts) -> str:
    entry = kept.entry
    who = f"<@{kept.account}>" if kept.account else texts("modlog.nobody")
    right = texts(f"modlog.as.{entry.acted_as}")
    # As the log has it, for whoever compares the two.
    what = f"`{entry.act} {entry.about} {entry.about_id[:40]}`"
    why = f" · {neutral(entry.why[:_WHY])}" if entry.why else ""
    return f"- {texts.fact(entry.at)} {who} ({right}): {what}{why}"
