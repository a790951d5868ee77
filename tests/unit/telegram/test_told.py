from bot_service.telegram import told
from bot_service.telegram.told import Told


def test_a_line_is_told_once_while_it_is_quiet() -> None:
    line = Told()

    assert [line.may_tell("a", quiet_s=60) for _ in range(3)] == [True, False, False]


def test_a_line_is_told_again_when_the_quiet_is_over() -> None:
    line = Told()
    line.may_tell("a", quiet_s=0)

    assert line.may_tell("a", quiet_s=60)


def test_people_are_told_independently() -> None:
    line = Told()
    line.may_tell("a", quiet_s=60)

    assert line.may_tell("b", quiet_s=60)


def test_only_so_many_lines_are_remembered() -> None:
    line = Told()

    for n in range(told.MAX_KEPT + 5):
        line.may_tell(n, quiet_s=60)

    assert len(line._until) == told.MAX_KEPT
