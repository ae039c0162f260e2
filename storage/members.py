"""Queries about members: who they are, what they agreed to, which languages they write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select, text

from storage.communities import COLUMNS, CommunityRow, from_row
from storage.memory import Memory
from storage.schema import (
    communities,
    consents,
    exclusions,
    identities,
    member_languages,
    member_topics,
    members,
    pools,
)
from trees.ids import CommunityId, ConsentId, MemberId, PoolId, TreeLanguage, UiLocale
from trees.onboarding import Onboarding
from trees.sanctions import Bar, Grounds
from trees.streaks import Streak
from trees.topics import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from storage.tx import Tx
    from trees.ids import MessageId
    from trees.kinds import TaskKind


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to and has not withdrawn."""

    id: ConsentId
    version: int
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member, where they were last, and what they told us."""

    id: MemberId
    locale: UiLocale
    community: CommunityRow | None
    consents: tuple[Consent, ...] = ()
    langs: tuple[TreeLanguage, ...] = ()
    """In the order they chose."""
    onboarding: Onboarding = Onboarding.WELCOME
    streak: Streak | None = None
    on_boards: bool = False
    """Whether others see them there."""
    in_showcase: bool = False
    """Whether their accepted texts may be shown in public, without their name."""
    wishes: Mapping[PoolId, Wishes] = field(default_factory=dict)
    """What they like and avoid in each pool where they said so."""
    bars: tuple[Bar, ...] = ()
    """Suspensions and bans that were not lifted; some may be over."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """A member who asked for direct messages, and gets them."""

    id: MemberId
    account: str
    locale: UiLocale
    worked_at: datetime | None
    """When they last handed something in."""
    reminded_at: datetime | None
    """When they were last told that work waits."""


_BY_ACCOUNT = (
    select(
        members.c.id,
        members.c.locale,
        members.c.onboarding,
        members.c.streak_began_at,
        members.c.worked_at,
        members.c.on_boards,
        members.c.showcase,
        members.c.bars,
        consents.c.id.label("consent_id"),
        consents.c.version,
        consents.c.licence,
        member_languages.c.lang,
        member_topics.c.pool_id.label("wished_in"),
        member_topics.c.liked,
        member_topics.c.avoided,
        *COLUMNS,
    )
    .select_from(
        identities.join(members)
        .outerjoin(communities, communities.c.id == members.c.community_id)
        .outerjoin(pools, pools.c.id == communities.c.pool_id)
        .outerjoin(consents, and_(consents.c.member_id == members.c.id, consents.c.withdrawn_at.is_(None)))
        .outerjoin(member_languages, member_languages.c.member_id == members.c.id)
        .outerjoin(member_topics, member_topics.c.member_id == members.c.id),
    )
    .where(identities.c.account == bindparam("whose"))
    .order_by(member_languages.c.position, consents.c.given_at)
)
_INSERT = members.insert()
_IDENTIFY = identities.insert()
_SET = members.update().where(members.c.id == bindparam("member"))
_FORGET_LANGUAGES = member_languages.delete().where(member_languages.c.member_id == bindparam("member"))
_CONSENTED = consents.insert()
_STANDING = select(consents.c.id, consents.c.rev).where(
    consents.c.member_id == bindparam("member"),
    consents.c.withdrawn_at.is_(None),
)
_CROWD = (
    select(member_languages.c.lang, func.count(members.c.id.distinct()))
    .select_from(members.join(communities).join(member_languages).join(consents))
    .where(
        communities.c.pool_id == bindparam("pool"),
        consents.c.withdrawn_at.is_(None),
        consents.c.version == bindparam("terms"),
        consents.c.licence == bindparam("under"),
    )
    .group_by(member_languages.c.lang)
)
_PAGE = select(members.c.id).order_by(members.c.id).limit(bindparam("most"))
_NEXT_PAGE = _PAGE.where(members.c.id > bindparam("after"))
_REACHABLE = (
    select(members.c.id, identities.c.account, members.c.locale, members.c.worked_at, members.c.reminded_at)
    .join_from(members, identities)
    # As it stands in the partial index.
    .where(text("members.dm_wanted"), members.c.dm_closed_at.is_(None))
    .order_by(members.c.id)
    .limit(bindparam("most"))
)
_NEXT_REACHABLE = _REACHABLE.where(members.c.id > bindparam("after"))
_REMINDED = members.update().where(
    members.c.id == bindparam("member"),
    or_(
        members.c.reminded_at == bindparam("before", type_=members.c.reminded_at.type),
        and_(members.c.reminded_at.is_(None), bindparam("before", type_=members.c.reminded_at.type).is_(None)),
    ),
)
_LEFT = select(
    exists(
        select(members.c.id)
        .select_from(member_languages.join(members).join(communities).join(consents))
        .where(
            member_languages.c.lang == bindparam("language"),
            communities.c.pool_id == bindparam("pool"),
            consents.c.withdrawn_at.is_(None),
            consents.c.version == bindparam("terms"),
            consents.c.licence == bindparam("under"),
            ~exists(
                select(exclusions.c.member_id).where(
                    exclusions.c.message_id == bindparam("message"),
                    exclusions.c.kind == bindparam("what"),
                    exclusions.c.member_id == members.c.id,
                ),
            ),
        ),
    ),
)
_ACCOUNT = select(identities.c.account).where(identities.c.member_id == bindparam("whose"))
_WITHDRAW = consents.update().where(consents.c.id == bindparam("consent"))


PEOPLE = Memory["str", "MemberRow"](
    "people",
    frozenset({"identities", "members", "communities", "pools", "consents", "member_languages", "member_topics"}),
    lambda member: member.id,
)
"""Members by account, for every request asks who acts."""


def by_account(tx: Tx, account: str) -> MemberRow | None:
    """Return whoever has this account, or None."""
    return PEOPLE.recalled(tx, account, lambda: read_by_account(tx, account))


def account_of(tx: Tx, member: MemberId) -> str | None:
    """Return the account of a member, or None where nobody knows it any more."""
    account: str | None = tx.execute(_ACCOUNT, {"whose": member}).scalar_one_or_none()
    return account


def by_id(tx: Tx, member: MemberId) -> MemberRow | None:
    """Return a member, or None where nobody knows their account any more."""
    account = account_of(tx, member)
    return by_account(tx, account) if account is not None else None


def read_by_account(tx: Tx, account: str) -> MemberRow | None:
    """Return whoever has this account as the database has them, or None. One statement."""
    rows = tx.execute(_BY_ACCOUNT, {"whose": account}).all()
    if not rows:
        return None
    first = rows[0]
    community = from_row(first) if first.community_id is not None else None
    given = {row.consent_id: Consent(row.consent_id, row.version, row.licence) for row in rows if row.consent_id}
    return MemberRow(
        id=MemberId(first.id),
        locale=UiLocale(first.locale),
        community=community,
        consents=tuple(given.values()),
        langs=tuple(dict.fromkeys(TreeLanguage(row.lang) for row in rows if row.lang is not None)),
        onboarding=Onboarding(first.onboarding),
        streak=Streak(first.streak_began_at, first.worked_at) if first.streak_began_at and first.worked_at else None,
        on_boards=bool(first.on_boards),
        in_showcase=bool(first.showcase),
        bars=bars_read(first.bars or ()),
        wishes={PoolId(row.wished_in): Wishes(row.liked, row.avoided) for row in rows if row.wished_in is not None},
    )


def crowd(tx: Tx, pool: PoolId, *, version: int, licence: str) -> dict[TreeLanguage, int]:
    """Count who works for a pool: by language the members who write it and have agreed to these terms."""
    where = {"pool": pool, "terms": version, "under": licence}
    return {TreeLanguage(lang): number for lang, number in tx.execute(_CROWD, where).all()}


def is_left_for(
    tx: Tx,
    work: tuple[MessageId, TaskKind],
    *,
    pool: PoolId,
    lang: TreeLanguage,
    version: int,
    licence: str,
) -> bool:
    """Whether anybody who works in a pool and language under these terms is not excluded from this work."""
    message, kind = work
    where = {"pool": pool, "language": lang, "terms": version, "under": licence}
    return bool(tx.execute(_LEFT, {**where, "message": message, "what": kind.value}).scalar_one())


def bars_read(written: Iterable[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """Return bars from the JSON they are kept as."""
    return tuple(
        Bar(
            sanction=UUID(bar["sanction"]),
            community=CommunityId(UUID(bar["community"])) if bar["community"] else None,
            until=datetime.fromisoformat(bar["until"]) if bar["until"] else None,
            grounds=Grounds(bar["grounds"]),
        )
        for bar in written
    )


def bars_written(bars: Iterable[Bar]) -> list[dict[str, str | None]]:
    """Return bars as the JSON they are kept as."""
    return [
        {
            "sanction": str(bar.sanction),
            "community": str(bar.community) if bar.community else None,
            "until": bar.until.isoformat() if bar.until else None,
            "grounds": bar.grounds.value,
        }
        for bar in bars
    ]


def bar(tx: Tx, member: MemberId, bars: Sequence[Bar]) -> None:
    """Let these, and no others, keep somebody from working."""
    tx.execute(_SET, {"member": member, "bars": bars_written(bars) or None})


def insert(tx: Tx, member: MemberRow, account: str, now: datetime) -> None:
    """Add a member with the account they came by."""
    tx.execute(
        _INSERT,
        {
            "id": member.id,
            "community_id": member.community.id if member.community else None,
            "locale": member.locale,
            "bars": bars_written(member.bars) or None,
            "created_at": now,
        },
    )
    tx.execute(_IDENTIFY, {"member_id": member.id, "account": account})


def move(tx: Tx, member: MemberId, *, community: CommunityId | None, locale: UiLocale) -> None:
    """Note where somebody is now and in which language they read."""
    tx.execute(_SET, {"member": member, "community_id": community, "locale": locale})


def note_streak(tx: Tx, member: MemberId, streak: Streak) -> None:
    """Note since when somebody's streak runs, and when they worked last."""
    tx.execute(_SET, {"member": member, "streak_began_at": streak.began_at, "worked_at": streak.worked_at})


