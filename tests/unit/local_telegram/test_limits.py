import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_service.local_telegram.clock import Clock
from bot_service.local_telegram.limits import FloodGuard, Limits
from bot_service.local_telegram.refusals import Refusal


def admitted(guard: FloodGuard, chat_id: int, at_s: float, *, is_group: bool = False) -> bool:
    try:
        guard.admit(chat_id, is_group=is_group, at_s=at_s)
    except Refusal:
        return False
    return True


def wait_told(guard: FloodGuard, chat_id: int, at_s: float) -> int:
    """Send to a group; 0 when it was taken, else the seconds to wait."""
    try:
        guard.admit(chat_id, is_group=True, at_s=at_s)
    except Refusal as refusal:
        return refusal.parameters.retry_after or 0
    return 0


def test_a_chat_takes_a_burst_of_five_and_then_one_a_second() -> None:
    guard = FloodGuard(Limits())

    assert [admitted(guard, 1, 0.0) for _ in range(6)] == [True] * 5 + [False]
    assert [admitted(guard, 1, at_s) for at_s in (1.0, 1.5, 2.0)] == [True, False, True]


def test_another_chat_does_not_wait() -> None:
    guard = FloodGuard(Limits())
    for _ in range(6):
        admitted(guard, 1, 0.0)

    assert admitted(guard, 2, 0.0)


def test_a_bot_sends_thirty_messages_a_second_overall() -> None:
    guard = FloodGuard(Limits())

    assert sum(admitted(guard, chat, 0.0) for chat in range(40)) == 30


def test_a_group_takes_twenty_messages_a_minute() -> None:
    guard = FloodGuard(Limits())
    taken = [admitted(guard, -1, float(at_s), is_group=True) for at_s in range(25)]

    assert taken == [True] * 20 + [False] * 5
    with pytest.raises(Refusal, match="retry after 30") as caught:
        guard.admit(-1, is_group=True, at_s=30.0)
    assert caught.value.parameters.retry_after == 30
    assert admitted(guard, -1, 60.0, is_group=True)


def test_limits_can_be_switched_off() -> None:
    guard = FloodGuard(Limits())
    guard.switch(is_on=False)

    assert all(admitted(guard, -1, 0.0, is_group=True) for _ in range(100))


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.floats(0, 2, allow_nan=False)), min_size=1, max_size=80
    )
)
def test_who_waits_as_told_is_admitted(steps: list[tuple[int, float]]) -> None:
    guard = FloodGuard(Limits())
    now = 0.0
    for chat_id, pause_s in steps:
        now += pause_s
        wait_s = wait_told(guard, chat_id, now)
        now += wait_s
        if wait_s:
            assert admitted(guard, chat_id, now, is_group=True)


def test_a_faster_clock_runs_on_from_where_it_was() -> None:
    clock = Clock(speed=1000.0)
    before = clock.elapsed_s()

    clock.speed = 1.0

    assert before <= clock.elapsed_s() <= before + 1000.0


def test_a_clock_does_not_stand_still() -> None:
    with pytest.raises(ValueError, match="speed must lie in"):
        Clock(speed=0)
