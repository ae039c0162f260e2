"""How a member reviews a message: by one press, or by the form of two pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.community.characters import Habit
from simulation.community.presses import Way
from simulation.community.screen import Asked
from trees.labels import LIKERT_POINTS, Label, Widget

if TYPE_CHECKING:
    from simulation.community.conduct import Member
    from simulation.community.corpus import Text
    from simulation.community.screen import Card
    from simulation.discord import Button, Form
    from simulation.discord.views import Field

NOT_SURE = "unsure"
YES, NO = "4", "0"
_STARS = len(LIKERT_POINTS)
_SLOPPY_SPAM, _SLOPPY_FLAG = 0.1, 0.03
_FAILS = 0.05
"""Quality below which an answer fails its task."""
_USUAL = {Label.CREATIVITY: (1, 2, 2, 3), Label.HUMOR: (0, 1, 1, 2), Label.TOXICITY: (0,), Label.VIOLENCE: (0,)}
"""What is said of scales that hang on no quality."""
_SENDS_EARLY = 0.15
"""Share of full reviews that end after the first page."""


async def fill_review(member: Member, card: Card) -> bool:
    """Review the message on a card; returns whether the bot said that it kept the review."""
    if card.asked is Asked.REVIEW:
        thread = await member.conversation(card)
        known = thread[-1] if thread else None
        text = None if known is None else known.text
        card = await member.rate(card, text)
    else:
        # A page of the form was filled in before and the rest was interrupted.
        text = None
    chance, character = member.chance, member.character
    # Some reviews ask for no more than a press.
    quick = card.asked is Asked.REVIEW and (chance.random() < character.quick or card.control("review") is None)
    if quick:
        after = await member.press(card, card.control("quick", _mark(member, text)))
    else:
        after = await _fill_form(member, card, text)
    saved = after.asked is Asked.NOTHING and after.control("next") is not None
    if saved and card.asked is Asked.REVIEW:
        member.did(Way.QUICK if quick else Way.FULL)
    return saved


def _mark(member: Member, text: Text | None) -> str:
    if member.character.habit is Habit.SLOPPY:
        marks = ("spam", "lang", *"12345")
        stars = (1 - _SLOPPY_SPAM - _SLOPPY_FLAG) / _STARS
        return str(member.chance.choices(marks, (_SLOPPY_SPAM, _SLOPPY_FLAG, *[stars] * _STARS))[0])
    if member.character.rejects(text):
        return "spam"
    return str(1 + _point(member.character.judged(text, member.chance)))


async def _fill_form(member: Member, card: Card, text: Text | None) -> Card:
    first = card.control("review")
    if card.asked is Asked.REVIEW_PAGE:
        return await member.press(card, card.control("labelled"))
    form = await member.open_form(card, first)
    after = await member.submit(form, _answers(member, form, text))
    page = 1
    while after.asked is Asked.REVIEW_PAGE:
        if member.chance.random() < _SENDS_EARLY:
            return await member.press(after, after.control("labelled"))
        form = await member.open_form(after, _page(after, page))
        after = await member.submit(form, _answers(member, form, text))
        page += 1
    return after


def _page(card: Card, number: int) -> Button | None:
    pages = [control for control in card.controls if control.action == "review"]
    return next((control.button for control in pages if control.args[0] == str(number)), None)


def _answers(member: Member, form: Form, text: Text | None) -> dict[str, object]:
    given: dict[str, object] = {}
    for field in form.fields:
        answer = _sloppy(member, field) if member.character.habit is Habit.SLOPPY else _sound(member, field, text)
        if answer is not None:
            given[field.custom_id] = answer
    return given


def _sound(member: Member, field: Field, text: Text | None) -> object:
    """Return what somebody says who read the message; None leaves a field alone."""
    if field.custom_id not in set(Label):
        # The row of flags: what the corpus holds deserves none.
        return []
    label = Label(field.custom_id)
    seen = member.character.judged(text, member.chance)
    if label.widget is Widget.YES_NO:
        return YES if member.character.rejects(text) or (label is Label.FAILS_TASK and seen < _FAILS) else NO
    if member.chance.random() < member.character.unsure:
        return NOT_SURE if member.chance.random() < 0.5 else None
    if label in {Label.QUALITY, Label.HELPFULNESS}:
        return str(_point(seen))
    return str(member.chance.choice(_USUAL[label]))


def _sloppy(member: Member, field: Field) -> object:
    chance = member.chance
    if field.custom_id == Label.SPAM.value:
        return YES if chance.random() < _SLOPPY_SPAM else NO
    if field.max_values > 1:
        return [option.value for option in field.options if chance.random() < _SLOPPY_FLAG]
    return chance.choice(field.options).value if field.options else None


def _point(quality: float) -> int:
    return max(0, min(_STARS - 1, round(quality * (_STARS - 1))))
