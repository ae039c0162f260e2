"""The two pages of the review form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import CheckboxGroupOption, RadioGroupOption, ui

from cogs.parts.forms import ROWS_LIMIT, form
from cogs.parts.ids import Action
from cogs.review.answers import NOT_SURE, flags_field, rows_asked
from trees.labels import LIKERT_POINTS, MANDATORY, Label, Widget
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cogs.host import Interaction
    from cogs.texts.catalogue import Texts
    from services.tasks import Assignment


def pages_of(labels: Sequence[Label]) -> list[list[tuple[Label, ...]]]:
    """Return the rows of the form in pages of at most five."""
    rows = rows_asked(labels)
    return [rows[start : start + ROWS_LIMIT] for start in range(0, len(rows), ROWS_LIMIT)]


def review_form(interaction: Interaction, given: Assignment, texts: Texts, page: int) -> ui.Modal:
    """Return one page of the form, with what was answered before.

    Raises:
        PanelOutdated: there is no such page.
    """
    pages = pages_of(given.labels)
    if not 0 <= page < len(pages):
        raise PanelOutdated
    rows = [_row(labels, texts, given.answers) for labels in pages[page]]
    title = texts("review.title", page=page + 1, pages=len(pages))
    return form(interaction, title, rows, Action.LABELS, given.task_id, str(page), str(len(pages)))


def said(given: Assignment, texts: Texts) -> list[str]:
    """Return what was answered so far, a line for each row of the form."""
    rows = [row for row in rows_asked(given.labels) if not given.answers.keys().isdisjoint(row)]
    return [_said(row, given.answers, texts) for row in rows]


def _said(row: tuple[Label, ...], answers: Mapping[Label, float | None], texts: Texts) -> str:
    first = row[0]
    if first.widget is Widget.FLAG:
        ticked = [texts(f"label.{label}") for label in row if answers.get(label)]
        return texts("review.ticked", flags=texts.listed(ticked)) if ticked else texts("review.none_ticked")
    value = answers.get(first)
    if value is None:
        said = texts("review.not_sure")
    elif first.widget is Widget.YES_NO:
        said = texts("review.yes" if value else "review.no")
    else:
        point = LIKERT_POINTS.index(value)
        ends = {0: texts(f"low.{first}"), len(LIKERT_POINTS) - 1: texts(f"high.{first}")}
        said = f"{point + 1}/{len(LIKERT_POINTS)}" + (f" ({ends[point]})" if point in ends else "")
    return texts("review.said", what=texts(f"label.{first}"), said=said)


def _row(labels: tuple[Label, ...], texts: Texts, answered: Mapping[Label, float | None]) -> ui.Label[Any]:
    first = labels[0]
    match first.widget:
        case Widget.FLAG:
            options = [
                CheckboxGroupOption(
                    label=texts(f"label.{label}"),
                    value=label.value,
                    description=texts(f"about.{label}"),
                    default=answered.get(label) == 1.0,
                )
                for label in labels
            ]
            group: ui.CheckboxGroup[Any] = ui.CheckboxGroup(
                custom_id=flags_field(labels),
                options=options,
                required=False,
                min_values=0,
                max_values=len(labels),
            )
            return ui.Label(text=texts("review.flags"), description=texts("review.flags_about"), component=group)
        case Widget.YES_NO:
            choices = [("4", texts("review.yes")), ("0", texts("review.no"))]
        case Widget.LIKERT:
            choices = _scale(first, texts)
    radio = _radio(first, choices, texts, answered)
    return ui.Label(text=texts(f"label.{first}"), description=texts(f"about.{first}"), component=radio)


def _scale(label: Label, texts: Texts) -> list[tuple[str, str]]:
    ends = {0: texts(f"low.{label}"), len(LIKERT_POINTS) - 1: texts(f"high.{label}")}
    return [
        (str(point), f"{point + 1} · {ends[point]}" if point in ends else str(point + 1))
        for point in range(len(LIKERT_POINTS))
    ]


def _radio(
    label: Label, choices: list[tuple[str, str]], texts: Texts, answered: Mapping[Label, float | None]
) -> ui.RadioGroup[Any]:
    required = label in MANDATORY
    if not required:
        choices = [*choices, (NOT_SURE, texts("review.not_sure"))]
    value = answered.get(label)
    chosen = None if value is None else str(LIKERT_POINTS.index(value))
    options = [RadioGroupOption(label=name, value=mark, default=mark == chosen) for mark, name in choices]
    return ui.RadioGroup(custom_id=label.value, options=options, required=required)
