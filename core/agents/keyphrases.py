"""Which words carry the window, and which of them are new."""

from core.agents.brief import Brief
from core.agents.phrasing import articles, fit, publishers
from core.rendering.words import say
from schemas.drafts import Finding
from schemas.facts import Facts


def brief_keyphrases(facts: Facts, lang: str) -> Brief:
    """Give one finding per leading phrase: in how many articles and at how many publishers."""
    findings = [
        Finding(
            type="fact",
            text=fit(
                lang,
                "writer-phrase",
                "phrase",
                phrase.phrase,
                n=phrase.n,
                articles=articles(lang, facts.window.n_counted),
                publishers=publishers(lang, phrase.n_families),
            ),
            article_ids=phrase.example_ids[:3],
        )
        for phrase in facts.keyphrases[:5]
        if phrase.example_ids
    ]
    return Brief(task="keyphrase_mining", findings=tuple(findings))


def brief_new_words(facts: Facts, lang: str) -> Brief:
    """Give one finding that lists what is new in the window's wording, or none."""
    new = [phrase for phrase in facts.keyphrases if phrase.is_new and phrase.example_ids][:3]
    if not new:
        return Brief(task="keyphrase_mining", findings=())
    quoted = ", ".join(quote(lang, phrase.phrase) for phrase in new)
    text = fit(lang, "writer-new-words", "phrases", quoted)
    cited = tuple(dict.fromkeys(phrase.example_ids[0] for phrase in new))
    finding = Finding(type="fact", text=text, article_ids=cited)
    return Brief(task="keyphrase_mining", findings=(finding,))


def quote(lang: str, text: str) -> str:
    """Put text between the quotation marks of a language."""
    return say(lang, "writer-quoted", text=text)
