"""How people write: the tone of the window, of its names, and where publishers disagree."""

from collections.abc import Sequence

from core.agents.phrasing import articles, fit, signed, tone_word
from core.agents.writer import Writer
from core.rendering.words import say
from schemas.drafts import AgentDraft, Finding
from schemas.facts import FamilyMood, SentimentFacts
from schemas.runs import EvidenceCard

CONFLICT_GAP = 0.6
"""Publishers disagree when their mean tones lie so far apart, on both sides of neutral."""


async def draft_sentiment(
    mood: SentimentFacts | None, cards: Sequence[EvidenceCard], writer: Writer
) -> AgentDraft:
    """Give the overall tone, a conflict between publishers if there is one, then names by tone."""
    if mood is None:
        return AgentDraft(findings=())
    findings = [
        _overall(mood, writer.lang),
        _conflict(mood, writer.lang),
        _emotion(mood, writer.lang),
    ]
    findings += [
        Finding(
            type="fact",
            text=fit(
                writer.lang,
                "writer-aspect",
                "name",
                aspect.name,
                tone=tone_word(writer.lang, aspect.score),
                score=signed(writer.lang, aspect.score),
                articles=articles(writer.lang, aspect.n),
            ),
            article_ids=(aspect.article_id,),
        )
        for aspect in mood.aspects[:3]
    ]
    return await writer.word("sentiment_emotion", [f for f in findings if f is not None], cards)


def _extremes(mood: SentimentFacts) -> tuple[int, ...]:
    ends = (mood.most_negative_id, mood.most_positive_id)
    return tuple(i for i in (ends if mood.overall < 0 else ends[::-1]) if i is not None)


def _overall(mood: SentimentFacts, lang: str) -> Finding | None:
    if not _extremes(mood):
        return None
    text = say(
        lang,
        "writer-mood",
        tone=tone_word(lang, mood.overall),
        score=signed(lang, mood.overall),
        articles=articles(lang, mood.n_measured),
        positive=mood.n_positive,
        negative=mood.n_negative,
    )
    return Finding(type="fact", text=text, article_ids=_extremes(mood))


def _emotion(mood: SentimentFacts, lang: str) -> Finding | None:
    ranked = sorted(mood.emotions.items(), key=lambda item: -item[1])
    if len(ranked) < 2 or ranked[1][1] <= 0 or not _extremes(mood):
        return None
    (first, score), (second, second_score) = ranked[:2]
    text = say(
        lang,
        "writer-emotion",
        **{
            "emotion": say(lang, "writer-emotion-name", emotion=first),
            "score": signed(lang, score).lstrip("+"),
            "second": say(lang, "writer-emotion-name", emotion=second),
            "second-score": signed(lang, second_score).lstrip("+"),
        },
    )
    return Finding(type="fact", text=text, article_ids=_extremes(mood)[:1])


def _conflict(mood: SentimentFacts, lang: str) -> Finding | None:
    if len(mood.families) < 2:
        return None
    ranked: list[FamilyMood] = sorted(mood.families, key=lambda family: family.score)
    low, high = ranked[0], ranked[-1]
    if high.score - low.score < CONFLICT_GAP or low.score > 0 or high.score < 0:
        return None
    text = fit(
        lang,
        "writer-conflict",
        "first",
        low.family,
        **{
            "first-tone": tone_word(lang, low.score),
            "first-score": signed(lang, low.score),
            "second": high.family,
            "second-tone": tone_word(lang, high.score),
            "second-score": signed(lang, high.score),
        },
    )
    return Finding(type="conflict", text=text, article_ids=(low.article_id, high.article_id))
