"""How people write: the tone of the window, of its names, and where publishers disagree."""

from core.agents.brief import Brief
from core.agents.phrasing import articles, fit, signed
from core.rendering.figures import tone_word
from core.rendering.words import say
from schemas.drafts import Finding
from schemas.facts import FamilyMood, SentimentFacts

CONFLICT_GAP = 0.6
"""Publishers disagree when their mean tones lie so far apart, on both sides of neutral."""


def brief_sentiment(mood: SentimentFacts | None, lang: str) -> Brief:
    """Give the overall tone, a conflict between publishers if there is one, then names by tone."""
    if mood is None:
        return Brief(task="sentiment_emotion", findings=())
    emotion = _emotion(mood, lang)
    led = [f for f in (_overall(mood, lang), _conflict(mood, lang), emotion) if f is not None]
    aspects = [
        Finding(
            type="fact",
            text=fit(
                lang,
                "writer-aspect",
                "name",
                aspect.name,
                tone=tone_word(aspect.score, lang),
                score=signed(lang, aspect.score),
                articles=articles(lang, aspect.n),
            ),
            article_ids=(aspect.article_id,),
        )
        for aspect in mood.aspects[:3]
    ]
    return Brief(
        task="sentiment_emotion",
        findings=(*led, *aspects),
        optional=frozenset() if emotion is None else frozenset({led.index(emotion)}),
        context=_timeline(mood, lang),
    )


def _timeline(mood: SentimentFacts, lang: str) -> tuple[str, ...]:
    """Say the tone of each slice of the window, oldest first; nothing of a single slice."""
    if len(mood.timeline) < 2:
        return ()
    scores = ", ".join(signed(lang, part.score) for part in mood.timeline)
    return (say(lang, "writer-context-timeline", scores=scores),)


def _extremes(mood: SentimentFacts) -> tuple[int, ...]:
    ends = (mood.most_negative_id, mood.most_positive_id)
    return tuple(i for i in (ends if mood.overall < 0 else ends[::-1]) if i is not None)


def _overall(mood: SentimentFacts, lang: str) -> Finding | None:
    if not _extremes(mood):
        return None
    text = say(
        lang,
        "writer-mood",
        tone=tone_word(mood.overall, lang),
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
            "first-tone": tone_word(low.score, lang),
            "first-score": signed(lang, low.score),
            "second": high.family,
            "second-tone": tone_word(high.score, lang),
            "second-score": signed(lang, high.score),
        },
    )
    return Finding(type="conflict", text=text, article_ids=(low.article_id, high.article_id))
