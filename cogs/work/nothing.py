"""The card that says why there is no task, and what would change that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import Colour

from cogs.host import caller_of, texts_of
from cogs.parts.cards import next_button, notice
from cogs.parts.neutral import size
from cogs.texts.refusals import refusal_text
from trees.kinds import Activity
from trees.reasons import Lack, help_wanted
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from discord import ui

    from cogs.host import Interaction
    from cogs.texts.catalogue import Texts
    from trees.reasons import Help, Reason
    from trees.refusals import Refusal

_ROOM = 3800
_COUNTED = {
    Lack.NOT_FOR_THEM: "nothing.not_for_them",
    Lack.AVOIDED: "nothing.avoided",
    Lack.IN_HAND: "nothing.in_hand",
    Lack.ENOUGH_PROMPTS: "nothing.enough_prompts",
}
_PEOPLE = {
    Activity.LABEL_REPLY: "nothing.reviewers",
    Activity.REPLY: "nothing.writers",
    Activity.RANK: "nothing.rankers",
}


async def nothing_door(interaction: Interaction, refusal: Refusal) -> ui.LayoutView:
    """Say why there is nothing to do, and offer to ask for any task."""
    if not isinstance(refusal, NothingToDo):
        raise refusal
    lang = refusal.langs[0] if len(refusal.langs) == 1 else None
    why = await interaction.client.services.reasons.why_nothing(caller_of(interaction), kind=refusal.kind, lang=lang)
    texts = texts_of(interaction)
    # Whoever wished for one kind is asked about the others.
    return notice(nothing_text(refusal, why, texts), next_button(texts), colour=Colour.orange())


def nothing_text(refusal: NothingToDo, why: Sequence[Reason], texts: Texts) -> str:
    """Return why there is nothing to do, in as many words as fit on a card."""
    told = refusal_text(refusal, texts)
    for line in [*_everywhere(why, texts), *_by_language(why, texts), *_help(why, texts)]:
        if size(told) + size(line) > _ROOM:
            return f"{told}\n{texts('nothing.more')}"
        told = f"{told}\n{line}"
    return told


def _everywhere(why: Iterable[Reason], texts: Texts) -> Iterator[str]:
    """Yield what holds in every language; kinds that are closed for the same reason stand together."""
    closed: dict[tuple[Lack, datetime | None], list[str]] = {}
    for reason in why:
        if reason.lang is None:
            closed.setdefault((reason.lack, reason.until), []).append(texts.fact(reason.kind))
    for (lack, until), kinds in closed.items():
        if lack is Lack.NOT_OFFERED:
            yield texts("nothing.not_offered", kinds=texts.listed(kinds))
        elif until is None:
            yield texts("nothing.limit_open", kinds=texts.listed(kinds))
        else:
            yield texts("nothing.limit", kinds=texts.listed(kinds), until=until)


def _by_language(why: Iterable[Reason], texts: Texts) -> Iterator[str]:
    languages = list(dict.fromkeys(reason.lang for reason in why if reason.lang is not None))
    for lang in languages:
        reasons = [reason for reason in why if reason.lang == lang]
        if len(languages) > 1:
            yield texts("nothing.language", language=texts.language(lang))
        yield from (_reason(reason, texts) for reason in reasons if reason.lack is not Lack.NOTHING_OPEN)
        idle = [texts.fact(reason.kind) for reason in reasons if reason.lack is Lack.NOTHING_OPEN]
        if idle:
            yield texts("nothing.nothing_open", kinds=texts.listed(idle))


def _reason(reason: Reason, texts: Texts) -> str:
    if reason.lack is Lack.PROMPTS_DISABLED:
        return texts("nothing.prompts_disabled", kind=reason.kind)
    key = _COUNTED[reason.lack]
    if reason.until is not None:
        return texts.count(key, reason.works, kind=reason.kind, until=reason.until)
    return texts.count(key, reason.works, kind=reason.kind)


def _help(why: Iterable[Reason], texts: Texts) -> Iterator[str]:
    yield from (help_text(each, texts) for each in help_wanted(why))


def help_text(wanted: Help, texts: Texts) -> str:
    """Return how many more people would let how much go on."""
    works = "nothing.sets" if wanted.activity is Activity.RANK else "nothing.messages"
    return texts(
        "nothing.help",
        people=texts.count(_PEOPLE[wanted.activity], wanted.people),
        language=texts.language(wanted.lang),
        works=texts.count(works, wanted.works),
    )
