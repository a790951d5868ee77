import json
import time

import pytest

from core.errors import ModelFailed
from schemas.llm import (
    Claim,
    ComposedDraft,
    Draft,
    ExpansionDraft,
    Message,
    ModelCall,
    ModelReply,
    Task,
    TopicsDraft,
)
from services.adapters.llm.scripted import ScriptedModel

EVIDENCE = """Write about these.
[k7q] Bridge opens over the Lenna — the mayor cut the ribbon
[m2x] Harvest record near Dorvale — best year since 1999
Rules: [cite] nothing else"""
CLAIMS = (
    Claim(text="Bridge opens over the Lenna", refs=("k7q",)),
    Claim(text="Harvest record near Dorvale", refs=("m2x",)),
)


def call(*messages: Message, task: Task = "compose", timeout_s: float = 1) -> ModelCall:
    return ModelCall(task=task, messages=messages, max_tokens=500, timeout_s=timeout_s)


USER = Message(role="user", content=EVIDENCE)


@pytest.mark.parametrize(
    ("task", "draft"),
    [
        ("compose", ComposedDraft(claims=CLAIMS, tldr=CLAIMS[0].text)),
        ("topic_modeler", TopicsDraft(claims=CLAIMS)),
        ("sentiment_emotion", Draft(claims=CLAIMS)),
        ("query_expansion", ExpansionDraft(expansions=("Bridge", "Harvest", "record", "Dorvale"))),
    ],
)
async def test_the_scripted_model_answers_each_task_in_its_schema_from_the_evidence(
    task: Task, draft: Draft
) -> None:
    reply = await ScriptedModel().draft(call(USER, task=task))

    assert (reply.draft, reply.model) == (draft, "scripted")


async def test_the_scripted_model_reads_no_evidence_from_the_system_message() -> None:
    reply = await ScriptedModel().draft(call(Message(role="system", content=EVIDENCE)))

    assert reply.draft == ComposedDraft(claims=(), tldr=None)


async def test_a_long_title_is_cut_at_a_word() -> None:
    message = Message(role="user", content=f"[k7q] {'word ' * 60}")

    reply = await ScriptedModel().draft(call(message))

    assert isinstance(reply.draft, ComposedDraft)
    text = reply.draft.claims[0].text
    assert len(text) <= 170
    assert text.endswith("word…")


async def test_a_script_of_ones_own_is_what_the_scripted_model_says() -> None:
    draft = Draft(claims=(Claim(text="Invented.", refs=("zzz",)),))
    model = ScriptedModel(script=lambda _call: draft, name="liar")

    reply = await model.draft(call())

    assert (reply.draft, reply.model, model.name) == (draft, "liar", "liar")


async def test_a_stream_gives_the_draft_in_pieces_and_the_reply_last() -> None:
    *pieces, reply = [piece async for piece in ScriptedModel(delay_s=0.01).stream(call(USER))]

    assert isinstance(reply, ModelReply)
    assert json.loads("".join(map(str, pieces))) == json.loads(reply.draft.model_dump_json())


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_scripted_model_slower_than_its_time_fails_as_a_timeout(is_stream: bool) -> None:
    model = ScriptedModel(delay_s=9)
    started_at = time.monotonic()

    asked = call(timeout_s=0.05)
    answer = anext(model.stream(asked)) if is_stream else model.draft(asked)
    with pytest.raises(ModelFailed, match=r"more than the 0\.05 s") as caught:
        await answer

    assert caught.value.kind == "timeout"
    assert time.monotonic() - started_at < 1
