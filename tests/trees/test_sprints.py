"""Sprints: what is counted, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from trees.ids import TreeLanguage
from trees.kinds import TaskKind
from trees.sprints import Effort, Sprint

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
EN, DE = TreeLanguage("en"), TreeLanguage("de")


@given(st.sampled_from(TaskKind), st.sampled_from([EN, DE]), st.sampled_from([EN, None]), st.integers(-100, 100))
def test_work_counts_in_its_time_and_language_for_its_kind_of_effort(
    kind: TaskKind, lang: TreeLanguage, wanted: TreeLanguage | None, minute: int
) -> None:
    def sprint(effort: Effort) -> Sprint:
        return Sprint(
            name="Rain", effort=effort, lang=wanted, goal=0, starts_at=NOW, ends_at=NOW + timedelta(minutes=60)
        )

    fits = 0 <= minute < 60 and wanted in {None, lang}
    counted = [effort for effort in Effort if sprint(effort).counts(kind, lang, NOW + timedelta(minutes=minute))]
    assert (Effort.ANYTHING in counted) is fits
    assert len(counted) == (2 if fits else 0), "each kind belongs to one effort beside anything"
