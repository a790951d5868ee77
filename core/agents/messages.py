"""What a model reads: instructions, then computed sentences and evidence as data."""

from collections.abc import Callable, Mapping, Sequence

from core.agents.brief import Brief
from core.agents.prompting import instructions
from core.agents.showing import Shown, as_data, firsts
from core.llm.ladder import Variant
from core.text.sentences import cut_at_word
from schemas.analysis import ExpansionHint
from schemas.drafts import Finding
from schemas.facts import TopicFact
from schemas.llm import EconomyStep, Message
from schemas.runs import EvidenceCard

MAX_CLAIMS = 5
TITLE_CHARS = 120
SNIPPET_CHARS = 160
COMPOSE_SNIPPET_CHARS = 100
"""Of each article; with ten of them four tasks stay within the tokens of one command. The composer
words sentences that agents have read the articles for."""
LABEL_CHARS = 80
CITED, NARROW = 3, 2
"""Articles that a model reads behind each computed sentence; where it reads nothing else, two."""
FEWER = 2
"""Articles left out at each step down."""

Clean = Callable[[str], str]
"""Takes private data out of a sentence before it leaves."""


def offered_to(brief: Brief, shown: Shown) -> tuple[Finding, ...]:
    """Give the findings that a model may word: each has evidence, none has withheld words."""
    return tuple(
        finding
        for finding in brief.offered
        if finding.article_ids
        and finding.article_ids[0] not in shown.withheld
        and any(i in shown.ids for i in finding.article_ids)
    )


def claims_variants(brief: Brief, shown: Shown, *, lang: str, clean: Clean) -> tuple[Variant, ...]:
    """Give the forms of one request for claims, richest first; none without evidence.

    First all that belongs to the task; then two articles fewer at a time, down to the first one
    behind each computed sentence; last without what a model can do without.
    """
    offered = offered_to(brief, shown)
    if not offered:
        return ()
    system = instructions(
        brief.task, lang=lang, fence=shown.fence, count=min(MAX_CLAIMS, len(offered) + 1)
    )
    spare = {brief.findings[place].text for place in brief.optional}
    needed = tuple(f for f in offered if f.text not in spare) or offered
    cards, n_least = _evidence_for(offered, brief, shown)
    topics = [t for t in brief.topics.items() if t[0] in shown.topic_ids]
    spared = [*_context(brief.context, clean), *_topics(topics, shown, clean)]
    n_chars = COMPOSE_SNIPPET_CHARS if brief.task == "compose" else SNIPPET_CHARS
    evidence = _evidence(cards, shown, n_chars)
    texts = {finding.text: as_data(clean(finding.text)) for finding in offered}

    def form(step: EconomyStep | None, findings: Sequence[Finding], n: int) -> Variant:
        ids = {card.article_id: shown.ids[card.article_id] for card in cards[:n]}
        lines = [
            "Computed:",
            *(_cited(k, texts[f.text], f, ids) for k, f in enumerate(findings, start=1)),
            *([] if step == "no_optional" else spared),
            *_first(evidence, n),
        ]
        return _variant(system, lines, shown.fence, step, n)

    forms = [form(None, offered, len(cards))]
    forms += [form("fewer_documents", offered, n) for n in _fewer(len(cards), n_least)]
    if len(needed) < len(offered) or spared:
        forms.append(form("no_optional", needed, len(_cited_first(needed, shown))))
    return tuple(forms)


def expansion_variants(
    query: str, hint: ExpansionHint, shown: Shown, *, lang: str, clean: Clean
) -> tuple[Variant, ...]:
    """Give the forms of one request for ways to widen a query."""
    if not shown.cards:
        return ()
    system = instructions("query_expansion", lang=lang, fence=shown.fence)
    known = "; ".join(hint.expansions)
    about = [f"Query: {as_data(clean(query))}"]
    if known:
        about.append(f"Found already: {as_data(clean(known))}")
    n_all = len(shown.cards)
    evidence = _evidence(shown.cards, shown, SNIPPET_CHARS)
    return tuple(
        _variant(
            system,
            [*about, *_first(evidence, n)],
            shown.fence,
            None if n == n_all else "fewer_documents",
            n,
        )
        for n in (n_all, *_fewer(n_all, 1))
    )


def _variant(
    system: str, lines: Sequence[str], fence: str, step: EconomyStep | None, n: int
) -> Variant:
    data = "\n".join((f"<{fence}>", *lines, f"</{fence}>"))
    messages = (Message(role="system", content=system), Message(role="user", content=data))
    return Variant(messages=messages, step=step, n_documents=n)


def _fewer(n_all: int, n_least: int) -> list[int]:
    steps = list(range(n_all - FEWER, n_least, -FEWER))
    return [*steps, n_least] if n_least < n_all else steps


def _cited_first(findings: Sequence[Finding], shown: Shown) -> list[int]:
    """Give the first shown article behind each finding, once."""
    return firsts([[i for i in f.article_ids if i in shown.ids] for f in findings])


def _evidence_for(
    offered: Sequence[Finding], brief: Brief, shown: Shown
) -> tuple[list[EvidenceCard], int]:
    """Give the articles for a task, those that it cannot do without first, and how many these are.

    What an optional finding cites stands behind what the others cite, so it goes first.
    """
    spare = {brief.findings[place].text for place in brief.optional}
    ordered = sorted(offered, key=lambda f: f.text in spare)
    leading = _cited_first(ordered, shown)
    n_each = NARROW if brief.is_narrow else CITED
    cited = [i for f in ordered for i in [i for i in f.article_ids if i in shown.ids][:n_each]]
    others = [] if brief.is_narrow else [card.article_id for card in shown.cards]
    by_id = {card.article_id: card for card in shown.cards}
    return [by_id[i] for i in dict.fromkeys((*leading, *cited, *others))], len(leading)


def _first(evidence: Sequence[str], n: int) -> Sequence[str]:
    """Give the heading and the first `n` articles."""
    return evidence[: n + 1]


def _cited(number: int, text: str, finding: Finding, ids: Mapping[int, str]) -> str:
    """Write a computed sentence with the ids of those articles that stand below it."""
    behind = [f"[{ids[i]}]" for i in finding.article_ids if i in ids]
    return f"{number}. {text} {' '.join(behind)}"


def _context(context: Sequence[str], clean: Clean) -> list[str]:
    return (
        ["Also computed:", *(f"- {as_data(clean(text))}" for text in context)] if context else []
    )


def _topics(topics: Sequence[tuple[int, TopicFact]], shown: Shown, clean: Clean) -> list[str]:
    lines = ["Topics:"] if topics else []
    for place, topic in topics:
        label = as_data(clean(cut_at_word(topic.label, LABEL_CHARS))).replace(" — ", ", ")
        terms = as_data(clean(", ".join(topic.terms[:5])))
        lines.append(f"- [{shown.topic_ids[place]}] {label} ({terms})")
    return lines


def _evidence(cards: Sequence[EvidenceCard], shown: Shown, n_chars: int) -> list[str]:
    lines = ["Evidence:"]
    for card in cards:
        title = as_data(cut_at_word(card.title, TITLE_CHARS))
        snippet = as_data(cut_at_word(card.snippet, n_chars))
        body = f"{title} — {snippet}" if snippet else title
        lines.append(
            f"[{shown.ids[card.article_id]}] {body} ({as_data(card.source)}, {card.date})"
        )
    return lines