def show(tx: Tx, member: MemberId, *, on: bool) -> None:
    """Note whether others see somebody on boards."""
    tx.execute(_SET, {"member": member, "on_boards": on})


def stand(tx: Tx, member: MemberId, onboarding: Onboarding) -> None:
    """Note how far somebody has come who is new."""
    tx.execute(_SET, {"member": member, "onboarding": onboarding.value})


def reachable(tx: Tx, after: MemberId | None, most: int) -> tuple[Reachable, ...]:
    """Return at most `most` members who asked for direct messages and get them, by id, those that follow `after`."""
    where = {"most": most} | ({} if after is None else {"after": after})
    return tuple(
        Reachable(MemberId(row.id), row.account, UiLocale(row.locale), row.worked_at, row.reminded_at)
        for row in tx.execute(_REACHABLE if after is None else _NEXT_REACHABLE, where).all()
    )


def note_reminder(tx: Tx, member: MemberId, *, before: datetime | None, now: datetime) -> bool:
    """Note that somebody is told that work waits, unless they were told after `before`; return whether it is noted."""
    return tx.execute(_REMINDED, {"member": member, "before": before, "reminded_at": now}).rowcount == 1


def lend_to_showcase(tx: Tx, member: MemberId, *, on: bool) -> None:
    """Note whether somebody's accepted texts may be shown in public, without their name."""
    tx.execute(_SET, {"member": member, "showcase": on})


