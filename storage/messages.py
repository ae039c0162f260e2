"""Queries about messages: their texts, their reviews' outcome, their ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, text

from storage.schema import emoji_ratings, message_versions, messages, reviews, tasks, trees
from trees.ids import CommunityId, ConsentId, MemberId, MessageId, TaskId, TreeId, TreeLanguage
from trees.kinds import EmojiCode, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.tx import Tx
    from trees.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """What a message holds beside what the rules see."""

    tree_id: TreeId
    task_id: TaskId
    community_id: CommunityId | None
    consent_id: ConsentId
    lang: TreeLanguage
    text: str
    text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message as it was taken for a task."""

    id: MessageId
    text_sha256: str | None
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What decides whether somebody may rate a message."""

    author_id: MemberId | None
    deleted: bool
    licence: str
    """The licence of its tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A message as one person reads it."""

    role: Role
    text: str | None
    own: bool
    """Whether this person wrote it."""
    own_emoji: frozenset[EmojiCode]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """A message as its author sees it later."""

    id: MessageId
    role: Role
    root: bool
    lang: TreeLanguage
    text: str
    written_at: datetime
    accepted: bool | None
    rank: int | None
    siblings: int
    """Accepted replies to the same message, this one included where it is accepted."""
    counted: bool
    version: int
    """Of its text; 1 is what was handed in."""
    removed: bool
    """Whether it stands no more: by itself, or with the message it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """What decides what its author may do with a message."""

    id: MessageId
    author_id: MemberId | None
    tree_id: TreeId
    text: str | None
    """None once erased."""
    text_sha256: str | None
    version: int
    """Of its text; 1 is what was handed in."""
    written_at: datetime
    said: bool
    """Whether somebody has reviewed it, rated it with an emoji, or passed it on for what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorCounts:
    """The messages of one author that were not removed."""

    texts: int
    accepted: int
    rejected: int
    in_review: int


_INSERT = messages.insert()
_SET_REVIEW = messages.update().where(messages.c.id == bindparam("message"))
_ASK_FOR_BALLOTS = messages.update().where(messages.c.id == bindparam("message"))
_COUNT_BALLOT = (
    messages.update()
    .where(messages.c.id == bindparam("message"))
    .values(ranking_count=messages.c.ranking_count + bindparam("more"), rev=bindparam("new_rev"))
)
_SET_REMOVED = messages.update().where(messages.c.id == bindparam("message"))
_SET_CLOSED = messages.update().where(messages.c.id == bindparam("message"))
_SET_RANK = (
    messages.update()
    .where(messages.c.id == bindparam("message"))
    .values(
        rank=bindparam("new_rank"),
        tied_with_next=bindparam("tied"),
        ranked_at=func.coalesce(messages.c.ranked_at, bindparam("now", type_=messages.c.ranked_at.type)),
        rev=bindparam("new_rev"),
    )
)
_UNNAME = messages.update().where(messages.c.id == bindparam("message"))
_REWRITE = (
    messages.update()
    .where(messages.c.id == bindparam("message"))
    .values(text=bindparam("new_text", type_=messages.c.text.type), text_sha256=bindparam("sha256"))
)
_KEEP_VERSION = message_versions.insert()
_FORGET_VERSIONS = message_versions.delete().where(message_versions.c.message_id == bindparam("message"))
_OWN_TEXT = select(
    messages.c.id,
    messages.c.author_id,
    messages.c.tree_id,
    messages.c.text,
    messages.c.text_sha256,
    messages.c.version,
    messages.c.created_at,
    or_(
        exists().where(reviews.c.message_id == messages.c.id),
        exists().where(emoji_ratings.c.message_id == messages.c.id, emoji_ratings.c.removed_at.is_(None)),
        exists().where(
            tasks.c.message_id == messages.c.id,
            # As it stands in the partial index.
            text("tasks.skip_reason IN ('bad_prompt', 'end_of_conversation')"),
        ),
    ).label("said"),
).where(messages.c.id == bindparam("message"))
_ERASED = select(exists().where(messages.c.id.in_(bindparam("messages", expanding=True)), messages.c.text.is_(None)))
_WRITTEN_IN = select(messages.c.id, messages.c.community_id, messages.c.lang).where(
    messages.c.id.in_(bindparam("messages", expanding=True)),
)
_BY_TASK = select(messages.c.id, messages.c.text_sha256, messages.c.counted).where(
    messages.c.task_id == bindparam("task"),
)
_TREE_OF = select(messages.c.tree_id).where(messages.c.id == bindparam("message"))
_COMMUNITY_OF = select(messages.c.community_id).where(messages.c.id == bindparam("message"))
_RATED = (
    select(messages.c.author_id, messages.c.deleted_at.is_not(None).label("deleted"), trees.c.licence)
    .join_from(messages, trees, trees.c.id == messages.c.tree_id)
    .where(messages.c.id == bindparam("message"))
)
_REPEATED = select(
    exists().where(
        messages.c.author_id == bindparam("author"),
        messages.c.created_at > bindparam("since"),
        messages.c.text_sha256 == bindparam("sha256"),
    ),
)
_SPOKEN = (
    select(
        messages.c.id,
        messages.c.role,
        case((messages.c.deleted_at.is_(None), messages.c.text)).label("text"),
        messages.c.author_id,
        emoji_ratings.c.code,
    )
    .outerjoin_from(
        messages,
        emoji_ratings,
        and_(
            emoji_ratings.c.message_id == messages.c.id,
            emoji_ratings.c.member_id == bindparam("reader"),
            emoji_ratings.c.removed_at.is_(None),
        ),
    )
    .where(messages.c.id.in_(bindparam("messages", expanding=True)))
)
_WORDS = select(messages.c.id, messages.c.text).where(messages.c.id.in_(bindparam("messages", expanding=True)))
_siblings = messages.alias("siblings")
_WORK = (
    select(
        messages.c.id,
        messages.c.role,
        messages.c.depth,
        messages.c.lang,
        messages.c.text,
        messages.c.created_at,
        messages.c.accepted,
        messages.c.rank,
        messages.c.counted,
        messages.c.version,
        messages.c.deleted_at.is_not(None).label("removed"),
        select(func.count())
        .where(
            _siblings.c.parent_id == messages.c.parent_id,
            _siblings.c.accepted,
            _siblings.c.counted,
            _siblings.c.deleted_at.is_(None),
        )
        .scalar_subquery()
        .label("siblings"),
    )
    # What its author took back is theirs no more.
    .where(messages.c.author_id == bindparam("author"), messages.c.text.is_not(None))
)
_WORKS = (
    _WORK.order_by(messages.c.created_at.desc(), messages.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("after"))
)
_ONE_WORK = _WORK.where(messages.c.id == bindparam("message"))
_AUTHOR = select(
    func.count().label("texts"),
    func.count(case((messages.c.accepted, 1))).label("accepted"),
    func.count(case((~messages.c.accepted, 1))).label("rejected"),
    func.count(case((and_(messages.c.accepted.is_(None), messages.c.counted), 1))).label("in_review"),
).where(messages.c.author_id == bindparam("author"), messages.c.deleted_at.is_(None))


def insert(tx: Tx, message: Message, rest: NewMessage, now: datetime) -> None:
    """Add a message, revision 1."""
    tx.execute(
        _INSERT,
        {
            "id": message.id,
            "tree_id": rest.tree_id,
            "parent_id": message.parent_id,
            "sibling_no": message.sibling_no,
            "task_id": rest.task_id,
            "author_id": message.author_id,
            "community_id": rest.community_id,
            "consent_id": rest.consent_id,
            "role": message.role.value,
            "lang": rest.lang,
            "depth": message.depth,
            "text": rest.text,
            "text_sha256": rest.text_sha256,
            "accepted": message.accepted,
            "judged_at": None if message.accepted is None else now,
            "reviews_asked": message.reviews_asked,
            "counted": message.counted,
            "created_at": now,
            "rev": 1,
        },
    )


def rewrite(tx: Tx, message: MessageId, text: str, sha256: str, *, version: int, rev: int) -> None:
    """Put another text in the place of a message's, under its next version."""
    tx.execute(_REWRITE, {"message": message, "new_text": text, "sha256": sha256, "version": version, "rev": rev})


