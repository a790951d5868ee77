"""Tokens by one rule, and what providers keep of a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_service.local_models.asked import Asked, Turn
from bot_service.local_models.catalog import Provider, find_model, list_models
from bot_service.local_models.counting import CACHE_STEP, PromptCache, count_tokens
from schemas.model_settings import DEFAULT_ENTRIES

LONG = "Old news of the coast. " * 300


def asked(provider: Provider, name: str, text: str, *, cached_until: int = 0) -> Asked:
    model = find_model(provider, name)
    assert model is not None
    return Asked(
        model=model,
        system="",
        turns=(Turn("user", text),),
        body={},
        cached_until=cached_until,
    )


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("паром", 3)]
)
def test_four_bytes_are_a_token_and_the_last_is_rounded_up(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


@given(st.text(), st.text())
def test_two_texts_count_at_most_a_token_more_than_both_as_one(first: str, second: str) -> None:
    apart = count_tokens(first) + count_tokens(second)

    assert 0 <= apart - count_tokens(first + second) <= 1


def test_a_common_beginning_is_cached_in_whole_steps() -> None:
    cache = PromptCache()

    first = cache.read(asked("openai", "gpt-5", LONG + "one"))
    second, _ = cache.read(asked("openai", "gpt-5", LONG + "two"))

    assert first == (0, 0)
    assert second == count_tokens(LONG) // CACHE_STEP * CACHE_STEP


def test_a_short_prompt_is_never_cached() -> None:
    cache = PromptCache()

    cache.read(asked("openai", "gpt-5", "short"))

    assert cache.read(asked("openai", "gpt-5", "short")) == (0, 0)


def test_models_do_not_share_a_cache() -> None:
    cache = PromptCache()

    cache.read(asked("openai", "gpt-5", LONG))

    assert cache.read(asked("openai", "gpt-5-mini", LONG)) == (0, 0)


def test_anthropic_caches_what_is_marked_and_nothing_else() -> None:
    cache = PromptCache()
    marked = asked("anthropic", "claude-haiku-4-5", LONG, cached_until=len(LONG))
    n = count_tokens(LONG)

    read = [cache.read(marked), cache.read(marked)]

    assert read == [(0, n), (n, 0)]
    assert cache.read(asked("anthropic", "claude-haiku-4-5", LONG)) == (0, 0)


def test_every_built_in_model_is_known_under_its_id() -> None:
    providers: tuple[Provider, ...] = ("openai", "compatible", "anthropic", "gemini")
    missing = [
        entry.model
        for entry in DEFAULT_ENTRIES.values()
        for provider in providers
        if entry.provider == provider and find_model(provider, entry.model) is None
    ]

    assert missing == []


def test_an_alias_and_its_dated_id_are_one_model() -> None:
    alias, dated = find_model("openai", "gpt-5"), find_model("openai", "gpt-5-2025-08-07")

    assert alias is not None
    assert dated is not None
    assert alias.id == dated.id
    assert [model.id for model in list_models("openai")].count(alias.id) == 1
