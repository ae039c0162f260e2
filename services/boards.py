"""The board of a community: a lasting message that says what is needed now, and how far the week has come.

Where it stands is kept here; posting it, and taking it away, is the outbox's work. It is put back under a new name each
time: Discord does not post again under the nonce of a message that was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.community_settings import community_rules
from services.deeds import UseCases
from services.outbox import PostState, Said, recall, say_in_channel
from services.people import arrive
from services.pools import rules_of
from services.progress import Week, this_week
from services.prompts import prompts_asked_for
from services.sprints import Race, race_of
from storage import boards, offers, outbox
from trees.kinds import TaskKind
from trees.refusals import NoBoard, NoCommunity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from services.deeds import Deed
    from services.people import Caller
    from storage.boards import BoardRow
    from storage.communities import CommunityRow
    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ids import PoolId, PostId, TreeLanguage, UiLocale

__all__ = ["Board", "Boards", "Due", "Face", "Needs", "Week"]

EDIT_AFTER = timedelta(minutes=1)
"""How long a board stays as it is at least."""

CHECK_AFTER = timedelta(minutes=10)
"""How long a board is trusted to stand where it was."""

Needs = dict[TaskKind, dict["TreeLanguage", int]]
"""For how many more people there is work, by kind and language; only what there is any of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a board shows."""

    kinds: tuple[TaskKind, ...]
    """What members of the community may ask for."""
    langs: int
    """How many languages the pool has."""
    needs: Needs
    goal: int
    """Accepted messages this week; 0 is no goal."""
    week: Week
    race: Race | None = None
    """The sprint that runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board, and where it stands on Discord."""

    post_id: PostId
    place: str
    channel: str
    message: str | None
    """None: it is not there."""
    locale: UiLocale
    digest: str | None
    """Of what it shows, as the front end told; None: nobody knows."""
    trouble: str | None
    """Why it could not be shown when that was last tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A board that must be looked after."""

    board: Board
    face: Face | None
    """What it is to show; None: it was changed a moment ago."""
    check: bool
    """Whether to see if it still stands."""
    reached: bool
    """Whether the goal of the week is reached and nobody has said so."""


class Boards(UseCases):
    """Putting a board up, keeping it, taking it away."""

    async def place(self, caller: Caller, channel: str, locale: UiLocale) -> PostId:
        """Put the community's board into a channel, in place of the one there was; return how it is posted.

        Raises:
            NoCommunity: the caller is in no server.
        """
        return await self._do(_place, caller, channel, locale)

    async def remove(self, caller: Caller) -> None:
        """Take the community's board away.

        Raises:
            NoCommunity, NoBoard
        """
        await self._do(_remove, caller)

    async def due(self) -> tuple[Due, ...]:
        """Return the boards that must be looked after now. Writes nothing."""
        return await self._store.read(_due, self._surroundings.now())

    async def to_show(self, post: PostId) -> tuple[Board, Face] | None:
        """Return a board and what it shows, or None where it was put elsewhere meanwhile. Writes nothing."""
        return await self._store.read(_to_show, post, self._surroundings.now())

    async def trying(self, board: Board) -> None:
        """Note that a board is about to be changed: not again before `EDIT_AFTER`, whatever comes of it."""
        await self._do(_note, board.post_id, {"edited_at": self._surroundings.now()})

    async def shown(self, board: Board, digest: str) -> None:
        """Note what a board shows, and that it stands."""
        now = self._surroundings.now()
        await self._do(_note, board.post_id, {"digest": digest, "edited_at": now, "checked_at": now, "trouble": None})

    async def stands(self, board: Board) -> None:
        """Note that a board stands where it was."""
        await self._do(_note, board.post_id, {"checked_at": self._surroundings.now(), "trouble": None})

    async def troubled(self, board: Board, why: str) -> None:
        """Note why a board cannot be shown; it is tried again after `CHECK_AFTER`."""
        await self._do(_note, board.post_id, {"trouble": why, "checked_at": self._surroundings.now()})

    async def put_back(self, board: Board) -> None:
        """Have a board posted again that is gone."""
        await self._do(_put_back, board.post_id)

    async def celebrate(self, board: Board) -> None:
        """Have it said beside a board that the goal of the week is reached; once a week."""
        await self._do(_celebrate, board.post_id)


def _place(deed: Deed, caller: Caller, channel: str, locale: UiLocale) -> PostId:
    community = _community(deed, caller)
    before = boards.of_community(deed.tx, community.id)
    if before is not None:
        recall(deed, before.post_id)
    return _posted(deed, community, channel, locale)


def _remove(deed: Deed, caller: Caller) -> None:
    community = _community(deed, caller)
    board = boards.of_community(deed.tx, community.id)
    if board is None:
        raise NoBoard
    recall(deed, board.post_id)
    boards.remove(deed.tx, community.id)


def _community(deed: Deed, caller: Caller) -> CommunityRow:
    community = arrive(deed, caller).member.community
    if community is None or caller.place is None:
        raise NoCommunity
    return community


def _posted(deed: Deed, community: CommunityRow, channel: str, locale: UiLocale) -> PostId:
    post = say_in_channel(deed, Said.BOARD, {}, community=community.id, channel=channel, locale=locale)
    if post is None:
        raise LookupError(community.id)
    boards.put(deed.tx, community.id, post, locale, deed.now)
    return post


def _note(deed: Deed, post: PostId, values: Mapping[str, object]) -> None:
    boards.change(deed.tx, post, values)


def _put_back(deed: Deed, post: PostId) -> None:
    row = boards.of_post(deed.tx, post)
    if row is not None and row.state is not PostState.WAITING:
        _posted(deed, row.community, row.channel, row.locale)


def _celebrate(deed: Deed, post: PostId) -> None:
    row = boards.of_post(deed.tx, post)
    if row is None:
        return
    week, goal = this_week(deed.tx, row.community.id, deed.now), _goal(row.community)
    if not 0 < goal <= week.accepted:
        return
    say_in_channel(
        deed,
        Said.GOAL,
        {"goal": goal, "accepted": week.accepted, "people": week.people},
        community=row.community.id,
        channel=row.channel,
        locale=row.locale,
        name=_goal_name(row.community, week),
    )


def _goal_name(community: CommunityRow, week: Week) -> str:
    return f"goal {community.id} {week.begins_on.isoformat()}"


def _goal(community: CommunityRow) -> int:
    return community_rules(community.settings).weekly_goal


def _due(tx: Tx, now: datetime) -> tuple[Due, ...]:
    needs: dict[PoolId, Needs] = {}
    found = []
    for row in boards.every(tx):
        board = _board(row)
        check = _is_over(row.checked_at, CHECK_AFTER, now)
        if row.state is PostState.WAITING or (row.trouble and not check):
            # What Discord refuses is tried only now and then.
            continue
        if board.message is None:
            if check or row.state is PostState.SENT:
                found.append(Due(board=board, face=None, check=True, reached=False))
            continue
        face = None
        if _is_over(row.edited_at, EDIT_AFTER, now):
            pool = row.community.pool
            if pool.id not in needs:
                needs[pool.id] = needed(tx, pool)
            face = _face(tx, row.community, needs[pool.id], now)
        if face or check:
            reached = face is not None and _is_news(tx, row.community, face)
            found.append(Due(board=board, face=face, check=check, reached=reached))
    return tuple(found)


def _is_news(tx: Tx, community: CommunityRow, face: Face) -> bool:
    """Whether the goal of the week is reached and nobody has said so."""
    return 0 < face.goal <= face.week.accepted and not outbox.named(tx, _goal_name(community, face.week))


def _is_over(since: datetime, span: timedelta, now: datetime) -> bool:
    """Whether a span is over; a clock that was ahead and was set back must not make it endless."""
    return not since <= now < since + span


def _board(row: BoardRow) -> Board:
    return Board(
        post_id=row.post_id,
        place=row.community.place,
        channel=row.channel,
        message=row.message if row.state is PostState.SENT else None,
        locale=row.locale,
        digest=row.digest,
        trouble=row.trouble,
    )


def _to_show(tx: Tx, post: PostId, now: datetime) -> tuple[Board, Face] | None:
    row = boards.of_post(tx, post)
    if row is None:
        return None
    return _board(row), _face(tx, row.community, needed(tx, row.community.pool), now)


def _face(tx: Tx, community: CommunityRow, needs: Needs, now: datetime) -> Face:
    kinds, pool = community_rules(community.settings).kinds, community.pool
    if not any(rules_of(pool, lang).rank_prompter_replies for lang in pool.langs):
        kinds -= {TaskKind.RANK_PROMPTER_REPLIES}
    return Face(
        kinds=tuple(kind for kind in TaskKind if kind in kinds),
        langs=len(pool.langs),
        needs={kind: by_lang for kind, by_lang in needs.items() if kind in kinds},
        goal=_goal(community),
        week=this_week(tx, community.id, now),
        race=race_of(tx, community),
    )


def needed(tx: Tx, pool: PoolRow) -> Needs:
    """Return for how many more people a pool has work; only what there is any of, kinds in the order of `TaskKind`."""
    counted = offers.needed(tx, pool.id)
    for lang in pool.langs:
        counted[TaskKind.INITIAL_PROMPT, lang] = prompts_asked_for(tx, pool, lang)
    by_kind: Needs = {kind: {} for kind in TaskKind}
    for lang in pool.langs:
        for kind, by_lang in by_kind.items():
            if number := counted.get((kind, lang), 0):
                by_lang[lang] = number
    return {kind: by_lang for kind, by_lang in by_kind.items() if by_lang}
