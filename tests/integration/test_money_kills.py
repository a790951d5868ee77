"""Money when processes are killed between reserving and settling."""

import uuid
from collections.abc import Iterator

import pytest

from tests.integration.money_killing import STEPS, Bills, Moment, kill_once, provider

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bills() -> Iterator[Bills]:
    with provider() as bills:
        yield bills


@pytest.fixture(params=["a file", "a server and Redis"])
def places(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """The database, and the Redis in front of it."""
    if request.param == "a file":
        return f"sqlite:///{request.getfixturevalue('tmp_path') / 'desk.db'}", None
    return request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_server")


@pytest.mark.parametrize("step", STEPS)
def test_whenever_a_process_is_killed_every_reservation_ends_once_and_tells_the_bill(
    places: tuple[str, str | None], bills: Bills, step: str
) -> None:
    database, redis = places
    prefix = uuid.uuid4().hex[:8]
    for seed in (1, 2):
        moment = Moment.of(seed, step)

        problems = kill_once(database, redis, bills, prefix=f"{prefix}{seed}", moment=moment)

        assert problems == [], moment
