"""Every setting: type, bounds, unit, default. Read once, in `services/wiring.py`."""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.model_settings import BudgetSettings, ModelSettings, PolicySettings
from schemas.requests import Window
from schemas.setting_types import Ids, Secret, Section, UtcTime


class RateSettings(Section):
    """How often people may ask."""

    person_per_minute: float = Field(
        10, gt=0, le=10_000, description="Commands a person may send a minute."
    )
    person_burst: int = Field(3, ge=1, le=1_000, description="Commands a person may send at once.")
    chat_per_minute: float = Field(
        20, gt=0, le=10_000, description="Commands all people of a chat may send a minute."
    )
    commands_per_day: int = Field(
        100, ge=1, le=1_000_000, description="Commands a person may send a day."
    )


class RetrievalSettings(Section):
    """How evidence is found."""

    candidates: int = Field(
        50, ge=10, le=500, description="Candidates taken from each search leg."
    )
    rrf_k: int = Field(60, ge=1, le=1_000, description="Damping of reciprocal rank fusion.")
    fused: int = Field(30, ge=10, le=200, description="Candidates kept after fusion.")
    k_final: int = Field(8, ge=1, le=10, description="Articles an /analyze answer may cite.")
    cache_s: float = Field(
        300,
        ge=0,
        le=86_400,
        description="Seconds an answer to the same request is reused; 0: never.",
    )


class AnswerSettings(Section):
    """How long an answer may take and how much it looks at."""

    deadline_s: float = Field(
        12,
        gt=1,
        le=120,
        description="Seconds for a whole request from its turn on, shared by its steps.",
    )
    agents_s: float = Field(8, gt=0.5, le=120, description="Seconds the agents may use of it.")
    at_once: int = Field(
        3,
        ge=1,
        le=1_000,
        description="Answers whose figures are computed at the same time; others wait their turn.",
    )
    max_articles: int = Field(
        20_000, ge=100, le=1_000_000, description="Articles counted for one request, newest first."
    )
    default_window: Window = Field("24h", description="Window of a command that names none.")


class EmbedderSettings(Section):
    """What turns texts into vectors."""

    name: str = Field(
        "hashing",
        description="`hashing` (built in, lexical), the path of a sentence encoder's folder, or a "
        "provider's model as `openai:MODEL` or `gemini:MODEL`, e.g. gemini:gemini-embedding-001: "
        "then every query and the beginning of every article are sent there.",
    )
    dimension: int = Field(
        256,
        ge=32,
        le=4_096,
        description="Dimension of vectors, of the built-in embedder's and the providers'.",
    )


class RetentionSettings(Section):
    """How long things are kept, in days."""

    articles_days: int = Field(
        400, ge=365, le=36_500, description="Articles; at least the longest window."
    )
    runs_days: int = Field(
        30, ge=1, le=3_650, description="Answers with their evidence: how long buttons work."
    )
    outbox_days: int = Field(7, ge=1, le=365, description="Delivered outbox rows.")
    ledger_days: int = Field(400, ge=1, le=3_650, description="Events and budget counters.")


class FetchSettings(Section):
    """How the desk fetches from the network."""

    timeout_s: float = Field(
        20, gt=0.1, le=300, description="Seconds one fetch may take, redirects included."
    )
    connect_s: float = Field(
        5, gt=0.1, le=60, description="Seconds to reach a server and agree on TLS."
    )
    max_mb: float = Field(
        10, gt=0.01, le=1_000, description="Megabytes of one answer, unpacked; more is refused."
    )
    max_redirects: int = Field(5, ge=0, le=20, description="Redirects followed in one fetch.")
    in_flight: int = Field(64, ge=1, le=1_000, description="Fetches at the same time.")
    host_in_flight: int = Field(2, ge=1, le=20, description="Fetches at the same time per host.")
    host_pause_s: float = Field(
        1.0, ge=0, le=60, description="Seconds between two fetches that begin at one host."
    )
    proxy: str | None = Field(
        None,
        pattern=r"^(https?|socks5h?)://[^\s]+$",
        description="Proxy for everything that is fetched, e.g. http://proxy:3128.",
    )
    allowed_networks: Ids = Field(
        frozenset(),
        description="Private networks that may be fetched from, e.g. 10.1.0.0/16, by commas.",
    )


