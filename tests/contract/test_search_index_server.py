"""What the index on a Qdrant server does beyond the contract: its failures and its company."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import astuple, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr
from qdrant_client import AsyncQdrantClient, models

from core.access import visible
from core.errors import (
    EmbedderChanged,
    IndexFailed,
    IndexFull,
    IndexUnreachable,
    SettingError,
)
from core.ports.index import DenseSearch, Document, Hit, IndexFilter, SearchIndex, SparseSearch
from schemas.principal import Principal
from services.adapters.index import server, server_collections
from services.adapters.index.server_calls import Server
from tests.contract.index_documents import (
    DIMENSION,
    EVERYTHING,
    NOON,
    document,
    find,
    found_by_each,
    open_edge,
    open_server,
)
from tests.qdrant_peer import Fault, QdrantPeer, serve_qdrant

KEY = "a-very-secret-key"


@pytest.fixture
async def remote(qdrant_url: str) -> AsyncIterator[SearchIndex]:
    """An index on the peer."""
    opened = await open_server(qdrant_url)()
    yield opened
    await opened.aclose()


@pytest.fixture
async def client(qdrant_url: str) -> AsyncIterator[AsyncQdrantClient]:
    """Somebody else at the same server."""
    opened = AsyncQdrantClient(url=qdrant_url, check_compatibility=False)
    yield opened
    await opened.close()


def newsroom(n: int) -> list[Document]:
    """Documents over many words, languages, hours and owners, the same at every call."""
    chance = random.Random(5)
    vectors = np.random.default_rng(5).normal(size=(n, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = [f"word{number}" for number in range(60)]
    return [
        replace(
            document(number, " ".join(chance.choices(words, k=chance.randint(1, 40)))),
            title=" ".join(chance.choices(words, k=3)),
            lang=chance.choice(["en", "ru", "de"]),
            at=NOON - timedelta(minutes=chance.randint(0, 5_000)),
            source=chance.choice(["Morning Post", "Evening Post", "Gazette"]),
            audience=chance.choice(["public", "operator"]),
            vector=vectors[number],
        )
        for number in range(n)
    ]


async def test_hits_scores_and_order_are_those_of_the_embedded_index(
    remote: SearchIndex, tmp_path: Path
) -> None:
    documents = newsroom(400)
    embedded = await open_edge(tmp_path / "index")()
    for one in (embedded, remote):
        await one.upsert(documents)
        await one.delete("article", [3, 5, 8])
    public = IndexFilter(visible(Principal(tenant="desk", chat="42")))
    filters = [
        EVERYTHING,
        public,
        replace(public, lang="de", without_ids=frozenset(range(50))),
        replace(EVERYTHING, start=NOON - timedelta(hours=30), end=NOON - timedelta(hours=3)),
        replace(EVERYTHING, sources=frozenset({"Gazette"})),
    ]
    searches: list[SparseSearch | DenseSearch] = [
        SparseSearch("word3 word17 word17 word40", lang=None, limit=20),
        SparseSearch("word1", lang="en", limit=7),
        DenseSearch(documents[7].vector, limit=30),
        DenseSearch(documents[99].vector, limit=3),
    ]

    here = [await embedded.search("article", searches, where) for where in filters]
    there = [await remote.search("article", searches, where) for where in filters]

    def flat(found: list[list[list[Hit]]]) -> list[Hit]:
        return [hit for legs in found for leg in legs for hit in leg]

    # The engine adds a document's terms up in no fixed order, so the last bit differs by shard.
    assert [astuple(hit)[:3] for hit in flat(there)] == [astuple(hit)[:3] for hit in flat(here)]
    assert [hit.score for hit in flat(there)] == pytest.approx(
        [hit.score for hit in flat(here)], rel=1e-6
    )
    assert min(len(leg) for leg in here[0]) >= 3
    await embedded.aclose()


async def test_all_legs_go_out_in_one_request(
    remote: SearchIndex, qdrant_peer: QdrantPeer
) -> None:
    await remote.upsert([document(1)])
    await found_by_each(remote, EVERYTHING)
    qdrant_peer.asked.clear()

    await found_by_each(remote, EVERYTHING)

    path = "/collections/newsdesk_article/points/query/batch"
    assert qdrant_peer.asked == [f"POST {path}"]


async def test_many_documents_go_in_several_requests(
    remote: SearchIndex, qdrant_peer: QdrantPeer
) -> None:
    await remote.upsert([document(number) for number in range(450)])

    assert await remote.count("article", EVERYTHING) == 450
    puts = [asked for asked in qdrant_peer.asked if asked.startswith("PUT") and "points" in asked]
    assert len(puts) == 3


BUSY = b'{"status":{"error":"Too many requests"},"time":0.0}'
FULL = b'{"status":{"error":"Service internal error: No space left on device"},"time":0.0}'
LATER = b'{"result":{"operation_id":1,"status":"wait_timeout"},"status":"ok","time":0.0}'


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fault(status=500), IndexFailed, "HTTP 500, 'Service internal error: on demand'"),
        (Fault(status=502, body=b"<html>Bad gateway"), IndexUnreachable, "does not answer"),
        (Fault(status=503), IndexUnreachable, "does not answer"),
        (Fault(status=429, body=BUSY), IndexUnreachable, "HTTP 429"),
        (Fault(status=429, body=BUSY, retry_after_s=7), IndexUnreachable, "too many requests"),
        (Fault(status=500, body=FULL), IndexFull, "make room"),
        (Fault(status=507), IndexFull, "make room"),
        (Fault(status=413), IndexFailed, "HTTP 413"),
        (Fault(status=403), IndexUnreachable, "NEWSDESK_QDRANT_API_KEY"),
        (Fault(status=404, body=b"<html>"), IndexFailed, "check NEWSDESK_QDRANT_URL"),
        (Fault(status=200, body=b"hello"), IndexFailed, "check NEWSDESK_QDRANT_URL"),
        (Fault(status=200, body=b'{"result":null}'), IndexFailed, "check NEWSDESK_QDRANT_URL"),
        (Fault(status=200, body=LATER), IndexUnreachable, "in time"),
        (Fault(is_cut=True), IndexUnreachable, "does not answer"),
    ],
)
async def test_a_failing_server_is_named_with_what_helps(
    remote: SearchIndex, qdrant_peer: QdrantPeer, fault: Fault, error: type[IndexFailed], says: str
) -> None:
    await remote.upsert([document(1)])
    qdrant_peer.fault = fault

    with pytest.raises(error, match=says) as raised:
        await remote.upsert([document(2)])

    is_the_way_to_blame = isinstance(raised.value, IndexUnreachable)
    assert is_the_way_to_blame == issubclass(error, IndexUnreachable)


async def test_a_slow_server_is_not_waited_for(
    remote: SearchIndex, qdrant_peer: QdrantPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await remote.upsert([document(1)])
    monkeypatch.setattr(server, "ASK_S", 1)
    qdrant_peer.fault = Fault(delay_s=20, only="batch")

    with pytest.raises(IndexUnreachable, match="does not answer"):
        await find(remote, "bridge")

    assert await remote.count("article", EVERYTHING) == 1


async def test_each_call_is_made_once(remote: SearchIndex, qdrant_peer: QdrantPeer) -> None:
    await remote.upsert([document(1)])
    qdrant_peer.fault = Fault(status=503)
    qdrant_peer.asked.clear()

    with pytest.raises(IndexUnreachable, match="503"):
        await find(remote, "bridge")

    assert len(qdrant_peer.asked) == 1


async def test_a_server_that_comes_back_finds_everything_again(tmp_path: Path) -> None:
    with serve_qdrant(tmp_path) as before:
        remote = await open_server(before.url)()
        await remote.upsert([document(1)])

    with pytest.raises(IndexUnreachable, match="newsdesk doctor"):
        await find(remote, "bridge")
    with serve_qdrant(tmp_path, port=before.port):
        found = [hit.id for hit in await find(remote, "bridge")]
        await remote.aclose()

    assert found == [1]


async def test_a_desk_may_open_before_its_server(tmp_path: Path) -> None:
    with serve_qdrant(tmp_path) as before:
        pass
    remote = await open_server(before.url)()

    with pytest.raises(IndexUnreachable, match="does not answer"):
        await remote.upsert([document(1)])
    with serve_qdrant(tmp_path, port=before.port):
        await remote.upsert([document(1)])
        count = await remote.count("article", EVERYTHING)
        await remote.aclose()

    assert count == 1


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[QdrantPeer]:
    """A server that wants a key."""
    with serve_qdrant(tmp_path / "locked", api_key=KEY) as peer:
        yield peer


async def test_the_right_key_opens_the_server(locked: QdrantPeer) -> None:
    remote = await open_server(locked.url, api_key=KEY)()

    await remote.upsert([document(1)])

    assert await found_by_each(remote, EVERYTHING) == [[1], [1]]
    await remote.aclose()


@pytest.mark.parametrize("key", [None, "another-secret"])
async def test_a_wrong_key_stops_the_opening_and_is_never_shown(
    locked: QdrantPeer, key: str | None
) -> None:
    with pytest.raises(IndexFailed, match="NEWSDESK_QDRANT_API_KEY") as raised:
        await open_server(locked.url, api_key=key)()

    assert "another-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "key", "says"),
    [
        ("http://ada:pass-word@qdrant", None, "holds a user or a password"),
        ("http://qdrant:99999", None, "is no address"),
        ("http://:6333", None, "names no host"),
        ("http://qdrant", "two\nsecrets", "letters that no key has"),
    ],
)
def test_an_address_or_a_key_that_cannot_be_one_is_refused(
    url: str, key: str | None, says: str
) -> None:
    with pytest.raises(SettingError, match=says) as raised:
        Server(url, None if key is None else SecretStr(key))

    assert "pass-word" not in str(raised.value)
    assert "secrets" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://qdrant", "http://qdrant:6333"),
        ("https://qdrant.example/", "https://qdrant.example:6333"),
        ("https://example.org:443/search/", "https://example.org:443/search"),
        ("http://[::1]:7000", "http://[::1]:7000"),
    ],
)
async def test_the_port_is_qdrants_own_unless_the_address_says_otherwise(
    url: str, address: str
) -> None:
    reached = Server(url, None)

    assert reached.address == address
    await reached.client.close()


async def test_an_old_server_is_refused(tmp_path: Path) -> None:
    with (
        serve_qdrant(tmp_path, version="1.15.4") as peer,
        pytest.raises(IndexFailed, match=r"1\.15\.4, at least 1\.16 is needed"),
    ):
        await open_server(peer.url)()


async def test_a_collection_that_says_not_what_made_it_is_refused_until_it_is_cleared(
    client: AsyncQdrantClient, qdrant_url: str
) -> None:
    await client.create_collection(
        "newsdesk_article",
        vectors_config=models.VectorParams(size=3, distance=models.Distance.DOT),
    )

    with pytest.raises(EmbedderChanged, match="newsdesk reindex"):
        await open_server(qdrant_url)()
    rebuilt = await open_server(qdrant_url)(is_rebuild=True)
    await rebuilt.clear("article")
    await rebuilt.upsert([document(1)])

    assert await found_by_each(rebuilt, EVERYTHING) == [[1], [1]]
    await rebuilt.aclose()


async def test_collections_of_others_are_left_alone(
    client: AsyncQdrantClient, qdrant_url: str
) -> None:
    other = models.VectorParams(size=3, distance=models.Distance.DOT)
    await client.create_collection("newsdeskarticle", vectors_config=other)

    remote = await open_server(qdrant_url)()
    await remote.upsert([document(1)])
    await remote.clear("article")

    assert await client.collection_exists("newsdeskarticle")
    assert not await client.collection_exists("newsdesk_article")
    await remote.aclose()


async def test_a_collection_that_vanishes_is_not_replaced_in_silence(
    remote: SearchIndex, client: AsyncQdrantClient
) -> None:
    await remote.upsert([document(1)])
    await client.delete_collection("newsdesk_article")

    for _ in range(2):
        with pytest.raises(IndexUnreachable, match="newsdesk reindex"):
            await find(remote, "bridge")
    await remote.clear("article")
    await remote.upsert([document(2)])

    assert await found_by_each(remote, EVERYTHING) == [[2], [2]]


async def test_a_collection_whose_making_was_cut_short_is_completed(
    client: AsyncQdrantClient, qdrant_url: str, qdrant_peer: QdrantPeer
) -> None:
    first = await open_server(qdrant_url)()
    qdrant_peer.fault = Fault(status=503, only="/index")
    with pytest.raises(IndexUnreachable, match="make an index"):
        await first.upsert([document(1)])
    await first.aclose()
    qdrant_peer.fault = None

    second = await open_server(qdrant_url)()
    await second.upsert([document(1)])
    info = await client.get_collection("newsdesk_article")

    assert sorted(info.payload_schema) == ["at_us", "audience", "lang", "source", "tenant"]
    await second.aclose()


async def test_processes_that_begin_together_make_one_collection(qdrant_url: str) -> None:
    both = [await open_server(qdrant_url)() for _ in range(4)]

    await asyncio.gather(*(one.upsert([document(n)]) for n, one in enumerate(both)))

    assert await both[0].count("article", EVERYTHING) == 4
    for one in both:
        await one.aclose()


async def test_languages_that_another_process_stored_are_searched_too(
    remote: SearchIndex, qdrant_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_collections, "LANGS_S", 0.0)
    await remote.upsert([document(1)])
    await find(remote, "bridge", lang=None)
    other = await open_server(qdrant_url)()
    await other.upsert([replace(document(2, "новые мосты"), lang="ru")])
    await other.aclose()

    assert [hit.id for hit in await find(remote, "моста", lang=None)] == [2]


async def test_looking_at_a_server_gives_its_version_and_what_it_holds(
    remote: SearchIndex, qdrant_url: str
) -> None:
    await remote.upsert([document(1), document(2)])

    seen = await server.look_at(qdrant_url, None, prefix="newsdesk")

    assert seen == ("1.16.0", {"newsdesk_article": 2})
