"""Sources as a chat sees them: added by address, page, name, forward and file; kept; removed."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.access import system_principal
from schemas.principal import Principal, Role
from schemas.sources import FeedLink
from tests.e2e.conftest import Town, View, data_of
from tests.e2e.places import Place
from tests.e2e.site import open_site, open_site_town
from tests.integration.hostile_server import HostileServer, page

OPML = "text/x-opml"


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def town(place: Place, server: HostileServer) -> AsyncIterator[Town]:
    """The whole bot beside a site; Telegram must have refused nothing when the test is over."""
    async with open_site_town(place, server) as opened:
        yield opened
        assert await opened.refusals() == []


def opml_of(*urls: str) -> bytes:
    outlines = "".join(f'<outline text="Feed {n}" xmlUrl="{url}"/>' for n, url in enumerate(urls))
    return f"<opml><body>{outlines}".encode()  # never closed, as so many are


async def tapped(town: Town, person: int, message: View, start: str, **more: int) -> View:
    """Press a button and give the message as the press left it."""
    await town.press(person, message, start, **more)
    chat = more.get("chat", person)
    changed = await town.changed(chat, message)
    while changed["text"].endswith("…") or "…\n" in changed["text"]:
        changed = await town.changed(chat, changed)
    return changed


async def keep(town: Town, path: str, *, chat: int | None = None) -> None:
    """Let the desk have a source and read it: a chat's own, else everybody's."""
    roles: frozenset[Role] = frozenset({"reader"} if chat else {"operator"})
    who = Principal(chat=None if chat is None else str(chat), roles=roles)
    links = [FeedLink(url=path, title=path.rpartition("/")[2])]
    await town.desk.sources.add_links(who, links, is_private=chat is not None)
    await town.desk.polling.poll_all(await town.desk.sources.listed(who))


async def drop(
    town: Town, person: int, name: str, body: bytes, kind: str = OPML, **more: Any
) -> View:
    """Send a file and give the bot's answer."""
    document = {
        "file_name": name,
        "content_base64": base64.b64encode(body).decode(),
        "mime_type": kind,
    }
    return await town.ask(person, "", document=document, **more)


def link_of(message: View, text: str) -> str:
    """Give the address behind a link whose text is `text`."""
    for entity in message["entities"]:
        start, length = entity["offset"], entity["length"]
        if entity["type"] == "text_link" and message["text"][start : start + length] == text:
            return str(entity["url"])
    raise AssertionError(f"no link {text!r} in {message['entities']}")


async def test_the_list_of_a_new_desk_says_how_to_add_a_source(town: Town) -> None:
    ada = await town.person()

    empty = await town.ask(ada, "/sources")
    how = await tapped(town, ada, empty, "s1:src:a")

    assert empty["text"].startswith("Sources")
    assert "Send me an address" in how["text"]


async def test_an_operator_adds_a_feed_for_everybody(town: Town, server: HostileServer) -> None:
    found = await town.ask(town.owner_id, f"/sources add {server.url('/news.xml')}")
    done = await tapped(town, town.owner_id, found, "s1:src:g.1")
    ada = await town.person()
    listed = await town.ask(ada, "/sources")

    assert "Harbour News — harbour.example" in found["text"]
    assert "3 articles now · newest 10 Nov, 11:00" in found["text"]
    assert "3 articles stored; nothing is announced" in done["text"]
    assert listed["text"] == "1 source\n\n1. 🟢 Harbour News · feed"


async def test_a_page_with_two_feeds_lets_one_be_chosen(town: Town, server: HostileServer) -> None:
    ada = await town.person()
    found = await town.ask(ada, f"/sources add {server.url('/page')}")

    done = await tapped(town, ada, found, "s1:src:c.2")
    again = await tapped(town, ada, done, "s1:src:l")

    assert found["text"].startswith("2 sources are there")
    assert done["text"].startswith("✓ Harbour Sport\n\n2 articles stored")
    assert "Its news is for this chat alone" in done["text"]
    assert again["text"] == found["text"]


