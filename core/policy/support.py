"""Does the cited evidence carry a sentence? Decided by plain code: rule `support`.

Quotations word for word, figures with their units, names, and most of the words: whatever of a
sentence is not in what it cites, nor was computed about it, is not told to anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from core.policy.dates import Date
from core.policy.names import Named, find_names, held_by_initials
from core.policy.places import is_misplaced
from core.policy.plain_words import FREE_STEMS
from core.policy.quantities import Quantity
from core.policy.quotations import Quotation
from core.policy.quotes import holds_quote
from core.policy.reading import PREFIX, Reading, Word
from core.policy.records import Objection
from core.policy.scope import Scope, is_derived
from core.text.sentences import sentences

MIN_COVERED = 0.6
"""Share of a sentence's words of meaning that the cited text must hold."""
MAX_RUN = 3
"""So many words of meaning in a row that the cited text does not hold are a claim of their own."""
_COMMON_COUNTS = frozenset({1.0})
_YEARS = range(1900, 2101)


@dataclass(frozen=True)
class Ground:
    """What a sentence may rest on: cited texts, and what was computed about them.

    `days` are when the articles appeared, `spans` where the window begins and ends. More than
    `max_missing` words of meaning that the texts do not hold are too many, None: any number.
    """

    cited: tuple[Reading, ...]
    days: tuple[Date, ...] = ()
    spans: tuple[Date, ...] = ()
    scope: Scope | None = None
    query: Reading | None = None
    min_covered: float = field(default=MIN_COVERED)
    max_missing: int | None = None

    @cached_property
    def texts(self) -> tuple[Reading, ...]:
        """The cited texts, then names that were computed from them and the reader's own words."""
        computed = (self.scope.names,) if self.scope else ()
        return (*self.cited, *computed, *((self.query,) if self.query else ()))

    @cached_property
    def named(self) -> Named:
        """Every name of those texts."""
        return Named(self.texts)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every figure of the cited texts."""
        return tuple(q for text in self.texts for q in text.quantities)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of the cited texts and of the computed sentences about them."""
        computed = self.scope.headlines.stems if self.scope else frozenset()
        return frozenset(computed.union(*(text.stems for text in self.texts)))

    @cached_property
    def roots(self) -> frozenset[str]:
        """Beginnings of longer stems among them."""
        return frozenset(one[:PREFIX] for one in self.stems if len(one) >= PREFIX)

    @cached_property
    def scripts(self) -> frozenset[str | None]:
        """The alphabets of the cited texts."""
        return frozenset(
            script
            for text in self.cited
            for script, n in text.scripts.items()
            if n >= 0.2 * sum(text.scripts.values())
        )


def object_to(claim: Reading, ground: Ground) -> Objection | None:
    """Give the first reason why the ground does not carry a sentence, None when it does."""
    quotes = claim.quotes
    for check in (_wrong_quote, _wrong_figure, _wrong_date, _wrong_name):
        objection = check(claim, ground, quotes)
        if objection is not None:
            return objection
    return _too_little(claim, ground, quotes)


def _wrong_quote(claim: Reading, ground: Ground, quotes: Sequence[Quotation]) -> Objection | None:
    for quote in quotes:
        if not holds_quote(quote.text, ground.texts):
            return Objection("quote", quote.text, ((quote.start, quote.end),))
    return None


def _wrong_figure(
    claim: Reading, ground: Ground, _quotes: Sequence[Quotation]
) -> Objection | None:
    readings: dict[int, list[Quantity]] = {}
    for one in claim.quantities:
        if one.values == _COMMON_COUNTS and not one.unit and not one.text[:1].isdigit():
            continue  # "one of the islands" counts nothing
        readings.setdefault(one.start, []).append(one)
    for same in readings.values():
        code = _objection_to_figure(same, claim, ground)
        if code and not _is_computed(same, claim, ground):
            return Objection(code, same[0].text, ((same[0].start, same[0].end),))
    return None


def _objection_to_figure(same: Sequence[Quantity], claim: Reading, ground: Ground) -> str:
    """Give why a figure, in each of its readings, is not that of the texts; empty when it is."""
    if not any(_is_told(one, ground) for one in same):
        return "number"
    is_elsewhere = len(same) == 1 and is_misplaced(same[0], claim, ground.texts)
    return "number-place" if is_elsewhere else ""


def _is_computed(same: Sequence[Quantity], claim: Reading, ground: Ground) -> bool:
    if ground.scope is None:
        return False
    figures = ground.scope.figures
    return any(is_derived(one, claim.text, figures) for one in same)


def _is_told(one: Quantity, ground: Ground) -> bool:
    """Say whether a cited text has this figure, of this unit, of this thing."""
    if one.exact:
        return any(one.exact == other.exact for other in ground.quantities)
    same = [other for other in ground.quantities if one.equals(other)]
    if one.unit:
        return any(other.unit == one.unit for other in same)
    if not same:
        return _is_year_of_news(one, ground)
    if not one.noun or one.noun in {other.noun for other in same}:
        return True
    # The text counts this very thing, and otherwise: "13 hurt" of "12 dead, 14 hurt, 13 houses".
    is_counted = any(other.noun == one.noun for other in ground.quantities)
    has_unit = all(other.unit for other in same)
    return not is_counted and not (has_unit and one.noun not in ground.stems)


