"""Terms as numbers: found or made, remembered, packed."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.store.statements import chunks, is_one_of, upsert
from services.adapters.store.tables import term

MAX_REMEMBERED = 40_000
"""Term ids kept in memory (about 8 MB); the frequent ones of a large archive fit."""

ENTITY_PREFIX = "e:"
PACKED = np.dtype("<i4")


class TermMemory:
    """Ids of terms that are certainly stored, least recently used out first."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, int] = OrderedDict()

    def recall(self, words: Iterable[str]) -> dict[str, int]:
        """Give the ids that are remembered."""
        known = {}
        for word in words:
            found = self._ids.get(word)
            if found is not None:
                self._ids.move_to_end(word)
                known[word] = found
        return known

    def learn(self, ids: dict[str, int]) -> None:
        """Remember ids whose rows are committed."""
        self._ids.update(ids)
        while len(self._ids) > MAX_REMEMBERED:
            self._ids.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: rows may have been deleted."""
        self._ids.clear()


class TermIds:
    """Term ids inside one transaction; what it makes is remembered after the commit only."""

    def __init__(self, connection: AsyncConnection, memory: TermMemory) -> None:
        self._connection = connection
        self._memory = memory
        self._fresh: dict[str, int] = {}
        self._words: dict[int, str] = {}
        self._has_deleted = False

    async def ensure(self, words: Collection[str]) -> dict[str, int]:
        """Give an id for every word, making the missing ones."""
        ids = self._memory.recall(words)
        ids.update((word, self._fresh[word]) for word in words if word in self._fresh)
        missing = [word for word in words if word not in ids]
        if not missing:
            return ids
        found = await self.find(missing)
        new = [{"term": word} for word in missing if word not in found]
        if new:
            insert = upsert(self._connection, term).on_conflict_do_nothing()
            await self._connection.execute(insert, new)
            # Asked again instead of returned: another writer may have made some meanwhile.
            found.update(await self.find([row["term"] for row in new]))
        self._fresh.update(found)
        return ids | found

    async def find(self, words: Collection[str]) -> dict[str, int]:
        """Give the ids of the words that are stored."""
        ids: dict[str, int] = {}
        for part in chunks(list(words)):
            rows = await self._connection.execute(
                select(term.c.term, term.c.id).where(
                    is_one_of(self._connection, term.c.term, part)
                )
            )
            ids.update({row.term: row.id for row in rows.all()})
        return ids

    async def words(self, ids: Sequence[int]) -> dict[int, str]:
        """Give the words of ids; what was found once is not asked for again.

        An answer counts the terms of many windows, most of which are the same words.
        """
        missing = [term_id for term_id in ids if term_id not in self._words]
        for part in chunks(missing):
            rows = await self._connection.execute(
                select(term.c.id, term.c.term).where(is_one_of(self._connection, term.c.id, part))
            )
            self._words.update({row.id: row.term for row in rows.all()})
        return {term_id: self._words[term_id] for term_id in ids if term_id in self._words}

    def deleted(self) -> None:
        """Say that this transaction deletes terms: what was found so far may be among them."""
        self._has_deleted = True
        self._fresh.clear()
        self._words.clear()
        self._memory.clear()

    def committed(self) -> None:
        """Hand over what the transaction made; call it after the commit."""
        if self._has_deleted:
            self._memory.clear()
        else:
            self._memory.learn(self._fresh)


def pack(ids: Iterable[int]) -> bytes:
    """Give term ids as the bytes that `article_terms` holds."""
    return np.fromiter(ids, dtype=PACKED).tobytes()


def unpack(data: bytes) -> NDArray[np.int32]:
    """Give the term ids of one article, or of several whose bytes were joined."""
    return np.frombuffer(data, dtype=PACKED)
