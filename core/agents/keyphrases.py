"""Which words carry the window, and which of them are new."""

from collections.abc import Sequence

from core.agents.phrasing import articles, fit, publishers
from core.agents.writer import Writer
from core.rendering.words import say
from schemas.drafts import AgentDraft, Finding
from schemas.facts import Facts
from schemas.runs import EvidenceCard


async def draft_keyphrases(
    facts: Facts, cards: Sequence[EvidenceCard], writer: Writer
) -> AgentDraft:
    """Give one finding per leading phrase: in how many articles and at how many publishers."""
    findings = [
        Finding(
            type="fact",
            text=fit(
                writer.lang,
                "writer-phrase",
                "phrase",
                phrase.phrase,
                n=phrase.n,
                articles=articles(writer.lang, facts.window.n_counted),
                publishers=publishers(writer.lang, phrase.n_families),
            ),
            article_ids=phrase.example_ids[:3],
        )
        for phrase in facts.keyphrases[:5]
        if phrase.example_ids
    ]
    return await writer.word("keyphrase_mining", findings, cards)


async def draft_new_words(
    facts: Facts, cards: Sequence[EvidenceCard], writer: Writer
) -> AgentDraft:
    """Give one finding that lists what is new in the window's wording, or none."""
    new = [phrase for phrase in facts.keyphrases if phrase.is_new and phrase.example_ids][:3]
    if not new:
        return AgentDraft(findings=())
    quoted = ", ".join(quote(writer.lang, phrase.phrase) for phrase in new)
    text = fit(writer.lang, "writer-new-words", "phrases", quoted)
    cited = tuple(dict.fromkeys(phrase.example_ids[0] for phrase in new))
    finding = Finding(type="fact", text=text, article_ids=cited)
    return await writer.word("keyphrase_mining", [finding], cards)


def quote(lang: str, text: str) -> str:
    """Put text between the quotation marks of a language."""
    return say(lang, "writer-quoted", text=text)
