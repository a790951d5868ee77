"""Every table of the store, once for SQLite and PostgreSQL.

Times are whole seconds since 1970 (UTC) in a big integer: they sort, index and subtract alike
everywhere and give the same columns to NumPy; fractions of a second are cut off when a time is
stored. JSON documents are text, because they are read whole and validated by their schema. Rows
that somebody owns carry `tenant_id` and `audience`; parts of an article (its words, terms and
keyphrases) are owned through it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import REAL

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column declared INTEGER."""

Real: "REAL[float]" = REAL().with_variant(Double(), "postgresql")
"""Eight bytes everywhere: a REAL of PostgreSQL has four, and would give back other numbers."""


def _owner() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String, nullable=False), Column("audience", String, nullable=False)


sequence = Table(
    "sequence",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

family = Table(
    "family",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    *_owner(),
    Column("title", String, nullable=False),
    Column("domain", String),
    Column("publisher", String, nullable=False),
    Column("family_id", ForeignKey("family.id"), nullable=False),
    Column("kind", String, nullable=False),
    # Of the address that is polled, or was before the source was removed: an address may be longer
    # than what an index takes.
    Column("url_hash", String),
    UniqueConstraint("tenant_id", "audience", "title"),
    Index("uq_source_url_hash", "url_hash", "tenant_id", "audience", unique=True),
)

# One row a source that is polled. `recent` is a JSON list, `failure` a JSON document.
poll = Table(
    "poll",
    metadata,
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("site_url", Text),
    Column("feed_title", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("has_full_text", Boolean, nullable=False),
    Column("is_starter", Boolean, nullable=False),
    Column("added_by", String),
    Column("added_at", BigInteger, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", String),
    Column("recent", Text, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("next_poll_at", BigInteger, nullable=False),
    Column("first_polled_at", BigInteger),
    Column("last_poll_at", BigInteger),
    Column("last_success_at", BigInteger),
    Column("last_new_at", BigInteger),
    Column("n_failures", Integer, nullable=False),
    Column("n_polls", Integer, nullable=False),
    Column("n_items", BigInteger, nullable=False),
    Column("per_day", Real),
    Column("failure", Text),
    Index("ix_poll_status", "status", "next_poll_at"),
)

# Hours of a source whose news never came; both ends are epoch seconds.
source_gap = Table(
    "source_gap",
    metadata,
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("start_at", BigInteger, primary_key=True, autoincrement=False),
    Column("end_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

story = Table(
    "story",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    *_owner(),
    Column("founder_id", Id, nullable=False),  # its first article, which may be purged later
    Column("redirect_id", ForeignKey("story.id", ondelete="CASCADE"), index=True),
)

# Narrow on purpose: a window of 20,000 articles is read from here without touching a text.
article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    *_owner(),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("family_id", ForeignKey("family.id"), nullable=False),
    Column("story_id", ForeignKey("story.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("published_at", BigInteger),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("lang", String, nullable=False),
    Column("lang_p", Real, nullable=False),
    Column("category", String, nullable=False),
    Column("sentiment", Real),
    Column("joy", Real),
    Column("fear", Real),
    Column("anger", Real),
    Column("sadness", Real),
    Column("surprise", Real),
    Column("analyser", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("duplicate", String, nullable=False),
    Column("original_id", ForeignKey("article.id", ondelete="SET NULL")),
    Column("is_sample", Boolean, nullable=False),
    Column("key", String, nullable=False),
    UniqueConstraint("source_id", "key", "tenant_id"),
    # Covers the count of a window and its order, newest first.
    Index("ix_article_at", "at", "id", "tenant_id", "audience", "lang", "source_id"),
    Index(
        "ix_article_original_id",
        "original_id",
        sqlite_where=text("original_id IS NOT NULL"),
        postgresql_where=text("original_id IS NOT NULL"),
    ),
)

article_body = Table(
    "article_body",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("content_hash", String, nullable=False),
    Column("guid", Text),
    Column("url", Text),
    Column("minhash", LargeBinary, nullable=False),
    Column("title_stems", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text_stems", Text, nullable=False),
    Column("text", Text, nullable=False),
)

# How often an article was seen, where its source tells: it changes at every poll, so it stands
# apart from what is counted and searched.
reach = Table(
    "reach",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("views", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

term = Table(
    "term",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("term", String, nullable=False, unique=True),
)

# The way back from an article to its terms: little-endian int32 ids in the analyser's order. It
# replaces an index of `mention` by article (twice as fast to import) and lets a window's terms be
# counted from bytes.
article_terms = Table(
    "article_terms",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("term_ids", LargeBinary, nullable=False),
)

# No foreign key to `article`: it would need the index by article that `article_terms` replaces.
# Whoever deletes an article deletes its mentions by their full key (see `retention.py`).
mention = Table(
    "mention",
    metadata,
    Column("term_id", ForeignKey("term.id"), primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("family_id", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# `norm_hash` is the first 8 bytes of BLAKE2b over `norm`: windows are grouped by an integer.
keyphrase = Table(
    "keyphrase",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("norm_hash", BigInteger, primary_key=True, autoincrement=False),
    Column("score", Real, nullable=False),
    Column("ngram", SmallInteger, nullable=False),
    Column("norm", Text, nullable=False),
    Column("phrase", Text, nullable=False),
    sqlite_with_rowid=False,
)

# One row a version. `body` holds the words of a version that was replaced, as JSON; the current
# words stand with the thing itself.
revision = Table(
    "revision",
    metadata,
    Column("kind", String, primary_key=True),
    Column("ref", Id, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    *_owner(),
    Column("hash", String, nullable=False),
    Column("author", String),
    Column("at", BigInteger, nullable=False),
    Column("body", Text),
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    Column("id", String, primary_key=True),
    *_owner(),
    Column("person", String, index=True),
    Column("chat", String, index=True),
    Column("command", String, nullable=False),
    Column("correlation_id", String, nullable=False, index=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

run_evidence = Table(
    "run_evidence",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("article_id", BigInteger, nullable=False),
    Column("card", Text, nullable=False),
    sqlite_with_rowid=False,
)

feedback = Table(
    "feedback",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String, primary_key=True),
    *_owner(),
    Column("vote", String, nullable=False),
    Column("reason", String),
    Column("at", BigInteger, nullable=False),
    Index("ix_feedback_person", "person"),
    sqlite_with_rowid=False,
)

chat = Table(
    "chat",
    metadata,
    Column("id", String, primary_key=True),
    *_owner(),
    Column("kind", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("settings", Text, nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False, index=True),
)

person = Table(
    "person",
    metadata,
    Column("id", String, primary_key=True),
    *_owner(),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("since", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("kind", String, nullable=False),
    Column("ref", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", String, nullable=False),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("error", Text),
    CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
    Index("ix_outbox_state", "state", "kind", "seq"),
    sqlite_autoincrement=True,  # a number is never given twice, not even after a purge
)

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("person", String, index=True),
    Column("session", String),
    Column("ref", String),
    Column("at", BigInteger, nullable=False, index=True),
    Column("data", Text, nullable=False),
    Index("ix_event_kind_at", "kind", "at"),
)

fact = Table(
    "fact",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("scope", String, primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    # Grows with each change by a batch of the journal, also when a counter is made anew.
    Column("version", BigInteger, nullable=False, server_default=text("0")),
)

# One row an attempt on a language model. `tokens` and `micro_usd` are what its limits hold for it
# now: the reservation, then what it cost. `scopes` is a JSON list of (counter, epoch second of its
# end); `seq` is the order of the reservations.
model_call = Table(
    "model_call",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("tenant_id", String, nullable=False),
    Column("run_id", String, nullable=False, index=True),
    Column("person", String),
    Column("chat", String),
    Column("command", String, nullable=False),
    Column("task", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("model", String, nullable=False),
    Column("answered_by", String),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("input_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("reserved_tokens", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("reserved_micro_usd", BigInteger, nullable=False),
    Column("micro_usd", BigInteger, nullable=False),
    Column("latency_ms", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("settled_at", BigInteger),
    Column("scopes", Text, nullable=False),
    Index("ix_model_call_person", "person", "at"),
    Index("ix_model_call_state", "state", "at"),
)
