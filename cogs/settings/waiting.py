"""The card of what unfinished conversations wait for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from discord import Colour

from cogs.parts.cards import ORCHARD, notice
from cogs.parts.neutral import size
from cogs.settings.cards import crowd_text
from trees.kinds import Activity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discord import ui

    from cogs.texts.catalogue import Texts
    from services.waits import LanguageWaits

_ROOM = 3800
_PEOPLE = {
    Activity.LABEL_REPLY: "nothing.reviewers",
    Activity.REPLY: "nothing.writers",
    Activity.RANK: "nothing.rankers",
}


def waits_card(waits: Iterable[LanguageWaits], texts: Texts) -> ui.LayoutView:
    """Return what the unfinished conversations of each language wait for, as many languages as fit."""
    told, short = texts("waits.title"), False
    for each in waits:
        paragraph = "\n".join(_lines(each, texts))
        if size(told) + size(paragraph) > _ROOM:
            told = f"{told}\n{texts('waits.rest')}"
            break
        told, short = f"{told}\n\n{paragraph}", short or bool(each.stuck)
    return notice(told, colour=Colour.orange() if short else ORCHARD)


def _lines(waits: LanguageWaits, texts: Texts) -> Iterator[str]:
    states = [texts(f"waits.state.{state}", number=number, room=waits.room) for state, number in waits.states.items()]
    language = texts.language(waits.crowd.lang)
    yield texts("waits.language", language=language, states=texts.listed(states) if states else texts("waits.nothing"))
    yield crowd_text(waits.crowd, texts)
    if waits.works:
        asked = Counter(work.kind for work in waits.works)
        works = [texts("waits.work", number=number, kind=kind) for kind, number in asked.most_common()]
        yield texts("waits.asked", works=" · ".join(works))
    if waits.in_hand:
        yield texts.count("waits.in_hand", waits.in_hand)
    if waits.shunned:
        topics = dict.fromkeys(name for each in waits.shunned for name in each.topics)
        named = texts.listed(texts.topic(name) for name in topics)
        yield texts.count("waits.shunned", sum(each.works for each in waits.shunned), topics=named)
    if waits.stuck:
        people = [texts.count(_PEOPLE[activity], number) for activity, number in waits.missing.items()]
        yield texts.count("waits.stuck", len(waits.stuck), people=" · ".join(people))
    elif waits.works:
        yield texts("waits.fine")
    if waits.more:
        yield texts("waits.more", number=len(waits.works))
