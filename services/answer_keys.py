"""Under which key an answer is kept for others who ask the same."""

import hashlib
from collections.abc import Mapping
from typing import get_args

from core.agents.prompting import prompt_versions
from core.llm.manager import ModelManager
from schemas.llm import Task
from schemas.model_settings import ModelEntry, PolicySettings
from schemas.principal import Visibility
from schemas.requests import NewsRequest


def answer_key(seen: Visibility, request: NewsRequest, *settings: str) -> str:
    """Give one key for all who see the same news, ask the same, and are answered alike.

    `seen` is the narrow view of whoever asks: without an audience that has no news. `settings`
    are what else an answer depends on: the time zone, the state of the news, versions, models.
    """
    audiences = sorted(seen.audiences) if seen.audiences is not None else ["*"]
    text = "|".join(
        (
            request.model_copy(update={"is_fresh": False}).model_dump_json(),
            ",".join(sorted(seen.tenants)),
            ",".join(audiences),
            *settings,
        )
    )
    return "answer:" + hashlib.sha256(text.encode()).hexdigest()


def words_of(models: ModelManager | None, entries: Mapping[str, ModelEntry]) -> str:
    """Name all that decides how an answer is worded: prompts, routes and their models."""
    if models is None:
        return "local"
    routes = []
    for task in get_args(Task):
        named = ((name, entries.get(name)) for name in models.models_for(task))
        chain = [
            f"{name}={entry.provider}/{entry.model}@{entry.base_url}/{entry.effort}"
            if entry
            else name
            for name, entry in named
        ]
        routes.append(f"{task}:{'>'.join(chain)}")
    return ";".join((prompt_versions(), *routes))


def rules_of(policy: PolicySettings) -> str:
    """Name the settings that decide what may be cited."""
    return "/".join(
        (
            ",".join(sorted(policy.allow_domains)),
            ",".join(sorted(policy.deny_domains)),
            ",".join(f"{domain}={trust:g}" for domain, trust in sorted(policy.trust.items())),
        )
    )
