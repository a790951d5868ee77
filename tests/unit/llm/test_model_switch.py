"""Models that cannot be built: told once, left alone for a while, then tried again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.errors import SettingError
from core.llm.manager import ModelManager
from core.ports.store import Store
from services.adapters.store.engine import SqlStore
from services.model_switch import BUILD_AGAIN_S, ModelSwitch
from tests.unit.llm.standing_in import StandInModel, desk


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await SqlStore.open(tmp_path / "desk.db")
    yield opened
    await opened.aclose()


class Builder:
    """Fails until it is `mended`."""

    def __init__(self, error: Exception) -> None:
        self.n_builds = 0
        self.mended = False
        self.now = 0.0
        self._error = error

    async def build(self) -> ModelManager:
        self.n_builds += 1
        if not self.mended:
            raise self._error
        return desk(StandInModel("only")).manager

    def switch(self, store: Store) -> ModelSwitch:
        return ModelSwitch(
            store, self.build, is_on_by_setting=True, is_any_usable=True, clock=lambda: self.now
        )


@pytest.mark.parametrize("error", [SettingError("no route"), RuntimeError("a bug")])
async def test_models_that_cannot_be_built_are_left_alone_for_half_a_minute(
    store: Store, error: Exception
) -> None:
    builder = Builder(error)
    switch = builder.switch(store)

    with capture_logs() as lines:
        switch.warm()
        given = [await switch.current() for _ in range(3)]
        builder.now = BUILD_AGAIN_S - 0.1
        given.append(await switch.current())

    assert (given, builder.n_builds) == ([None] * 4, 1)
    assert [(line["event"], line["log_level"]) for line in lines] == [("models.unusable", "error")]
    with pytest.raises(type(error), match=str(error)):
        await switch.manager()


async def test_models_that_could_not_be_built_are_built_again_later(store: Store) -> None:
    builder = Builder(SettingError("no route"))
    switch = builder.switch(store)
    await switch.current()

    builder.mended, builder.now = True, BUILD_AGAIN_S
    manager = await switch.current()
    await switch.aclose()

    assert manager is not None


async def test_a_failure_that_nobody_waits_for_is_told(store: Store) -> None:
    switch = Builder(SettingError("no route")).switch(store)

    with capture_logs() as lines:
        switch.warm()
        await asyncio.sleep(0.01)
    await switch.aclose()

    assert [(line["event"], line["why"]) for line in lines] == [("models.unusable", "no route")]
