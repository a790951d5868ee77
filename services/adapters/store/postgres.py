"""Everything that only PostgreSQL needs: connections, transactions, held names, its errors.

Readers see one snapshot (REPEATABLE READ, READ ONLY) and wait for nobody. Writers run beside each
other (READ COMMITTED): what they change is guarded by row locks, by unique keys, and by names that
one process holds at a time (`Store.exclusive`).
"""

import contextlib
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import event, exc, text
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection

from core.errors import SettingError, StoreError, StoreUnreachable
from schemas.status import ServerStatus
from services.adapters.store import postgres_errors
from services.adapters.store.database import translated
from services.adapters.store.migrate import REVISIONS, stored_revision
from services.adapters.store.postgres_url import CONNECT_S, Address, read_address

WRITERS = 6
READERS = 8
HOLDERS = 6
"""Connections of each kind, opened when needed; a server takes 100 unless told otherwise."""

STATEMENT_S = 60.0
"""What one statement may take: twenty times the longest of a desk with a year of news."""

IDLE_S = 300.0
"""What a transaction may do nothing for: a process that hangs must not hold its locks for ever."""

NO_LIMITS: Mapping[str, str] = {
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}

ANSWER_S = STATEMENT_S + 10
"""What the driver waits for a server that has gone silent."""

OLDEST_SERVER = 14
POOL_RECYCLE_S = 1_800
ASK_AFTER_S = 1.0
IDLE_SINCE = "idle_since"
LOOKS = 5

RANDOM_PAGE_COST = "1.1"
"""The usual value for what lies in memory or on an SSD; with the default of 4, meant for disks
that turn, a day's articles are found by reading whole tables."""


HOLDER = "holder:"
"""Facts under this prefix tell which store held a name last."""

