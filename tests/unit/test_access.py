import pytest

from core.access import may_change, may_publish
from schemas.principal import Principal, Role


@pytest.mark.parametrize(
    ("roles", "publishes"),
    [((), False), (("reader",), False), (("operator",), True), (("owner",), True)],
)
def test_only_operators_change_what_everybody_sees(
    roles: tuple[Role, ...], publishes: bool
) -> None:
    who = Principal(person="1", chat="7", roles=frozenset(roles))

    assert may_publish(who) == publishes
    assert may_change(who, "public") == publishes


def test_a_chat_changes_its_own_and_no_other_chats() -> None:
    who = Principal(person="1", chat="7", roles=frozenset({"reader"}))

    assert may_change(who, "chat:7")
    assert not may_change(who, "chat:8")