async def test_who_is_no_operator_adds_for_this_chat_only(
    town: Town, server: HostileServer
) -> None:
    ada = await town.person()
    found = await town.ask(ada, f"/sources add {server.url('/news.xml')}")

    assert [d for d in data_of(found) if d.startswith(("s1:src:g", "s1:src:c"))] == ["s1:src:c.1"]


async def test_a_channel_is_added_by_its_name(town: Town) -> None:
    ada = await town.person()

    offer = await town.ask(ada, "@coastnews")
    found = await tapped(town, ada, offer, "s1:src:l")
    done = await tapped(town, ada, found, "s1:src:c.1")
    listed = await town.ask(ada, "/sources")

    assert link_of(offer, "@coastnews") == "https://t.me/coastnews"
    assert "Coast News" in found["text"]
    assert "2 articles stored" in done["text"]
    assert "Coast News · channel · this chat only" in listed["text"]


async def test_a_link_alone_is_offered_and_words_with_a_link_are_a_question(
    town: Town, server: HostileServer
) -> None:
    ada = await town.person()

    offer = await town.ask(ada, server.url("/news.xml"))
    question = await town.ask(ada, "Harbour bridge 1w")

    assert offer["text"].startswith("Shall I read this as a source")
    assert question["text"].startswith("Stories") or "s1:src" not in "".join(data_of(question))
    assert server.asked == []


async def test_a_bare_domain_can_also_be_searched_for(town: Town) -> None:
    ada = await town.person()
    offer = await town.ask(ada, "harbour.org")

    await town.press(ada, offer, "s1:src:s")

    assert (await town.replies(ada, after=offer["message_id"]))[0]["text"]


async def test_an_offer_works_after_a_restart(place: Place, server: HostileServer) -> None:
    async with open_site_town(place, server) as town:
        ada = await town.person()
        offer = await town.ask(ada, server.url("/news.xml"))

    async with open_site_town(place, server) as town:
        found = await tapped(town, ada, offer, "s1:src:l")

    async with open_site_town(place, server) as town:
        done = await tapped(town, ada, found, "s1:src:c.1")

    assert "3 articles stored" in done["text"]


async def test_a_forwarded_post_offers_its_channel(town: Town) -> None:
    ada = await town.person()
    origin = {"title": "Coast News", "username": "coastnews"}

    offer = await town.ask(ada, "Ferry 1 is late.\nMore at ten.", forward_from=origin)
    found = await tapped(town, ada, offer, "s1:src:l")

    assert offer["reply_to_message"]["forward_origin"]["chat"]["username"] == "coastnews"
    assert "Coast News" in found["text"]


async def test_a_post_of_a_private_channel_says_that_it_cannot_be_read(town: Town) -> None:
    ada = await town.person()

    said = await town.ask(ada, "Storm Helga floods villages", forward_from={"title": "Secret"})
    await town.press(ada, said, "s1:src:s")
    answer = (await town.replies(ada, after=said["message_id"]))[0]

    assert said["text"].startswith("I can only read public channels")
    assert "Helga" in answer["text"]


async def test_what_cannot_be_added_is_told_in_words(town: Town, server: HostileServer) -> None:
    ada = await town.person()

    shop = await town.ask(ada, f"/sources add {server.url('/shop')}")
    nowhere = await town.ask(ada, f"/sources add {server.url('/nowhere')}")
    words = await town.ask(ada, "/sources add good news please")

    assert shop["text"].startswith("I cannot add this: this is not a feed.")
    assert nowhere["text"].startswith("I cannot add this: there is nothing at this address.")
    assert words["text"].startswith("This is no address that I understand.")
    assert "s1:src:l" in data_of(shop)


