"""The address of a PostgreSQL database: what people paste, made what the driver takes."""

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from core.errors import SettingError

SETTING = "NEWSDESK_DATABASE_URL"
EXAMPLE = "postgresql://user:password@host:5432/name"
SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})
CONNECT_S = 5.0
MAX_CONNECT_S = 60.0

_NOT_OURS = frozenset(
    {
        "channel_binding",
        "client_encoding",
        "fallback_application_name",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "load_balance_hosts",
        "requirepeer",
        "sslcompression",
        "sslsni",
        "tcp_user_timeout",
    }
)
"""Options of libpq that the driver would hand to the server, which does not know them."""

_CACHE_SIZES = ("prepared_statement_cache_size", "statement_cache_size")
_SSL_WORDS = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_YES = frozenset({"true", "1", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    `dsn` is for the driver and holds the password; `name` is for people and does not.
    `is_pooled`: a pooler stands in between that may give every transaction another connection.
    `setting` is what the address came from.
    """

    dsn: str
    name: str
    connect_s: float = CONNECT_S
    is_pooled: bool = False
    setting: str = SETTING

    def __repr__(self) -> str:
        return f"Address({self.name})"


def is_postgres(url: str) -> bool:
    """Say whether this is meant to be the address of a PostgreSQL database."""
    return url.partition("://")[0].lower() in SCHEMES


def read_address(url: str, *, setting: str = SETTING) -> Address:
    """Read an address as libpq, SQLAlchemy or a hosting company writes it.

    Args:
        url: `postgresql://`, `postgres://` or `postgresql+asyncpg://`; host and port may stand in
            the query (a folder as host is a Unix socket), `sslmode` and the other options of
            libpq count, `pgbouncer=true` tells of a pooler.
        setting: What the address came from, for the message.

    Raises:
        SettingError: It cannot be understood; its password is not in the message.
    """
    parts, options = _split(url.strip(), setting)
    if parts.scheme.lower() not in SCHEMES:
        raise SettingError(
            f"{setting} begins with {parts.scheme or 'no scheme'!r}; write {EXAMPLE}"
        )
    login, _, hosts = parts.netloc.rpartition("@")
    database = unquote(parts.path.lstrip("/")) or options.get("dbname") or options.get("database")
    if not database:
        raise SettingError(f"{setting} names no database; write {EXAMPLE}")
    connect_s = _seconds(options.pop("connect_timeout", ""), setting)
    is_pooled = options.pop("pgbouncer", "").lower() in _YES
    for option in _CACHE_SIZES:
        is_pooled |= options.pop(option, "") == "0"
    if "ssl" in options:
        word = options.pop("ssl")
        options.setdefault("sslmode", _SSL_WORDS.get(word.lower(), word))
    kept = {key: value for key, value in options.items() if key not in _NOT_OURS}
    user, colon, password = login.partition(":")
    login = quote(unquote(user), safe="") + colon + quote(unquote(password), safe="")
    return Address(
        dsn=f"postgresql://{login}{'@' if login else ''}{hosts}/{quote(database, safe='')}"
        + (f"?{urlencode(kept)}" if kept else ""),
        name=f"{database} on {_shown_host(hosts, options)}",
        connect_s=connect_s,
        is_pooled=is_pooled,
        setting=setting,
    )


def _split(url: str, setting: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(url)
        query = parts.query
        options = dict(
            parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else ()
        )
    except ValueError:
        raise SettingError(f"{setting} is no address that can be read; write {EXAMPLE}") from None
    # An unescaped / ? # or @ of a password lands here, and must not be shown as a host or a name.
    if parts.fragment or "@" in parts.path or "@" in parts.query or not _has_ports(parts.netloc):
        raise SettingError(
            f"{setting} cannot be taken apart: write special characters of the password as %40 "
            f"(@), %2F (/), %3A (:), %23 (#) or %3F (?), as in {EXAMPLE}"
        )
    return parts, options


def _has_ports(netloc: str) -> bool:
    """Say whether what stands after each host is a port."""
    hosts = netloc.rpartition("@")[2]
    ports = [host.rpartition("]")[2].partition(":") for host in hosts.split(",")]
    return all(
        not colon or (port.isdecimal() and 0 < int(port) < 65_536) for _, colon, port in ports
    )


def _shown_host(hosts: str, options: dict[str, str]) -> str:
    host = unquote(hosts) or options.get("host", "") or "this machine"
    port = options.get("port")
    return f"{host}:{port}" if port else host


def _seconds(text: str, setting: str) -> float:
    if not text:
        return CONNECT_S
    try:
        seconds = float(text)
    except ValueError:
        raise SettingError(f"{setting} has connect_timeout={text!r}; give seconds") from None
    # 0 is "for ever" to libpq; nothing here waits for ever.
    return min(seconds, MAX_CONNECT_S) if seconds > 0 else MAX_CONNECT_S
