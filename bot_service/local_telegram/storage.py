"""Where the local Telegram remembers: one SQLite file and a folder of uploads."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Storage:
    """Records by kind and key, each a JSON text; a batch is kept whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._files = folder / "files"
        self._files.mkdir(exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(folder / "telegram.sqlite3", isolation_level=None, timeout=5.0)
        # WAL with NORMAL survives a killed process; a power cut may take the last moments.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(_SCHEMA)
        self._depth = 0

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make the writes inside one transaction; batches may be nested."""
        outermost = self._depth == 0
        if outermost:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            if outermost:
                self._db.execute("ROLLBACK")
            raise
        else:
            if outermost:
                self._db.execute("COMMIT")
        finally:
            self._depth -= 1

    def put(self, kind: str, key: str, value: str) -> None:
        """Write one record over an older one."""
        self._db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (kind, key, value))

    def delete(self, kind: str, key: str) -> None:
        """Forget one record; one that is not there is no error."""
        self._db.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str) -> list[tuple[str, str]]:
        """Give `(key, value)` of a kind, ordered by key as text."""
        rows = self._db.execute(
            "SELECT key, value FROM record WHERE kind = ? ORDER BY key", (kind,)
        )
        return [(str(key), str(value)) for key, value in rows]

    def save_file(self, content: bytes) -> str:
        """Keep an upload under a name nobody can guess, and give the name."""
        name = secrets.token_urlsafe(18)
        temporary = self._files / f"{name}.part"
        temporary.write_bytes(content)
        temporary.rename(self._files / name)
        return name

    def file(self, name: str) -> Path:
        """Give the path of an upload; the name must come from `save_file`."""
        return self._files / Path(name).name

    def close(self) -> None:
        """Close the file; the storage is useless afterwards."""
        self._db.close()