def erase(tx: Tx, message: MessageId, rev: int) -> None:
    """Remove the text of a message for good, with all that it was before."""
    tx.execute(_REWRITE, {"message": message, "new_text": None, "sha256": None, "rev": rev})
    tx.execute(_FORGET_VERSIONS, {"message": message})


def unname(tx: Tx, message: MessageId, rev: int) -> None:
    """Forget who wrote a message, and what it said before it was changed."""
    tx.execute(_UNNAME, {"message": message, "author_id": None, "rev": rev})
    tx.execute(_FORGET_VERSIONS, {"message": message})


def uncount_review(tx: Tx, message: Message, rev: int) -> None:
    """Write how many reviews count and are asked for; what they came to stays."""
    asked = message.reviews_asked
    tx.execute(
        _SET_REVIEW,
        {"message": message.id, "review_count": message.review_count, "reviews_asked": asked, "rev": rev},
    )


def keep_version(tx: Tx, own: OwnText, by: MemberId, now: datetime) -> None:
    """Keep the text of a message that is about to be changed."""
    tx.execute(
        _KEEP_VERSION,
        {"message_id": own.id, "version": own.version, "text": own.text or "", "member_id": by, "replaced_at": now},
    )


def own_text(tx: Tx, message: MessageId) -> OwnText | None:
    """Return what decides what its author may do with a message, or None when there is none."""
    row = tx.execute(_OWN_TEXT, {"message": message}).one_or_none()
    if row is None:
        return None
    return OwnText(
        id=MessageId(row.id),
        author_id=MemberId(row.author_id) if row.author_id else None,
        tree_id=TreeId(row.tree_id),
        text=row.text,
        text_sha256=row.text_sha256,
        version=row.version,
        written_at=row.created_at,
        said=bool(row.said),
    )


