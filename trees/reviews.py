"""Reviews: which labels are taken, what one press means, and when a message is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import fsum
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from trees.kinds import TaskKind
from trees.labels import LABELS_OF, LIKERT_POINTS, MANDATORY, Label, Mode, Widget
from trees.refusals import LabelNotAsked, LabelOutOfRange, LabelsMissing, WrongKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trees.rules import Rules

DECISIVE = (Label.SPAM, Label.LANG_MISMATCH)
"""The labels on which acceptance hangs; every other label only describes."""

_WIDGET_VALUES = {
    Widget.YES_NO: (0.0, 1.0),
    Widget.FLAG: (0.0, 1.0),
    Widget.LIKERT: LIKERT_POINTS,
}


@dataclass(frozen=True, slots=True)
class Review:
    """What one person says about one message. A label that is absent or None is unanswered."""

    labels: Mapping[Label, float | None]

    @classmethod
    def from_stars(cls, stars: int) -> Self:
        """Return what one press of ★1 to ★5 says: no spam, the right language, and quality 0 to 1.

        Raises:
            LabelOutOfRange: there is no such star.
        """
        quality = (stars - 1) / (len(LIKERT_POINTS) - 1)
        if quality not in LIKERT_POINTS:
            raise LabelOutOfRange(Label.QUALITY, quality)
        return cls(MappingProxyType({Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0, Label.QUALITY: quality}))

    @classmethod
    def as_spam(cls) -> Self:
        """Return what one press of 🚫 says: spam, in the right language."""
        return cls(MappingProxyType({Label.SPAM: 1.0, Label.LANG_MISMATCH: 0.0}))

    @classmethod
    def as_wrong_language(cls) -> Self:
        """Return what one press of 🌐 says: not spam, but in another language than the tree's."""
        return cls(MappingProxyType({Label.SPAM: 0.0, Label.LANG_MISMATCH: 1.0}))

    @classmethod
    def from_form(cls, kind: TaskKind, answers: Mapping[Label, float | None]) -> Self:
        """Return what a full form says, in which a flag left unticked is 0 and a scale left alone is unanswered.

        Raises what `check_labels` raises.
        """
        flags = {label: 0.0 for label in LABELS_OF.get(kind, ()) if label.widget is Widget.FLAG}
        ticked = {label: value for label, value in answers.items() if value is not None}
        return cls(MappingProxyType(check_labels(kind, flags | ticked)))


def mode_of(kind: TaskKind, rules: Rules, lot: float) -> Mode | None:
    """Return how much a task of this kind asks for, by a lot in [0, 1); None if it is no review."""
    full = {
        TaskKind.LABEL_INITIAL_PROMPT: rules.p_full_labeling_review_prompt,
        TaskKind.LABEL_ASSISTANT_REPLY: rules.p_full_labeling_review_reply_assistant,
        TaskKind.LABEL_PROMPTER_REPLY: rules.p_full_labeling_review_reply_prompter,
    }
    if kind not in full:
        return None
    return Mode.FULL if lot < full[kind] else Mode.SIMPLE


def check_labels(kind: TaskKind, labels: Mapping[Label, float | None]) -> dict[Label, float]:
    """Return the labels that were answered, in the order of `LABELS_OF`; nothing is filled in.

    Yes/no and flags are 0 or 1; scales are one of the five points.

    Raises:
        WrongKind: the task is no review.
        LabelNotAsked: an answered label does not belong to this kind of message.
        LabelOutOfRange: a value is none that the label's widget gives.
        LabelsMissing: a mandatory label is unanswered.
    """
    answered = check_answers(kind, labels)
    asked = LABELS_OF[kind]
    missing = tuple(label for label in asked if label in MANDATORY and label not in answered)
    if missing:
        raise LabelsMissing(missing)
    return {label: answered[label] for label in asked if label in answered}


def check_answers(kind: TaskKind, labels: Mapping[Label, float | None]) -> dict[Label, float]:
    """Return those of the labels that were answered, in their order, where not all need be said yet.

    Raises:
        WrongKind, LabelNotAsked, LabelOutOfRange: as `check_labels` does.
    """
    if kind not in LABELS_OF:
        raise WrongKind(kind)
    answered = {label: float(value) for label, value in labels.items() if value is not None}
    for label, value in answered.items():
        if label not in LABELS_OF[kind]:
            raise LabelNotAsked(label)
        if value not in _WIDGET_VALUES[label.widget]:
            raise LabelOutOfRange(label, value)
    return answered


def acceptance(reviews: Iterable[Mapping[Label, float | None]]) -> float:
    """Return 1 - mean(spam) - mean(lang_mismatch), in [-1, 1].

    Each mean runs over the answers given; where nobody answered it counts 0.
    """
    return float(_acceptance(list(reviews)))


def judge(reviews: Iterable[Mapping[Label, float | None]], *, required: int, threshold: float) -> bool | None:
    """Return whether a message is accepted, or None while fewer than `required` reviews are in.

    Accepted is what lies above the threshold, never what lies on it. `required` 0 accepts everything unseen.
    """
    if required <= 0:
        return True
    given = list(reviews)
    if len(given) < required:
        return None
    return _acceptance(given) > as_written(threshold)


def negative(labels: Mapping[Label, float | None]) -> bool:
    """Whether a review speaks against its message: spam, or another language than the tree's."""
    return any(labels.get(label) for label in DECISIVE)


@lru_cache(maxsize=256)
def as_written(value: float) -> Fraction:
    """Return exactly the decimal number that `value` is written as."""
    # 1 - .2 - .2 is above .6 in binary floating point; a review on the line must stay on the line.
    return Fraction(repr(value))


def mean_labels(reviews: Iterable[Mapping[Label, float | None]]) -> dict[Label, tuple[float | None, int]]:
    """Return for each label, in the order of `Label`, the mean of the answers given (None if none) and their number."""
    answers: dict[Label, list[float]] = {label: [] for label in Label}
    for labels in reviews:
        for label, value in labels.items():
            if value is not None:
                answers[label].append(value)
    return {label: (fsum(values) / len(values) if values else None, len(values)) for label, values in answers.items()}


def _acceptance(reviews: list[Mapping[Label, float | None]]) -> Fraction:
    return 1 - sum((_mean(label, reviews) for label in DECISIVE), start=Fraction())


def _mean(label: Label, reviews: list[Mapping[Label, float | None]]) -> Fraction:
    answers = [as_written(value) for labels in reviews if (value := labels.get(label)) is not None]
    return sum(answers, start=Fraction()) / max(len(answers), 1)
