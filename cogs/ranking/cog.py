"""What the feature of rankings hangs into the client."""

from __future__ import annotations

from cogs.host import Feature
from cogs.parts.ids import Action
from cogs.ranking import panels, report
from trees.kinds import Activity

RANKING = Feature(
    name="ranking",
    controls={
        Action.PLACE: panels.step,
        Action.ORDER: panels.step,
        Action.BALLOT: panels.send,
        Action.REPORT: report.open_report,
    },
    forms={Action.REPORTED: report.take_report},
    desks=dict.fromkeys(Activity.RANK.kinds, panels.ranking_card),
)