def _is_year_of_news(one: Quantity, ground: Ground) -> bool:
    """Say whether a figure is the year of the cited articles, where they tell no other."""
    if any(day.year for text in ground.texts for day in text.dates):
        return False
    if any(not q.unit and any(value in _YEARS for value in q.values) for q in ground.quantities):
        return False
    return any(float(day.year) in one.values for day in ground.days)


def _wrong_date(claim: Reading, ground: Ground, _quotes: Sequence[Quotation]) -> Objection | None:
    if not claim.dates:
        return None
    told = [day for text in ground.texts for day in text.dates]
    for one in claim.dates:
        if any(one.agrees(other) for other in told):
            continue
        if not any(day.day and day.weekday < 0 for day in told) and any(
            one.agrees(other) for other in (*ground.days, *ground.spans)
        ):
            continue  # the day of the news, where the texts tell no other
        if one.weekday >= 0 and one.weekday in _weekdays_near(ground):
            continue
        return Objection("date", one.text, ((one.start, one.end),))
    return None


def _weekdays_near(ground: Ground) -> set[int]:
    """Give the days of the week on which the articles appeared, and those beside them."""
    days = {date(day.year, day.month, day.day).weekday() for day in ground.days}
    return {(day + step) % 7 for day in days for step in (-1, 0, 1)}


def _wrong_name(claim: Reading, ground: Ground, quotes: Sequence[Quotation]) -> Objection | None:
    places = [(quote.start, quote.end) for quote in quotes]
    dates = [(day.start, day.end) for day in claim.dates]
    is_foreign = _is_foreign(claim, ground)
    for word in find_names(claim, is_quoted=(*places, *dates), is_foreign=is_foreign):
        if ground.named.hold(word) or held_by_initials(word, claim.words, ground.named):
            continue
        return Objection("name", word.text, ((word.start, word.end),))
    return None


def _too_little(claim: Reading, ground: Ground, quotes: Sequence[Quotation]) -> Objection | None:
    if _is_foreign(claim, ground):
        return _unanchored(claim, ground, quotes)
    figures = [(one.start, one.end) for one in claim.quantities]
    figures += [(day.start, day.end) for day in claim.dates]
    words = [
        word
        for word in claim.meaningful
        if len(word.low) > 1
        and word.stem not in FREE_STEMS
        and not any(start <= word.start < end for start, end in figures)
    ]
    flags = [_is_held(word, claim, ground) for word in words]
    is_over = ground.max_missing is not None and flags.count(False) > ground.max_missing
    is_thin = sum(flags) < ground.min_covered * len(flags)
    if is_over or is_thin or _longest_gap(flags) >= MAX_RUN:
        return Objection("words", _first_missing(words, flags))
    for begin, end in _sentence_places(claim.text):
        here = [n for n, word in enumerate(words) if begin <= word.start < end]
        missing = sum(not flags[n] for n in here)
        if missing > max(1, (1 - ground.min_covered) * len(here)) or missing == len(here) > 0:
            return Objection(
                "words", _first_missing([words[n] for n in here], [flags[n] for n in here])
            )
    return None


def _sentence_places(text: str) -> Iterator[tuple[int, int]]:
    """Give where each of several sentences lies: none may live on the words of another."""
    parts = sentences(text)
    if len(parts) < 2:
        return
    end = 0
    for part in parts:
        begin = max(end, text.find(part[:20], end))
        end = begin + len(part)
        yield begin, end


def _is_foreign(claim: Reading, ground: Ground) -> bool:
    """Whether the sentence is in another alphabet than everything that it cites."""
    script = next(iter(claim.scripts), None)
    return script is not None and bool(ground.scripts) and script not in ground.scripts


def _unanchored(claim: Reading, ground: Ground, quotes: Sequence[Quotation]) -> Objection | None:
    """Object to a sentence about texts of another alphabet that names nothing of theirs."""
    places = [(quote.start, quote.end) for quote in quotes]
    names = find_names(claim, is_quoted=places, is_foreign=True)
    if any(True for _ in names) or claim.quantities or quotes:
        return None  # each was found in the texts, or the sentence would have fallen before
    return Objection("foreign")


def _is_held(word: Word, claim: Reading, ground: Ground) -> bool:
    if word.stem in ground.stems:
        return True
    if len(word.stem) >= PREFIX and word.stem[:PREFIX] in ground.roots:
        return True
    if not word.is_capital:
        return False
    return ground.named.hold(word) or held_by_initials(word, claim.words, ground.named)


def _longest_gap(flags: Sequence[bool]) -> int:
    longest = run = 0
    for is_held in flags:
        run = 0 if is_held else run + 1
        longest = max(longest, run)
    return longest


def _first_missing(words: Sequence[Word], flags: Sequence[bool]) -> str:
    missing: Iterator[str] = (w.text for w, held in zip(words, flags, strict=True) if not held)
    return ", ".join(list(missing)[:3])
