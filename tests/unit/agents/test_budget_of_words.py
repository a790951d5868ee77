"""What the usual overview may use, held against the tokens of one command."""

import random

import pytest

from core.agents.brief import Brief
from core.agents.messages import claims_variants
from core.agents.showing import show
from core.agents.writer import claims_tokens
from core.llm.estimates import estimate_input
from schemas.drafts import Finding
from schemas.facts import TopicFact
from schemas.llm import Task
from schemas.model_settings import BudgetSettings
from tests.unit.agents.writing import card, line

LIMIT = BudgetSettings().command_tokens
WORDS = {"en": "water rises over the harbour wall ", "ru": "вода поднялась выше стены в гавани "}


def text(lang: str, n_chars: int) -> str:
    """So many characters of a language."""
    return (WORDS[lang] * 40)[:n_chars].strip()


def overview(lang: str, sentence: int, label: int) -> list[Brief]:
    """An overview with sentences and labels of so many characters."""

    def brief(task: Task, lines: list[Finding], **more: object) -> Brief:
        return Brief(task=task, findings=tuple(lines), is_narrow=True, **more)  # type: ignore[arg-type]

    def long_line(*ids: int) -> Finding:
        return line(f"{ids} {text(lang, sentence - 12)}", *ids)

    topic = TopicFact(
        label=text(lang, label), terms=(text(lang, 12),) * 5, size=9, trend="stable",
        story_ids=(1,), lead_id=1,
    )  # fmt: skip
    stories = [long_line(1, 6, 7), long_line(2, 8, 9), long_line(3, 10, 6)]
    mood, new = long_line(4, 5), long_line(5, 6, 7)
    return [
        brief("topic_modeler", stories, topics=dict.fromkeys(range(3), topic)),
        brief("sentiment_emotion", [mood], context=(text(lang, 120),)),
        brief("keyphrase_mining", [new]),
        brief("compose", [*stories, mood, new]),
    ]


def tokens(
    lang: str, *, sentence: int = 180, label: int = 80, title: int = 300
) -> dict[Task, tuple[int, int]]:
    """What each step reads, by the manager's estimate, and how long its reply may be."""
    briefs = overview(lang, sentence, label)
    cards = [
        card(n, title=text(lang, title), snippet=f"{n} {text(lang, 400)}", source=text(lang, 24))
        for n in range(1, 11)
    ]
    what = show(briefs, cards, limit=10, pick=random.Random(7).choice)
    found: dict[Task, tuple[int, int]] = {}
    for brief in briefs:
        (fullest, *_) = claims_variants(brief, what, lang=lang, clean=str)
        read = estimate_input(brief.task, fullest.messages)
        found[brief.task] = (read, claims_tokens(brief, what))
    return found


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_three_agents_side_by_side_fit_into_the_budget_however_long_everything_is(
    lang: str,
) -> None:
    steps = tokens(lang)

    reserved = sum(read + write for task, (read, write) in steps.items() if task != "compose")
    assert reserved <= LIMIT


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_behind_them_the_composer_fits_too_where_headlines_are_of_the_usual_length(
    lang: str,
) -> None:
    steps = tokens(lang, sentence=130, label=60, title=70)

    # The estimate reads a token into three bytes; vocabularies need 4.5 or more for prose, and
    # agents write what they need, not all they may.
    agents = [step for task, step in steps.items() if task != "compose"]
    used = sum(read * 3 / 4.5 + write / 2 for read, write in agents)
    assert used + sum(steps["compose"]) <= LIMIT
