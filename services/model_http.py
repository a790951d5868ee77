"""The HTTP that providers of models and vectors are reached by, and what their words may show."""

import re
from typing import TYPE_CHECKING

from core.errors import SettingError

if TYPE_CHECKING:
    import ssl

    import httpx2

CONNECT_S = 5.0
"""A server that takes longer to accept a connection will not answer in time either."""
CONNECT_SHARE = 0.8
"""Of a shorter attempt, so that a failure to connect is known as one: nothing was sent."""
MAX_SHOWN_CHARS = 200
"""As much of a provider's own words as a message for operators shows."""
SAME_CHARS = 24
"""Words of a provider that share so many characters in a row with a prompt repeat the prompt."""

_KEYS = re.compile(
    r"""
    \b(?:sk|pk|rk|gsk|xai|hf|key|AIza|ya29)[-_.]?[\w*.-]{6,}  # a known beginning, then the rest
    | \bBearer\s+\S+
    | \S*\*{2,}\S*                                            # masked, but the ends are shown
    | \b(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}  # long and mixed
    | \b[0-9a-fA-F]{32,}\b
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")


def tls_context() -> "ssl.SSLContext":
    """Give a context for TLS, with the certificates of the system or of SSL_CERT_FILE; 0.2 s.

    Raises:
        SettingError: There are no certificates to read where the variables point.
    """
    import httpx2  # noqa: PLC0415 - 0.15 s, paid by a desk that has a key

    try:
        return httpx2.create_ssl_context()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise SettingError(
            f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read ({why}):"
            " name a file or folder of certificates in PEM, or unset it"
        ) from error


def open_client(
    *, in_flight: int, proxy: str | None, tls: "ssl.SSLContext | None" = None
) -> "httpx2.AsyncClient":
    """Give an HTTP client for one provider.

    Redirects are not followed: a key must not travel to another host. Without `proxy` the usual
    variables hold (HTTPS_PROXY, NO_PROXY).

    Args:
        in_flight: Connections at the same time, at least 1.
        proxy: Where requests go through, with its scheme.
        tls: Several clients may share one, of `tls_context`; None: one of its own.

    Raises:
        SettingError: A SOCKS proxy is named and the package that speaks it is missing; a proxy's
            address is none; there are no certificates.
    """
    import httpx2  # noqa: PLC0415 - 0.15 s, paid by a desk that has a key

    async def connect_soon(request: httpx2.Request) -> None:
        limits = request.extensions.get("timeout")
        if isinstance(limits, dict):
            whole = limits.get("connect")
            soon = CONNECT_S if whole is None else min(CONNECT_S, CONNECT_SHARE * whole)
            request.extensions["timeout"] = {**limits, "connect": soon, "pool": soon}

    verify = tls or tls_context()
    try:
        return httpx2.AsyncClient(
            verify=verify,
            proxy=proxy,
            limits=httpx2.Limits(max_connections=in_flight, max_keepalive_connections=in_flight),
            follow_redirects=False,
            event_hooks={"request": [connect_soon]},
        )
    except ImportError as error:
        raise SettingError(
            "models are to be reached through a SOCKS proxy (NEWSDESK_MODEL__PROXY or ALL_PROXY),"
            " which needs the package socksio: install it, or name an http:// proxy"
        ) from error
    except (httpx2.InvalidURL, OSError, ValueError) as error:
        # What the library says may hold a part of the proxy's password.
        raise SettingError(
            "the address of the proxy (NEWSDESK_MODEL__PROXY, else ALL_PROXY, HTTPS_PROXY,"
            f" HTTP_PROXY or NO_PROXY) is none ({type(error).__name__}): name one like"
            " http://host:3128"
        ) from error


def shown(words: str, *, prompt: str = "") -> str:
    """Give what a message may show of a provider's own words: one line, no keys, no prompt.

    At most 200 characters. Words that repeat 24 characters or more of `prompt` are left out
    altogether.
    """
    line = _SPACE.sub(" ", words[: 10 * MAX_SHOWN_CHARS]).strip()
    line = _KEYS.sub("…", line)
    if len(line) > MAX_SHOWN_CHARS:
        line = line[: MAX_SHOWN_CHARS - 1] + "…"
    return "" if _repeats(line, _SPACE.sub(" ", prompt)) else line


def _repeats(line: str, prompt: str) -> bool:
    last = len(line) - SAME_CHARS
    return any(line[start : start + SAME_CHARS] in prompt for start in range(max(0, last + 1)))
