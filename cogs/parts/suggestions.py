"""What is offered while somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogs.texts.catalogue import Texts

MOST = 25
"""Suggestions that Discord takes."""


def languages_like(tags: Iterable[str], typed: str, texts: Texts) -> list[app_commands.Choice[str]]:
    """Return the languages whose name or tag holds what is typed, at most `MOST`, in their order."""
    sought = typed.casefold()
    named = [(texts.language(tag), tag) for tag in tags]
    return [
        app_commands.Choice(name=name[:100], value=tag)
        for name, tag in named
        if sought in name.casefold() or sought in tag.casefold()
    ][:MOST]