def any_erased(tx: Tx, ids: Iterable[MessageId]) -> bool:
    """Return whether the text of any of these was removed for good."""
    return bool(tx.execute(_ERASED, {"messages": list(ids)}).scalar_one())


def set_review(tx: Tx, message: Message, rev: int, now: datetime) -> None:
    """Write how many reviews count, how many are asked for and, if that is decided now, what they came to."""
    tx.execute(
        _SET_REVIEW,
        {
            "message": message.id,
            "review_count": message.review_count,
            "reviews_asked": message.reviews_asked,
            "accepted": message.accepted,
            "judged_at": None if message.accepted is None else now,
            "rev": rev,
        },
    )


def set_removed(tx: Tx, some: Iterable[tuple[MessageId, int]], at: datetime | None) -> None:
    """Write when these messages were removed, None for those that stand again; each takes the revision beside it."""
    rows = [{"message": message, "deleted_at": at, "rev": rev} for message, rev in some]
    if rows:
        tx.execute(_SET_REMOVED, rows)


def set_closed(tx: Tx, message: MessageId, *, closed: bool) -> None:
    """Write whether anybody is asked to go on from a message. That is not synced: the revision stays."""
    tx.execute(_SET_CLOSED, {"message": message, "closed": closed})


def ask_for_ballots(tx: Tx, parent: Message) -> None:
    """Write how many ballots the replies to a message are given. It is not synced, so there is no new revision."""
    tx.execute(_ASK_FOR_BALLOTS, {"message": parent.id, "ballots_asked": parent.ballots_asked})


def count_ballot(tx: Tx, placed: Sequence[tuple[MessageId, int]], by: int = 1) -> None:
    """Count one more ballot on each message, or one less with -1; each takes the revision beside it."""
    if placed:
        tx.execute(_COUNT_BALLOT, [{"message": message, "new_rev": rev, "more": by} for message, rev in placed])


def set_ranks(tx: Tx, ranks: Sequence[tuple[MessageId, int | None, bool | None, int]], now: datetime) -> None:
    """Write of each message its rank, whether the vote left it tied with the next, and its revision.

    Without a rank it is as if it had never been ranked, but for the moment when it was first.
    """
    if ranks:
        tx.execute(
            _SET_RANK,
            [
                {"message": message, "new_rank": rank, "tied": tied, "new_rev": rev, "now": now}
                for message, rank, tied, rev in ranks
            ],
        )


