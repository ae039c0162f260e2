"""What a prompt is about: the menu in which people say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import SelectOption, ui

from cogs.parts.buttons import menu
from cogs.parts.ids import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from cogs.texts.catalogue import Texts
    from services.topics import About

_MENU = 25


def topics_menu(about: About | None, texts: Texts) -> ui.Select[Any] | None:
    """Return the menu that asks what a prompt is about, None where there is nothing to say."""
    if about is None or not about.offered:
        return None
    options = topic_options(about.offered, about.said, texts)
    most = min(about.most, len(options))
    return menu(texts("topics.ask"), options, Action.ABOUT, about.task_id, most=most, fewest=0)


def topic_options(offered: Iterable[str], chosen: Collection[str], texts: Texts) -> list[SelectOption]:
    """Return topics as options of a menu, by name, with those that were chosen ticked; a menu holds 25."""
    named = sorted((texts.topic(name), name) for name in offered)[:_MENU]
    return [SelectOption(label=label, value=name, default=name in chosen) for label, name in named]
