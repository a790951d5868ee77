from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingError
from services.adapters.store.postgres_url import is_postgres, read_address

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "PostgreSQL"])
def test_every_way_to_write_the_scheme_is_the_drivers(scheme: str) -> None:
    address = read_address(f"{scheme}://me:secret@db.example:6432/desk")

    assert is_postgres(f"{scheme}://x")
    assert address.dsn == "postgresql://me:secret@db.example:6432/desk"
    assert address.name == "desk on db.example:6432"


@given(user=words, password=words, database=words)
def test_a_password_goes_to_the_driver_whole_and_nowhere_else(
    user: str, password: str, database: str
) -> None:
    parts = [quote(part, safe="") for part in (user, f"{password}§§", database)]

    address = read_address("postgresql://{}:{}@db/{}".format(*parts))

    read = urlsplit(address.dsn)
    assert (unquote(read.username or ""), unquote(read.password or "")) == (
        user,
        f"{password}§§",
    )
    assert unquote(read.path[1:]) == database
    assert f"{password}§§" not in address.name + repr(address)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("sslmode=require", "?sslmode=require"),
        ("ssl=true", "?sslmode=require"),
        ("channel_binding=require&sslmode=verify-full", "?sslmode=verify-full"),
        ("connect_timeout=9&keepalives=1", ""),
        ("options=-csearch_path%3Dnews", "?options=-csearch_path%3Dnews"),
        ("application_name=x&gssencmode=disable", "?application_name=x"),
    ],
)
def test_options_that_the_driver_does_not_know_are_translated_or_left_out(
    query: str, kept: str
) -> None:
    assert read_address(f"postgresql://db/desk?{query}").dsn == f"postgresql://db/desk{kept}"


@pytest.mark.parametrize(
    ("query", "seconds"), [("", 5.0), ("connect_timeout=9", 9.0), ("connect_timeout=0", 60.0)]
)
def test_the_time_to_connect_is_bounded(query: str, seconds: float) -> None:
    assert read_address(f"postgresql://db/desk?{query}").connect_s == seconds


@pytest.mark.parametrize("query", ["pgbouncer=true", "prepared_statement_cache_size=0"])
def test_a_pooler_is_told_by_the_address(query: str) -> None:
    address = read_address(f"postgresql://db/desk?{query}")

    assert (address.is_pooled, address.dsn) == (True, "postgresql://db/desk")


def test_a_socket_is_named_as_the_host() -> None:
    address = read_address("postgresql:///desk?host=/run/postgresql")

    assert address.name == "desk on /run/postgresql"
    assert address.dsn == "postgresql:///desk?host=%2Frun%2Fpostgresql"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://me:hunter2@db/desk", "begins with 'mysql'"),
        ("postgresql://me:hunter2@db", "names no database"),
        ("postgresql://me:hunter2@db/", "names no database"),
        ("postgresql://me:hun/ter2@db/desk", "special characters of the password"),
        ("postgresql://me:hun#ter2@db/desk", "special characters of the password"),
        ("postgresql://me:hun?ter2@db/desk", "special characters|no address"),
        ("postgresql://me:hunter2@db:port/desk", "special characters of the password"),
        ("postgresql://me:hunter2@[db/desk", "no address that can be read"),
        ("postgresql://me:hunter2@db/desk?sslmode", "no address that can be read"),
        ("postgresql://me:hunter2@db/desk?connect_timeout=soon", "give seconds"),
        ("", "begins with 'no scheme'"),
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_password(url: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as raised:
        read_address(url)

    assert "hun" not in str(raised.value)
