"""Tasks that look for what should not be there: personal data, secrets, instructions."""

from core.policy.injection import judge
from core.policy.pii import find_private
from services.batch.rows import Fields, Row, words_of


def pii(row: Row) -> Fields:
    """Find personal data and secrets; places are characters of the text (without one: title)."""
    title, text = words_of(row)
    return {
        "spans": [
            {"start": one.start, "end": one.end, "type": one.kind, "class": one.certainty}
            for one in find_private(text or title)
        ]
    }


def injection(row: Row) -> Fields:
    """Say whether a text gives orders to whoever analyses it."""
    title, text = words_of(row)
    found = judge(f"{title}\n{text}" if title and text else title or text)
    return {"flagged": found.is_flagged, "score": round(found.score, 4)}
