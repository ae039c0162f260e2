"""The live store: every table, for SQLite and PostgreSQL alike.

Rows that are synced carry `rev`, which grows by one with each change, and each change appends to `change_log` in the
same transaction. No row but those of `identities`, `communities`, `outbox`, `boards`, `sprints`, the showcases and
roles for levels knows anything of Discord.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnClause,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)

from storage.types import UtcTime
from trees.points import TALLIED

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

store_meta = Table(
    "store_meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="source_id, generation, writer_epoch, created_at, clean_exit",
)

pools = Table(
    "pools",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("licence", String(64), nullable=False),
    Column("preset", String(32), nullable=False),
    Column("rules", JSON, nullable=False, comment="changes to the preset, by field name of trees.rules.Rules"),
    Column("langs", JSON, nullable=False, comment="languages offered, in order"),
    Column("topics", JSON, nullable=False, server_default="[]", comment="the place in the list is the bit"),
    Column(
        "overrides",
        JSON,
        nullable=False,
        server_default="{}",
        comment="changed at run time: like rules, with name, preset, langs",
    ),
    Column("created_at", UtcTime, nullable=False),
)

communities = Table(
    "communities",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("place", String(32), nullable=False, unique=True, comment="the Discord server; never synced"),
    Column("pool_id", ForeignKey("pools.id"), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("sprint_id", Uuid, nullable=True, comment="the sprint that runs; whoever hands something in looks here"),
    Column("joined_at", UtcTime, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("community_id", ForeignKey("communities.id"), nullable=True, comment="where they were last"),
    Column("locale", String(16), nullable=False),
    Column("onboarding", String(16), nullable=False, server_default="welcome", comment="how far they have come"),
    Column("streak_began_at", UtcTime, nullable=True),
    Column("worked_at", UtcTime, nullable=True, comment="when they last handed something in"),
    Column("on_boards", Boolean, nullable=False, server_default=text("false"), comment="whether others see them there"),
    Column(
        "dm_wanted",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="they asked for direct messages; without that nobody is sent one",
    ),
    Column(
        "showcase",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="their accepted texts may be shown in public, without their name",
    ),
    Column("dm_closed_at", UtcTime, nullable=True, comment="since when their direct messages are closed to the bot"),
    Column("reminded_at", UtcTime, nullable=True, comment="when they were last told that work waits"),
    Column("bars", JSON(none_as_null=True), nullable=True, comment="suspensions and bans that were not lifted"),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_members_reachable", "id", sqlite_where=text("dm_wanted"), postgresql_where=text("dm_wanted")),
)

identities = Table(
    "identities",
    metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("account", String(32), nullable=False, unique=True, comment="the Discord user; stands here alone"),
)

member_languages = Table(
    "member_languages",
    metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("lang", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Index(None, "lang"),
)

member_topics = Table(
    "member_topics",
    metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("pool_id", ForeignKey("pools.id"), primary_key=True),
    Column("liked", BigInteger, nullable=False, comment="bits of the pool's topics"),
    Column("avoided", BigInteger, nullable=False, comment="bits of the pool's topics they cannot judge"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("locale", String(16), nullable=False),
    Column("licence", String(64), nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime, nullable=True),
    Column("rev", Integer, nullable=False, server_default="1"),
)

trees = Table(
    "trees",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("pool_id", ForeignKey("pools.id"), nullable=False),
    Column("lang", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("goal_size", Integer, nullable=False),
    Column("max_depth", Integer, nullable=False),
    Column("max_children", Integer, nullable=False),
    Column("lottery_won_at", UtcTime, nullable=True),
    Column("halted_from", String(32), nullable=True, comment="the state a halted tree was in"),
    Column("topics", BigInteger, nullable=False, server_default="0", comment="bits of the pool's topics"),
    Column("imported", Boolean, nullable=False, server_default=text("false")),
    Column("origin", String(1024), nullable=True, comment="the file an imported tree came from"),
    Column("licence", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("rev", Integer, nullable=False, server_default="1"),
    Index(None, "pool_id", "lang", "state"),
    Index(None, "state", "changed_at"),
    Index(
        "ix_trees_backlog",
        "pool_id",
        "lang",
        "id",
        sqlite_where=text("state = 'backlog_ranking'"),
        postgresql_where=text("state = 'backlog_ranking'"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tree_id", ForeignKey("trees.id"), nullable=False),
    Column("parent_id", ForeignKey("messages.id"), nullable=True),
    Column("sibling_no", Integer, nullable=False, comment="0, 1, 2 ... among the replies to one parent, as written"),
    Column("task_id", Uuid, nullable=True, unique=True, comment="one submission a task; null when imported"),
    Column("author_id", ForeignKey("members.id"), nullable=True),
    Column("community_id", ForeignKey("communities.id"), nullable=True),
    Column("consent_id", ForeignKey("consents.id"), nullable=True),
    Column("role", String(16), nullable=False),
    Column("lang", String(32), nullable=False),
    Column("depth", Integer, nullable=False),
    Column("text", Text, nullable=True, comment="exactly as typed; null once erased"),
    Column("text_sha256", String(64), nullable=True),
    Column("version", Integer, nullable=False, server_default="1", comment="of its text"),
    Column("accepted", Boolean, nullable=True, comment="null while under review"),
    Column("judged_at", UtcTime, nullable=True, comment="when it was accepted or rejected first"),
    Column("counted", Boolean, nullable=False, comment="false: came too late; kept, not reviewed, not ranked"),
    Column("review_count", Integer, nullable=False, server_default="0"),
    Column("ranking_count", Integer, nullable=False, server_default="0"),
    Column("reviews_asked", Integer, nullable=True, comment="reviews it is given when that is not what the rules say"),
    Column("ballots_asked", Integer, nullable=True, comment="ballots its replies are given, likewise"),
    Column("closed", Boolean, nullable=False, server_default=text("false"), comment="nobody need go on from here"),
    Column("cleared_at", UtcTime, nullable=True, comment="flags and skips before it count no more: it was looked at"),
    Column("rank", Integer, nullable=True, comment="0 is best among its siblings"),
    Column("tied_with_next", Boolean, nullable=True, comment="the vote did not tell this rank from the next"),
    Column("ranked_at", UtcTime, nullable=True, comment="when its rank was written"),
    Column("synthetic", Boolean, nullable=False, server_default=text("false")),
    Column("model_name", String(256), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime, nullable=True),
    Column("rev", Integer, nullable=False, server_default="1"),
    UniqueConstraint("parent_id", "sibling_no"),
    Index(None, "tree_id"),
    Index(None, "author_id", "created_at"),
    CheckConstraint("role IN ('prompter', 'assistant')", name="role"),
)

message_versions = Table(
    "message_versions",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False, comment="who put another text in its place"),
    Column("replaced_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
    comment="texts that were changed, as they were before; never synced",
)

published_messages = Table(
    "published_messages",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("record", JSON, nullable=False, comment="every published field of an imported message, unchanged"),
    Column("published_id", String(128), nullable=False),
    Column("published_tree_id", String(128), nullable=False),
    Column("rev", Integer, nullable=False, server_default="1"),
    UniqueConstraint("published_id"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("community_id", ForeignKey("communities.id"), nullable=True),
    Column("pool_id", ForeignKey("pools.id"), nullable=False),
    Column("lang", String(32), nullable=False),
    Column("tree_id", ForeignKey("trees.id"), nullable=True),
    Column(
        "message_id", ForeignKey("messages.id"), nullable=True, comment="answered, reviewed, or parent of the ranked"
    ),
    Column("mode", String(8), nullable=True, comment="reviews: full or simple"),
    Column(
        "answers",
        JSON(none_as_null=True),
        nullable=True,
        comment="reviews: the pages of the form that were sent, until it is done",
    ),
    Column("options", JSON, nullable=True, comment="ranking: the replies in the order this person is shown them"),
    Column("state", String(16), nullable=False, comment="leased, expired, done, skipped, released, changed"),
    Column("given_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
    Column("closed_at", UtcTime, nullable=True),
    Column("skip_reason", String(512), nullable=True),
    Column(
        "news",
        String(16),
        nullable=True,
        comment="what became of it, until Discord has taken the answer that says so: saved, late or kept",
    ),
    Index(
        "ix_tasks_due", "lease_until", sqlite_where=text("state = 'leased'"), postgresql_where=text("state = 'leased'")
    ),
    Index(
        "ix_tasks_open",
        "member_id",
        "given_at",
        sqlite_where=text("state IN ('leased', 'expired') OR news IS NOT NULL"),
        postgresql_where=text("state IN ('leased', 'expired') OR news IS NOT NULL"),
    ),
    Index(
        "ix_tasks_leases", "tree_id", sqlite_where=text("state = 'leased'"), postgresql_where=text("state = 'leased'")
    ),
    Index(
        "uq_tasks_one_open",
        "member_id",
        "kind",
        "message_id",
        unique=True,
        sqlite_where=text("state IN ('leased', 'expired')"),
        postgresql_where=text("state IN ('leased', 'expired')"),
    ),
    Index(
        "ix_tasks_prompting",
        "pool_id",
        "lang",
        sqlite_where=text("state = 'leased' AND kind = 'initial_prompt'"),
        postgresql_where=text("state = 'leased' AND kind = 'initial_prompt'"),
    ),
    Index(None, "member_id", "given_at", "kind"),
    Index(
        "ix_tasks_telling_skips",
        "message_id",
        sqlite_where=text("skip_reason IN ('bad_prompt', 'end_of_conversation')"),
        postgresql_where=text("skip_reason IN ('bad_prompt', 'end_of_conversation')"),
    ),
)

LEASED: ColumnClause[str] = literal_column("'leased'")
EXPIRED: ColumnClause[str] = literal_column("'expired'")
"""States of a task, spelled out in the statements that ask for them: SQLite takes a partial index only where its
condition stands in the statement itself, not in a parameter.
"""

drafts = Table(
    "drafts",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("seen", JSON, comment="names of what its author was told about it"),
)

likenesses = Table(
    "likenesses",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("tree_id", ForeignKey("trees.id"), primary_key=True),
    comment="sketches of prompts, by which those that are nearly the same find each other; never synced",
    sqlite_with_rowid=False,
)

proposals = Table(
    "proposals",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True, comment="the reply it would follow"),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True, comment="who wrote both"),
    Column("text", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    comment="what somebody would ask next after their own reply, until it can be handed in; never synced",
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, unique=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("consent_id", ForeignKey("consents.id"), nullable=True),
    Column("labels", JSON, nullable=False, comment="answered labels only: name to a number in [0, 1]"),
    Column("counted", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("rev", Integer, nullable=False, server_default="1"),
    UniqueConstraint("message_id", "member_id"),
)

ballots = Table(
    "ballots",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, unique=True),
    Column("parent_id", ForeignKey("messages.id"), nullable=False),
    Column("tree_id", ForeignKey("trees.id"), nullable=False, index=True),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("consent_id", ForeignKey("consents.id"), nullable=True),
    Column("groups", JSON, nullable=False, comment="lists of message ids, best first, equals together"),
    Column("none_acceptable", Boolean, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("decided_at", UtcTime, nullable=True, comment="when its set was ranked"),
    Column("good", Boolean, nullable=True, comment="whether it agreed with the ranks; null until then"),
    Column("created_at", UtcTime, nullable=False),
    Column("rev", Integer, nullable=False, server_default="1"),
    UniqueConstraint("parent_id", "member_id"),
)

emoji_ratings = Table(
    "emoji_ratings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("consent_id", ForeignKey("consents.id"), nullable=True),
    Column("code", String(32), nullable=False),
    Column("concern", String(32), nullable=True, comment="of a red flag that was given as a report; never synced"),
    Column("words", Text, nullable=True, comment="what stands beside the report; never synced"),
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime, nullable=True),
    Column("rev", Integer, nullable=False, server_default="1"),
    UniqueConstraint("message_id", "member_id", "code"),
    Index(
        "ix_emoji_ratings_red_flags",
        "message_id",
        sqlite_where=text("code = 'red_flag' AND removed_at IS NULL"),
        postgresql_where=text("code = 'red_flag' AND removed_at IS NULL"),
    ),
)

offers = Table(
    "offers",
    metadata,
    # Given by the database, so that it grows for ever: over deletions, new starts and whatever a clock does.
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
        comment="an offer that is made anew has a greater one than any there was",
    ),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("tree_id", ForeignKey("trees.id"), nullable=False, index=True),
    Column("pool_id", ForeignKey("pools.id"), nullable=False),
    Column("lang", String(32), nullable=False),
    Column(
        "lot",
        Float,
        nullable=True,
        comment="where its tree stands in the draw of this kind, in [0, 1); null where another offer stands for it",
    ),
    Column("open", Integer, nullable=False, comment="how many people may still take it"),
    Column("topics", BigInteger, nullable=False, server_default="0", comment="those of its tree"),
    Column("lonely", Boolean, nullable=False, server_default=text("false"), comment="a reply here comes first"),
    UniqueConstraint("message_id", "kind"),
    Index(
        None,
        "pool_id",
        "lang",
        "kind",
        "lot",
        sqlite_where=text("lot IS NOT NULL"),
        postgresql_where=text("lot IS NOT NULL"),
    ),
    Index(None, "pool_id", "lang", "kind", "seq"),
    Index(
        "ix_offers_lonely",
        "pool_id",
        "lang",
        "kind",
        "lonely",
        "lot",
        sqlite_where=text("lonely"),
        postgresql_where=text("lonely"),
    ),
    CheckConstraint("open >= 1", name="open"),
    sqlite_autoincrement=True,
    comment="open work, kept by the transactions that change trees: a draw is an index look-up",
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("why", String(16), nullable=False, comment="own, done or skipped"),
    sqlite_with_rowid=False,
    comment="who is not given which work again",
)

offers_seen = Table(
    "offers_seen",
    metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("pool_id", ForeignKey("pools.id"), primary_key=True),
    Column("lang", String(32), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="no offer up to here is for this member"),
    Column("without_own", Boolean, nullable=False, comment="found under this rule; under another it says nothing"),
    Column("avoided", BigInteger, nullable=False, comment="found with these topics avoided, likewise"),
    sqlite_with_rowid=False,
    comment="so that whoever has done nearly everything is not looked through everything again",
)

verdict_rates = Table(
    "verdict_rates",
    metadata,
    Column("pool_id", ForeignKey("pools.id"), primary_key=True),
    Column("lang", String(32), primary_key=True),
    Column("kind", String(32), primary_key=True, comment="the kind of task in which it was said"),
    Column("given", Integer, nullable=False, comment="first reviews; pairs on the first two ballots of a set"),
    Column("against", Integer, nullable=False, comment="negative ones; pairs in which they contradict"),
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("period", String(8), primary_key=True, comment="day, week, month or total"),
    Column("begins_on", Date, primary_key=True, comment="first day of the period, UTC; 1970-01-01 for total"),
    Column("community_id", ForeignKey("communities.id"), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("lang", String(32), primary_key=True),
    *(Column(name, Integer, nullable=False, server_default="0") for name in TALLIED),
    Index(None, "member_id", "period"),
    sqlite_with_rowid=False,
    comment="what is counted of each member's work: boards and points are read from here",
)

setting_changes = Table(
    "setting_changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("scope", String(128), nullable=False, comment="pool:<id>, pool:<id>/<lang> or community:<id>"),
    Column("name", String(64), nullable=False),
    Column("before", JSON, nullable=True, comment="null: it was not set"),
    Column("after", JSON, nullable=True, comment="null: it is set no more"),
    Column("member_id", ForeignKey("members.id"), nullable=True, comment="null: from the command line"),
    Column("at", UtcTime, nullable=False),
    Index(None, "scope", "seq"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False, comment="no gaps"
    ),
    Column("at", UtcTime, nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=True, comment="who; null: from the command line"),
    Column("acted_as", String(16), nullable=False, comment="moderator, maintainer or operator"),
    Column("community_id", ForeignKey("communities.id"), nullable=True, comment="for which they acted"),
    Column("act", String(32), nullable=False),
    Column("about", String(16), nullable=False, comment="message, tree, member, case, community or pool"),
    Column("about_id", String(128), nullable=False),
    Column("facts", JSON, nullable=False, comment="ids, names of settings, numbers; never a text"),
    Column("why", String(32), nullable=True),
    Column("salt", String(64), nullable=True, comment="of before and after; not sealed, so that it can be dropped"),
    Column("before", String(64), nullable=True, comment="a salted digest of what was there"),
    Column("after", String(64), nullable=True, comment="the same of what is there since"),
    Column("previous", String(64), nullable=False, comment="the seal of the entry before"),
    Column("seal", String(64), nullable=False, comment="SHA-256 over all but seq, salt and itself"),
    Index(None, "community_id", "seq"),
    Index(None, "about", "about_id"),
    comment="what moderators and maintainers did; appended to, and else only salts are dropped",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True, comment="also the nonce under which Discord posts it once"),
    Column("kind", String(16), nullable=False),
    Column("name", String(96), nullable=True, unique=True, comment="of what is said once, however often it is caused"),
    Column("community_id", ForeignKey("communities.id"), nullable=True),
    Column("member_id", ForeignKey("members.id"), nullable=True, comment="whom a direct message is for"),
    Column("channel", String(32), nullable=True, comment="on Discord; null for a direct message"),
    Column("locale", String(16), nullable=True, comment="null: the one of the member"),
    Column("facts", JSON, nullable=False, comment="ids and numbers; never what somebody wrote"),
    Column("state", String(16), nullable=False, comment="waiting, sent, recalled, gone, kept, given_up"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("begun_at", UtcTime, nullable=True, comment="the first attempt of which nobody knows whether it was taken"),
    Column("not_before", UtcTime, nullable=False),
    Column("message", String(32), nullable=True, comment="on Discord, once it is there"),
    Column("why", String(64), nullable=True, comment="it is not sent: what Discord answered"),
    Column("created_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime, nullable=True),
    Index(
        "ix_outbox_due",
        "not_before",
        sqlite_where=text("state IN ('waiting', 'recalled')"),
        postgresql_where=text("state IN ('waiting', 'recalled')"),
    ),
    Index("ix_outbox_kept", "member_id", sqlite_where=text("state = 'kept'"), postgresql_where=text("state = 'kept'")),
    Index(None, "closed_at"),
    Index(
        "ix_outbox_showcase",
        "message",
        sqlite_where=text("kind = 'showcase'"),
        postgresql_where=text("kind = 'showcase'"),
    ),
    comment="what is to be said on Discord: written by the transaction that causes it, sent by a sweep",
)

boards = Table(
    "boards",
    metadata,
    Column("community_id", ForeignKey("communities.id"), primary_key=True),
    Column("post_id", ForeignKey("outbox.id"), nullable=False, unique=True, comment="where and how it was posted"),
    Column("locale", String(16), nullable=False, comment="the language it is written in"),
    Column("digest", String(64), nullable=True, comment="of what it shows"),
    Column("edited_at", UtcTime, nullable=False, comment="when it was last changed, or that was tried"),
    Column("checked_at", UtcTime, nullable=False, comment="when it was last looked for"),
    Column("trouble", String(32), nullable=True, comment="why it cannot be shown; told once"),
    comment="the board of a community; never synced",
)

showcases = Table(
    "showcases",
    metadata,
    Column("community_id", ForeignKey("communities.id"), primary_key=True),
    Column("channel", String(32), nullable=False, comment="on Discord"),
    Column("locale", String(16), nullable=False, comment="the language of our own words there"),
    Column("placed_at", UtcTime, nullable=False),
    Column("trouble", String(32), nullable=True, comment="why nothing can be shown; told once"),
    comment="where a community shows what its members wrote; never synced",
)

showcase_posts = Table(
    "showcase_posts",
    metadata,
    Column("post_id", ForeignKey("outbox.id"), primary_key=True, comment="where and how it was posted"),
    Column("community_id", ForeignKey("communities.id"), nullable=False),
    Column("message_id", ForeignKey("messages.id"), nullable=False, index=True),
    Column("shown_at", UtcTime, nullable=False),
    Column("read_at", UtcTime, nullable=True, comment="when all its reactions were last read; null: they are due"),
    Column("ended_at", UtcTime, nullable=True, comment="it was taken away, and is not shown again"),
    UniqueConstraint("community_id", "message_id"),
    Index(None, "community_id", "shown_at"),
    Index(
        "ix_showcase_posts_standing",
        "shown_at",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    comment="what is or was shown in a showcase; never synced",
)

showcase_reactions = Table(
    "showcase_reactions",
    metadata,
    Column("post_id", ForeignKey("showcase_posts.post_id"), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("emoji", String(32), primary_key=True, comment="as it stands on Discord: there are thumbs of six colours"),
    Column("code", String(32), nullable=False, comment="the emoji rating it stands for"),
    Column("gave", Boolean, nullable=False, comment="whether it made the rating; false: that stood already"),
    Index(None, "member_id"),
    sqlite_with_rowid=False,
    comment="the reactions of members as far as they are known; never synced",
)

sprints = Table(
    "sprints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("community_id", ForeignKey("communities.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("effort", String(16), nullable=False, comment="anything, writing, reviewing, ranking"),
    Column("lang", String(32), nullable=True, comment="null: all languages"),
    Column("goal", Integer, nullable=False, comment="pieces of work; 0 is none"),
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("channel", String(32), nullable=False, comment="on Discord, where its beginning and end are told"),
    Column("locale", String(16), nullable=False, comment="the language they are told in"),
    Column("member_id", ForeignKey("members.id"), nullable=False, comment="who opened it"),
    Column("closed_at", UtcTime, nullable=True, comment="when its end was told"),
    Index(None, "community_id", "starts_at"),
    Index(
        "ix_sprints_running",
        "ends_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    comment="never synced",
)

sprint_scores = Table(
    "sprint_scores",
    metadata,
    Column("sprint_id", ForeignKey("sprints.id"), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("done", Integer, nullable=False, comment="pieces of work handed in"),
    sqlite_with_rowid=False,
)

level_roles = Table(
    "level_roles",
    metadata,
    Column("community_id", ForeignKey("communities.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("role", String(32), nullable=False, comment="on Discord"),
    Column("channel", String(32), nullable=False, comment="on Discord, where it was set and trouble is told"),
    Column("locale", String(16), nullable=False, comment="the language trouble is told in"),
    Column("trouble", String(32), nullable=True, comment="why it cannot be given; told once"),
    Column("tried_at", UtcTime, nullable=True, comment="when giving it was last tried"),
    sqlite_with_rowid=False,
    comment="never synced",
)

given_roles = Table(
    "given_roles",
    metadata,
    Column("community_id", ForeignKey("communities.id"), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("role", String(32), primary_key=True, comment="on Discord"),
    Column("hold", String(8), nullable=False, comment="giving, given, had, gone"),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
    comment="no role is taken that does not stand here as given; never synced",
)

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("community_id", ForeignKey("communities.id"), nullable=True, comment="whose queue; null: the maintainers'"),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("kind", String(16), nullable=False, comment="what opened it: report or auto"),
    Column("opened_at", UtcTime, nullable=False),
    Column("claimed_by", ForeignKey("members.id"), nullable=True),
    Column("claimed_until", UtcTime, nullable=True),
    Column("closed_by", ForeignKey("members.id"), nullable=True),
    Column("closed_at", UtcTime, nullable=True),
    Column("outcome", String(16), nullable=True, comment="keep, remove, halt; gone: its text was erased"),
    Column("removed", JSON(none_as_null=True), nullable=True, comment="messages that the decision removed"),
    Index(
        "uq_cases_open_message",
        "message_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(
        "ix_cases_open",
        "community_id",
        "opened_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "message_id"),
    comment="what moderators are asked to look at; never synced",
)

sanctions = Table(
    "sanctions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("community_id", ForeignKey("communities.id"), nullable=True, comment="where it holds; null: everywhere"),
    Column("kind", String(16), nullable=False, comment="warning, suspension or ban"),
    Column("grounds", String(16), nullable=False),
    Column("until", UtcTime, nullable=True, comment="null: until it is lifted"),
    Column("imposed_by", ForeignKey("members.id"), nullable=True, comment="null: from the command line"),
    Column("imposed_at", UtcTime, nullable=False),
    Column("lifted_by", ForeignKey("members.id"), nullable=True),
    Column("lifted_at", UtcTime, nullable=True),
)

barred_accounts = Table(
    "barred_accounts",
    metadata,
    Column("digest", String(64), primary_key=True, comment="of an account whose member was erased: scrypt"),
    Column("bars", JSON, nullable=False, comment="as in members"),
    Column("until", UtcTime, nullable=True, comment="when the last of them is over; null: never by itself"),
    comment="so that nobody comes back around a ban by having themselves erased",
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Uuid, primary_key=True, comment="of the receipt"),
    Column("what", String(16), nullable=False, comment="member or message"),
    # No reference: a store that was put back from a copy may not know it.
    Column("subject", Uuid, nullable=False, comment="whose or which"),
    Column("texts", String(8), nullable=False, comment="erase, or keep without a name"),
    Column("ratings", String(8), nullable=False, comment="the same of reviews, ballots and emoji"),
    Column("asked_at", UtcTime, nullable=False),
    Column("done_at", UtcTime, nullable=True, comment="null while some of it is still there"),
    Index(None, "subject"),
    comment="what was erased and when, as in the ledger beside the store; never synced",
)

change_log = Table(
    "change_log",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("entity", String(32), nullable=False),
    Column("entity_id", Uuid, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
    comment="which row changed, never what it says: the push reads the row",
)