async def test_a_password_in_an_address_is_used_and_never_shown(
    town: Town, server: HostileServer
) -> None:
    ada = await town.person()
    address = server.url("/news.xml").replace("127", "ada:secret@127", 1)
    found = await town.ask(ada, f"/sources add {address}")

    done = await tapped(town, ada, found, "s1:src:c.1")
    (source,) = await town.desk.sources.listed(system_principal())

    assert "3 articles stored" in done["text"]
    assert source.url == address
    assert "secret" not in f"{found['text']}{found['entities']}{done['text']}"


async def test_a_source_is_paused_read_in_full_and_removed(
    town: Town, server: HostileServer
) -> None:
    ada = await town.person()
    await keep(town, server.url("/news.xml"), chat=ada)
    listed = await town.ask(ada, "/sources")
    opened = await tapped(town, ada, listed, "s1:src:o.")

    paused = await tapped(town, ada, opened, "s1:src:p.")
    full = await tapped(town, ada, paused, "s1:src:f.")
    asked = await tapped(town, ada, full, "s1:src:x.")
    gone = await tapped(town, ada, asked, "s1:src:y.")

    assert link_of(opened, server.url("/news.xml")) == server.url("/news.xml")
    assert "last read: 10 Nov, 12:00" in opened["text"]
    assert "⏸ Paused" in paused["text"]
    assert "the full text behind each link is read, too" in full["text"]
    assert "Remove news.xml?" in asked["text"]
    assert gone["text"].startswith("Sources")


async def test_a_reader_sees_public_sources_without_buttons_to_change_them(
    town: Town, server: HostileServer
) -> None:
    await keep(town, server.url("/news.xml"))
    ada = await town.person()
    listed = await town.ask(ada, "/sources")

    page_of_it = await tapped(town, ada, listed, "s1:src:o.")

    assert data_of(page_of_it) == ["s1:src:h.1"]


async def test_a_removal_is_confirmed_by_whoever_asked_for_it(
    town: Town, server: HostileServer
) -> None:
    ada, bob = await town.person("Ada"), await town.person("Bob")
    group = (await town.group(ada, member_ids=[bob]))["id"]
    await keep(town, server.url("/news.xml"), chat=group)
    listed = await town.ask(ada, "/sources", chat=group)
    opened = await tapped(town, ada, listed, "s1:src:o.", chat=group)
    asked = await tapped(town, ada, opened, "s1:src:x.", chat=group)

    toast = await town.press(bob, asked, "s1:src:y.", chat=group)
    gone = await tapped(town, ada, asked, "s1:src:y.", chat=group)

    assert toast["text"] == "Only the person who asked to remove it can confirm."
    assert gone["text"].startswith("Sources")


async def test_a_groups_own_feed_is_seen_nowhere_else(town: Town, server: HostileServer) -> None:
    ada = await town.person()
    group = (await town.group(ada))["id"]
    found = await town.ask(ada, f"/sources add {server.url('/news.xml')}", chat=group)
    await tapped(town, ada, found, "s1:src:c.1", chat=group)

    here = await town.ask(ada, "/trends 24h", chat=group)
    sources_here = await town.ask(ada, "/sources", chat=group)
    elsewhere = await town.ask(ada, "lighthouse 24h")
    sources_elsewhere = await town.ask(ada, "/sources")

    assert "lighthouse" in here["text"].lower()
    assert "Harbour News" in sources_here["text"]
    assert "lit again" not in elsewhere["text"]
    assert "Harbour News" not in sources_elsewhere["text"]


async def test_a_dropped_list_is_added_for_everybody_by_an_operator(
    town: Town, server: HostileServer
) -> None:
    await keep(town, server.url("/news.xml"))
    urls = [server.url(path) for path in ("/news.xml", "/other.xml", "/third.xml")]

    origin = {"title": "Lists", "username": "feedlists"}  # a forwarded list is a list
    asked = await drop(town, town.owner_id, "feeds.opml", opml_of(*urls), forward_from=origin)
    done = await tapped(town, town.owner_id, asked, "s1:src:i.1")

    assert asked["text"].startswith("3 feeds found, 2 new")
    assert done["text"].startswith("2 sources added.\n\n1 was here already.")