class SourceSettings(Section):
    """Which sources are polled, and how often."""

    poll: Literal["on", "off"] = Field("on", description="Whether `newsdesk run` polls sources.")
    starter: Literal["on", "off"] = Field(
        "on", description="Whether an empty desk begins with a list of well-known feeds."
    )
    interval_s: int = Field(
        1_800, ge=10, le=86_400, description="Seconds between polls of a source not known yet."
    )
    min_interval_s: int = Field(
        300, ge=10, le=86_400, description="Fewest seconds between polls of a busy source."
    )
    max_interval_s: int = Field(
        21_600, ge=10, le=604_800, description="Most seconds between polls of a quiet source."
    )
    per_chat: int = Field(
        20, ge=0, le=10_000, description="Private sources that one chat may have."
    )
    channels_at: str = Field(
        "https://t.me",
        pattern=r"^https?://[^\s]+[^\s/]$",
        description="Root of the web preview of Telegram channels, e.g. of a mirror of one's own.",
    )
    max_items: int = Field(
        500, ge=1, le=100_000, description="Items taken from one poll, newest first."
    )


class Settings(BaseSettings):
    """The whole configuration: environment first, then `.env` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="NEWSDESK_",
        env_nested_delimiter="__",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    telegram_bot_token: Secret = Field(
        None,
        validation_alias="TELEGRAM_BOT_TOKEN",
        description="The bot's token; without one the local Telegram is used.",
    )
    telegram_api_base_url: str = Field(
        "https://api.telegram.org",
        validation_alias="TELEGRAM_API_BASE_URL",
        pattern=r"^https?://[^\s]+$",
        description="Root of the Bot API; /bot and /file/bot are appended.",
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("newsdesk", appauthor=False),
        description="Where everything is kept.",
    )
    database_url: Secret = Field(
        None,
        description="PostgreSQL to keep everything in, e.g. postgresql://user:password@host/name; "
        "without it a file in the data folder.",
    )
    qdrant_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s]+$",
        description="Qdrant server to search with; without it an index in the data folder.",
    )
    qdrant_api_key: Secret = Field(None, description="Key of that Qdrant server.")
    qdrant_prefix: str = Field(
        "newsdesk",
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="How the names of this desk's collections begin: its own on a shared server.",
    )
    http_host: str = Field("127.0.0.1", description="Address of the web port.")
    http_port: int = Field(
        8080, ge=0, le=65_535, description="Web port; when taken, the next free one."
    )
    local_telegram_port: int = Field(
        8081,
        ge=0,
        le=65_535,
        description="Port of the local Telegram; when taken, the next free one.",
    )
    operators: Ids = Field(
        frozenset(), description="Telegram user ids with the operator role, separated by commas."
    )
    allowed_chats: Ids = Field(
        frozenset(),
        description="Chats that may use the bot, separated by commas; empty: everybody.",
    )
    redis_url: Secret = Field(
        None,
        description="Redis that several processes share, e.g. redis://host:6379/0; without it "
        "each process keeps what is short-lived itself.",
    )
    openai_api_key: Secret = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key of OpenAI."
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        pattern=r"^https?://[^\s]+$",
        description="Root of OpenAI's API, with /v1.",
    )
    anthropic_api_key: Secret = Field(
        None, validation_alias="ANTHROPIC_API_KEY", description="Key of Anthropic."
    )
    anthropic_base_url: str | None = Field(
        None,
        validation_alias="ANTHROPIC_BASE_URL",
        pattern=r"^https?://[^\s]+$",
        description="Root of Anthropic's API, without /v1.",
    )
    google_api_key: Secret = Field(
        None,
        validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        description="Key of the Gemini API; also read from GEMINI_API_KEY.",
    )
    google_gemini_base_url: str | None = Field(
        None,
        validation_alias="GOOGLE_GEMINI_BASE_URL",
        pattern=r"^https?://[^\s]+$",
        description="Root of the Gemini API, without a version.",
    )
    google_genai_api_version: str | None = Field(
        None,
        validation_alias="GOOGLE_GENAI_API_VERSION",
        pattern=r"^v[0-9][a-z0-9]*$",
        description="Version of the Gemini API, e.g. v1beta.",
    )
    models: Literal["off", "on"] = Field(
        "off",
        description="Whether language models may word answers; off: until an operator switches "
        "them on in /settings.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Smallest level that is logged."
    )
    now: UtcTime | None = Field(
        None, description="Pretend the desk starts at this time; time runs on from there."
    )
    sample: Literal["on", "off"] = Field(
        "on", description="Whether `newsdesk run` fills an empty folder with sample news."
    )

    rate: RateSettings = RateSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    model: ModelSettings = ModelSettings()
    budget: BudgetSettings = BudgetSettings()
    policy: PolicySettings = PolicySettings()
    retention: RetentionSettings = RetentionSettings()
    fetch: FetchSettings = FetchSettings()
    sources: SourceSettings = SourceSettings()
