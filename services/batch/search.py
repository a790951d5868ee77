"""The task that searches a corpus: relevance alone, with the index that the desk uses."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from core.errors import UsageError
from core.ports.embedder import Embedder
from core.ports.index import Document, IndexFilter, SearchIndex
from core.retrieval.fusion import fuse_by_rank
from core.retrieval.query import parse_query
from core.retrieval.search import RetrievalLimits, retrieve_for_analysis
from core.text.language import identify
from schemas.principal import PUBLIC, SHARED_TENANT, Visibility
from services.batch.rows import TEXT, TITLE, BadRow, Fields, Row, RowId, Rows

N_HITS = 100
_KIND = "corpus"
_HEADINGS = "headings"
_CHUNK = 500
_AT = datetime(2000, 1, 1, tzinfo=UTC)
_LIMITS = RetrievalLimits(candidates=N_HITS, fused=N_HITS, k_final=N_HITS, is_relevance_only=True)
_WHERE = IndexFilter(Visibility(tenants=frozenset({SHARED_TENANT}), audiences=frozenset({PUBLIC})))
_QUERY = ("query", "question", *TEXT, *TITLE)
_HEADING = (*TITLE, "question")
_BODY = (*TEXT, "answer")


class Corpus:
    """Documents in a search index of their own; only their ids are held in memory.

    Answered questions are found by the question alone too: who asks words it like another
    question, not like its answer. Both rankings are fused.
    """

    def __init__(self, index: SearchIndex, embedder: Embedder, *, runner: asyncio.Runner) -> None:
        self._index = index
        self._embedder = embedder
        self._runner = runner
        self._ids: list[RowId] = []
        self._has_questions = False
        self._langs = Counter[str]()

    def fill(self, rows: Rows) -> Iterator[BadRow]:
        """Index documents (`id`, `title`?, `text`, `lang`?); gives the rows that are none."""
        iterator = iter(rows)
        while chunk := list(islice(iterator, _CHUNK)):
            good: list[Row] = []
            for row in chunk:
                if isinstance(row, BadRow):
                    yield row
                elif row.has(*_HEADING, *_BODY, "answers"):
                    good.append(row)
                else:
                    yield BadRow(None, row.id, "nothing to find it by: no title and no text")
            self._runner.run(self._add(good))

    def answer(self, row: Row) -> Fields:
        """Find what a query asks for, best first; `score` means nothing across queries."""
        if not row.has(*_QUERY):
            raise UsageError("nothing to search for: no 'query' and no 'text'", field="row")
        return self._runner.run(self._find(row.first(_QUERY)))

    async def _find(self, text: str) -> Fields:
        kinds = (_KIND, _HEADINGS) if self._has_questions else (_KIND,)
        found = [await self._ranked(text, kind) for kind in kinds]
        best = found[0]
        if len(found) > 1:
            rankings = [[key for key, _ in ranking] for ranking in found]
            best = fuse_by_rank(rankings, k=_LIMITS.rrf_k)[:N_HITS]
        return {"hits": [{"id": self._ids[key], "score": score} for key, score in best]}

    async def _ranked(self, text: str, kind: str) -> list[tuple[int, float]]:
        found = await retrieve_for_analysis(
            self._index,
            self._embedder,
            query=parse_query(text),
            where=_WHERE,
            limits=replace(_LIMITS, kind=kind),
        )
        return [(one.id, one.fused_score) for one in found]

    async def _add(self, rows: Sequence[Row]) -> None:
        first = len(self._ids)
        self._ids.extend(row.id for row in rows)
        texts = self._in_languages(rows)
        await self._put(_KIND, dict(enumerate(texts, start=first)))
        asked = {
            first + place: replace(texts[place], body="")
            for place, row in enumerate(rows)
            if row.has("question")
        }
        if asked:
            self._has_questions = True
            await self._put(_HEADINGS, asked)

    def _in_languages(self, rows: Sequence[Row]) -> list["_Text"]:
        """Name each document's language; where its words leave it open, most others' counts."""
        texts = [_Text(row.first(_HEADING), _body_of(row), row.first(("lang",))) for row in rows]
        self._langs.update(identify(text.whole, prior=text.lang or None)[0] for text in texts)
        usual = next((lang for lang, _ in self._langs.most_common(1)), None)
        return [
            replace(text, lang=identify(text.whole, prior=text.lang or usual)[0]) for text in texts
        ]

    async def _put(self, kind: str, texts: Mapping[int, "_Text"]) -> None:
        vectors = await self._embedder.embed([text.whole for text in texts.values()])
        await self._index.upsert(
            [
                Document(
                    id=key,
                    kind=kind,
                    title=text.heading,
                    text=text.body,
                    lang=text.lang,
                    at=_AT,
                    source="corpus",
                    tenant=SHARED_TENANT,
                    audience=PUBLIC,
                    vector=vectors[place],
                )
                for place, (key, text) in enumerate(texts.items())
            ]
        )


@dataclass(frozen=True, slots=True)
class _Text:
    heading: str
    body: str
    lang: str

    @property
    def whole(self) -> str:
        return f"{self.heading}\n{self.body}"


def _body_of(row: Row) -> str:
    answers = row.fields.get("answers")
    if isinstance(answers, list) and not row.has(*_BODY):
        return "\n".join(str(one) for one in answers)
    return row.first(_BODY)