async def test_a_dropped_list_fills_a_chat_up_to_its_limit(
    town: Town, server: HostileServer
) -> None:
    ada = await town.person()
    urls = [server.url(f"/feed/{n}") for n in range(5)]

    asked = await drop(town, ada, "feeds.xml", opml_of(*urls), "application/xml")
    done = await tapped(town, ada, asked, "s1:src:i.0")

    assert "A chat may have 3 sources of its own" in asked["text"]
    assert data_of(asked) == ["s1:src:i.0"]
    assert done["text"].startswith("3 sources added.\n\n2 were left out")


async def test_other_files_are_told_apart(town: Town) -> None:
    ada = await town.person()
    files = [("photo.zip", b"PK"), ("no.opml", b"<opml/>"), ("big.opml", b" " * 5_000_001)]

    said = [(await drop(town, ada, name, body))["text"] for name, body in files[1:]]
    other = await drop(town, ada, *files[0], kind="application/zip")

    assert "I found no feed in this file" in said[0]
    assert "larger than 5 MB" in said[1]
    assert other["text"].startswith("In the chat I read lists of feeds")


async def test_all_sources_are_sent_as_a_list(town: Town, server: HostileServer) -> None:
    ada = await town.person()
    await keep(town, server.url("/news.xml"), chat=ada)

    sent = await town.ask(ada, "/sources export")
    async with town.http.stream("GET", f"/local/files/{sent['document']['file_id']}") as reply:
        body = (await reply.aread()).decode()

    assert sent["document"]["file_name"] == "newsdesk-sources.opml"
    assert server.url("/news.xml") in body


async def test_a_failing_source_stands_first_and_in_the_status(
    place: Place,
) -> None:
    async with open_site() as server, open_site_town(place, server) as town:
        ada = await town.person()
        await keep(town, server.url("/other.xml"), chat=ada)
        await keep(town, server.url("/news.xml"), chat=ada)
        server.routes = {"*": page("no", status=503)}
        (first, _) = await town.desk.sources.listed(system_principal())
        await town.desk.polling.poll_all([first])
        listed = await town.ask(ada, "/sources")
        status = await town.ask(ada, "/status")

    assert listed["text"].startswith("2 sources · 1 needs a look\n\n1. 🔴 news.xml")
    assert "not read since 10 Nov, 12:00: its server has a fault" in listed["text"]
    assert "1 source needs a look: /sources" in status["text"]


async def test_everything_is_said_in_russian(town: Town, server: HostileServer) -> None:
    ada = await town.person(lang="ru")
    found = await town.ask(ada, f"/sources добавить {server.url('/news.xml')}")
    done = await tapped(town, ada, found, "s1:src:c.1")
    opened = await tapped(town, ada, done, "s1:src:o.")
    listed = await tapped(town, ada, opened, "s1:src:h.")

    assert "сейчас 3 статьи" in found["text"]
    assert "Сохранены 3 статьи" in done["text"]
    assert "последнее чтение: 10 нояб., 12:00" in opened["text"]
    assert listed["text"].startswith("1 источник\n\n1. 🟢 Harbour News · лента · только этот чат")


async def test_a_button_made_by_hand_is_answered_calmly(town: Town) -> None:
    ada = await town.person()
    listed = await town.ask(ada, "/sources")
    async with town.http.stream(
        "POST",
        f"/bot{town.token}/editMessageReplyMarkup",
        json={
            "chat_id": ada,
            "message_id": listed["message_id"],
            "reply_markup": {
                "inline_keyboard": [
                    [{"text": data, "callback_data": data}]
                    for data in ("s1:src:o.99.1", "s1:src:zz.x", "s1:src:g.1", "s1:src:i.1")
                ]
            },
        },
    ) as reply:
        assert reply.is_success
    shown = await town.message(ada, listed["message_id"])

    toasts = [
        (await town.press(ada, shown, data))["text"]
        for data in ("s1:src:zz", "s1:src:g.1", "s1:src:i.1", "s1:src:o.99")
    ]

    assert all(toasts)
