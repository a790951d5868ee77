import time

import pytest

from core.errors import DeadlineExceeded, ModelFailed
from core.llm.deadline import Deadline
from core.llm.routes import build_routes
from schemas.llm import Claim, Draft, Message
from schemas.settings import ModelSettings
from services.adapters.llm.scripted import ScriptedModel

EVIDENCE = """Write about these.
[k7q] Bridge opens over the Lenna — the mayor cut the ribbon
[m2x] Harvest record near Dorvale — best year since 1999
Rules: [cite] nothing else"""


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


async def test_the_scripted_model_writes_one_claim_for_each_evidence_line() -> None:
    reply = await ScriptedModel().draft(
        "compose", [Message(role="user", content=EVIDENCE)], timeout_s=1, max_tokens=500
    )

    assert reply.draft.claims == (
        Claim(text="Bridge opens over the Lenna", refs=("k7q",)),
        Claim(text="Harvest record near Dorvale", refs=("m2x",)),
    )
    assert (reply.draft.tldr, reply.model) == ("Bridge opens over the Lenna", "scripted")


async def test_the_scripted_model_reads_no_evidence_from_the_system_message() -> None:
    reply = await ScriptedModel().draft(
        "compose", [Message(role="system", content=EVIDENCE)], timeout_s=1, max_tokens=500
    )

    assert reply.draft == Draft(claims=(), tldr=None)


async def test_a_long_title_is_cut_at_a_word() -> None:
    message = Message(role="user", content=f"[k7q] {'word ' * 60}")

    reply = await ScriptedModel().draft("compose", [message], timeout_s=1, max_tokens=500)

    text = reply.draft.claims[0].text
    assert len(text) <= 170
    assert text.endswith("word…")


async def test_a_script_of_ones_own_is_what_the_scripted_model_says() -> None:
    draft = Draft(claims=(Claim(text="Invented.", refs=("zzz",)),))
    model = ScriptedModel(script=lambda _task, _messages: draft)

    reply = await model.draft("compose", [], timeout_s=1, max_tokens=500)

    assert reply.draft == draft


async def test_a_scripted_model_slower_than_its_time_fails_as_a_timeout() -> None:
    started_at = time.monotonic()

    with pytest.raises(ModelFailed, match=r"more than the 0\.05 s") as caught:
        await ScriptedModel(delay_s=9).draft("compose", [], timeout_s=0.05, max_tokens=500)

    assert caught.value.kind == "timeout"
    assert time.monotonic() - started_at < 1
