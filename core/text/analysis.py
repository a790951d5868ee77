"""Everything that is computed about one text when it is stored."""

from dataclasses import dataclass

from core.text.category import categorise_stems
from core.text.emotions import measure_emotions
from core.text.entities import entities
from core.text.keyphrases import keyphrases
from core.text.language import identify
from core.text.markup import MAX_CHARS, clean_display, strip_publisher
from core.text.sentiment import measure
from core.text.surface import read_lines
from core.text.tokens import content_of, normalise, split_words, stem_all
from schemas.articles import TextAnalysis

ANALYSER_VERSION = "local-1"
MAX_TERMS = 400
_OPENING = 500
"""So many characters beyond the title's length may hold the title that a text opens with."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """The folded words of title and text."""

    title: list[str]
    text: list[str]


def analyse(title: str, text: str, *, lang_prior: str | None, source: str = "") -> TextAnalysis:
    """Say what one article is about: language, mood, category, phrases, terms and names.

    Any text gives a valid analysis: empty ones, emoji alone, control characters, lone surrogates.
    The first 20,000 characters of title and of text are looked at. A text that opens with its
    title is not counted twice.

    Args:
        title: As the source wrote it; may be empty.
        text: As the source wrote it, with or without markup; may be empty.
        lang_prior: What the source claims about the language.
        source: The source's name; its " - Name" suffix is left out of the title.
    """
    title, text = _without_repeat(strip_publisher(title[:MAX_CHARS], source), text[:MAX_CHARS])
    lang, certainty = identify(f"{title}\n{text}", prior=lang_prior)
    copy = _folded(title, text)
    title_stems, text_stems = stem_all(copy.title, lang), stem_all(copy.text, lang)
    lines = read_lines(title, text, lang)
    return TextAnalysis(
        version=ANALYSER_VERSION,
        lang=lang,
        lang_p=round(certainty, 4),
        sentiment=measure(f"{title}\n{text}", lang),
        emotions=measure_emotions([*title_stems, *text_stems], lang),
        category=categorise_stems(title_stems, text_stems, lang),
        keyphrases=keyphrases(lines, lang),
        terms=content_of([*copy.title, *copy.text], lang)[:MAX_TERMS],
        entities=entities(lines, lang),
    )


def search_copy(title: str, text: str, lang: str, source: str = "") -> tuple[str, str]:
    """Give the stems of title and text in reading order, for matching words and phrases.

    Returns:
        `(title_stems, text_stems)`: single spaces between stems and at both ends, so that a phrase
        is found as `" a b "`; a single space when there is no word.
    """
    copy = _folded(strip_publisher(title[:MAX_CHARS], source), text[:MAX_CHARS])
    return _spaced(stem_all(copy.title, lang)), _spaced(stem_all(copy.text, lang))


def _folded(title: str, text: str) -> _Copy:
    return _Copy(split_words(normalise(title)), split_words(normalise(text)))


def _spaced(stems: list[str]) -> str:
    return f" {' '.join(stems)} " if stems else " "


def _without_repeat(title: str, text: str) -> tuple[str, str]:
    start = clean_display(title).rstrip("….")
    if start and clean_display(text[: 2 * len(title) + _OPENING]).startswith(start):
        return "", text
    return title, text
