"""That a bot on servers is on servers; what it says there, the other modules ask."""

from tests.e2e.conftest import open_town
from tests.e2e.places import DATABASE, Place
from tests.servers import execute

QUERY = "POST /collections/newsdesk_article/points/query/batch"


async def test_a_bot_on_servers_keeps_neither_database_nor_index_in_its_folder(
    servers: Place,
) -> None:
    assert servers.database_url is not None
    assert servers.peer is not None
    async with open_town(servers) as town:
        answer = await town.ask(await town.person(), "Harbour bridge 1w")

    (stored,) = execute(servers.database_url, "SELECT command FROM run")
    assert answer["text"].startswith("“Harbour bridge” · Stories")
    assert servers.peer.asked.count(QUERY) == 1
    assert stored["command"]
    assert not {DATABASE, "index"} & {path.name for path in servers.folder.glob("*")}
