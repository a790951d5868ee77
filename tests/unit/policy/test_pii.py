"""Private data is found where it is, and not where the news has numbers of its own."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy.pii import find_private
from core.policy.pii_ru import is_snils


def found(text: str) -> list[tuple[str, str, str]]:
    """Kind, class and words of everything that is found."""
    return [(one.kind, one.certainty, text[one.start : one.end]) for one in find_private(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to ada.quill+news@harbour.example today", "ada.quill+news@harbour.example"),
        ("Почта редакции: новости@гавань.рф.", "новости@гавань.рф"),
        ("(press@coast.example)", "press@coast.example"),
    ],
)
def test_an_address_of_electronic_mail_is_confirmed(text: str, expected: str) -> None:
    assert found(text) == [("email", "confirmed", expected)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("charge my card 4111 1111 1111 1111 please", "card", "4111 1111 1111 1111"),
        ("pay with 5555555555554444", "card", "5555555555554444"),
        ("карта МИР 2200 0000 0000 0004", "card", "2200 0000 0000 0004"),
        (
            "send it to DE89 3704 0044 0532 0130 00 by Friday",
            "iban",
            "DE89 3704 0044 0532 0130 00",
        ),
        ("iban gb82west12345698765432", "iban", "gb82west12345698765432"),
        ("her number is 219-09-9999", "ssn", "219-09-9999"),
        ("SSN 219 09 9999", "ssn", "219 09 9999"),
        ("the host 203.0.113.77 answered", "ip", "203.0.113.77"),
        ("from 2001:db8::8a2e:370:7334 on", "ip", "2001:db8::8a2e:370:7334"),
        ("СНИЛС 112-233-445 95", "ru_snils", "112-233-445 95"),
        ("ИНН: 7707083893", "ru_inn", "7707083893"),
        ("паспорт серия 40 05 № 654321", "ru_passport", "40 05 № 654321"),
        ("полис ОМС 1234 5678 9012 3452", "ru_oms", "1234 5678 9012 3452"),
        ("Позвоните +7 (912) 345-67-89", "phone", "+7 (912) 345-67-89"),
        ("тел. 8 812 345-67-89", "phone", "8 812 345-67-89"),
        ("Call (+44 20 7946 0958)", "phone", "+44 20 7946 0958"),
        ("Room 4, 212-736-5000, ask for Ada", "phone", "212-736-5000"),
    ],
)
def test_what_a_checksum_or_a_registry_knows_is_confirmed(
    text: str, kind: str, value: str
) -> None:
    certainties = {"phone": ("confirmed", "suspect")}.get(kind, ("confirmed",))

    ((of, certainty, words),) = found(text)

    assert (of, words) == (kind, value)
    assert certainty in certainties


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("You can call 33 93 31", "phone", "33 93 31"),
        ("455 6186 office", "phone", "455 6186"),
        ("ИНН 366410848395", "ru_inn", "366410848395"),
        ("since 10.0.0.1 it is", "ip", "10.0.0.1"),
    ],
)
def test_a_shape_beside_a_context_word_is_suspect(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, "suspect", value)]


@pytest.mark.parametrize(
    "text",
    [
        "From 2019-2024 the index fell from 12 500 to 11 900 points",
        "The final ended 3:2, 25-19, 25-21, 23-25, 25-18 on 12.05.2024",
        "Calls rose to 1 250 000 in 2024, phone makers say",
        "The phone costs 129 990 рублей, a contact said on 01.02.2025 at 18.30",
        "Order 4111 1111 1111 1112 has a wrong checksum",
        "https://news.example/2024/05/12/4111111111111111-story",
        "Version 10.4.12.1 is out, update 11.0.0.250 follows",
        "logo@2x.png and icon@3x.webp",
        "000-12-3456 and 666-12-3456 and 912-12-3456",
        "112-233-445 99 has a wrong checksum",
        "Рост на 7 707 083 893 рубля за год",
        "Курс 90,1234 и 98.7654 за 2024 год",
        "Серия 45 эпизодов, номер 123456",
        "паспорт болельщика получили 123 456 человек",
        "123456789012345678901234567890",
    ],
)
def test_numbers_of_the_news_are_nobodys(text: str) -> None:
    assert found(text) == []


def test_findings_come_in_the_order_of_the_text_and_share_no_place() -> None:
    text = (
        "Ada, +44 20 7946 0958, ada@harbour.example, GB82 WEST 1234 5698 7654 32, 4111111111111111"
    )

    places = [(one.start, one.end) for one in find_private(text)]

    assert [one[0] for one in found(text)] == ["phone", "email", "iban", "card"]
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


def test_offsets_count_characters() -> None:
    text = "🚢🚢 порт: ada@harbour.example"

    (one,) = find_private(text)

    assert text[one.start : one.end] == "ada@harbour.example"


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "a@", "a.", "1-", "(1", "+", "GB82 WEST ", "4111 ", "key=", "::", "1.1.1.", "ab:"],
)
def test_any_repetition_is_read_to_the_end(unit: str) -> None:
    """What is worse than linear would not come back from a text of this length."""
    text = unit * 20_000

    assert all(one.end <= len(text) for one in find_private(text))


@given(st.text(alphabet=st.sampled_from("0123456789 -+().@:abGB/x\n\u00a0№"), max_size=80))
def test_whatever_the_text_findings_lie_inside_it(text: str) -> None:
    findings = find_private(text)

    assert all(0 <= one.start < one.end <= len(text) for one in findings)
    assert findings == sorted(findings)


def test_a_snils_has_a_check_number() -> None:
    assert is_snils("11223344595")
    assert not is_snils("11223344596")
    assert not is_snils("00100199800")
