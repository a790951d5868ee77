"""Which language a text is in: script and letters first, then function words, then a model."""

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.text.markup import clean_display
from core.text.scripts import count_letters, script_of
from core.text.stopwords import STOP_LANGUAGES, stop_words
from core.text.tokens import fold, split_words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
_LOOK_AT = 2_000
_FOREIGN_NAMES_SHARE = 0.25
"""A text with this share of Cyrillic letters is Cyrillic: the Latin ones are brand names."""
_ONE_LANGUAGE = {
    "greek": "el",
    "hebrew": "he",
    "armenian": "hy",
    "georgian": "ka",
    "tamil": "ta",
    "thai": "th",
    "hangul": "ko",
    "kana": "ja",
}
_LATIN = frozenset(
    [
        *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "sv", "cs", "ro", "fi", "hu"),
        *("da", "no", "id", "vi", "ca", "hr", "sk", "sl", "et", "lv", "lt", "az", "uz"),
    ]
)
"""Languages the model chooses from: the fewer, the surer it is of short titles."""
_OF_SCRIPT = {
    "latin": _LATIN,
    "cyrillic": frozenset(
        ["ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "mn", "tg", "tt", "ba"]
    ),
    "arabic": frozenset(["ar", "fa", "ur", "ckb", "ps", "ug"]),
    "devanagari": frozenset(["hi", "mr", "ne"]),
    "han": frozenset(["zh", "ja"]),
}
_LOCK = threading.Lock()


def identify(text: str, *, prior: str | None) -> tuple[str, float]:
    """Name the language of a text and how sure that is.

    Args:
        text: Any text; the first 2,000 characters after markup are looked at.
        prior: What the source claims, as `en` or `ru-RU`. It decides between languages that the
            text leaves open and is overruled by script, by letters and by clear function words.

    Returns:
        `(lang, p)`: ISO 639 code and 0..1. A text without letters gives the prior at 0.3, or `und`
        at 0 when there is none.
    """
    claimed = _code(prior)
    seen = clean_display(text)[:_LOOK_AT]
    script = _main_script(count_letters(seen))
    if script is None:
        return (claimed, 0.3) if claimed else (UNKNOWN, 0.0)
    folded = fold(seen)
    match script:
        case "cyrillic":
            return _cyrillic(seen, folded, claimed)
        case "latin":
            return _latin(seen, folded, claimed)
        case "arabic":
            return _arabic(seen, claimed)
        case "han" | "devanagari":
            default = "zh" if script == "han" else "hi"
            known = claimed if claimed in _OF_SCRIPT[script] else None
            return known or default, 0.9
        case _:
            return _ONE_LANGUAGE[script], 0.99


def _code(prior: str | None) -> str | None:
    code = (prior or "").replace("_", "-").split("-")[0].strip().lower()
    return (
        code
        if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 and code != UNKNOWN
        else None
    )


def _main_script(counts: dict[str, int]) -> str | None:
    if not counts:
        return None
    total = sum(counts.values())
    if counts.get("cyrillic", 0) >= _FOREIGN_NAMES_SHARE * total:
        return "cyrillic"
    if counts.get("kana", 0) >= 0.1 * (counts.get("kana", 0) + counts.get("han", 0)) > 0:
        east = counts.get("kana", 0) + counts.get("han", 0)
        if east >= _FOREIGN_NAMES_SHARE * total:
            return "kana"
    for script, n in counts.items():
        if script not in ("latin", "kana") and n >= _FOREIGN_NAMES_SHARE * total:
            return script
    return next(iter(counts))


def _cyrillic(seen: str, folded: str, claimed: str | None) -> tuple[str, float]:
    letters = {c: folded.count(c) for c in "іїєґўыэъщђћљњџјѓќѕәғқңөұүһҷӣөң"}
    has_yo = "ё" in seen.lower()
    ukrainian = letters["ї"] + letters["є"] + letters["ґ"]
    russian = letters["ы"] + letters["э"] + has_yo
    if letters["ў"] and letters["і"]:
        return "be", 0.97
    if ukrainian > russian or (letters["і"] and not letters["ы"] and not _other(letters)):
        return "uk", 0.98
    if _other(letters):
        return _other_cyrillic(letters, claimed)
    if russian:
        return "ru", 0.98
    if letters["ъ"] >= max(2, 0.006 * len(folded)):
        return "bg", 0.95
    words = split_words(folded)
    by_words = {lang: sum(w in stop_words(lang) for w in words) for lang in ("ru", "uk")}
    by_words["bg"] = sum(w in _BULGARIAN for w in words)
    best = max(by_words, key=lambda lang: (by_words[lang], lang == claimed, lang == "ru"))
    others = max(n for lang, n in by_words.items() if lang != best)
    if by_words[best] >= others + 2:
        return best, 0.95
    if claimed in _OF_SCRIPT["cyrillic"]:
        return claimed, 0.85
    return "ru", 0.8


def _other(letters: dict[str, int]) -> int:
    return sum(letters[c] for c in "ђћљњџјѓќѕәғқңөұүһҷӣ")


def _other_cyrillic(letters: dict[str, int], claimed: str | None) -> tuple[str, float]:
    if letters["ѓ"] + letters["ќ"] + letters["ѕ"]:
        return "mk", 0.95
    if letters["ђ"] + letters["ћ"] + letters["љ"] + letters["њ"] + letters["џ"] + letters["ј"]:
        return ("mk", 0.8) if claimed == "mk" else ("sr", 0.9)
    if claimed in ("ky", "mn", "tt", "ba", "tg", "kk"):
        return claimed, 0.9
    if letters["ҷ"] + letters["ӣ"]:
        return "tg", 0.9
    if letters["ұ"] + letters["қ"] + letters["ғ"]:
        return "kk", 0.9
    return ("tt", 0.7) if letters["ә"] else ("ky", 0.6)


def _arabic(seen: str, claimed: str | None) -> tuple[str, float]:
    if any(c in seen for c in "ٹڈڑے"):
        return "ur", 0.95
    if any(c in seen for c in "پچژگ"):
        return (claimed, 0.9) if claimed in ("ckb", "ps", "ug", "ur") else ("fa", 0.95)
    return (claimed, 0.85) if claimed in _OF_SCRIPT["arabic"] else ("ar", 0.9)


def _latin(seen: str, folded: str, claimed: str | None) -> tuple[str, float]:
    votes = _vote(folded)
    if claimed not in _LATIN:
        claimed = None
    ranked = sorted(votes, key=lambda lang: (-votes[lang], lang != claimed))
    best, lead = ranked[0], votes[ranked[0]] - votes[ranked[1]]
    if claimed == best and votes[best] >= 0.9:
        return claimed, 0.95
    if votes[best] >= 2.0 and lead >= 1.0:
        return best, min(0.99, 0.85 + 0.03 * lead)
    if claimed == "en" and seen.isascii() and votes[best] < 0.9 and lead < 0.4:
        return claimed, 0.85
    guess, p = _classify(folded)
    is_clear = p >= 0.5 or votes.get(guess, 0.0) > votes.get(claimed or "", 0.0)
    if claimed and (guess == claimed or not is_clear or len(folded) < 40):
        return claimed, max(0.6, p) if guess == claimed else 0.6
    return guess, p


def _vote(folded: str) -> dict[str, float]:
    """Sum function words per language; a shared word counts a part in each of its languages."""
    votes = dict.fromkeys((lang for lang in STOP_LANGUAGES if lang in _LATIN), 0.0)
    owners = _owners()
    for word in split_words(folded):
        langs = owners.get(word, ())
        for lang in langs:
            votes[lang] += 1.0 / len(langs)
    return votes


@cache
def _owners() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for lang in STOP_LANGUAGES:
        for word in stop_words(lang):
            if len(word) > 1 and script_of(word) == "latin":
                found[word] = (*found.get(word, ()), lang)
    return found


@cache
def _model() -> "LanguageIdentifier":
    # The model takes 0.6 s and 75 MB: only texts that nothing else decides pay for it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    build: Callable[..., LanguageIdentifier] = LanguageIdentifier.from_model_file
    model = build(MODEL_FILE, norm_probs=True)
    restrict: Callable[[list[str]], None] = model.set_languages
    restrict(sorted(_LATIN))
    # The library keeps the columns of all languages for a reset that never comes: 20 MB.
    kept = np.array(model.nb_ptc)
    model.nb_ptc, model._full_model = kept, (kept, model.nb_pc, model.nb_classes)
    return model


def release_model() -> None:
    """Let the model go, 50 MB; the next text that needs it loads it again in 0.6 s."""
    with _LOCK:
        _model.cache_clear()


def _classify(folded: str) -> tuple[str, float]:
    with _LOCK:
        classify: Callable[[str], tuple[str, float]] = _model().classify
        lang, p = classify(folded)
    return str(lang), min(1.0, max(0.0, float(p)))


_BULGARIAN = frozenset(
    [
        *("се", "да", "са", "със", "във", "ще", "като", "след", "това", "които", "която", "който"),
        *("още", "беше", "няма", "вече", "бъде", "тя", "те", "му", "най", "тази", "този", "тези"),
        *("между", "към"),
    ]
)
"""Bulgarian function words that are not Russian too."""
