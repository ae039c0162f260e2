"""Cards of settings: what holds and why, what was changed, what came of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Colour, SelectOption, ui

from cogs.parts.buttons import button, menu
from cogs.parts.cards import ORCHARD, notice
from cogs.parts.ids import Action
from cogs.parts.neutral import neutral
from cogs.settings.groups import FILLED, group_of
from cogs.texts.values import value_text
from services.layers import Origin
from services.setting_fields import SETTINGS, Reach
from services.settings import WHICH_POOL
from trees.ids import MAIN_POOL
from trees.takes import Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogs.texts.catalogue import Texts
    from services.crowds import Crowd
    from services.own_pools import PoolRow
    from services.setting_fields import Setting
    from services.settings import Changed, History, SettingChange, Shown, Value

_OPTIONS = 25
_ANY = "-"


def settings_card(shown: Shown, group: str, texts: Texts) -> ui.LayoutView:
    """Return the card of one group of settings, with menus that lead to the others."""
    values = [value for value in shown.values if group_of(value.setting) == group]
    body: list[ui.Item[Any]] = [ui.TextDisplay(_head(shown, group, texts)), ui.Separator()]
    if group == "pool":
        body += [ui.TextDisplay("\n".join(crowd_text(crowd, texts) for crowd in shown.crowds)), ui.Separator()]
    body.append(ui.TextDisplay("\n".join(_line(value, shown, texts) for value in values)))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*body, accent_colour=ORCHARD))
    view.add_item(ui.ActionRow(_group_menu(shown, group, texts)))
    if 1 < len(shown.langs) < _OPTIONS:
        view.add_item(ui.ActionRow(_language_menu(shown, group, texts)))
    return view


def _head(shown: Shown, group: str, texts: Texts) -> str:
    lines = [
        texts("settings.title", pool=neutral(shown.pool_name)),
        texts("settings.frame", preset=shown.preset, licence=shown.licence, langs=texts.languages(shown.langs)),
    ]
    if shown.own:
        lines.append(texts("settings.own_pool"))
    if shown.lang:
        lines.append(texts("settings.for_language", language=texts.language(shown.lang)))
    return "\n".join([*lines, f"**{texts(f'settings.group.{group}')}**"])


def _line(value: Value, shown: Shown, texts: Texts) -> str:
    facts = {
        "label": label_of(value.setting, texts),
        "value": shown_value(value.value, value.setting, texts),
        "name": value.setting.name,
    }
    if value.origin is Origin.PRESET:
        # Most values are the preset's, which stands above.
        return texts("settings.line", **facts)
    return texts("settings.line_from", **facts, origin=_origin(value, shown, texts))


def label_of(setting: Setting, texts: Texts) -> str:
    """Return what a setting is called where people read it."""
    return texts(f"setting.{setting.name}")


def shown_value(value: Any, setting: Setting, texts: Texts) -> str:
    """Return a value as it stands on a card."""
    words = value_text(value, setting.takes, texts)
    return neutral(words) if setting.takes.form is Form.TEXT else words


def _origin(value: Value, shown: Shown, texts: Texts) -> str:
    words = origin_text(value.origin, value.setting, texts, own=shown.own)
    changed = value.changed
    if changed is None:
        return words
    if not changed.by_member:
        return texts("origin.by_command", origin=words, at=changed.at)
    return texts("origin.by_member", origin=words, at=changed.at, who=_who(changed, texts))


def origin_text(origin: Origin, setting: Setting, texts: Texts, *, own: bool = False) -> str:
    """Return where a value comes from; `own`: it is that of a pool a community opened."""
    if origin is Origin.PRESET and setting.reach is not Reach.RULE:
        return texts("origin.default")
    if origin is Origin.POOL_FILE and own:
        return texts("origin.opened")
    return texts(f"origin.{origin}")


def _who(changed: SettingChange, texts: Texts) -> str:
    if not changed.by_member:
        return texts("settings.command_line")
    return f"<@{changed.account}>" if changed.account else texts("settings.somebody")


def crowd_text(crowd: Crowd, texts: Texts) -> str:
    """Return whether a language has as many people as its rules need."""
    language = texts.language(crowd.lang)
    if not crowd.is_short:
        return texts.count("settings.crowd", crowd.people, language=language, needed=crowd.needed)
    words = texts.count("settings.crowd_short", crowd.people, language=language, needed=crowd.needed)
    if crowd.preset is None:
        return words
    return f"{words} {texts('settings.preset_needs', preset=crowd.preset, needs=crowd.preset_needs)}"


def _group_menu(shown: Shown, group: str, texts: Texts) -> ui.Select[Any]:
    there = {group_of(value.setting) for value in shown.values}
    options = [
        SelectOption(label=texts(f"settings.group.{each}")[:100], value=each, default=each == group)
        for each in FILLED
        if each in there
    ]
    return menu(texts("settings.choose_group"), options, Action.SETGROUP, None, shown.lang or _ANY)


def _language_menu(shown: Shown, group: str, texts: Texts) -> ui.Select[Any]:
    options = [SelectOption(label=texts("settings.all_languages"), value=_ANY, default=shown.lang is None)]
    options += [
        SelectOption(label=texts.language(lang)[:100], value=lang, default=lang == shown.lang) for lang in shown.langs
    ]
    return menu(texts("settings.choose_language"), options, Action.SETLANG, None, group)


def changed_card(changed: Changed, texts: Texts, *, taken_back: bool) -> ui.LayoutView:
    """Return the card that says what came of a change."""
    facts = {
        "label": label_of(changed.setting, texts),
        "after": shown_value(changed.after, changed.setting, texts),
        "before": shown_value(changed.before, changed.setting, texts),
        "origin": origin_text(changed.origin, changed.setting, texts),
        "where": _where(changed, texts),
    }
    if changed.new:
        lines = [texts("settings.unset" if taken_back else "settings.set", **facts)]
    else:
        lines = [texts("settings.nothing_to_unset" if taken_back else "settings.same", **facts)]
    if changed.trees:
        lines.append(texts.count("settings.trees", changed.trees))
    lines += [crowd_text(crowd, texts) for crowd in changed.short]
    return notice("\n".join(lines), colour=Colour.orange() if changed.short else ORCHARD)


def _where(changed: Changed, texts: Texts) -> str:
    if changed.pool_name is None:
        return texts("settings.in_community")
    pool = neutral(changed.pool_name)
    if changed.lang is None:
        return texts("settings.in_pool", pool=pool)
    return texts("settings.in_language", pool=pool, language=texts.language(changed.lang))


def history_card(history: History, texts: Texts, *, name: str | None, lang: str | None) -> ui.LayoutView:
    """Return a page of what was changed, newest first."""
    lines = [_change(change, texts) for change in history.changes]
    words = "\n".join([texts("settings.history"), *(lines or [texts("settings.no_history")])])
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(words), accent_colour=ORCHARD))
    if history.page or history.more:
        # A name's points would part the arguments of a custom id.
        rest = (name.replace(".", "-") if name else _ANY, lang or _ANY)
        view.add_item(
            ui.ActionRow(
                _turn(texts("settings.newer"), history.page - 1, rest, possible=history.page > 0),
                _turn(texts("settings.older"), history.page + 1, rest, possible=history.more),
            )
        )
    return view


def _turn(label: str, page: int, rest: Iterable[str], *, possible: bool) -> ui.Button[Any]:
    # The number of a page that is none keeps the custom ids of both buttons apart.
    return button(label, Action.SETHIST, None, str(page + 1), *rest, style=ButtonStyle.secondary, disabled=not possible)


def _change(change: SettingChange, texts: Texts) -> str:
    setting = SETTINGS.get(change.name)
    language = texts("settings.change_language", language=texts.language(change.lang)) if change.lang else ""
    if setting is not None:
        label = label_of(setting, texts)
        before, after = (shown_value(value, setting, texts) for value in (change.before, change.after))
    elif change.name == WHICH_POOL:
        label = texts("settings.which_pool")
        before, after = (
            texts("settings.main_pool" if value == MAIN_POOL else "settings.its_own_pool")
            for value in (change.before, change.after)
        )
    else:
        # A version before this one knew it.
        label, before, after = neutral(change.name), neutral(str(change.before)), neutral(str(change.after))
    return texts(
        "settings.change",
        at=change.at,
        label=label,
        language=language,
        before=before,
        after=after,
        who=_who(change, texts),
    )


def opened_card(pool: PoolRow, texts: Texts) -> ui.LayoutView:
    """Return the card that says that a community works for a pool of its own now."""
    langs = texts.languages(pool.langs)
    words = texts("settings.opened", pool=neutral(pool.name), preset=pool.preset, licence=pool.licence, langs=langs)
    return notice(words)


def left_card(pool: PoolRow, texts: Texts) -> ui.LayoutView:
    """Return the card that says that a community works for the main pool again."""
    return notice(texts("settings.left", pool=neutral(pool.name)))
