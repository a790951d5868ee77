"""Every limit of an answer, said in the reader's words."""

from core.agents.phrasing import articles
from core.orchestrator.matching import Match
from core.rendering.words import format_number, say
from core.text.sentences import cut_at_word
from core.text.tokens import clean_display
from core.trends.baseline import MIN_HISTORY
from schemas.facts import Facts
from schemas.requests import NewsRequest

MEASURED = "en, ru"
MAX_NAME = 40
"""Characters of a source's name in a caveat."""


def caveats(request: NewsRequest, facts: Facts, match: Match) -> list[str]:
    """List what a reader must know first: widened, capped, thin, unmeasured."""
    lang, window = request.reply_lang, facts.window
    lines: list[str] = []
    if window.is_widened:
        lines.append(
            say(
                lang,
                "writer-warn-widened",
                asked=say(lang, f"writer-window-{window.asked}"),
                used=say(lang, f"writer-window-{window.used}"),
            )
        )
    lines += _of_sources(lang, facts)
    if match.mode == "half_weight":
        lines.append(say(lang, "writer-warn-half", n=match.n_strict))
    if window.n_counted < window.n_matching:
        lines.append(
            say(
                lang,
                "writer-warn-cap",
                counted=format_number(window.n_counted, lang),
                matching=format_number(window.n_matching, lang),
            )
        )
    if window.n_undated:
        lines.append(say(lang, "writer-warn-undated", articles=articles(lang, window.n_undated)))
    lines += _of_baseline(lang, facts)
    lines += _of_sentiment(request, facts)
    return lines


def _of_sources(lang: str, facts: Facts) -> list[str]:
    """Say which sources could not be read: their news is missing, not their silence."""
    window = facts.window
    if not window.n_unread:
        return []
    more = window.n_unread - len(window.unread)
    names = ", ".join(cut_at_word(clean_display(title), MAX_NAME) for title in window.unread)
    return [
        say(
            lang,
            "writer-warn-unread-more" if more else "writer-warn-unread",
            n=window.n_unread,
            total=max(window.n_sources, window.n_unread),
            names=names,
            more=more,
        )
    ]


def _of_baseline(lang: str, facts: Facts) -> list[str]:
    if facts.baseline is None:
        return []
    days = facts.baseline.history_h // 24
    if not facts.baseline.is_enough and facts.baseline.n_unread and days >= MIN_HISTORY.days:
        return [say(lang, "writer-warn-unread-windows", n=facts.baseline.n_unread)]
    if not facts.baseline.is_enough:
        key = "writer-warn-thin" if days < MIN_HISTORY.days else "writer-warn-few-windows"
        return [say(lang, key, days=days)]
    if not any(story.surge and story.surge.is_burst for story in facts.stories):
        return [say(lang, "writer-warn-quiet")]
    return []


def _of_sentiment(request: NewsRequest, facts: Facts) -> list[str]:
    lang = request.reply_lang
    if request.command not in ("trends", "sentiment"):
        return []
    if facts.sentiment is None:
        return [say(lang, "writer-warn-unmeasured", languages=MEASURED)]
    if facts.sentiment.n_measured < facts.window.n_counted:
        return [
            say(
                lang,
                "writer-warn-partly-measured",
                measured=format_number(facts.sentiment.n_measured, lang),
                articles=articles(lang, facts.window.n_counted),
                languages=MEASURED,
            )
        ]
    return []
