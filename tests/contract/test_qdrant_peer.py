"""Whether the Qdrant server of the tests refuses what the real one refuses."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.qdrant_peer import QdrantPeer, serve_qdrant

NEWS = {
    "vectors": {"meaning": {"size": 4, "distance": "Cosine"}},
    "sparse_vectors": {"words": {"modifier": "idf"}},
}
POINT = {
    "id": 1,
    "vector": {"meaning": [1, 0, 0, 0], "words": {"indices": [7, 9], "values": [1.0, 0.5]}},
    "payload": {"lang": "en", "at_us": 5},
}


@pytest.fixture
async def http(qdrant_peer: QdrantPeer) -> AsyncIterator[httpx.AsyncClient]:
    """Raw HTTP to a server with one collection of one point."""
    async with httpx.AsyncClient(base_url=f"{qdrant_peer.url}/collections") as client:
        await client.put("/news", json=NEWS)
        await client.put("/news/points?wait=true", json={"points": [POINT]})
        yield client


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The same for requests that change nothing, made once."""
    with (
        serve_qdrant(tmp_path_factory.mktemp("refusing")) as peer,
        httpx.Client(base_url=f"{peer.url}/collections") as client,
    ):
        client.put("/news", json=NEWS)
        client.put("/news/points?wait=true", json={"points": [POINT]})
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("PUT", "/news", NEWS, 409, "already exists"),
        ("PUT", "/more", NEWS | {"colour": "red"}, 400, "Extra inputs"),
        ("PUT", "/more", {"vectors": {"m": {"size": 0, "distance": "Dot"}}}, 422, "or larger"),
        ("GET", "/none", None, 404, "doesn't exist"),
        ("POST", "/none/points/count", {}, 404, "doesn't exist"),
        ("PUT", "/none/points", {"points": [POINT]}, 404, "doesn't exist"),
        (
            "PUT",
            "/news/points",
            {"points": [POINT | {"vector": {"x": [1.0]}}]},
            400,
            "vector name",
        ),
        ("PUT", "/news/points", {"points": [POINT | {"vector": {"meaning": [1]}}]}, 400, "dim: 4"),
        ("PUT", "/news/points", {"points": [POINT | {"id": -1}]}, 400, "point ID"),
        ("PUT", "/news/points", {"points": [POINT | {"text": "?"}]}, 400, "Extra inputs"),
        ("PUT", "/news/points?later=1", {"points": [POINT]}, 400, "later"),
        ("POST", "/news/points", {"ids": [1], "with_vector": ["x"]}, 400, "vector name"),
        ("POST", "/news/points/count", {"exact": "yes"}, 400, "boolean"),
        ("POST", "/news/points/query", {"query": [1, 0, 0, 0], "using": "x"}, 400, "vector name"),
        ("POST", "/news/points/query", {"query": [1, 0], "using": "meaning"}, 400, "dim: 4"),
        ("POST", "/news/points/query", {"query": [1, 0, 0, 0], "limit": 0}, 422, "limit"),
        ("POST", "/news/points/query", {"query": {"fusion": "rrf"}}, 501, "does not speak"),
        ("POST", "/news/points/query/batch?timeout=0", {"searches": []}, 422, "timeout"),
        ("POST", "/news/points/scroll", {"limit": "5"}, 400, "integer"),
        ("POST", "/news/facet", {"key": "lang"}, 400, "No appropriate index"),
        ("POST", "/news/points/delete", {"ids": [1]}, 400, "Field required"),
        ("POST", "/news/points/guess", {}, 404, ""),
    ],
)
def test_what_the_interface_does_not_allow_is_refused(
    refusing: httpx.Client, method: str, path: str, body: Any, status: int, says: str
) -> None:
    answer = refusing.request(method, path, content=json.dumps(body) if body else b"{}")

    assert (answer.status_code, says in answer.text) == (status, True), answer.text


async def test_a_filter_narrows_by_value_range_and_id(http: httpx.AsyncClient) -> None:
    points = [
        POINT | {"id": n, "payload": {"lang": lang, "at_us": n}}
        for n, lang in enumerate(["en", "ru", "ru", "de", "ru"])
    ]
    await http.put("/news/points?wait=true", json={"points": points})
    condition = {
        "must": [
            {"key": "lang", "match": {"any": ["ru", "de"]}},
            {"key": "at_us", "range": {"gt": 1, "lte": 4}},
        ],
        "must_not": {"has_id": [3]},
    }

    counted = await http.post("/news/points/count", json={"filter": condition})
    scrolled = await http.post("/news/points/scroll", json={"filter": condition, "limit": 1})

    assert counted.json()["result"] == {"count": 2}
    page = scrolled.json()["result"]
    assert ([point["id"] for point in page["points"]], page["next_page_offset"]) == ([2], 4)


async def test_scores_are_written_as_short_as_32_bits_allow(http: httpx.AsyncClient) -> None:
    asked = {"query": [1, 1, 0, 0], "using": "meaning", "with_payload": True}

    answer = await http.post("/news/points/query", json=asked)

    assert answer.json()["result"]["points"] == [
        {"id": 1, "version": 0, "score": 0.70710677, "payload": POINT["payload"]}
    ]


async def test_points_can_be_deleted_by_filter_and_collections_by_name(
    http: httpx.AsyncClient,
) -> None:
    selector = {"filter": {"must": [{"key": "lang", "match": {"value": "en"}}]}}

    deleted = await http.post("/news/points/delete?wait=true", json=selector)
    counted = await http.post("/news/points/count", json={})
    gone = [(await http.delete("/news")).json()["result"] for _ in range(2)]

    assert deleted.json()["result"]["status"] == "completed"
    assert counted.json()["result"] == {"count": 0}
    assert gone == [True, False]


async def test_a_key_is_wanted_everywhere_but_at_the_root(tmp_path: Path) -> None:
    with serve_qdrant(tmp_path, api_key="secret") as peer:
        async with httpx.AsyncClient(base_url=peer.url) as http:
            root = await http.get("/")
            without = await http.get("/collections")
            wrong = await http.get("/collections", headers={"api-key": "other"})
            bearer = await http.get("/collections", headers={"Authorization": "Bearer secret"})

    seen = [answer.status_code for answer in (root, without, wrong, bearer)]
    assert seen == [200, 401, 401, 200]


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with serve_qdrant(tmp_path) as peer:
        async with httpx.AsyncClient(base_url=f"{peer.url}/collections") as http:
            await http.put("/news", json=NEWS | {"metadata": {"made_by": "a test"}})
            await http.put("/news/points?wait=true", json={"points": [POINT]})

    with serve_qdrant(tmp_path, port=peer.port) as again:
        async with httpx.AsyncClient(base_url=f"{again.url}/collections") as http:
            info = (await http.get("/news")).json()["result"]

    assert info["config"]["metadata"] == {"made_by": "a test"}
    assert info["points_count"] == 1
