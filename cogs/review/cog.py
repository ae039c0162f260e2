"""What the feature of reviews hangs into the client."""

from __future__ import annotations

from cogs.host import Feature
from cogs.parts.ids import Action
from cogs.review import panels
from trees.kinds import TaskKind

REVIEW = Feature(
    name="review",
    controls={
        Action.QUICK: panels.quick_review,
        Action.REVIEW: panels.open_page,
        Action.LABELLED: panels.send_now,
    },
    forms={Action.LABELS: panels.take_page},
    desks={kind: panels.review_card for kind in TaskKind if kind.activity.labels},
)