def written_in(tx: Tx, ids: Iterable[MessageId]) -> dict[MessageId, tuple[CommunityId | None, TreeLanguage]]:
    """Return in which community and language messages were written."""
    rows = tx.execute(_WRITTEN_IN, {"messages": list(ids)}).all()
    return {MessageId(row.id): (row.community_id, TreeLanguage(row.lang)) for row in rows}


def of_task(tx: Tx, task: TaskId) -> Written | None:
    """Return the message that was taken for a task, or None."""
    row = tx.execute(_BY_TASK, {"task": task}).one_or_none()
    return Written(id=MessageId(row.id), text_sha256=row.text_sha256, counted=row.counted) if row else None


def tree_of(tx: Tx, message: MessageId) -> TreeId | None:
    """Return the tree of a message, or None when there is no such message."""
    found = tx.execute(_TREE_OF, {"message": message}).scalar_one_or_none()
    return None if found is None else TreeId(found)


def community_of(tx: Tx, message: MessageId) -> CommunityId | None:
    """Return the community a message was written for; None where there is no such message, or it was imported."""
    found = tx.execute(_COMMUNITY_OF, {"message": message}).scalar_one_or_none()
    return None if found is None else CommunityId(found)


def rated(tx: Tx, message: MessageId) -> Rated | None:
    """Return whose message it is and whether it still stands, or None when there is none."""
    row = tx.execute(_RATED, {"message": message}).one_or_none()
    return Rated(author_id=row.author_id, deleted=bool(row.deleted), licence=row.licence) if row else None


def words(tx: Tx, ids: Iterable[MessageId]) -> dict[MessageId, str | None]:
    """Return the text of each message; None where it was erased."""
    return {MessageId(row.id): row.text for row in tx.execute(_WORDS, {"messages": list(ids)}).all()}


def repeated(tx: Tx, author: MemberId, sha256: str, since: datetime) -> bool:
    """Whether this author sent the same text after `since`."""
    return bool(tx.execute(_REPEATED, {"author": author, "since": since, "sha256": sha256}).scalar_one())


def spoken(tx: Tx, ids: Iterable[MessageId], reader: MemberId) -> dict[MessageId, Spoken]:
    """Return the texts of messages and what `reader` thinks of them; a removed message has no text."""
    rows: dict[MessageId, list[Any]] = {}
    for row in tx.execute(_SPOKEN, {"messages": list(ids), "reader": reader}).all():
        rows.setdefault(MessageId(row.id), []).append(row)
    return {
        message: Spoken(
            role=Role(found[0].role),
            text=found[0].text,
            own=found[0].author_id == reader,
            own_emoji=frozenset(EmojiCode(row.code) for row in found if row.code is not None),
        )
        for message, found in rows.items()
    }


def of_author(tx: Tx, author: MemberId, most: int, after: int = 0) -> tuple[WorkRow, ...]:
    """Return what somebody wrote and has not taken back, newest first, without the first `after`."""
    rows = tx.execute(_WORKS, {"author": author, "most": most, "after": after}).all()
    return tuple(map(_work, rows))


def work(tx: Tx, author: MemberId, message: MessageId) -> WorkRow | None:
    """Return a text of somebody's, or None where it is not theirs or taken back."""
    row = tx.execute(_ONE_WORK, {"author": author, "message": message}).one_or_none()
    return _work(row) if row else None


def _work(row: Any) -> WorkRow:
    return WorkRow(
        id=MessageId(row.id),
        role=Role(row.role),
        root=row.depth == 0,
        lang=TreeLanguage(row.lang),
        text=row.text,
        written_at=row.created_at,
        accepted=row.accepted,
        rank=row.rank,
        siblings=row.siblings,
        counted=row.counted,
        version=row.version,
        removed=bool(row.removed),
    )


def author_counts(tx: Tx, author: MemberId) -> AuthorCounts:
    """Count what somebody wrote, by what became of it."""
    row = tx.execute(_AUTHOR, {"author": author}).one()
    return AuthorCounts(texts=row.texts, accepted=row.accepted, rejected=row.rejected, in_review=row.in_review)
