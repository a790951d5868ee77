"""The words of `/status`."""

from core.rendering.richtext import Bold, Content, Italic, Line, Paragraph
from core.rendering.words import format_date, format_number, format_time, say
from schemas.principal import Principal
from schemas.status import DeskStatus

MAX_LANGUAGES = 6
MIB = 1024 * 1024
PLENTY_DAYS = 3_650
"""Beyond ten years the number says nothing."""


def status_text(status: DeskStatus, principal: Principal, *, n_troubled: int = 0) -> Content:
    """Say how much news there is and how fresh, which sources need a look, how space lasts."""
    lang = principal.lang
    lines: list[Content] = [Paragraph(Bold(say(lang, "status-title")))]
    if status.is_sample:
        lines.append(Paragraph(Italic(say(lang, "status-sample"))))
    if status.n_articles == 0:
        lines.append(Line(say(lang, "status-empty")))
    else:
        lines.extend(_news(status, principal))
    if n_troubled:
        lines.append(Line(("• ", say(lang, "status-sources-troubled", n=n_troubled))))
    size = format_number(status.size_bytes / MIB, lang)
    lines.append(Line(("• ", say(lang, "status-size", mib=size))))
    if status.days_left is not None:
        lines.append(Line(("• ", _space(status.days_left, lang))))
    if status.index_lag:
        lines.append(Line(("• ", say(lang, "status-lag", n=status.index_lag))))
    is_off = status.models == "off"
    models = say(lang, "status-models-off") if is_off else say(lang, "status-models-on")
    lines.append(Line(("• ", models)))
    lines.append(Paragraph(f"Newsdesk {status.version}"))
    return tuple(lines)


def _space(days_left: float, lang: str) -> str:
    if days_left > PLENTY_DAYS:
        return say(lang, "status-days-plenty")
    return say(lang, "status-days-left", days=max(0, int(days_left)))


def _news(status: DeskStatus, principal: Principal) -> list[Content]:
    lang = principal.lang
    biggest = sorted(status.languages.items(), key=lambda item: (-item[1], item[0]))
    languages = ", ".join(
        f"{code} {format_number(n, lang)}" for code, n in biggest[:MAX_LANGUAGES]
    )
    lines: list[Content] = [
        Line(("• ", say(lang, "status-articles", n=status.n_articles))),
        Line(("• ", say(lang, "status-sources", n=status.n_sources))),
        Line(("• ", say(lang, "status-stories", n=status.n_stories))),
        Line(("• ", say(lang, "status-languages", list=languages))),
    ]
    if status.oldest_at is not None and status.newest_at is not None:
        between = say(
            lang,
            "status-span",
            first=format_date(status.oldest_at, lang, principal.tz, year=True),
            last=format_time(status.newest_at, lang, principal.tz),
        )
        lines.append(Line(("• ", between)))
    if status.per_day:
        rate = format_number(round(status.per_day), lang)
        lines.append(Line(("• ", say(lang, "status-per-day", n=rate))))
    return lines
