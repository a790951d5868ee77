"""A desk on a Qdrant server: it answers while the server is away, and catches up afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot_service.doctor import doctor, is_near
from core.access import system_principal
from core.errors import IndexFailed, IndexUnreachable
from core.rendering.words import say
from schemas.runs import Reply
from schemas.settings import Settings
from schemas.sources import FeedLink
from services.desk import Desk
from services.wiring import open_desk
from tests.integration.conftest import (
    ADA,
    answer_of,
    asking,
    error_of,
    facts_of,
    run_id_of,
    run_of,
    settings_for,
)
from tests.integration.hostile_server import serving
from tests.integration.living import Clock, feed, open_life
from tests.integration.news import IMPORTED_AT, make_stream, write_lines
from tests.qdrant_peer import Fault, QdrantPeer, serve_qdrant

KEY = "a-very-secret-key"
UNRANKED = say("en", "writer-warn-index")


@pytest.fixture
def qdrant(tmp_path: Path) -> Iterator[QdrantPeer]:
    with serve_qdrant(tmp_path / "qdrant") as peer:
        yield peer


@pytest.fixture
def on_server(folder: Path, qdrant: QdrantPeer) -> Settings:
    """Settings of a stocked desk whose index is on the server."""
    return settings_for(folder, qdrant_url=qdrant.url)


async def n_ranked(desk: Desk, reply: Reply) -> int:
    return sum(bool(card.legs) for card in (await run_of(desk, reply)).evidence)


async def test_a_desk_moves_to_a_server_by_one_reindex(
    on_server: Settings, folder: Path, qdrant: QdrantPeer
) -> None:
    async with open_desk(settings_for(folder)) as before:
        expected = answer_of(await before.answer(ADA, asking(query="tidal barrier")))

    async with open_desk(on_server, is_rebuild=True) as desk:
        n_indexed = await desk.reindex()
        n_stored = (await desk.status()).n_articles
        answer = answer_of(await desk.answer(ADA, asking(query="tidal barrier")))

    assert n_indexed == n_stored > 0
    assert answer.result == expected.result
    assert [e.article_id for e in answer.evidence] == [e.article_id for e in expected.evidence]
    assert qdrant.collections.names() == ["newsdesk_article"]


async def test_an_answer_comes_without_the_index_and_says_what_it_lacks(
    on_server: Settings, qdrant: QdrantPeer
) -> None:
    async with open_desk(on_server) as desk:
        await desk.reindex()
        whole = await desk.answer(ADA, asking(query="flood"))
        qdrant.fault = Fault(is_cut=True)
        lacking = await desk.answer(ADA, asking(query="flood", is_fresh=True))

        assert UNRANKED not in answer_of(whole).warnings
        assert UNRANKED in answer_of(lacking).warnings
        assert UNRANKED in lacking.text
        counted = [(await facts_of(desk, reply)).window.n_matching for reply in (whole, lacking)]
        assert counted[0] == counted[1] > 0
        assert answer_of(lacking).evidence
        assert (await n_ranked(desk, whole) > 0, await n_ranked(desk, lacking)) == (True, 0)


async def test_an_answer_without_the_index_is_not_kept_for_the_next_who_asks(
    on_server: Settings, qdrant: QdrantPeer
) -> None:
    async with open_desk(on_server) as desk:
        await desk.reindex()
        qdrant.fault = Fault(status=503)
        lacking = await desk.answer(ADA, asking(query="flood"))
        qdrant.fault = None
        whole = await desk.answer(ADA, asking(query="flood"))

    assert UNRANKED in answer_of(lacking).warnings
    assert UNRANKED not in answer_of(whole).warnings


async def test_a_question_without_words_needs_no_index(
    on_server: Settings, qdrant: QdrantPeer
) -> None:
    async with open_desk(on_server) as desk:
        qdrant.stop()
        reply = await desk.answer(ADA, asking())

    assert UNRANKED not in answer_of(reply).warnings


async def test_similar_stories_say_that_the_index_is_away(
    on_server: Settings, qdrant: QdrantPeer
) -> None:
    async with open_desk(on_server) as desk:
        await desk.reindex()
        reply = await desk.answer(ADA, asking())
        qdrant.stop()
        shown = await desk.buttons.press(ADA, f"v1:si:{run_id_of(reply)}")

    assert shown.how == "toast"
    assert error_of(shown.reply).error.user_message == say("en", "writer-refuse-index")


async def test_a_long_absence_loses_nothing(tmp_path: Path, qdrant: QdrantPeer) -> None:
    stream = write_lines(tmp_path / "news.jsonl", make_stream()[:30])
    settings = settings_for(tmp_path / "data", qdrant_url=qdrant.url, now=IMPORTED_AT)
    async with open_desk(settings) as desk:
        qdrant.fault = Fault(status=503)
        summary = await desk.import_paths([stream])
        for _ in range(10):  # more often than a row may fail
            with pytest.raises(IndexUnreachable, match="does not answer"):
                await desk.indexing.drain(now=desk.now())
        waiting = (await desk.status()).index_lag

        qdrant.fault = None
        n_indexed = await desk.importing.drain()

        assert (summary.new, waiting, n_indexed) == (30, 30, 30)
        assert (await desk.status()).index_lag == 0


async def test_polling_stores_while_the_server_is_away_and_the_index_follows_later(
    tmp_path: Path, qdrant: QdrantPeer
) -> None:
    routes = {"/feed": feed(("1", "Ferry sinks"), ("2", "Bridge opens"))}
    settings = settings_for(tmp_path / "data", qdrant_url=qdrant.url)
    async with (
        serving(routes) as site,
        open_desk(settings) as desk,
        open_life(desk, Clock()) as life,
    ):
        qdrant.fault = Fault(is_cut=True)
        link = FeedLink(url=site.url("/feed"))
        await life.sources.add_links(system_principal(), [link], is_private=False)
        await life.polling.poll_due()
        (away,) = await life.sources.listed(system_principal())
        waiting = (await desk.status()).index_lag
        qdrant.fault = None
        n_indexed = await desk.importing.drain()

        assert (away.n_failures, away.n_items, waiting, n_indexed) == (0, 2, 2, 2)


async def test_a_desk_starts_while_its_server_is_away(
    on_server: Settings, qdrant: QdrantPeer
) -> None:
    qdrant.stop()

    async with open_desk(on_server) as desk:
        reply = await desk.answer(ADA, asking(query="flood"))

    assert UNRANKED in answer_of(reply).warnings


async def test_a_wrong_key_stops_the_start(folder: Path, tmp_path: Path) -> None:
    with serve_qdrant(tmp_path / "locked", api_key=KEY) as peer:
        settings = settings_for(folder, qdrant_url=peer.url, qdrant_api_key="wrong")

        with pytest.raises(IndexFailed, match="NEWSDESK_QDRANT_API_KEY"):
            async with open_desk(settings):
                pass


async def test_doctor_tells_the_version_and_what_is_held(
    on_server: Settings, capsys: pytest.CaptureFixture[str], qdrant: QdrantPeer
) -> None:
    qdrant.version = "1.20.1"
    async with open_desk(on_server) as desk:
        n = await desk.reindex()

    code = await doctor(on_server, is_json=False)

    assert code == 0
    assert f"✓ Qdrant server: 1.20.1; newsdesk_article {n:,}" in capsys.readouterr().out


async def test_doctor_calls_a_missing_server_a_problem(
    on_server: Settings, capsys: pytest.CaptureFixture[str], qdrant: QdrantPeer
) -> None:
    qdrant.stop()

    code = await doctor(on_server, is_json=False)

    said = capsys.readouterr().out
    assert code == 1
    assert f"✗ Qdrant server: the search index could not read its version: {qdrant.url}" in said


async def test_doctor_never_shows_the_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve_qdrant(tmp_path / "locked", api_key="another") as peer:
        await doctor(settings_for(folder, qdrant_url=peer.url, qdrant_api_key=KEY), is_json=True)

    said = capsys.readouterr().out
    assert KEY not in said
    assert "set NEWSDESK_QDRANT_API_KEY to a key that may write" in said


@pytest.mark.parametrize(
    ("server", "client", "expected"),
    [
        ("1.19.3", "1.20.0", True),
        ("1.21.0-dev", "1.20.0", True),
        ("1.16.0", "1.20.0", False),
        ("2.20.0", "1.20.0", False),
        ("unknown", "1.20.0", False),
    ],
)
def test_versions_are_near_when_minors_differ_by_one(
    server: str, client: str, expected: bool
) -> None:
    assert is_near(server, client) == expected
