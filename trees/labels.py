"""What reviewers say about a message: fifteen labels, each a number in [0, 1] or unanswered."""

from __future__ import annotations

from enum import StrEnum

from trees.kinds import TaskKind


class Widget(StrEnum):
    """How a label is asked for."""

    YES_NO = "yes_no"
    """0 or 1."""

    FLAG = "flag"
    """A box: ticked 1; left unticked in a full form 0."""

    LIKERT = "likert"
    """Five points mapped to 0, .25, .5, .75, 1; 'not sure' is unanswered."""


class Label(StrEnum):
    """The labels under their published names."""

    SPAM = "spam"
    FAILS_TASK = "fails_task"
    LANG_MISMATCH = "lang_mismatch"
    PII = "pii"
    NOT_APPROPRIATE = "not_appropriate"
    HATE_SPEECH = "hate_speech"
    SEXUAL_CONTENT = "sexual_content"
    MORAL_JUDGEMENT = "moral_judgement"
    POLITICAL_CONTENT = "political_content"
    QUALITY = "quality"
    HELPFULNESS = "helpfulness"
    CREATIVITY = "creativity"
    HUMOR = "humor"
    TOXICITY = "toxicity"
    VIOLENCE = "violence"

    @property
    def widget(self) -> Widget:
        """How this label is asked for."""
        if self in {Label.SPAM, Label.FAILS_TASK}:
            return Widget.YES_NO
        return Widget.LIKERT if self in _SCALES else Widget.FLAG


_SCALES = frozenset(
    {Label.QUALITY, Label.HELPFULNESS, Label.CREATIVITY, Label.HUMOR, Label.TOXICITY, Label.VIOLENCE},
)

LIKERT_POINTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""The five points of a scale, lowest first."""

_EVERY_MESSAGE = (
    Label.SPAM,
    Label.LANG_MISMATCH,
    Label.PII,
    Label.NOT_APPROPRIATE,
    Label.HATE_SPEECH,
    Label.SEXUAL_CONTENT,
    Label.QUALITY,
    Label.CREATIVITY,
    Label.HUMOR,
    Label.TOXICITY,
    Label.VIOLENCE,
)

LABELS_OF = {
    TaskKind.LABEL_INITIAL_PROMPT: _EVERY_MESSAGE,
    TaskKind.LABEL_PROMPTER_REPLY: _EVERY_MESSAGE,
    TaskKind.LABEL_ASSISTANT_REPLY: (
        Label.SPAM,
        Label.FAILS_TASK,
        Label.LANG_MISMATCH,
        Label.PII,
        Label.NOT_APPROPRIATE,
        Label.HATE_SPEECH,
        Label.SEXUAL_CONTENT,
        Label.QUALITY,
        Label.HELPFULNESS,
        Label.CREATIVITY,
        Label.HUMOR,
        Label.TOXICITY,
        Label.VIOLENCE,
    ),
}
"""The labels asked in each review task: 11 for prompts and prompter replies, 13 for assistant replies."""


class Mode(StrEnum):
    """How much a review task asks for."""

    FULL = "full"
    """Every label of the message."""

    SIMPLE = "simple"
    """What one press says: the labels that decide, and quality."""


_SIMPLE = frozenset({Label.SPAM, Label.LANG_MISMATCH, Label.QUALITY})


def labels_asked(kind: TaskKind, mode: Mode | None) -> tuple[Label, ...]:
    """Return the labels asked in a task, in order; none unless it is a review. Without a mode every label is asked.

    The reference's simple mode leaves quality out for prompts; a quick press always gives it.
    """
    labels = LABELS_OF.get(kind, ())
    return tuple(label for label in labels if label in _SIMPLE) if mode is Mode.SIMPLE else labels


MANDATORY = frozenset({Label.SPAM})
"""The labels without which no review is taken."""
