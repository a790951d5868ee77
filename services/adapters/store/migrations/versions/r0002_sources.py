"""Polled sources, the hours they missed, and how often articles were seen.

It only adds, so a release that knows the first schema alone goes on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL: "sa.REAL[float]" = sa.REAL().with_variant(sa.Double(), "postgresql")


def upgrade() -> None:
    """Create three tables and give sources a place for the hash of their address."""
    op.add_column("source", sa.Column("url_hash", sa.String(), nullable=True))
    op.create_index(
        "uq_source_url_hash", "source", ["url_hash", "tenant_id", "audience"], unique=True
    )
    op.create_table(
        "poll",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("site_url", sa.Text(), nullable=True),
        sa.Column("feed_title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("has_full_text", sa.Boolean(), nullable=False),
        sa.Column("is_starter", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(), nullable=True),
        sa.Column("recent", sa.Text(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", sa.BigInteger(), nullable=False),
        sa.Column("first_polled_at", sa.BigInteger(), nullable=True),
        sa.Column("last_poll_at", sa.BigInteger(), nullable=True),
        sa.Column("last_success_at", sa.BigInteger(), nullable=True),
        sa.Column("last_new_at", sa.BigInteger(), nullable=True),
        sa.Column("n_failures", sa.Integer(), nullable=False),
        sa.Column("n_polls", sa.Integer(), nullable=False),
        sa.Column("n_items", sa.BigInteger(), nullable=False),
        sa.Column("per_day", REAL, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name="fk_poll_source_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", name="pk_poll"),
    )
    op.create_index("ix_poll_status", "poll", ["status", "next_poll_at"])
    op.create_table(
        "source_gap",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name="fk_source_gap_source_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "start_at", name="pk_source_gap"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_source_gap_end_at", "source_gap", ["end_at"])
    op.create_table(
        "reach",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_reach_article_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name="pk_reach"),
    )
