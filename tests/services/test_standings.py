"""Standings: boards of those who want to be seen, points with their formula, levels and streaks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.people import Caller
from services.standings import MOST
from storage.schema import pools, tallies
from storage.tallies import Whose, add
from tests.services.test_tallies import one_of_each
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.levels import THRESHOLDS
from trees.periods import Period
from trees.points import FORMULAS, Tally
from trees.refusals import ConsentNeeded
from trees.streaks import NOTED_EVERY

if TYPE_CHECKING:
    from conftest import Grove

    from services.standings import Line

pytestmark = pytest.mark.engine

TODAY = date(2026, 1, 5)


def seen(lines: tuple[Line, ...]) -> list[tuple[int, str, int]]:
    return [(line.place, line.account, line.points) for line in lines]


async def earn(grove: Grove, caller: Caller, number: int, day: date = TODAY, **changes: Any) -> None:
    """Write so many decided simple reviews of somebody behind the back of the use cases: a point each."""
    member = (await grove.rows("identities", account=caller.account))[0]["member_id"]
    here = {row["place"]: row["id"] for row in await grove.rows("communities")}
    known = {"lang": "en", "place": caller.place} | changes
    counted = {(Whose(here[known["place"]], member, known["lang"]), day): {Tally.DECIDED_LABELS_SIMPLE: number}}
    await grove.store.write(add, counted)


async def crowd_with(grove: Grove, *points: int, place: str = "100", shown: bool = True) -> list[Caller]:
    crowd = [await grove.join(f"{place}{number}", place=place) for number in range(len(points))]
    for caller, number in zip(crowd, points, strict=True):
        await earn(grove, caller, number)
        await grove.standings.show_me(caller, on=shown)
    return crowd


async def test_whoever_has_as_many_points_shares_the_place(grove: Grove) -> None:
    crowd = await crowd_with(grove, 5, 9, 5, 0, 2)
    board = await grove.standings.board(crowd[0])
    assert [(line.place, line.points) for line in board.lines] == [(1, 9), (2, 5), (2, 5), (4, 2)]
    assert [line.account for line in board.lines if line.own] == [crowd[0].account]
    assert (board.period, board.begins_on, board.ends_on) == (Period.WEEK, TODAY, date(2026, 1, 12))
    assert board.own in board.lines[1:3]


async def test_only_those_who_want_it_are_seen_by_others(grove: Grove) -> None:
    ann, bob, eve = await crowd_with(grove, 9, 5, 2, shown=False)
    assert (await grove.standings.board(ann)).lines == ()
    await grove.standings.show_me(bob, on=True)
    await grove.standings.show_me(eve, on=True)
    board = await grove.standings.board(eve)
    assert (seen(board.lines), board.shown) == ([(1, bob.account, 5), (2, eve.account, 2)], True)
    await grove.standings.show_me(bob, on=False)
    assert seen((await grove.standings.board(eve)).lines) == [(1, eve.account, 2)]


async def test_who_is_not_seen_knows_their_own_place_and_moves_nobody_elses(grove: Grove) -> None:
    crowd = await crowd_with(grove, 9, 7, 5, 5, 2)
    hidden = crowd[1]
    await grove.standings.show_me(hidden, on=False)
    board = await grove.standings.board(hidden, most=3)
    others = await grove.standings.board(crowd[0], most=3)
    assert seen(board.lines) == seen(others.lines)
    assert [(line.place, line.points) for line in board.lines] == [(1, 9), (2, 5), (2, 5)]
    assert [(line.place, line.points, line.own) for line in board.around] == [
        (1, 9, False),
        (2, 7, True),
        (2, 5, False),
        (2, 5, False),
    ]
    assert not board.shown
    assert (await grove.standings.summary(hidden)).place == 2


async def test_a_stranger_sees_the_board_and_no_line_of_their_own(grove: Grove) -> None:
    await crowd_with(grove, 3)
    board = await grove.standings.board(Caller("42", "100", UiLocale("de")))
    assert ([line.points for line in board.lines], board.around, board.own, board.shown) == ([3], (), None, False)
    with pytest.raises(ConsentNeeded):
        await grove.standings.summary(Caller("42", "100", UiLocale("de")))


async def test_ones_own_line_is_shown_with_its_neighbours_however_far_down(grove: Grove) -> None:
    crowd = await crowd_with(grove, *range(30, 0, -1))
    board = await grove.standings.board(crowd[20])
    assert [line.place for line in board.lines] == list(range(1, 11))
    assert [(line.place, line.own) for line in board.around] == [
        (19, False),
        (20, False),
        (21, True),
        (22, False),
        (23, False),
    ]
    assert len((await grove.standings.board(crowd[0], most=10**6)).lines) == 30 < MOST
    assert len((await grove.standings.board(crowd[0], most=-3)).lines) == 1


async def test_a_board_is_of_a_community_or_of_all_that_share_its_pool(grove: Grove) -> None:
    (ann,) = await crowd_with(grove, 3, place="100")
    (bob,) = await crowd_with(grove, 5, place="200")
    await earn(grove, ann, 4, place="200")
    assert seen((await grove.standings.board(ann)).lines) == [(1, ann.account, 3)]
    there = await grove.standings.board(bob)
    assert (seen(there.lines), there.everywhere) == ([(1, bob.account, 5), (2, ann.account, 4)], False)
    everywhere = await grove.standings.board(ann, everywhere=True)
    assert (seen(everywhere.lines), everywhere.everywhere) == ([(1, ann.account, 7), (2, bob.account, 5)], True)
    await grove.change("communities", {"place": "200"}, pool_id=await another_pool(grove))
    assert seen((await grove.standings.board(ann, everywhere=True)).lines) == [(1, ann.account, 3)]
    new = await grove.standings.board(replace(bob, place="999"))
    assert (new.lines, new.everywhere) == ((), False)
    assert (await grove.standings.board(Caller("42", None, UiLocale("de")))).everywhere


async def another_pool(grove: Grove) -> str:
    (main,) = await grove.rows("pools")

    def copy(tx: Any) -> None:
        tx.execute(pools.insert(), main | {"id": "other"})

    await grove.store.write(copy)
    return "other"


async def test_a_board_is_of_one_language_or_of_all(grove: Grove) -> None:
    ann, bob = await crowd_with(grove, 3, 5)
    await earn(grove, ann, 4, lang="de")
    assert seen((await grove.standings.board(ann)).lines) == [(1, ann.account, 7), (2, bob.account, 5)]
    assert seen((await grove.standings.board(ann, lang="de")).lines) == [(1, ann.account, 4)]
    assert seen((await grove.standings.board(ann, lang="en")).lines) == [(1, bob.account, 5), (2, ann.account, 3)]


async def test_periods_end_and_all_time_does_not(grove: Grove) -> None:
    (ann,) = await crowd_with(grove, 3)
    spans = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=27)}
    start = grove.chance.now.replace(hour=0)
    for period, span in spans.items():
        grove.chance.now = start + span - timedelta(microseconds=1)
        assert len((await grove.standings.board(ann, period=Period(period))).lines) == 1
        grove.chance.now = start + span
        assert (await grove.standings.board(ann, period=Period(period))).lines == ()
    grove.pass_time(days=4000)
    assert len((await grove.standings.board(ann, period=Period.TOTAL)).lines) == 1


async def test_a_formula_that_is_changed_holds_at_once_and_for_the_past(grove: Grove) -> None:
    ann, bob = await crowd_with(grove, 8, 3)
    await grove.change("tallies", {"decided_labels_simple": 3}, prompts=99)
    assert seen((await grove.standings.board(ann)).lines)[0] == (1, ann.account, 8)
    await grove.rule(points="published")
    assert seen((await grove.standings.board(ann)).lines) == [(1, bob.account, 9)]
    await grove.rule(points="published", point_weights={"prompts": 0, "decided_labels_simple": 2.5})
    assert seen((await grove.standings.board(ann)).lines) == [(1, ann.account, 20), (2, bob.account, 7)]


async def test_any_board_is_what_sorting_by_hand_gives(grove: Grove, seed: int) -> None:
    chance = random.Random(seed)
    crowd = await crowd_with(grove, *[0] * 25)
    by_account = {row["account"]: row["member_id"] for row in await grove.rows("identities")}
    await grove.store.write(lambda tx: tx.execute(tallies.delete()))
    for caller in crowd:
        for lang in ("en", "de"):
            await earn(grove, caller, chance.randrange(6), lang=lang)
            where = {"member_id": by_account[caller.account], "lang": lang}
            await grove.change("tallies", where, accepted_prompts=chance.randrange(5), ranked_first=chance.randrange(2))
        await grove.standings.show_me(caller, on=chance.random() < 0.7)
    shown = {row["id"]: row["on_boards"] for row in await grove.rows("members")}
    rows = await grove.rows("tallies", period="month")
    for caller in crowd:
        lang = chance.choice([None, "en", "de"])
        found = await grove.standings.board(caller, period=Period.MONTH, lang=lang, most=7)
        points = {
            account: FORMULAS["orchard"].points(
                {
                    tally: sum(row[tally] for row in rows if row["member_id"] == member and lang in {None, row["lang"]})
                    for tally in Tally
                }
            )
            for account, member in by_account.items()
        }
        others = [number for account, number in points.items() if shown[by_account[account]]]
        places = {account: 1 + sum(number < other for other in others) for account, number in points.items()}
        listed = sorted((places[a], a, points[a]) for a, m in by_account.items() if shown[m] and points[a])
        assert [(place, number) for place, _, number in listed[:7]] == [(p, n) for p, _, n in seen(found.lines)]
        assert set(seen(found.lines)) <= set(listed)
        assert (found.own is not None) == (points[caller.account] > 0)
        if found.own:
            assert seen((found.own,)) == [(places[caller.account], caller.account, points[caller.account])]
            assert found.own in found.lines or places[caller.account] >= 7 or not shown[by_account[caller.account]]
            assert {p for p, *_ in seen(found.around)} <= set(places.values())


async def test_a_summary_shows_points_with_their_terms_level_and_bests(grove: Grove) -> None:
    await one_of_each(grove)
    first = next(row for row in await grove.rows("messages") if row["rank"] == 0)
    account = (await grove.rows("identities", member_id=first["author_id"]))[0]["account"]
    caller = Caller(account, "100", UiLocale("en-US"))
    summary = await grove.standings.summary(caller)
    for earned in summary.earned.values():
        terms = {term.tally: (term.number, term.weight, term.points) for term in earned.terms}
        assert terms[Tally.ACCEPTED_REPLIES_ASSISTANT] == (1, 8, 8)
        assert terms[Tally.RANKED_FIRST] == (1, 12, 12)
        assert earned.points == sum(term.points for term in earned.terms) >= 20
    total = summary.earned[Period.TOTAL].points
    assert summary.formula == FORMULAS["orchard"]
    assert THRESHOLDS[summary.level.number - 1] <= total < THRESHOLDS[summary.level.number]
    assert (summary.place, summary.people, summary.shown) == (1, 1, False)
    assert summary.best_day is not None
    assert summary.best_week is not None
    assert (summary.best_day.begins_on, summary.best_day.points) == (TODAY, total)
    assert (summary.best_week.begins_on, summary.best_week.points) == (TODAY, total)
    assert (await grove.members.profile(caller)).summary == summary


async def test_the_best_day_is_the_latest_of_equals_and_nobody_without_points_has_one(grove: Grove) -> None:
    ann, bob = await crowd_with(grove, 4, 0)
    await earn(grove, ann, 6, day=date(2026, 2, 3))
    await earn(grove, ann, 6, day=date(2026, 3, 10))
    summary = await grove.standings.summary(ann)
    assert summary.best_day is not None
    assert (summary.best_day.begins_on, summary.best_day.points) == (date(2026, 3, 10), 6)
    nobody = await grove.standings.summary(bob)
    assert (nobody.best_day, nobody.best_week, nobody.place, nobody.people) == (None, None, None, 1)
    assert (nobody.level.number, nobody.streak) == (1, None)


async def test_a_streak_goes_on_with_each_days_work_and_ends_after_a_long_pause(grove: Grove) -> None:
    ann = await grove.join("1")
    for _ in range(4):
        await grove.work(ann, TaskKind.INITIAL_PROMPT)
        grove.pass_time(hours=47)
    streak = (await grove.standings.summary(ann)).streak
    assert streak is not None
    assert streak.days == (3 * 47) // 24 + 1
    assert streak.until == grove.chance.now + timedelta(hours=74 - 47)
    grove.pass_time(hours=29)
    assert (await grove.standings.summary(ann)).streak is None
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    streak = (await grove.standings.summary(ann)).streak
    assert streak is not None
    assert streak.days == 1


async def test_a_streak_is_written_once_an_hour_however_much_is_handed_in(grove: Grove) -> None:
    ann = await grove.join("1")
    noted = set()
    start = grove.chance.now
    for minutes in (0, 10, 10, 39, 1, 5, 55):
        grove.pass_time(minutes=minutes)
        await grove.work(ann, TaskKind.INITIAL_PROMPT)
        noted.add((await grove.rows("members"))[0]["worked_at"] - start)
    assert noted == {timedelta(), NOTED_EVERY, 2 * NOTED_EVERY}
    grove.chance.now = datetime(2020, 1, 1, tzinfo=UTC)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    (member,) = await grove.rows("members")
    assert (member["streak_began_at"], member["worked_at"]) == (start, start + 2 * NOTED_EVERY)


async def test_whoever_withdraws_is_on_no_board_and_what_they_earned_stays(grove: Grove) -> None:
    ann, bob = await crowd_with(grove, 3, 1)
    await grove.members.withdraw(ann)
    assert [line.points for line in (await grove.standings.board(bob)).lines] == [1]
    assert len(await grove.rows("tallies", decided_labels_simple=3)) == len(Period)
