"""Keys and tokens are found by their shapes; words, links and numbers of the news are none."""

import random
import string

import pytest

from core.policy.pii import find_private
from core.policy.secrets import entropy_bits

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def made_up(alphabet: str, size: int) -> str:
    """A random string that is nobody's key."""
    return "".join(random.Random(size).choices(alphabet, k=size))


SHAPES = {
    "aws": "AKIA" + made_up("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "github": "ghp_" + made_up(LETTERS, 36),
    "github fine": "github_pat_" + made_up(LETTERS, 40),
    "gitlab": "glpat-" + made_up(LETTERS, 20),
    "slack": "xoxb-" + made_up(LETTERS, 40),
    "stripe": "sk_live_" + made_up(LETTERS, 24),
    "openai": "sk-proj-" + made_up(LETTERS, 48),
    "anthropic": "sk-ant-" + made_up(LETTERS, 60),
    "google": "AIza" + made_up(LETTERS, 35),
    "google oauth": "GOCSPX-" + made_up(LETTERS, 28),
    "telegram": "123456789:AA" + made_up(LETTERS, 33),
    "jwt": f"eyJ{made_up(LETTERS, 30)}.eyJ{made_up(LETTERS, 60)}.{made_up(LETTERS, 43)}",
    "npm": "npm_" + made_up(LETTERS, 36),
    "pypi": "pypi-AgE" + made_up(LETTERS, 60),
    "sendgrid": f"SG.{made_up(LETTERS, 22)}.{made_up(LETTERS, 43)}",
    "mailgun": "key-" + made_up(HEX, 32),
    "twilio": "SK" + made_up(HEX, 32),
    "hugging face": "hf_" + made_up(LETTERS, 34),
    "digitalocean": "dop_v1_" + made_up(HEX, 64),
    "databricks": "dapi" + made_up(HEX, 32),
    "shopify": "shpat_" + made_up(HEX, 32),
    "square": "sq0atp-" + made_up(LETTERS, 22),
    "linear": "lin_api_" + made_up(LETTERS, 40),
    "grafana": "glsa_" + made_up(LETTERS, 41),
    "vault": "hvs." + made_up(LETTERS, 30),
    "yandex": "y0_" + made_up(LETTERS, 58),
    "vk": "vk1.a." + made_up(LETTERS, 80),
    "groq": "gsk_" + made_up(LETTERS, 52),
    "postman": f"PMAK-{made_up(HEX, 24)}-{made_up(HEX, 34)}",
    "new relic": "NRAK-" + made_up(string.ascii_uppercase + string.digits, 27),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_key_of_a_known_shape_is_confirmed(name: str) -> None:
    text = f"It leaked: {SHAPES[name]} stood in the log."

    (one,) = find_private(text)

    assert (one.kind, one.certainty) == ("secret", "confirmed")
    assert text[one.start : one.end] == SHAPES[name]


def test_a_private_key_is_found_whole() -> None:
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{made_up(LETTERS, 64)}\n-----END RSA PRIVATE KEY-----"

    (one,) = find_private(f"see\n{key}\nabove")

    assert one.end - one.start == len(key)


def test_the_password_in_an_address_is_found_alone() -> None:
    text = "postgres://desk:tide-4711@db.harbour.example/news"

    (one,) = find_private(text)

    assert text[one.start : one.end] == "tide-4711"


@pytest.mark.parametrize(
    "text",
    ["api_key = 'q8Zt31Lmw0Rx77Kd'", 'DB_PASSWORD: "t1dal-B4rrier-99x"', "Пароль: s8Kd02mQ9wLz"],
)
def test_a_random_value_after_its_name_is_suspect(text: str) -> None:
    (one,) = find_private(text)

    assert (one.kind, one.certainty) == ("secret", "suspect")


@pytest.mark.parametrize(
    "text",
    [
        "The token: a sign of respect, the mayor said",
        "password is changeme123456",
        "API key: YOUR_API_KEY_HERE_123",
        "sk-learn and sk-image are libraries",
        "The secret of the 1970s: https://news.example/secret-2024-05",
        "AKIAXXXXXXXXXXXXXXXX",
        "пароль знают 12345678 человек",
    ],
)
def test_words_and_placeholders_are_no_secrets(text: str) -> None:
    assert find_private(text) == []


def test_entropy_tells_a_key_from_a_word() -> None:
    assert entropy_bits("aaaaaaaa") == 0.0
    assert entropy_bits("abcdefgh") == 3.0
    assert entropy_bits("") == 0.0
