"""What the window is about: stories first by surprise, then by how many publishers carry them."""

from collections.abc import Sequence

from core.agents.brief import Brief
from core.agents.phrasing import articles, fit, publishers
from core.rendering.words import format_number, say
from schemas.drafts import Finding
from schemas.facts import Facts, StoryFact, TopicFact
from schemas.runs import EvidenceCard

NAMED = 5
"""Topics that a model may name, and phrases of a kind that it is told."""


def brief_stories(facts: Facts, cards: Sequence[EvidenceCard], lang: str) -> Brief:
    """Give one finding per story that deserves a line, the most surprising first."""
    sources = {card.article_id: card.source for card in cards}
    findings = [_story_finding(story, sources, lang) for story in facts.stories]
    return _brief(_citable(findings, cards), facts, lang)


def brief_themes(facts: Facts, cards: Sequence[EvidenceCard], lang: str) -> Brief:
    """Give one finding per topic; a topic of a single story is told as that story."""
    sources = {card.article_id: card.source for card in cards}
    stories = {story.story_id: story for story in facts.stories}
    findings = []
    for topic in facts.topics:
        members = [stories[i] for i in topic.story_ids if i in stories]
        if len(members) == 1:
            findings.append(_story_finding(members[0], sources, lang))
        elif members:
            findings.append(_topic_finding(topic, members, lang))
    return _brief(_citable(findings, cards), facts, lang)


def _brief(findings: Sequence[Finding], facts: Facts, lang: str) -> Brief:
    context = [
        say(lang, key, phrases=", ".join(phrases[:NAMED]))
        for key, phrases in (
            ("writer-context-emerging", facts.emerging),
            ("writer-context-gaps", facts.gaps),
        )
        if phrases
    ]
    return Brief(
        task="topic_modeler",
        findings=tuple(findings),
        context=tuple(context),
        topics=dict(enumerate(facts.topics[:NAMED])),
    )


def _citable(findings: Sequence[Finding], cards: Sequence[EvidenceCard]) -> list[Finding]:
    """Give the first five that rest on a dated article: one without a date is never cited."""
    dated = {card.article_id for card in cards if card.date is not None}
    return [finding for finding in findings if dated.intersection(finding.article_ids)][:5]


def _story_finding(story: StoryFact, sources: dict[int, str], lang: str) -> Finding:
    cited = tuple(dict.fromkeys((story.lead_id, *story.article_ids)))[:3]
    if story.n_articles == 1:
        source = sources.get(story.lead_id, "")
        text = fit(lang, "writer-story-single", "headline", story.headline, source=source)
        return Finding(type="fact", text=text, article_ids=cited)
    counts: dict[str, str | int] = {
        "articles": articles(lang, story.n_articles),
        "publishers": publishers(lang, story.n_families),
    }
    if story.surge is None or not story.surge.is_burst:
        key = "writer-story-covered"
    elif story.surge.is_new:
        key = "writer-story-new"
    else:
        key = "writer-story-burst"
        counts["expected"] = format_number(story.surge.expected, lang, digits=1)
    return Finding(
        type="fact", text=fit(lang, key, "headline", story.headline, **counts), article_ids=cited
    )


def _topic_finding(topic: TopicFact, members: Sequence[StoryFact], lang: str) -> Finding:
    text = fit(
        lang,
        "writer-topic",
        "label",
        topic.label,
        articles=articles(lang, topic.size),
        stories=say(lang, "writer-stories", n=len(members)),
        publishers=publishers(lang, topic.n_families),
    )
    leads = dict.fromkeys((topic.lead_id, *(story.lead_id for story in members)))
    return Finding(type="fact", text=text, article_ids=tuple(leads)[:3])
