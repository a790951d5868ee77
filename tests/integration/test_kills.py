"""Four of the kills of `python -m tests.performance.bench_kills`."""

from collections.abc import Iterator

import pytest

from tests.integration.killing import Killing, serving_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def killing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    folder = tmp_path_factory.mktemp("killing")
    with serving_folder(folder / "served") as address:
        killing = Killing(folder, address, n_items=120)
        killing.prepare()
        yield killing


@pytest.mark.parametrize(
    ("name", "seed"), [("import", 1), ("import", 2), ("poll", 3), ("poll", 4)]
)
def test_a_killed_desk_loses_nothing_and_stores_nothing_twice(
    killing: Killing, name: str, seed: int
) -> None:
    done = killing.round(seed, name=name)

    assert done.problems == (), done
