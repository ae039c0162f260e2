"""What each table holds of a person: how it is given to them, and what becomes of it when they are erased.

Every table of the store stands here, in `HANDLED` or in `IMPERSONAL`; a test fails for one that does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from storage import schema
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import BindParameter, ColumnElement, Table

    from storage.tx import Tx
    from trees.ids import MemberId


class Choice(StrEnum):
    """What becomes of what somebody wrote or said."""

    ERASE = "erase"
    KEEP = "keep"
    """It stays, without their name."""


class Fate(StrEnum):
    """What becomes of a person's rows in a table when they are erased."""

    DROP = "drop"
    """They are removed."""

    BLANK = "blank"
    """They stay, as others refer to them, without what they said of the person."""

    KEEP = "keep"
    """They stay: they say nothing of a person whose identity is gone."""

    TEXTS = "texts"
    """As was chosen for texts; the rules of trees have a say, so the services do it."""

    RATINGS = "ratings"
    """As was chosen for reviews, ballots and emoji; likewise."""

    RECOUNT = "recount"
    """They are counted anew from what stays."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How one table is dealt with."""

    table: Table
    whose: ColumnElement[bool]
    """Which rows are a person's; the parameter `member` is who."""
    about: str
    """What the rows are, as the person is told in their copy of their data."""
    fate: Fate
    why: str = ""
    """Why rows stay, where they do."""
    blank: Mapping[str, Any] | None = None
    """What is written over columns of rows that stay."""
    hidden: frozenset[str] = frozenset()
    """Columns that are not the person's to be told."""
    as_text: bool = False
    """Whether `whose` wants the parameter `member_text`, too: who, in writing."""

    def parameters(self, member: MemberId) -> dict[str, Any]:
        """Return what `whose` is asked with."""
        return {"member": member} | ({"member_text": str(member)} if self.as_text else {})


_member: BindParameter[Any] = bindparam("member")


def _of(table: Table, column: str = "member_id") -> ColumnElement[bool]:
    return table.c[column] == _member


_own_messages = select(schema.messages.c.id).where(schema.messages.c.author_id == _member)

HANDLED: tuple[Handler, ...] = (
    Handler(
        schema.members,
        _of(schema.members, "id"),
        "What you set, and when you came and worked last",
        Fate.BLANK,
        "others' rows refer to the bare number",
        {
            "community_id": None,
            "locale": "en",
            "onboarding": Onboarding.WELCOME.value,
            "streak_began_at": None,
            "worked_at": None,
            "on_boards": False,
            "dm_wanted": False,
            "showcase": False,
            "dm_closed_at": None,
            "reminded_at": None,
            "bars": None,
        },
    ),
    Handler(schema.identities, _of(schema.identities), "Your Discord account", Fate.DROP),
    Handler(schema.member_languages, _of(schema.member_languages), "The languages you chose", Fate.DROP),
    Handler(schema.member_topics, _of(schema.member_topics), "The topics you like and avoid", Fate.DROP),
    Handler(
        schema.consents,
        _of(schema.consents),
        "What you agreed to, and when you took it back",
        Fate.KEEP,
        "they show under which terms and licence a text was given; they name nobody any more",
    ),
    Handler(schema.messages, _of(schema.messages, "author_id"), "What you wrote, and what became of it", Fate.TEXTS),
    Handler(
        schema.message_versions,
        schema.message_versions.c.message_id.in_(_own_messages),
        "What you wrote, as it was before it was changed",
        Fate.TEXTS,
    ),
    Handler(
        schema.likenesses,
        schema.likenesses.c.tree_id.in_(_own_messages),
        "Digests of parts of your prompts, by which prompts that are nearly the same find each other",
        Fate.TEXTS,
    ),
    Handler(
        schema.tasks,
        _of(schema.tasks),
        "The tasks you were given",
        Fate.BLANK,
        "what is counted and what others wrote refer to them; they say what was asked, not what was answered",
        {"answers": None, "news": None},
    ),
    Handler(schema.drafts, _of(schema.drafts), "What you wrote and was not taken", Fate.DROP),
    Handler(schema.proposals, _of(schema.proposals), "What you would ask next after replies of yours", Fate.DROP),
    Handler(schema.reviews, _of(schema.reviews), "Your reviews", Fate.RATINGS),
    Handler(schema.ballots, _of(schema.ballots), "Your rankings", Fate.RATINGS),
    Handler(
        schema.emoji_ratings,
        _of(schema.emoji_ratings),
        "Your emoji ratings, and what you wrote beside those that report a message",
        Fate.RATINGS,
        blank={"words": None},
    ),
    Handler(schema.exclusions, _of(schema.exclusions), "Work you are not given again, and why", Fate.DROP),
    Handler(schema.offers_seen, _of(schema.offers_seen), "Up to where the bot has looked for work for you", Fate.DROP),
    Handler(
        schema.showcase_posts,
        schema.showcase_posts.c.message_id.in_(_own_messages),
        "Where your texts were shown in public; they are taken away",
        Fate.TEXTS,
    ),
    Handler(
        schema.showcase_reactions,
        _of(schema.showcase_reactions),
        "Your reactions to texts that were shown in public",
        Fate.DROP,
    ),
    Handler(
        schema.sprints,
        _of(schema.sprints),
        "Sprints you opened for a community",
        Fate.KEEP,
        "others took part in them; they name nobody any more",
    ),
    Handler(schema.sprint_scores, _of(schema.sprint_scores), "What you did in sprints", Fate.DROP),
    Handler(schema.given_roles, _of(schema.given_roles), "Roles the bot gave you on Discord", Fate.DROP),
    Handler(
        schema.cases,
        schema.cases.c.message_id.in_(_own_messages),
        "Reports about your texts, and what came of them",
        Fate.KEEP,
        "a community must be able to see what was decided; they hold no text and name nobody",
        hidden=frozenset({"claimed_by", "claimed_until", "closed_by"}),
    ),
    Handler(
        schema.sanctions,
        _of(schema.sanctions),
        "Warnings, suspensions and bans",
        Fate.KEEP,
        "a community must be able to see what was decided; they name nobody any more",
        hidden=frozenset({"imposed_by", "lifted_by"}),
    ),
    Handler(schema.tallies, _of(schema.tallies), "What is counted of your work", Fate.RECOUNT),
    Handler(schema.outbox, _of(schema.outbox), "What the bot sent or sends you", Fate.DROP),
    Handler(
        schema.setting_changes,
        _of(schema.setting_changes),
        "Settings you changed for others",
        Fate.KEEP,
        "a community must be able to see when its rules were changed; they name nobody any more",
    ),
    Handler(
        schema.audit_log,
        or_(_of(schema.audit_log), schema.audit_log.c.about_id == bindparam("member_text")),
        "What you decided as a moderator, and what was decided about you",
        Fate.KEEP,
        "it is sealed against changes; it holds no texts and names nobody any more",
        hidden=frozenset({"salt", "before", "after", "previous", "seal", "member_id", "acted_as"}),
        as_text=True,
    ),
)
"""The tables with rows of persons."""

