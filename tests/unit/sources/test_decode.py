import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sources.decode import decode

RUSSIAN = "Правительство обсудило новые меры поддержки транспорта, сообщили в министерстве."
FRENCH = "Le café fermé à l’aéroport rouvre en août, déclare l'opérateur."
JAPANESE = "新しい駅は来年の春に開業する予定だと市の担当者が発表した"
KOREAN = "새로운 역은 내년 봄에 문을 열 예정이라고 시의 담당자가 발표했다"
CHINESE = "新的车站将在明年春天开放，这是市政府今天发布的消息"
TAIWANESE = "新的車站將在明年春天開放，這是市政府今天發布的消息"
GREEK = "Ο νέος σταθμός θα ανοίξει την επόμενη άνοιξη, ανακοίνωσε ο δήμος"
THAI = "สถานีใหม่จะเปิดให้บริการในฤดูใบไม้ผลิปีหน้า เจ้าหน้าที่ของเมืองกล่าว"

ENCODED = [
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-r"),
    (RUSSIAN, "cp866"),
    (RUSSIAN, "iso8859-5"),
    (FRENCH, "cp1252"),
    (GREEK, "cp1253"),
    (THAI, "cp874"),
    (JAPANESE, "euc_jp"),
    (JAPANESE, "shift_jis"),
    (KOREAN, "euc_kr"),
    (CHINESE, "gb2312"),
    (TAIWANESE, "big5"),
]


def feed(text: str, *, encoding: str = "") -> str:
    declared = f' encoding="{encoding}"' if encoding else ""
    return f'<?xml version="1.0"{declared}?><rss><channel><title>{text}</title></channel></rss>'


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_the_content_tells_an_encoding_that_nobody_declares(text: str, encoding: str) -> None:
    body = feed(text).encode(encoding)

    assert decode(body) == feed(text)


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_a_declaration_is_believed(text: str, encoding: str) -> None:
    declared = feed(text[:3], encoding=encoding)

    assert decode(declared.encode(encoding)) == declared


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_a_header_is_believed(text: str, encoding: str) -> None:
    assert decode(text[:3].encode(encoding), charset=f'"{encoding.upper()}"') == text[:3]


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1251", "koi8-r", "gbk", "bogus", ""])
def test_valid_utf8_is_utf8_whatever_is_declared(charset: str) -> None:
    body = feed(RUSSIAN, encoding="windows-1252").encode()

    assert decode(body, charset=charset) == feed(RUSSIAN, encoding="windows-1252")


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_a_declared_utf8_that_is_none_is_told_by_its_content(text: str, encoding: str) -> None:
    body = feed(text, encoding="utf-8").encode(encoding)

    assert decode(body, charset="utf-8") == feed(text, encoding="utf-8")


def test_a_header_of_latin_1_over_cyrillic_bytes_is_the_servers_default() -> None:
    assert decode(feed(RUSSIAN).encode("cp1251"), charset="ISO-8859-1") == feed(RUSSIAN)


def test_the_header_comes_before_the_declaration() -> None:
    body = feed("Ночь", encoding="koi8-r").encode("cp1251")

    assert decode(body, charset="cp1251") == feed("Ночь", encoding="koi8-r")


def test_latin_1_is_read_as_browsers_do() -> None:
    assert decode(b"\x93caf\xe9\x94 \x97 5 \x80", charset="iso-8859-1") == "“café” — 5 €"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_goes(mark: bytes, encoding: str) -> None:
    assert decode(mark + feed(RUSSIAN).encode(encoding), charset="cp1251") == feed(RUSSIAN)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_without_a_mark_show_by_their_zeros(encoding: str) -> None:
    assert decode(feed(JAPANESE).encode(encoding)) == feed(JAPANESE)


def test_a_page_declares_its_encoding_in_a_meta_element() -> None:
    page = "<html><head><META http-equiv=x content='text/html; charset=windows-1251'>Ночь"

    assert decode(page.encode("cp1251")) == page


def test_japanese_in_seven_bits_is_read_when_declared() -> None:
    assert decode(JAPANESE.encode("iso2022_jp"), charset="iso-2022-jp") == JAPANESE


@pytest.mark.parametrize("charset", ["hex", "rot13", "utf-7", "unicode_escape", "idna", "a\0b"])
def test_a_charset_that_is_no_text_encoding_of_the_web_does_not_count(charset: str) -> None:
    assert decode(b"+AGE- \\u0041 41", charset=charset) == "+AGE- \\u0041 41"


def test_a_lone_windows_byte_in_utf8_is_mended() -> None:
    assert decode("Été ".encode() * 20 + b"it\x92s") == "Été " * 20 + "it’s"


def test_broken_bytes_in_utf8_are_marked_and_nothing_else_changes() -> None:
    body = RUSSIAN.encode() + b"\xd0\xd0\xd0 " + RUSSIAN.encode()

    assert decode(body) == f"{RUSSIAN}��� {RUSSIAN}"


def test_a_text_cut_in_the_middle_of_a_character_loses_only_that() -> None:
    assert decode("Ночь".encode()[:-1]) == "Ноч"


def test_zero_characters_never_come_through() -> None:
    assert decode(b"a\0b\0\0c and more that is long enough") == "abc and more that is long enough"


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=20)))
def test_any_bytes_become_text_without_zeros(body: bytes, charset: str | None) -> None:
    assert "\0" not in decode(body, charset=charset)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_what_was_written_in_utf8_is_read_as_it_was(text: str) -> None:
    assert decode(text.encode()) == text
