"""Keys, tokens and passwords in a text, by their vendors' shapes or by name and entropy."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from core.policy.findings import Finding

_SHAPES = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",  # AWS
    r"gh[pousr]_[A-Za-z0-9]{36,251}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{22,251}",
    r"gl(?:pat|ptt|dt|rt|soat|cbt)-[A-Za-z0-9_\-]{20,64}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,250}",  # Slack
    r"xapp-\d-[A-Za-z0-9-]{10,250}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,247}",  # Stripe
    r"whsec_[A-Za-z0-9+/=]{24,64}",
    r"sk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_\-]{20,250}",  # OpenAI, Anthropic, OpenRouter
    r"AIza[A-Za-z0-9_\-]{35}",  # Google
    r"GOCSPX-[A-Za-z0-9_\-]{28}",
    r"ya29\.[A-Za-z0-9_\-]{20,250}",
    r"\d{8,10}:AA[A-Za-z0-9_\-]{33}",  # Telegram
    r"eyJ[A-Za-z0-9_\-]{8,2000}\.eyJ[A-Za-z0-9_\-]{8,2000}\.[A-Za-z0-9_\-]{8,1000}",  # JWT
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-AgE[A-Za-z0-9_\-]{50,250}",
    r"SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{32,64}",  # SendGrid
    r"key-[0-9a-f]{32}",  # Mailgun
    r"(?:SK|AC)[0-9a-f]{32}",  # Twilio
    r"hf_[A-Za-z0-9]{30,64}",  # Hugging Face
    r"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    r"dapi[0-9a-f]{32}",  # Databricks
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",  # Shopify
    r"sq0(?:atp|csp|idp)-[A-Za-z0-9_\-]{22,43}",  # Square
    r"EAACEdEose0cBA[A-Za-z0-9]{10,250}",  # Facebook
    r"lin_api_[A-Za-z0-9]{32,64}",  # Linear
    r"(?:ntn|secret)_[A-Za-z0-9]{40,64}",  # Notion
    r"gl(?:sa|c)_[A-Za-z0-9_=]{32,250}",  # Grafana
    r"hv[sb]\.[A-Za-z0-9_\-]{24,250}",  # Vault
    r"[MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,40}",  # Discord
    r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
    r"y0_[A-Za-z0-9_\-]{50,64}",  # Yandex OAuth
    r"AQVN[A-Za-z0-9_\-]{35,38}",  # Yandex Cloud
    r"vk1\.a\.[A-Za-z0-9_\-]{60,250}",  # VK
    r"r8_[A-Za-z0-9]{37}",  # Replicate
    r"gsk_[A-Za-z0-9]{40,64}",  # Groq
    r"xai-[A-Za-z0-9]{60,90}",  # xAI
    r"pplx-[A-Za-z0-9]{40,64}",  # Perplexity
    r"dp\.(?:pt|st|ct)\.[A-Za-z0-9.]{40,64}",  # Doppler
    r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",  # Postman
    r"NRAK-[A-Z0-9]{27}",  # New Relic
)
_SHAPE = re.compile(rf"(?<![A-Za-z0-9_\-])(?:{'|'.join(_SHAPES)})(?![A-Za-z0-9_])")
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]{0,8000}-----END (?:[A-Z]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?"
)
_WEBHOOK = re.compile(
    r"https://(?:hooks\.slack\.com/(?:services|workflows)/[\w/]{20,200}"
    r"|(?:\w{1,20}\.)?discord(?:app)?\.com/api/webhooks/\d{15,22}/[\w-]{40,100})"
)
_LOGIN = re.compile(
    r"[a-z][a-z0-9+]{1,20}://[^\s:/@]{1,100}:(?P<value>[^\s:/@]{3,200})@[\w.-]{1,253}"
)
_NAMED = re.compile(
    r"(?<![^\W_])(?:[\w-]{0,30}[_-])?(?:api[_ -]?key|secret(?:[_ -]?(?:access[_ -]?)?key)?"
    r"|access[_ -]?(?:key|token)|auth[_ -]?token|bearer|client[_ -]?secret|token|passw(?:or)?d"
    r"|pwd|passphrase|account ?key|sharedaccesskey|пароль|токен|секрет|ключ(?: api)?)"
    r"[\"']?(?:\s{0,3}(?:[:=]|=>|is)\s{0,3}|\s)[\"'`]?(?P<value>[^\s\"'`<>,;]{8,500})",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"x{4}|\*{3}|\.{3}|…|example|placeholder|your|changeme|redacted|dummy|sample|<|\$\{",
    re.IGNORECASE,
)
_MIN_BITS = 3.0
"""Entropy per character: words lie below it, random keys of twelve characters and more above."""


def find_secrets(text: str) -> Iterator[Finding]:
    """Find secrets: `confirmed` by a vendor's shape, `suspect` by a name before a random value."""
    for pattern in (_KEY_BLOCK, _WEBHOOK):
        for found in pattern.finditer(text):
            yield Finding(*found.span(), "secret", "confirmed")
    for found in _SHAPE.finditer(text):
        if _is_random(found[0]):
            yield Finding(*found.span(), "secret", "confirmed")
    for found in _LOGIN.finditer(text):
        if not _PLACEHOLDER.search(found["value"]):
            yield Finding(*found.span("value"), "secret", "confirmed")
    for found in _NAMED.finditer(text):
        value = found["value"].rstrip(".)]}")
        if _is_random(value) and _is_mixed(value):
            start = found.start("value")
            yield Finding(start, start + len(value), "secret", "suspect")


def entropy_bits(value: str) -> float:
    """Give the Shannon entropy of a string's characters, bits a character."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts) if value else 0.0


def _is_random(value: str) -> bool:
    return entropy_bits(value) >= _MIN_BITS and not _PLACEHOLDER.search(value)


def _is_mixed(value: str) -> bool:
    """Whether a value mixes digits with letters: words and numbers alone are no key."""
    return (
        "://" not in value
        and sum(char.isdigit() for char in value) >= 2
        and any(char.isalpha() for char in value)
    )