IMPERSONAL: Mapping[str, str] = {
    "store_meta": "says what the store is",
    "pools": "rules and names that an operator or a community wrote",
    "communities": "servers, not persons",
    "trees": "states of trees; what was written stands in messages",
    "published_messages": "messages published elsewhere under the pseudonyms of whoever published them",
    "offers": "open work",
    "verdict_rates": "counts over everybody",
    "barred_accounts": "digests of barred accounts that were erased, until the bar is over; they give nobody away",
    "boards": "where a community's board stands",
    "showcases": "where a community shows texts",
    "level_roles": "which roles a community gives for levels",
    "change_log": "ids of rows that changed, never what they say",
    "erasures": "receipts: ids and moments, so that an erasure can be shown and done again after a restore",
}
"""The others, and why nothing in them is about a person."""


def _selected(handler: Handler) -> Any:
    columns = [column for column in handler.table.columns if column.name not in handler.hidden]
    return select(*columns).where(handler.whose).order_by(*handler.table.primary_key.columns)


_EXPORTS = {handler.table.name: _selected(handler) for handler in HANDLED}
_COUNTS = {
    handler.table.name: select(func.count()).select_from(handler.table).where(handler.whose) for handler in HANDLED
}
_DROPS = [(handler, handler.table.delete().where(handler.whose)) for handler in HANDLED if handler.fate is Fate.DROP]
_BLANKS = [
    (handler, handler.table.update().where(handler.whose).values(dict.fromkeys(handler.blank)))
    for handler in HANDLED
    if handler.blank is not None
]


def rows_of(tx: Tx, member: MemberId) -> Iterator[tuple[Handler, list[dict[str, Any]]]]:
    """Yield what each table holds of a person, in the order of `HANDLED`; also where it is nothing."""
    for handler in HANDLED:
        found = tx.execute(_EXPORTS[handler.table.name], handler.parameters(member)).all()
        yield handler, [dict(row._mapping) for row in found]  # noqa: SLF001  public


def counts_of(tx: Tx, member: MemberId) -> dict[str, int]:
    """Count the rows that each table holds of a person; tables with none are left out."""
    found = {}
    for handler in HANDLED:
        number = int(tx.execute(_COUNTS[handler.table.name], handler.parameters(member)).scalar_one())
        if number:
            found[handler.table.name] = number
    return found


def drop(tx: Tx, member: MemberId) -> None:
    """Remove a person's rows where they are simply removed, and blank those that stay without what they said."""
    for handler, statement in _DROPS:
        tx.execute(statement, handler.parameters(member))
    for handler, blanking in _BLANKS:
        tx.execute(blanking, {**handler.parameters(member), **(handler.blank or {})})
