"""Tasks over single texts: phrases, mood, language, category."""

from core.errors import UsageError
from core.orchestrator.mood import POLAR
from core.text.analysis import analyse
from core.text.category import category_scores
from core.text.language import identify
from core.text.target import measure_towards
from core.text.tokens import stems
from services.batch.rows import Fields, Row, words_of


def keyphrases(row: Row) -> Fields:
    """Choose the phrases of a text, best first."""
    title, text = words_of(row)
    found = analyse(title, text, lang_prior=_claimed(row)).keyphrases
    return {
        "keyphrases": [
            {"phrase": one.phrase, "norm": one.norm, "score": one.score} for one in found
        ]
    }


def sentiment(row: Row) -> Fields:
    """Measure the mood of a text, or towards the `entity` that it names at `start`..`end`.

    `overall` is null and `emotions` empty where the language is not measured.
    """
    title, text = words_of(row)
    found = analyse(title, text, lang_prior=_claimed(row))
    overall = found.sentiment
    place = _place_of_entity(row, text or title)
    if place is not None and overall is not None:
        overall = measure_towards(text or title, *place, lang=found.lang)
    return {"overall": overall, "label": label_of(overall), "emotions": found.emotions}


def language(row: Row) -> Fields:
    """Name the language of a text; what the row claims about it is not looked at."""
    title, text = words_of(row)
    lang, p = identify(f"{title}\n{text}", prior=None)
    return {"lang": lang, "p": round(p, 4)}


def category(row: Row) -> Fields:
    """Name the category of a news item, and the share of each one in what speaks for any."""
    title, text = words_of(row)
    lang, _ = identify(f"{title}\n{text}", prior=_claimed(row))
    scores = category_scores(stems(title, lang), stems(text, lang), lang)
    return {"label": max(scores, key=lambda name: scores[name]), "scores": scores}


def label_of(score: float | None) -> str:
    """Name a mood as the desk counts positive and negative articles; unmeasured is neutral."""
    if score is None or abs(score) < POLAR:
        return "neutral"
    return "positive" if score > 0 else "negative"


def _claimed(row: Row) -> str | None:
    return row.first(("lang",)) or None


def _place_of_entity(row: Row, text: str) -> tuple[int, int] | None:
    """Give where the entity stands: as told, else where its name is first found."""
    start, end = row.fields.get("start"), row.fields.get("end")
    if isinstance(start, int) and isinstance(end, int):
        if not 0 <= start < end <= len(text):
            raise UsageError(
                f"start {start} and end {end} lie outside the text of {len(text)} characters",
                field="row",
            )
        return start, end
    name = row.first(("entity",))
    if not name:
        return None
    at = text.casefold().find(name.casefold())
    if at < 0:
        raise UsageError(f"the entity {name!r} does not occur in the text", field="row")
    return at, min(len(text), at + len(name))