_OWN_NAME = "hashtextextended(current_schema() || ':newsdesk:' || CAST(:name AS text), 0)"
_LOCK = text(f"SELECT pg_advisory_xact_lock({_OWN_NAME})")
_HOLDER = text("SELECT value FROM fact WHERE key = :key")
_SET_HOLDER = text(
    "INSERT INTO fact (key, value) VALUES (:key, :value) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_SET = text("SELECT set_config(:name, :value, true)")

_SCHEMA = "schema"
"""The name that a process holds while it changes the schema."""


class PostgresDatabase:
    """A `Database` on a PostgreSQL server, used by any number of processes."""

    has_one_writer = False
    own_errors: tuple[type[BaseException], ...] = (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    )

    def __init__(self, address: Address, *, busy_timeout_s: float) -> None:
        self.name = address.name
        self.file: Path | None = None
        self._address = address
        self._busy_timeout_s = busy_timeout_s
        self._id = uuid.uuid4().hex
        limits = {
            "lock_timeout": _ms(busy_timeout_s),
            "statement_timeout": _ms(STATEMENT_S),
            "idle_in_transaction_session_timeout": _ms(IDLE_S),
        }
        self.writer = self._engine("READ COMMITTED", size=WRITERS, limits=limits)
        self.reader = self._engine(
            "REPEATABLE READ", size=READERS, limits=limits, is_readonly=True
        )
        # Names must be had even while every writer waits for one, so not from the writers' pool;
        # their transactions are idle by intent.
        self._holders = self._engine(
            "READ COMMITTED",
            size=HOLDERS,
            limits=limits | {"idle_in_transaction_session_timeout": "0"},
        )

    async def probe(self) -> None:
        """Connect once and look at what is there.

        Raises:
            StoreError: The server is too old, or the database cannot hold every text.
        """
        async with self.writer.connect() as connection:
            found = await connection.execute(
                text("SELECT current_setting('server_version_num'), getdatabaseencoding()")
            )
            version, encoding = found.one()
        if int(version) // 10_000 < OLDEST_SERVER:
            raise StoreError(
                f"the server of {self.name!r} is PostgreSQL {int(version) // 10_000}; "
                f"Newsdesk needs {OLDEST_SERVER} or newer"
            )
        if encoding != "UTF8":
            raise StoreError(
                f"the database {self.name!r} is encoded as {encoding}; make one that holds every "
                "language: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0"
            )

    @contextlib.asynccontextmanager
    async def preparing(self) -> AsyncIterator[AsyncConnection]:
        """Open the transaction that changes the schema, on a connection without time limits.

        Two processes that start together do it one after the other.
        """
        engine = self.unlimited()
        try:
            async with engine.begin() as connection:
                await connection.execute(_LOCK, {"name": _SCHEMA})
                yield connection
        finally:
            await engine.dispose()

    def unlimited(self) -> AsyncEngine:
        """Give an engine whose statements may take as long as they take."""
        return self._engine("READ COMMITTED", size=0, limits=NO_LIMITS)

    @contextlib.asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[bool]:
        """Hold `name` alone among processes; gives whether another one had it meanwhile.

        The lock lives in a transaction of its own, so it goes when the process dies, and works
        through a pooler that gives every transaction another connection.
        """
        async with self._holders.connect() as connection:
            await connection.execute(_LOCK, {"name": name})
            key = HOLDER + name
            last = (await connection.execute(_HOLDER, {"key": key})).scalar()
            if last != self._id:
                # Committed before the name is used: who comes after a crash must know of it.
                async with self.writer.begin() as other:
                    await other.execute(_SET_HOLDER, {"key": key, "value": self._id})
            try:
                yield last is not None and last != self._id
            finally:
                # A connection that broke meanwhile has let go of the name already.
                with contextlib.suppress(exc.DBAPIError, StoreError):
                    await connection.rollback()

    async def hurry(self, connection: AsyncConnection) -> None:
        """Let the running transaction commit without waiting for the disk."""
        await connection.execute(_SET, {"name": "synchronous_commit", "value": "off"})

    def translate(self, error: BaseException) -> StoreError:
        """Give our error for one of the driver's."""
        is_ours = isinstance(error.__cause__ or error, asyncpg.DataError)
        if getattr(error, "sqlstate", None) is None and not is_ours:
            return self._broken(error)
        return postgres_errors.translate(
            error,
            where=self.name,
            busy_timeout_s=self._busy_timeout_s,
            statement_s=STATEMENT_S,
            setting=self._address.setting,
        )

    async def aclose(self) -> None:
        """Release every connection."""
        for engine in (self.reader, self.writer, self._holders):
            await engine.dispose()

    def _engine(
        self, isolation: str, *, size: int, limits: Mapping[str, str], is_readonly: bool = False
    ) -> AsyncEngine:
        """Make an engine; `size` 0: every connection is made when it is needed."""
        pool: dict[str, Any] = {"poolclass": NullPool}
        if size:
            pool = {
                "pool_size": size,
                "max_overflow": 0,
                "pool_timeout": max(self._busy_timeout_s, 0.001),
                "pool_recycle": POOL_RECYCLE_S,
            }
        connect_args: dict[str, Any] = {"async_creator_fn": partial(self._connect, limits)}
        if self._address.is_pooled:
            connect_args |= {
                "prepared_statement_cache_size": 0,
                "prepared_statement_name_func": lambda: f"newsdesk_{uuid.uuid4().hex}",
            }
        engine = create_async_engine(
            "postgresql+asyncpg://",
            isolation_level=isolation,
            execution_options={"postgresql_readonly": is_readonly},
            connect_args=connect_args,
            **pool,
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        event.listen(engine.sync_engine, "checkin", _note_idle)
        event.listen(engine.sync_engine, "handle_error", self._lost)
        if self._address.is_pooled:
            event.listen(engine.sync_engine, "begin", partial(_set_locally, limits))
        return engine

    async def _connect(self, limits: Mapping[str, str]) -> Any:  # noqa: ANN401 - the driver ships no types
        # Compiling a query takes longer than any of ours; a host that died is noticed after two
        # minutes.
        settings = {
            "application_name": "newsdesk",
            "jit": "off",
            "random_page_cost": RANDOM_PAGE_COST,
            "tcp_keepalives_idle": "60",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "6",
            **limits,
        }
        try:
            return await asyncpg.connect(
                self._address.dsn,
                timeout=self._address.connect_s,
                command_timeout=None if limits is NO_LIMITS else ANSWER_S,
                statement_cache_size=0 if self._address.is_pooled else 100,
                server_settings=None if self._address.is_pooled else settings,
            )
        except (asyncpg.ClientConfigurationError, ValueError) as error:
            raise SettingError(f"{self._address.setting} is not understood: {error}") from error
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: BaseException) -> StoreError:
        if getattr(error, "sqlstate", None) is not None:
            return self.translate(error)
        if isinstance(error, TimeoutError):
            said = f"no answer within {self._address.connect_s:g} s"
        else:
            said = str(error) or type(error).__name__
        return StoreUnreachable(
            f"PostgreSQL cannot be reached for {self.name!r} ({said}); start it, or correct "
            f"{self._address.setting}"
        )

    def _lost(self, context: ExceptionContext) -> None:
        """Make an error of the network one of the database: SQLAlchemy wraps only the driver's."""
        error = context.original_exception
        if isinstance(error, OSError | TimeoutError) and not context.is_pre_ping:
            context.is_disconnect = True
            raise self._broken(error) from error

    def _broken(self, error: BaseException) -> StoreError:
        said = "no answer" if isinstance(error, TimeoutError) else str(error)
        return StoreUnreachable(
            f"the connection to {self.name!r} broke ({said or type(error).__name__}); what was "
            "not finished is undone, try again when PostgreSQL is back"
        )


def _ms(seconds: float) -> str:
    """Give a time limit as the server takes it; 0 would be none at all."""
    return str(max(int(seconds * 1000), 1))


def _refuse_closed(
    connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
) -> None:
    """Have the pool connect again where the server closed what lay in it.

    A connection that was used just now need not be asked: its end would have been noticed.
    """
    driver: Any = record.driver_connection
    if driver.is_closed():
        raise exc.DisconnectionError("the server closed the connection")
    if time.monotonic() - record.info.get(IDLE_SINCE, time.monotonic()) > ASK_AFTER_S:
        adapted: Any = connection
        try:
            adapted.ping()
        except (exc.DBAPIError, adapted.dbapi.Error, OSError, TimeoutError, StoreError) as error:
            raise exc.DisconnectionError(str(error)) from error


def _note_idle(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[IDLE_SINCE] = time.monotonic()


def _set_locally(limits: Mapping[str, str], connection: Connection) -> None:
    """Set for one transaction what a pooler would not take when connecting."""
    own = {"jit": "off", "random_page_cost": RANDOM_PAGE_COST}
    for name, value in {**own, **limits}.items():
        connection.execute(_SET, {"name": name, "value": value})


async def look_at(url: str) -> ServerStatus:
    """Look at a database without changing anything.

    Raises:
        SettingError: The address cannot be understood.
        StoreError: It does not answer, refuses the user, or is too old.
    """
    database = PostgresDatabase(read_address(url), busy_timeout_s=CONNECT_S)
    try:
        with translated(database, CONNECT_S):
            await database.probe()
            async with database.reader.begin() as connection:
                took = []
                for _ in range(LOOKS):
                    asked = time.perf_counter()
                    version = (await connection.execute(text("SHOW server_version"))).scalar_one()
                    took.append((time.perf_counter() - asked) * 1000)
                stored = await connection.run_sync(stored_revision)
    finally:
        await database.aclose()
    return ServerStatus(
        database=database.name,
        version=version,
        schema_stored=stored,
        schema_known=REVISIONS[-1],
        latency_ms=statistics.median(took),
    )
