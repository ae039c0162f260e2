"""Every table of the live store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring a store of the revision before to this one."""
    op.create_table(
        "change_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entity", sa.String(length=32), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change_log")),
        comment="which row changed, never what it says: the push reads the row",
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pools",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("licence", sa.String(length=64), nullable=False),
        sa.Column("preset", sa.String(length=32), nullable=False),
        sa.Column(
            "rules", sa.JSON(), nullable=False, comment="changes to the preset, by field name of trees.rules.Rules"
        ),
        sa.Column("langs", sa.JSON(), nullable=False, comment="languages offered, in order"),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pools")),
    )
    op.create_table(
        "store_meta",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_store_meta")),
        comment="source_id, generation, writer_epoch, created_at, clean_exit",
    )
    op.create_table(
        "communities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False, comment="the Discord server; never synced"),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("joined_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_communities_pool_id_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communities")),
        sa.UniqueConstraint("place", name=op.f("uq_communities_place")),
    )
    op.create_table(
        "trees",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("goal_size", sa.Integer(), nullable=False),
        sa.Column("max_depth", sa.Integer(), nullable=False),
        sa.Column("max_children", sa.Integer(), nullable=False),
        sa.Column("lottery_won_at", UtcTime(timezone=True), nullable=True),
        sa.Column("imported", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("origin", sa.String(length=1024), nullable=True, comment="the file an imported tree came from"),
        sa.Column("licence", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("changed_at", UtcTime(timezone=True), nullable=False),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_trees_pool_id_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trees")),
    )
    with op.batch_alter_table("trees", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trees_pool_id_lang_state"), ["pool_id", "lang", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_trees_state_changed_at"), ["state", "changed_at"], unique=False)

    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True, comment="where they were last"),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_members_community_id_communities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("licence", sa.String(length=64), nullable=False),
        sa.Column("given_at", UtcTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", UtcTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_consents_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_member_id"), ["member_id"], unique=False)

    op.create_table(
        "identities",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False, comment="the Discord user; stands here alone"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_identities_member_id_members")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_identities")),
        sa.UniqueConstraint("account", name=op.f("uq_identities_account")),
    )
    op.create_table(
        "member_languages",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_languages_member_id_members")),
        sa.PrimaryKeyConstraint("member_id", "lang", name=op.f("pk_member_languages")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "sibling_no",
            sa.Integer(),
            nullable=False,
            comment="0, 1, 2 ... among the replies to one parent, as written",
        ),
        sa.Column("task_id", sa.Uuid(), nullable=True, comment="one submission a task; null when imported"),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True, comment="exactly as typed; null once erased"),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True, comment="null while under review"),
        sa.Column(
            "counted", sa.Boolean(), nullable=False, comment="false: came too late; kept, not reviewed, not ranked"
        ),
        sa.Column("review_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ranking_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True, comment="0 is best among its siblings"),
        sa.Column(
            "tied_with_next", sa.Boolean(), nullable=True, comment="the vote did not tell this rank from the next"
        ),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("model_name", sa.String(length=256), nullable=True),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("deleted_at", UtcTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("role IN ('prompter', 'assistant')", name=op.f("ck_messages_role")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_messages_author_id_members")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_messages_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_messages_consent_id_consents")),
        sa.ForeignKeyConstraint(["parent_id"], ["messages.id"], name=op.f("fk_messages_parent_id_messages")),
        sa.ForeignKeyConstraint(["tree_id"], ["trees.id"], name=op.f("fk_messages_tree_id_trees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("parent_id", "sibling_no", name=op.f("uq_messages_parent_id_sibling_no")),
        sa.UniqueConstraint("task_id", name=op.f("uq_messages_task_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_author_id_created_at"), ["author_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_tree_id"), ["tree_id"], unique=False)

    op.create_table(
        "emoji_ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("removed_at", UtcTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_emoji_ratings_consent_id_consents")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_emoji_ratings_member_id_members")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_emoji_ratings_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emoji_ratings")),
        sa.UniqueConstraint("message_id", "member_id", "code", name=op.f("uq_emoji_ratings_message_id_member_id_code")),
    )
    with op.batch_alter_table("emoji_ratings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emoji_ratings_member_id"), ["member_id"], unique=False)

    op.create_table(
        "exclusions",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False, comment="own, done or skipped"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_exclusions_member_id_members")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_exclusions_message_id_messages")),
        sa.PrimaryKeyConstraint("message_id", "kind", "member_id", name=op.f("pk_exclusions")),
        comment="who is not given which work again",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "offers",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("lot", sa.Float(), nullable=False, comment="where it stands in the draw, in [0, 1)"),
        sa.Column("open", sa.Integer(), nullable=False, comment="how many people may still take it"),
        sa.CheckConstraint("open >= 1", name=op.f("ck_offers_open")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_offers_message_id_messages")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_offers_pool_id_pools")),
        sa.ForeignKeyConstraint(["tree_id"], ["trees.id"], name=op.f("fk_offers_tree_id_trees")),
        sa.PrimaryKeyConstraint("message_id", "kind", name=op.f("pk_offers")),
        comment="open work, kept by the transactions that change trees: a draw is an index look-up",
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_offers_pool_id_lang_kind_lot"), ["pool_id", "lang", "kind", "lot"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_offers_tree_id"), ["tree_id"], unique=False)

    op.create_table(
        "published_messages",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column(
            "record", sa.JSON(), nullable=False, comment="every published field of an imported message, unchanged"
        ),
        sa.Column("published_id", sa.String(length=128), nullable=False),
        sa.Column("published_tree_id", sa.String(length=128), nullable=False),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_published_messages_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_published_messages")),
        sa.UniqueConstraint("published_id", name=op.f("uq_published_messages_published_id")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("pool_id", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=32), nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True, comment="answered, reviewed, or parent of the ranked"),
        sa.Column(
            "options", sa.JSON(), nullable=True, comment="ranking: the replies in the order this person is shown them"
        ),
        sa.Column("state", sa.String(length=16), nullable=False, comment="leased, expired, done, skipped, released"),
        sa.Column("given_at", UtcTime(timezone=True), nullable=False),
        sa.Column("lease_until", UtcTime(timezone=True), nullable=False),
        sa.Column("closed_at", UtcTime(timezone=True), nullable=True),
        sa.Column("skip_reason", sa.String(length=512), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_tasks_community_id_communities")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_tasks_member_id_members")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_tasks_message_id_messages")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_tasks_pool_id_pools")),
        sa.ForeignKeyConstraint(["tree_id"], ["trees.id"], name=op.f("fk_tasks_tree_id_trees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tasks_due",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'leased'"),
            postgresql_where=sa.text("state = 'leased'"),
        )
        batch_op.create_index(
            "ix_tasks_leases",
            ["tree_id"],
            unique=False,
            sqlite_where=sa.text("state = 'leased'"),
            postgresql_where=sa.text("state = 'leased'"),
        )
        batch_op.create_index(
            "ix_tasks_open",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('leased', 'expired')"),
            postgresql_where=sa.text("state IN ('leased', 'expired')"),
        )
        batch_op.create_index(
            "ix_tasks_prompting",
            ["pool_id", "lang"],
            unique=False,
            sqlite_where=sa.text("state = 'leased' AND kind = 'initial_prompt'"),
            postgresql_where=sa.text("state = 'leased' AND kind = 'initial_prompt'"),
        )
        batch_op.create_index(
            "uq_tasks_one_open",
            ["member_id", "kind", "message_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('leased', 'expired')"),
            postgresql_where=sa.text("state IN ('leased', 'expired')"),
        )

    op.create_table(
        "ballots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("groups", sa.JSON(), nullable=False, comment="lists of message ids, best first, equals together"),
        sa.Column("none_acceptable", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_ballots_consent_id_consents")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_ballots_member_id_members")),
        sa.ForeignKeyConstraint(["parent_id"], ["messages.id"], name=op.f("fk_ballots_parent_id_messages")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_ballots_task_id_tasks")),
        sa.ForeignKeyConstraint(["tree_id"], ["trees.id"], name=op.f("fk_ballots_tree_id_trees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
        sa.UniqueConstraint("parent_id", "member_id", name=op.f("uq_ballots_parent_id_member_id")),
        sa.UniqueConstraint("task_id", name=op.f("uq_ballots_task_id")),
    )
    with op.batch_alter_table("ballots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballots_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ballots_tree_id"), ["tree_id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_drafts_member_id_members")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_drafts_task_id_tasks")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_drafts")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_member_id"), ["member_id"], unique=False)

    op.create_table(
        "notices",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("news", sa.String(length=16), nullable=False, comment="saved, late or kept"),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notices_member_id_members")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_notices_task_id_tasks")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_notices")),
        comment="what became of work, until Discord has taken the answer that says so",
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_member_id"), ["member_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False, comment="answered labels only: name to a number in [0, 1]"),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_reviews_consent_id_consents")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_reviews_member_id_members")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_reviews_message_id_messages")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_reviews_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("message_id", "member_id", name=op.f("uq_reviews_message_id_member_id")),
        sa.UniqueConstraint("task_id", name=op.f("uq_reviews_task_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_member_id"), ["member_id"], unique=False)
