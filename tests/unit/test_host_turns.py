from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.articles import Source
from schemas.sources import PolledSource
from services.host_turns import HostTurns, host_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def source(number: int, host: str = "a.example") -> PolledSource:
    return PolledSource(
        source=Source(
            id=number, title=str(number), domain=None, publisher="", family="", kind="feed"
        ),
        url=f"https://{host}/{number}",
        added_at=NOW,
        interval_s=60,
        next_poll_at=NOW,
    )


def turns_with(*hosts: str, per_host: int = 2, max_slow: int = 1) -> HostTurns:
    """Three sources wait at each host."""
    turns = HostTurns(per_host=per_host, max_slow=max_slow)
    for place, host in enumerate(hosts):
        for number in range(3):
            turns.add(source(10 * place + number, host))
    return turns


def taken(turns: HostTurns) -> list[PolledSource]:
    """Everything that has a turn now."""
    found = []
    while (one := turns.take()) is not None:
        found.append(one)
    return found


def test_a_host_gets_one_turn_until_it_has_answered_and_its_share_from_then_on() -> None:
    turns = turns_with("a.example", "b.example")

    first = taken(turns)
    turns.done(first[0], is_late=False, has_answered=True)
    second = taken(turns)

    assert [host_of(s) for s in first] == ["a.example", "b.example"]
    assert [host_of(s) for s in second] == ["a.example", "a.example"]


def test_a_host_that_never_answered_hangs_after_one_time_out() -> None:
    turns = turns_with("a.example")
    (one,) = taken(turns)

    hangs = turns.done(one, is_late=True, has_answered=False)

    assert hangs
    assert [s.source.id for s in turns.give_up("a.example")] == [1, 2]
    assert turns.take() is None


def test_a_host_that_did_answer_is_given_three_chances() -> None:
    turns = HostTurns(per_host=1, max_slow=1)
    for number in range(5):
        turns.add(source(number))
    (answered,) = taken(turns)
    turns.done(answered, is_late=False, has_answered=True)

    hangs = [turns.done(taken(turns)[0], is_late=True, has_answered=False) for _ in range(3)]

    assert hangs == [False, False, True]


def test_slow_hosts_share_a_few_turns_and_leave_the_others_alone() -> None:
    turns = turns_with("a.example", "b.example", "c.example")
    for one in taken(turns)[:2]:
        turns.done(one, is_late=True, has_answered=False)

    now = [host_of(s) for s in taken(turns)]

    assert sorted(now) == ["a.example"]


def test_an_answer_makes_a_slow_host_a_usual_one_again() -> None:
    turns = turns_with("a.example")
    turns.done(taken(turns)[0], is_late=True, has_answered=False)
    turns.done(taken(turns)[0], is_late=False, has_answered=True)
    turns.add(source(9))

    assert len(taken(turns)) == 2


def test_an_address_without_a_host_is_a_host_of_its_own() -> None:
    assert host_of(source(1, "[")) == "https://[/1"


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=60),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_every_source_gets_its_turn_once_and_no_host_more_than_its_share(
    plan: list[tuple[int, bool, bool]], per_host: int, max_slow: int
) -> None:
    turns = HostTurns(per_host=per_host, max_slow=max_slow)
    for number, (host, _, _) in enumerate(plan):
        turns.add(source(number, f"{host}.example"))
    seen: list[int] = []

    while running := taken(turns):
        hosts = [host_of(s) for s in running]
        assert max(map(hosts.count, hosts)) <= per_host
        for one in running:
            seen.append(one.source.id)
            _, is_late, has_answered = plan[one.source.id]
            if turns.done(one, is_late=is_late, has_answered=has_answered and not is_late):
                seen += [left.source.id for left in turns.give_up(host_of(one))]

    assert sorted(seen) == list(range(len(plan)))