def choose_languages(tx: Tx, member: MemberId, langs: Sequence[TreeLanguage]) -> None:
    """Replace the languages of a member."""
    tx.execute(_FORGET_LANGUAGES, {"member": member})
    if langs:
        tx.execute(
            member_languages.insert(),
            [{"member_id": member, "lang": lang, "position": place} for place, lang in enumerate(langs)],
        )


def consent(
    tx: Tx,
    member: MemberId,
    given: Consent,
    *,
    text_sha256: str,
    locale: UiLocale,
    now: datetime,
) -> None:
    """Record a consent, revision 1."""
    tx.execute(
        _CONSENTED,
        {
            "id": given.id,
            "member_id": member,
            "version": given.version,
            "text_sha256": text_sha256,
            "locale": locale,
            "licence": given.licence,
            "given_at": now,
            "rev": 1,
        },
    )


def withdraw(tx: Tx, member: MemberId, now: datetime) -> tuple[tuple[ConsentId, int], ...]:
    """Withdraw every consent of a member; return the consents with their new revisions."""
    standing = [(ConsentId(row.id), row.rev + 1) for row in tx.execute(_STANDING, {"member": member}).all()]
    for consent_id, rev in standing:
        tx.execute(_WITHDRAW, {"consent": consent_id, "withdrawn_at": now, "rev": rev})
    return tuple(standing)


def page(tx: Tx, after: MemberId | None, most: int) -> tuple[MemberId, ...]:
    """Return at most `most` members, by id, those that follow `after`."""
    if after is None:
        return tuple(map(MemberId, tx.execute(_PAGE, {"most": most}).scalars().all()))
    return tuple(map(MemberId, tx.execute(_NEXT_PAGE, {"most": most, "after": after}).scalars().all()))
