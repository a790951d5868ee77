import pytest

from core.errors import DeadlineExceeded
from core.llm.deadline import Deadline
from core.llm.routes import build_routes
from schemas.settings import ModelSettings


def test_a_deadline_counts_down_and_never_below_zero() -> None:
    now = [10.0]
    deadline = Deadline(5, clock=lambda: now[0])

    left = []
    for at in (10.0, 12.0, 99.0):
        now[0] = at
        left.append(deadline.left())

    assert left == [5.0, 3.0, 0.0]


def test_a_node_that_starts_after_the_deadline_is_named() -> None:
    deadline = Deadline(0)

    with pytest.raises(DeadlineExceeded, match="'compose'") as caught:
        deadline.require("compose")

    assert caught.value.node == "compose"


def test_with_models_off_every_route_is_empty() -> None:
    settings = ModelSettings(routes={"compose": ("scripted",)})

    routes = build_routes(settings, is_on=False, available={"scripted"})

    assert {route.models for route in routes.values()} == {()}


def test_models_that_are_not_wired_are_no_part_of_a_route() -> None:
    settings = ModelSettings(routes={"compose": ("other", "scripted", "scripted")})

    routes = build_routes(settings, is_on=True, available={"scripted"})

    assert routes["compose"].models == ("scripted",)
    assert routes["topic_modeler"].models == ()


def test_what_stands_after_local_is_out_of_reach() -> None:
    settings = ModelSettings(routes={"compose": ("a", "local", "b")})

    routes = build_routes(settings, is_on=True, available={"a", "b"})

    assert routes["compose"].models == ("a",)


def test_an_attempt_is_capped_by_the_task_and_by_the_setting() -> None:
    routes = build_routes(ModelSettings(attempt_s=6), is_on=True, available=())

    assert (routes["compose"].ceiling_s, routes["topic_modeler"].ceiling_s) == (4.0, 6.0)
