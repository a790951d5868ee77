"""Which addresses Telegram takes as a link."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_MAX_URL = 2048
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


def is_web_link(url: str) -> bool:
    """Whether `url` is an http(s) address that Telegram takes as a link.

    Telegram drops links to hosts without a dot (`localhost`) and to malformed ones.
    """
    if len(url) > _MAX_URL or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, has_port = parts.hostname or "", parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and has_port and _is_host(host)


def _is_host(host: str) -> bool:
    if ":" in host or host.replace(".", "").isdigit():
        try:
            ip_address(host)
        except ValueError:
            return False
        return True
    *labels, top = host.split(".")
    return bool(labels) and not top[:1].isdigit() and all(map(_LABEL.fullmatch, (*labels, top)))
