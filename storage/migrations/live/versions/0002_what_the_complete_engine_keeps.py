"""What the complete engine keeps: topics, settings at run time, verdicts, tallies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime
from trees.likeness import runs, sketch

if TYPE_CHECKING:
    from uuid import UUID

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring a store of the revision before to this one.

    No table that others refer to is made anew: the old one could not be dropped while rows refer to it.
    """
    _keep_what_is_decided()
    _keep_what_is_erased()
    _keep_sanctions()
    _keep_cases()
    op.create_table(
        "verdict_rates",
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="the kind of task in which it was said"),
        sa.Column(
            "given", sa.Integer(), nullable=False, comment="first reviews; pairs on the first two ballots of a set"
        ),
        sa.Column("against", sa.Integer(), nullable=False, comment="negative ones; pairs in which they contradict"),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_verdict_rates_pool_id_pools")),
        sa.PrimaryKeyConstraint("pool_id", "lang", "kind", name=op.f("pk_verdict_rates")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_topics",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("liked", sa.BigInteger(), nullable=False, comment="bits of the pool's topics"),
        sa.Column("avoided", sa.BigInteger(), nullable=False, comment="bits of the pool's topics they cannot judge"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_topics_member_id_members")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_member_topics_pool_id_pools")),
        sa.PrimaryKeyConstraint("member_id", "pool_id", name=op.f("pk_member_topics")),
    )
    op.create_table(
        "offers_seen",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="no offer up to here is for this member"),
        sa.Column(
            "without_own", sa.Boolean(), nullable=False, comment="found under this rule; under another it says nothing"
        ),
        sa.Column("avoided", sa.BigInteger(), nullable=False, comment="found with these topics avoided, likewise"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_offers_seen_member_id_members")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_offers_seen_pool_id_pools")),
        sa.PrimaryKeyConstraint("member_id", "pool_id", "lang", "kind", name=op.f("pk_offers_seen")),
        comment="so that whoever has done nearly everything is not looked through everything again",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "setting_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "scope", sa.String(length=128), nullable=False, comment="pool:<id>, pool:<id>/<lang> or community:<id>"
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True, comment="null: it was not set"),
        sa.Column("after", sa.JSON(), nullable=True, comment="null: it is set no more"),
        sa.Column("member_id", sa.Uuid(), nullable=True, comment="null: from the command line"),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_setting_changes_member_id_members")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_setting_changes")),
    )
    with op.batch_alter_table("setting_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_setting_changes_scope_seq"), ["scope", "seq"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False, comment="also the nonce under which Discord posts it once"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "name", sa.String(length=96), nullable=True, comment="of what is said once, however often it is caused"
        ),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True, comment="whom a direct message is for"),
        sa.Column("channel", sa.String(length=32), nullable=True, comment="on Discord; null for a direct message"),
        sa.Column("locale", sa.String(length=16), nullable=True, comment="null: the one of the member"),
        sa.Column("facts", sa.JSON(), nullable=False, comment="ids and numbers; never what somebody wrote"),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="waiting, sent, recalled, gone, kept, given_up"
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "begun_at",
            UtcTime(timezone=True),
            nullable=True,
            comment="the first attempt of which nobody knows whether it was taken",
        ),
        sa.Column("not_before", UtcTime(timezone=True), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=True, comment="on Discord, once it is there"),
        sa.Column("why", sa.String(length=64), nullable=True, comment="it is not sent: what Discord answered"),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("closed_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_outbox_community_id_communities")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_outbox_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("name", name=op.f("uq_outbox_name")),
        comment="what is to be said on Discord: written by the transaction that causes it, sent by a sweep",
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'recalled')"),
            postgresql_where=sa.text("state IN ('waiting', 'recalled')"),
        )
        batch_op.create_index(
            "ix_outbox_kept",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("state = 'kept'"),
            postgresql_where=sa.text("state = 'kept'"),
        )
        batch_op.create_index(batch_op.f("ix_outbox_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(
            "ix_outbox_showcase",
            ["message"],
            unique=False,
            sqlite_where=sa.text("kind = 'showcase'"),
            postgresql_where=sa.text("kind = 'showcase'"),
        )

    op.create_table(
        "boards",
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False, comment="where and how it was posted"),
        sa.Column("locale", sa.String(length=16), nullable=False, comment="the language it is written in"),
        sa.Column("digest", sa.String(length=64), nullable=True, comment="of what it shows"),
        sa.Column(
            "edited_at", UtcTime(timezone=True), nullable=False, comment="when it was last changed, or that was tried"
        ),
        sa.Column("checked_at", UtcTime(timezone=True), nullable=False, comment="when it was last looked for"),
        sa.Column("trouble", sa.String(length=32), nullable=True, comment="why it cannot be shown; told once"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_boards_community_id_communities")),
        sa.ForeignKeyConstraint(["post_id"], ["outbox.id"], name=op.f("fk_boards_post_id_outbox")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_boards")),
        sa.UniqueConstraint("post_id", name=op.f("uq_boards_post_id")),
        comment="the board of a community; never synced",
    )
    _make_showcases()
    op.create_table(
        "message_versions",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False, comment="who put another text in its place"),
        sa.Column("replaced_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_message_versions_member_id_members")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_versions_message_id_messages")),
        sa.PrimaryKeyConstraint("message_id", "version", name=op.f("pk_message_versions")),
        comment="texts that were changed, as they were before; never synced",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "level_roles",
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False, comment="on Discord"),
        sa.Column(
            "channel",
            sa.String(length=32),
            nullable=False,
            comment="on Discord, where it was set and trouble is told",
        ),
        sa.Column("locale", sa.String(length=16), nullable=False, comment="the language trouble is told in"),
        sa.Column("trouble", sa.String(length=32), nullable=True, comment="why it cannot be given; told once"),
        sa.Column("tried_at", UtcTime(timezone=True), nullable=True, comment="when giving it was last tried"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_level_roles_community_id_communities")
        ),
        sa.PrimaryKeyConstraint("community_id", "level", name=op.f("pk_level_roles")),
        comment="never synced",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "given_roles",
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False, comment="on Discord"),
        sa.Column("hold", sa.String(length=8), nullable=False, comment="giving, given, had, gone"),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_given_roles_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_given_roles_member_id_members")),
        sa.PrimaryKeyConstraint("community_id", "member_id", "role", name=op.f("pk_given_roles")),
        comment="no role is taken that does not stand here as given; never synced",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sprints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("effort", sa.String(length=16), nullable=False, comment="anything, writing, reviewing, ranking"),
        sa.Column("lang", sa.String(length=32), nullable=True, comment="null: all languages"),
        sa.Column("goal", sa.Integer(), nullable=False, comment="pieces of work; 0 is none"),
        sa.Column("starts_at", UtcTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcTime(timezone=True), nullable=False),
        sa.Column(
            "channel",
            sa.String(length=32),
            nullable=False,
            comment="on Discord, where its beginning and end are told",
        ),
        sa.Column("locale", sa.String(length=16), nullable=False, comment="the language they are told in"),
        sa.Column("member_id", sa.Uuid(), nullable=False, comment="who opened it"),
        sa.Column("closed_at", UtcTime(timezone=True), nullable=True, comment="when its end was told"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_sprints_community_id_communities")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sprints_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sprints")),
        comment="never synced",
    )
    with op.batch_alter_table("sprints", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sprints_community_id_starts_at"), ["community_id", "starts_at"], unique=False
        )
        batch_op.create_index(
            "ix_sprints_running",
            ["ends_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "sprint_scores",
        sa.Column("sprint_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False, comment="pieces of work handed in"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sprint_scores_member_id_members")),
        sa.ForeignKeyConstraint(["sprint_id"], ["sprints.id"], name=op.f("fk_sprint_scores_sprint_id_sprints")),
        sa.PrimaryKeyConstraint("sprint_id", "member_id", name=op.f("pk_sprint_scores")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("communities", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "sprint_id",
                sa.Uuid(),
                nullable=True,
                comment="the sprint that runs; whoever hands something in looks here",
            )
        )

    op.create_table(
        "tallies",
        sa.Column("period", sa.String(length=8), nullable=False, comment="day, week, month or total"),
        sa.Column("begins_on", sa.Date(), nullable=False, comment="first day of the period, UTC; 1970-01-01 for total"),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("prompts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("replies_assistant", sa.Integer(), server_default="0", nullable=False),
        sa.Column("replies_prompter", sa.Integer(), server_default="0", nullable=False),
        sa.Column("labels_simple", sa.Integer(), server_default="0", nullable=False),
        sa.Column("labels_full", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rankings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_labels_simple", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_labels_full", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_rankings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rankings_good", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_prompts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_replies_assistant", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_replies_prompter", sa.Integer(), server_default="0", nullable=False),
        sa.Column("placed_first", sa.Integer(), server_default="0", nullable=False),
        sa.Column("placed_second", sa.Integer(), server_default="0", nullable=False),
        sa.Column("placed_third", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ranked_first", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ranked_second", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ranked_third", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_tallies_community_id_communities")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_tallies_member_id_members")),
        sa.PrimaryKeyConstraint("period", "begins_on", "community_id", "member_id", "lang", name=op.f("pk_tallies")),
        comment="what is counted of each member's work: boards and points are read from here",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tallies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tallies_member_id_period"), ["member_id", "period"], unique=False)

    op.create_table(
        "likenesses",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tree_id"], ["trees.id"], name=op.f("fk_likenesses_tree_id_trees")),
        sa.PrimaryKeyConstraint("hash", "tree_id", name=op.f("pk_likenesses")),
        comment="sketches of prompts, by which those that are nearly the same find each other; never synced",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "proposals",
        sa.Column("message_id", sa.Uuid(), nullable=False, comment="the reply it would follow"),
        sa.Column("member_id", sa.Uuid(), nullable=False, comment="who wrote both"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_proposals_member_id_members")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_proposals_message_id_messages")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_proposals")),
        comment="what somebody would ask next after their own reply, until it can be handed in; never synced",
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_member_id"), ["member_id"], unique=False)

    with op.batch_alter_table("drafts", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("seen", sa.JSON(), nullable=True, comment="names of what its author was told about it")
        )

    with op.batch_alter_table("member_languages", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_member_languages_lang"), ["lang"], unique=False)

    with op.batch_alter_table("members", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "onboarding",
                sa.String(length=16),
                server_default="welcome",
                nullable=False,
                comment="how far they have come",
            )
        )
        batch_op.add_column(sa.Column("streak_began_at", UtcTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("worked_at", UtcTime(timezone=True), nullable=True, comment="when they last handed something in")
        )
        batch_op.add_column(
            sa.Column(
                "on_boards",
                sa.Boolean(),
                server_default=sa.text("false"),
                nullable=False,
                comment="whether others see them there",
            )
        )
        batch_op.add_column(
            sa.Column(
                "dm_wanted",
                sa.Boolean(),
                server_default=sa.text("false"),
                nullable=False,
                comment="they asked for direct messages; without that nobody is sent one",
            )
        )
        batch_op.add_column(
            sa.Column(
                "showcase",
                sa.Boolean(),
                server_default=sa.text("false"),
                nullable=False,
                comment="their accepted texts may be shown in public, without their name",
            )
        )
        batch_op.add_column(
            sa.Column(
                "dm_closed_at",
                UtcTime(timezone=True),
                nullable=True,
                comment="since when their direct messages are closed to the bot",
            )
        )

        batch_op.add_column(
            sa.Column(
                "reminded_at",
                UtcTime(timezone=True),
                nullable=True,
                comment="when they were last told that work waits",
            )
        )
        batch_op.add_column(
            sa.Column(
                "bars",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="suspensions and bans that were not lifted",
            )
        )
        batch_op.create_index(
            "ix_members_reachable",
            ["id"],
            unique=False,
            sqlite_where=sa.text("dm_wanted"),
            postgresql_where=sa.text("dm_wanted"),
        )

    # Whoever has chosen languages has been at work: they are not new.
    op.execute("UPDATE members SET onboarding = 'done' WHERE id IN (SELECT member_id FROM member_languages)")

    with op.batch_alter_table("messages", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("version", sa.Integer(), server_default="1", nullable=False, comment="of its text")
        )
        batch_op.add_column(
            sa.Column(
                "judged_at",
                UtcTime(timezone=True),
                nullable=True,
                comment="when it was accepted or rejected first",
            )
        )
        batch_op.add_column(
            sa.Column("ranked_at", UtcTime(timezone=True), nullable=True, comment="when its rank was written")
        )
        batch_op.add_column(
            sa.Column(
                "reviews_asked",
                sa.Integer(),
                nullable=True,
                comment="reviews it is given when that is not what the rules say",
            )
        )
        batch_op.add_column(
            sa.Column("ballots_asked", sa.Integer(), nullable=True, comment="ballots its replies are given, likewise")
        )
        batch_op.add_column(
            sa.Column(
                "closed",
                sa.Boolean(),
                server_default=sa.text("false"),
                nullable=False,
                comment="nobody need go on from here",
            )
        )
        batch_op.add_column(
            sa.Column(
                "cleared_at",
                UtcTime(timezone=True),
                nullable=True,
                comment="flags and skips before it count no more: it was looked at",
            )
        )

    with op.batch_alter_table("ballots", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("decided_at", UtcTime(timezone=True), nullable=True, comment="when its set was ranked")
        )
        batch_op.add_column(
            sa.Column(
                "good",
                sa.Boolean(),
                nullable=True,
                comment="whether it agreed with the ranks; null until then",
            )
        )

    _number_offers()

    with op.batch_alter_table("pools", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "topics",
                sa.JSON(),
                server_default="[]",
                nullable=False,
                comment="the place in the list is the bit",
            )
        )
        batch_op.add_column(
            sa.Column(
                "overrides",
                sa.JSON(),
                server_default="{}",
                nullable=False,
                comment="changed at run time: like rules, with name, preset, langs",
            )
        )

    with op.batch_alter_table("tasks", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("mode", sa.String(length=8), nullable=True, comment="reviews: full or simple"))
        batch_op.add_column(
            sa.Column(
                "answers",
                sa.JSON(),
                nullable=True,
                comment="reviews: the pages of the form that were sent, until it is done",
            )
        )
        batch_op.create_index(
            batch_op.f("ix_tasks_member_id_given_at_kind"), ["member_id", "given_at", "kind"], unique=False
        )
        batch_op.add_column(
            sa.Column(
                "news",
                sa.String(length=16),
                nullable=True,
                comment="what became of it, until Discord has taken the answer that says so: saved, late or kept",
            )
        )
        # With the moment in it, SQLite takes this one and not that of all tasks a member ever had.
        batch_op.drop_index("ix_tasks_open")
        batch_op.create_index(
            "ix_tasks_open",
            ["member_id", "given_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('leased', 'expired') OR news IS NOT NULL"),
            postgresql_where=sa.text("state IN ('leased', 'expired') OR news IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_tasks_telling_skips",
            ["message_id"],
            unique=False,
            sqlite_where=sa.text("skip_reason IN ('bad_prompt', 'end_of_conversation')"),
            postgresql_where=sa.text("skip_reason IN ('bad_prompt', 'end_of_conversation')"),
        )
    # What people are to be told stands with the task it is about.
    op.execute(
        "UPDATE tasks SET news = (SELECT notices.news FROM notices WHERE notices.task_id = tasks.id)"
        " WHERE id IN (SELECT task_id FROM notices)"
    )
    op.drop_table("notices")

    with op.batch_alter_table("emoji_ratings", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "concern",
                sa.String(length=32),
                nullable=True,
                comment="of a red flag that was given as a report; never synced",
            )
        )
        batch_op.add_column(
            sa.Column("words", sa.Text(), nullable=True, comment="what stands beside the report; never synced")
        )
        batch_op.create_index(
            "ix_emoji_ratings_red_flags",
            ["message_id"],
            unique=False,
            sqlite_where=sa.text("code = 'red_flag' AND removed_at IS NULL"),
            postgresql_where=sa.text("code = 'red_flag' AND removed_at IS NULL"),
        )

    with op.batch_alter_table("trees", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("halted_from", sa.String(length=32), nullable=True, comment="the state a halted tree was in")
        )
        batch_op.create_index(
            "ix_trees_backlog",
            ["pool_id", "lang", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'backlog_ranking'"),
            postgresql_where=sa.text("state = 'backlog_ranking'"),
        )
        batch_op.add_column(
            sa.Column(
                "topics", sa.BigInteger(), server_default="0", nullable=False, comment="bits of the pool's topics"
            )
        )

    _sketch_prompts()
    _say_when_work_was_decided()


def _sketch_prompts() -> None:
    """Let the prompts there are be found by those that are nearly the same."""
    connection = op.get_bind()
    messages = sa.table("messages", sa.column("id", sa.Uuid), sa.column("text", sa.Text), sa.column("depth"))
    trees = sa.table("trees", sa.column("id", sa.Uuid), sa.column("pool_id"), sa.column("lang"))
    likenesses = sa.table("likenesses", sa.column("hash", sa.BigInteger), sa.column("tree_id", sa.Uuid))
    prompts = sa.select(messages.c.id, messages.c.text, trees.c.pool_id, trees.c.lang).join_from(
        messages, trees, messages.c.id == trees.c.id
    )
    rows = [
        {"hash": each, "tree_id": row.id}
        for row in connection.execute(prompts.where(messages.c.text.is_not(None))).all()
        for each in sketch(f"{row.pool_id}/{row.lang}", runs(row.text))
    ]
    if rows:
        connection.execute(likenesses.insert(), rows)


def _say_when_work_was_decided() -> None:
    """Write what this revision keeps with each decision, for those that were made before, and have the work counted."""
    # A verdict falls with the last review it needs; ranks and ballots are decided when a tree comes to rest.
    op.execute(
        "UPDATE messages SET judged_at = coalesce((SELECT max(r.created_at) FROM reviews r"
        " WHERE r.message_id = messages.id AND r.counted), created_at)"
        " WHERE accepted IS NOT NULL AND author_id IS NOT NULL"
    )
    op.execute(
        "UPDATE messages SET ranked_at = (SELECT t.changed_at FROM trees t WHERE t.id = messages.tree_id)"
        " WHERE rank IS NOT NULL AND author_id IS NOT NULL"
    )
    op.execute(
        "UPDATE ballots SET decided_at = (SELECT t.changed_at FROM trees t WHERE t.id = ballots.tree_id)"
        " WHERE counted AND tree_id IN (SELECT t.id FROM trees t WHERE t.state = 'ready_for_export')"
    )
    _say_which_ballots_agreed()
    op.execute(
        "INSERT INTO store_meta (key, value)"
        " SELECT 'tallies', 'due' WHERE EXISTS (SELECT 1 FROM messages WHERE author_id IS NOT NULL)"
    )


def _say_which_ballots_agreed() -> None:
    connection = op.get_bind()
    ballots = sa.table(
        "ballots",
        sa.column("id", sa.Uuid),
        sa.column("parent_id", sa.Uuid),
        sa.column("groups", sa.JSON),
        sa.column("decided_at", UtcTime),
        sa.column("good", sa.Boolean),
    )
    messages = sa.table(
        "messages",
        sa.column("id", sa.Uuid),
        sa.column("parent_id", sa.Uuid),
        sa.column("rank", sa.Integer),
        sa.column("tied_with_next", sa.Boolean),
    )
    ranked: dict[UUID, list[tuple[str, bool]]] = {}
    rows = sa.select(messages).where(messages.c.rank.is_not(None), messages.c.parent_id.is_not(None))
    for row in connection.execute(rows.order_by(messages.c.parent_id, messages.c.rank)):
        ranked.setdefault(row.parent_id, []).append((str(row.id), bool(row.tied_with_next)))
    decided = sa.select(ballots.c.id, ballots.c.parent_id, ballots.c.groups).where(ballots.c.decided_at.is_not(None))
    good = [
        {"ballot": row.id, "agreed": _agreed(row.groups, ranked.get(row.parent_id, []))}
        for row in connection.execute(decided).all()
    ]
    if good:
        statement = ballots.update().where(ballots.c.id == sa.bindparam("ballot")).values(good=sa.bindparam("agreed"))
        connection.execute(statement, good)


def _agreed(groups: list[list[str]], order: list[tuple[str, bool]]) -> bool:
    """Whether Kendall's tau between a ballot and the ranks of its set is at least 0.6; a tied neighbour is no pair."""
    level = {reply: number for number, group in enumerate(groups) for reply in group}
    if not order:
        return not groups
    votes = [
        level[worse] - level[better]
        for place, (better, tied) in enumerate(order)
        for other, (worse, _) in enumerate(order[place + 1 :], place + 1)
        if better in level and worse in level and not (tied and other == place + 1)
    ]
    return bool(votes) and sum((vote > 0) - (vote < 0) for vote in votes) >= 0.6 * len(votes)


def _make_showcases() -> None:
    op.create_table(
        "showcases",
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False, comment="on Discord"),
        sa.Column("locale", sa.String(length=16), nullable=False, comment="the language of our own words there"),
        sa.Column("placed_at", UtcTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.String(length=32), nullable=True, comment="why nothing can be shown; told once"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_showcases_community_id_communities")
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_showcases")),
        comment="where a community shows what its members wrote; never synced",
    )
    op.create_table(
        "showcase_posts",
        sa.Column("post_id", sa.Uuid(), nullable=False, comment="where and how it was posted"),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("shown_at", UtcTime(timezone=True), nullable=False),
        sa.Column(
            "read_at",
            UtcTime(timezone=True),
            nullable=True,
            comment="when all its reactions were last read; null: they are due",
        ),
        sa.Column(
            "ended_at", UtcTime(timezone=True), nullable=True, comment="it was taken away, and is not shown again"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_showcase_posts_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_showcase_posts_message_id_messages")),
        sa.ForeignKeyConstraint(["post_id"], ["outbox.id"], name=op.f("fk_showcase_posts_post_id_outbox")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_showcase_posts")),
        sa.UniqueConstraint("community_id", "message_id", name=op.f("uq_showcase_posts_community_id_message_id")),
        comment="what is or was shown in a showcase; never synced",
    )
    with op.batch_alter_table("showcase_posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_showcase_posts_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_showcase_posts_community_id_shown_at"), ["community_id", "shown_at"], unique=False
        )
        batch_op.create_index(
            "ix_showcase_posts_standing",
            ["shown_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    op.create_table(
        "showcase_reactions",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "emoji",
            sa.String(length=32),
            nullable=False,
            comment="as it stands on Discord: there are thumbs of six colours",
        ),
        sa.Column("code", sa.String(length=32), nullable=False, comment="the emoji rating it stands for"),
        sa.Column(
            "gave", sa.Boolean(), nullable=False, comment="whether it made the rating; false: that stood already"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_showcase_reactions_member_id_members")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["showcase_posts.post_id"], name=op.f("fk_showcase_reactions_post_id_showcase_posts")
        ),
        sa.PrimaryKeyConstraint("post_id", "member_id", "emoji", name=op.f("pk_showcase_reactions")),
        comment="the reactions of members as far as they are known; never synced",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("showcase_reactions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_showcase_reactions_member_id"), ["member_id"], unique=False)


def _number_offers() -> None:
    """Make the table of offers anew, numbered, with one offer of each tree and kind to stand for it in the draw.

    Which of them asks for a lonely reply depends on the rules: the first recheck of the trees finds that out.
    """
    op.execute("CREATE TEMPORARY TABLE offers_before AS SELECT * FROM offers")
    op.drop_table("offers")
    op.create_table(
        "offers",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="an offer that is made anew has a greater one than any there was",
        ),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column(
            "lot",
            sa.Float(),
            nullable=True,
            comment="where its tree stands in the draw of this kind, in [0, 1); null where another offer stands for it",
        ),
        sa.Column("open", sa.Integer(), nullable=False, comment="how many people may still take it"),
        sa.Column("topics", sa.BigInteger(), server_default="0", nullable=False, comment="those of its tree"),
        sa.Column(
            "lonely", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="a reply here comes first"
        ),
        sa.CheckConstraint("open >= 1", name=op.f("ck_offers_open")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_offers_message_id_messages")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_offers_pool_id_pools")),
        sa.ForeignKeyConstraint(["tree_id"], ["trees.id"], name=op.f("fk_offers_tree_id_trees")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_offers")),
        sa.UniqueConstraint("message_id", "kind", name=op.f("uq_offers_message_id_kind")),
        comment="open work, kept by the transactions that change trees: a draw is an index look-up",
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_offers_lonely",
            ["pool_id", "lang", "kind", "lonely", "lot"],
            unique=False,
            sqlite_where=sa.text("lonely"),
            postgresql_where=sa.text("lonely"),
        )
        batch_op.create_index(
            batch_op.f("ix_offers_pool_id_lang_kind_lot"),
            ["pool_id", "lang", "kind", "lot"],
            unique=False,
            sqlite_where=sa.text("lot IS NOT NULL"),
            postgresql_where=sa.text("lot IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_offers_pool_id_lang_kind_seq"), ["pool_id", "lang", "kind", "seq"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_offers_tree_id"), ["tree_id"], unique=False)
    op.execute(
        "INSERT INTO offers (message_id, kind, tree_id, pool_id, lang, lot, open)"
        " SELECT b.message_id, b.kind, b.tree_id, b.pool_id, b.lang, CASE WHEN NOT EXISTS (SELECT 1"
        " FROM offers_before o WHERE o.tree_id = b.tree_id AND o.kind = b.kind AND o.message_id < b.message_id)"
        " THEN b.lot END, b.open FROM offers_before b ORDER BY b.message_id, b.kind"
    )
    op.execute("DROP TABLE offers_before")


def _keep_what_is_decided() -> None:
    """Make the tables of moderation."""
    op.create_table(
        "audit_log",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="no gaps",
        ),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True, comment="who; null: from the command line"),
        sa.Column("acted_as", sa.String(length=16), nullable=False, comment="moderator, maintainer or operator"),
        sa.Column("community_id", sa.Uuid(), nullable=True, comment="for which they acted"),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column(
            "about", sa.String(length=16), nullable=False, comment="message, tree, member, case, community or pool"
        ),
        sa.Column("about_id", sa.String(length=128), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False, comment="ids, names of settings, numbers; never a text"),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column(
            "salt",
            sa.String(length=64),
            nullable=True,
            comment="of before and after; not sealed, so that it can be dropped",
        ),
        sa.Column("before", sa.String(length=64), nullable=True, comment="a salted digest of what was there"),
        sa.Column("after", sa.String(length=64), nullable=True, comment="the same of what is there since"),
        sa.Column("previous", sa.String(length=64), nullable=False, comment="the seal of the entry before"),
        sa.Column("seal", sa.String(length=64), nullable=False, comment="SHA-256 over all but seq, salt and itself"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_audit_log_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_audit_log_member_id_members")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
        comment="what moderators and maintainers did; appended to, and else only salts are dropped",
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_log_community_id_seq"), ["community_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_about_about_id"), ["about", "about_id"], unique=False)
    # Of no entry yet. It stands there from the first on, so that whoever appends can wait for it.
    kept = sa.table("store_meta", sa.column("key", sa.String), sa.column("value", sa.Text))
    op.execute(kept.delete().where(kept.c.key == "audit_head"))
    op.bulk_insert(kept, [{"key": "audit_head", "value": "0 " + "0" * 64}])


def _keep_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True, comment="whose queue; null: the maintainers'"),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="what opened it: report or auto"),
        sa.Column("opened_at", UtcTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", UtcTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcTime(timezone=True), nullable=True),
        sa.Column(
            "outcome", sa.String(length=16), nullable=True, comment="keep, remove, halt; gone: its text was erased"
        ),
        sa.Column("removed", sa.JSON(none_as_null=True), nullable=True, comment="messages that the decision removed"),
        sa.ForeignKeyConstraint(["claimed_by"], ["members.id"], name=op.f("fk_cases_claimed_by_members")),
        sa.ForeignKeyConstraint(["closed_by"], ["members.id"], name=op.f("fk_cases_closed_by_members")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_cases_community_id_communities")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_cases_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        comment="what moderators are asked to look at; never synced",
    )
    op.create_index(op.f("ix_cases_message_id"), "cases", ["message_id"])
    for name, columns, unique in (
        ("uq_cases_open_message", ["message_id"], True),
        ("ix_cases_open", ["community_id", "opened_at"], False),
    ):
        op.create_index(
            name,
            "cases",
            columns,
            unique=unique,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )


def _keep_sanctions() -> None:
    op.create_table(
        "sanctions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True, comment="where it holds; null: everywhere"),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="warning, suspension or ban"),
        sa.Column("grounds", sa.String(length=16), nullable=False),
        sa.Column("until", UtcTime(timezone=True), nullable=True, comment="null: until it is lifted"),
        sa.Column("imposed_by", sa.Uuid(), nullable=True, comment="null: from the command line"),
        sa.Column("imposed_at", UtcTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sanctions_member_id_members")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_sanctions_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["imposed_by"], ["members.id"], name=op.f("fk_sanctions_imposed_by_members")),
        sa.ForeignKeyConstraint(["lifted_by"], ["members.id"], name=op.f("fk_sanctions_lifted_by_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index(op.f("ix_sanctions_member_id"), "sanctions", ["member_id"])
    op.create_table(
        "barred_accounts",
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="of an account whose member was erased: scrypt"
        ),
        sa.Column("bars", sa.JSON(), nullable=False, comment="as in members"),
        sa.Column(
            "until",
            UtcTime(timezone=True),
            nullable=True,
            comment="when the last of them is over; null: never by itself",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_barred_accounts")),
        comment="so that nobody comes back around a ban by having themselves erased",
    )


def _keep_what_is_erased() -> None:
    """Make the table of erasures."""
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False, comment="of the receipt"),
        sa.Column("what", sa.String(length=16), nullable=False, comment="member or message"),
        sa.Column("subject", sa.Uuid(), nullable=False, comment="whose or which"),
        sa.Column("texts", sa.String(length=8), nullable=False, comment="erase, or keep without a name"),
        sa.Column("ratings", sa.String(length=8), nullable=False, comment="the same of reviews, ballots and emoji"),
        sa.Column("asked_at", UtcTime(timezone=True), nullable=False),
        sa.Column("done_at", UtcTime(timezone=True), nullable=True, comment="null while some of it is still there"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        comment="what was erased and when, as in the ledger beside the store; never synced",
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasures_subject"), ["subject"], unique=False)
