"""Cards about people: what was imposed on them, and what is lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import Colour

from cogs.parts.cards import notice
from services.sanctions import Sanction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import ui

    from cogs.texts.catalogue import Fact, Texts
    from services.sanctions import SanctionRow

_COLOURS = {Sanction.WARNING: Colour.gold(), Sanction.SUSPENSION: Colour.orange(), Sanction.BAN: Colour.red()}


def imposed_card(imposed: SanctionRow, account: str, texts: Texts) -> ui.LayoutView:
    """Say what is imposed on somebody from now on, and what that means."""
    facts: dict[str, Fact] = {"who": f"<@{account}>", "grounds": imposed.grounds}
    if imposed.until is not None:
        facts["until"] = imposed.until
    words = f"{texts(f'sanction.{imposed.kind}', **facts)}\n-# {_where(imposed, texts)}"
    return notice(words, colour=_COLOURS[imposed.kind])


def lifted_card(account: str, texts: Texts) -> ui.LayoutView:
    """Say that somebody may work again."""
    return notice(texts("sanction.lifted", who=f"<@{account}>"))


def record_card(imposed: Sequence[SanctionRow], account: str, texts: Texts) -> ui.LayoutView:
    """Show what was imposed on somebody, newest first."""
    lines = [f"### {texts('sanction.record', who=f'<@{account}>')}", *(_line(row, texts) for row in imposed)]
    return notice("\n".join(lines if imposed else [*lines, texts("sanction.none")]))


def _line(row: SanctionRow, texts: Texts) -> str:
    parts = [
        texts.fact(row.imposed_at),
        texts(f"sanction.kind.{row.kind}"),
        texts.fact(row.grounds),
        _where(row, texts),
    ]
    if row.until is not None:
        parts.append(texts("sanction.until", until=row.until))
    if row.lifted_at is not None:
        parts.append(texts("sanction.ended", at=row.lifted_at))
    return "- " + " · ".join(parts)


def _where(row: SanctionRow, texts: Texts) -> str:
    return texts("sanction.everywhere" if row.community_id is None else "sanction.here")
