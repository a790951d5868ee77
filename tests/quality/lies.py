"""True and false sentences about real articles, made by rules: what the support check must tell.

Lies are near misses: a figure off by one or with two digits swapped, another unit, a name or a
quotation of another article of the same day, a true sentence that cites another article.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.text.markup import strip_publisher
from core.text.sentences import first_sentence
from core.text.tokens import clean_display, content_stems
from schemas.drafts import Finding
from schemas.runs import EvidenceCard
from tests.quality.truths import SNIPPET, TRUTH_OF, attributed, figures, headline, lead

UNKNOWN = 9_000_000
LIES = ("number", "unit", "name", "source", "id", "url", "quote", "uncited", "invented")
COUNTED_ONLY = ("negation", "number_held")
TRUTHS = ("headline", "lead", "attributed", "reworded", "hedged", "merged", "figures", "quoted")
STREAMS = (
    "stream_ru_telegram/posts",
    "stream_en_headlines/headlines",
    "stream_bilingual_newsapi/articles",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the articles that it could cite, and whether it is true."""

    kind: str
    is_true: bool
    item: Finding
    cards: tuple[EvidenceCard, ...]
    lang: str
    n_articles: int = 0
    n_families: int = 0


def load_cards(data: Path, stream: str) -> list[EvidenceCard]:
    """Read a stream as the desk lays articles out; English and Russian ones."""
    cards = []
    with (data / f"{stream}.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            if row.get("lang") not in ("en", "ru"):
                continue
            text = row.get("text") or row.get("description") or ""
            source = row.get("source") or row.get("channel") or ""
            title = strip_publisher(clean_display(row.get("title") or ""), source)
            title = title or first_sentence(text)
            if len(content_stems(title, row["lang"])) < 4:
                continue
            when = row.get("date") or row.get("first_seen") or row.get("published")
            cards.append(
                EvidenceCard(
                    article_id=number,
                    title=title[:400],
                    url=row.get("url"),
                    date=when[:10],
                    source=source,
                    family=source.lower(),
                    snippet=clean_display(text[: 2 * SNIPPET])[:SNIPPET],
                    lang=row["lang"],
                )
            )
    return cards


def by_day(cards: Sequence[EvidenceCard]) -> dict[str, list[EvidenceCard]]:
    """Group articles by day and language."""
    days: dict[str, list[EvidenceCard]] = defaultdict(list)
    for card in cards:
        days[f"{card.date} {card.lang}"].append(card)
    return {key: found for key, found in days.items() if len(found) >= 8}


def make_cases(
    cards: Sequence[EvidenceCard], *, seed: int, per_kind: int, is_true: bool
) -> list[Case]:
    """Make up to `per_kind` sentences of every kind from random articles of random days."""
    rng = random.Random(seed)
    days = by_day(cards)
    kinds = TRUTHS if is_true else (*LIES, *COUNTED_ONLY)
    return [
        case
        for kind in kinds
        for case in _several(days, kind, rng, per_kind=per_kind, is_true=is_true)
    ]


def _several(
    days: Mapping[str, list[EvidenceCard]],
    kind: str,
    rng: random.Random,
    *,
    per_kind: int,
    is_true: bool,
) -> list[Case]:
    found: list[Case] = []
    names = sorted(days)
    for _ in range(60 * per_kind):
        if len(found) == per_kind:
            break
        cards = days[rng.choice(names)]
        card = rng.choice(cards)
        case = (_truth if is_true else _lie)(kind, card, cards, rng)
        if case is not None and 20 <= len(case.item.text) <= 320:
            found.append(case)
    return found


def _truth(
    kind: str, card: EvidenceCard, cards: Sequence[EvidenceCard], rng: random.Random
) -> Case | None:
    text = TRUTH_OF[kind](card, rng)
    if text is None:
        return None
    n = rng.randint(2, 40)
    shown = _with_others(card, cards, rng)
    families = rng.randint(1, n)
    if kind == "figures":
        text = figures(text, card.lang, n, families, rng)
    return Case(kind, True, _cite(text, card.article_id), shown, card.lang, n, families)


def _lie(
    kind: str, card: EvidenceCard, cards: Sequence[EvidenceCard], rng: random.Random
) -> Case | None:
    shown = _with_others(card, cards, rng)
    base = rng.choice([headline, lead, attributed])(card, rng) or card.title
    apart = [c for c in shown[1:] if _overlap(c, card) < 0.3]
    if not apart:
        return None
    other = max(apart, key=lambda one: _overlap(one, card))
    ids = _cited(kind, card, other, rng)
    text = TWIST_OF[kind](base, card, other, rng) if kind in TWIST_OF else base
    if text is None or (text == base and kind in TWIST_OF):
        return None
    return Case(kind, False, _cite(text, *ids), shown, card.lang, rng.randint(2, 9), 2)


def _cited(
    kind: str, card: EvidenceCard, other: EvidenceCard, rng: random.Random
) -> tuple[int, ...]:
    match kind:
        case "source":
            return (other.article_id,)
        case "id":
            return (card.article_id, UNKNOWN) if rng.random() < 0.5 else (UNKNOWN,)
        case "uncited":
            return ()
        case _:
            return (card.article_id,)


def _cite(text: str, *ids: int) -> Finding:
    return Finding(type="fact", text=text, article_ids=ids, is_computed=False)


def _with_others(
    card: EvidenceCard, cards: Sequence[EvidenceCard], rng: random.Random
) -> tuple[EvidenceCard, ...]:
    others = [one for one in cards if one.article_id != card.article_id]
    return (card, *rng.sample(others, min(7, len(others))))


def _overlap(one: EvidenceCard, other: EvidenceCard) -> float:
    """How many words two articles share: from 0.3 on, one may tell what the other does."""
    mine = set(content_stems(f"{one.title} {one.snippet}", one.lang))
    theirs = set(content_stems(f"{other.title} {other.snippet}", other.lang))
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


_NUMBER = re.compile(
    r"(?<![\w.,-])\d{1,3}(?:[ ,]\d{3})*(?![\w-]|[.,]\d)|(?<![\w.,-])\d{2,6}(?![\w-]|[.,]\d)"
)


def _wrong_number(
    text: str, card: EvidenceCard, rng: random.Random, *, is_held: bool
) -> str | None:
    """Change a figure; `is_held`: to another one of the same article."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    one = rng.choice(found)
    digits = re.sub(r"\D", "", one[0])
    if len(digits) > 9:
        return None
    value = int(digits)
    options = [value + 1, value + rng.choice([2, 3, 7]), value * 10]
    if value > 1:
        options.append(value - 1)
    if len(digits) >= 2 and digits[-1] != digits[-2]:
        options += [int(digits[:-2] + digits[-1] + digits[-2])] * 2
    held = {re.sub(r"\D", "", m[0]) for m in _NUMBER.finditer(f"{card.title} {card.snippet}")}
    if is_held:
        options = [int(other) for other in sorted(held) if other != digits]
    if not options:
        return None
    wrong = rng.choice(options)
    if (str(wrong) in held) != is_held or wrong == value:
        return None
    return text[: one.start()] + str(wrong) + text[one.end() :]


_UNITS = (
    ("million", "billion"), ("billion", "million"), ("Million", "Billion"), ("%", " dollars"),
    ("percent", "percentage points"), ("$", "€"), ("€", "$"), ("days", "weeks"),
    ("weeks", "months"),
    ("years", "months"), ("hours", "days"), ("miles", "kilometers"), ("feet", "miles"),
    ("млн", "млрд"), ("млрд", "млн"), ("тыс", "млн"), ("тысяч", "миллионов"),
    ("рублей", "долларов"),
    ("долларов", "рублей"), ("процентов", "рублей"), ("лет", "месяцев"), ("дней", "недель"),
    ("часов", "дней"), ("километров", "метров"), ("метров", "километров"), ("минут", "часов"),
)  # fmt: skip


def _wrong_unit(text: str, rng: random.Random) -> str | None:
    fits = []
    for right, wrong in _UNITS:
        mark = re.escape(right)
        before = rf"(?<=\d ){mark}\b" if right[0].isalpha() else rf"(?<=\d){mark}"
        pattern = rf"{mark}(?=\d)" if right in "$€" else before
        if re.search(pattern, text):
            fits.append((pattern, wrong))
    if not fits:
        return None
    pattern, wrong = rng.choice(fits)
    return re.sub(pattern, wrong, text, count=1)


_NAME = re.compile(r"(?<=[a-zа-яё,] )[A-ZА-ЯЁ][a-zа-яё]{3,}(?: [A-ZА-ЯЁ][a-zа-яё]{2,})?(?!\w)")
_FIRST_NAME = re.compile(r"^[A-ZА-ЯЁ][a-zа-яё]{3,} [A-ZА-ЯЁ][a-zа-яё]{3,}")


_CALENDAR = re.compile(
    r"day\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(?:ельник|орник|реда|етверг|ятниц|уббот|кресен)"
)


def _is_title_case(text: str) -> bool:
    words: list[str] = re.findall(r"[^\W\d_]{4,}", text)
    return sum(w[0].isupper() for w in words) > 0.6 * len(words)


def _wrong_name(
    text: str, card: EvidenceCard, other: EvidenceCard, rng: random.Random
) -> str | None:
    if _is_title_case(text) or _is_title_case(other.title):
        return None  # where every word has a capital, it is not known which are names
    mine = [*_NAME.finditer(text), *_FIRST_NAME.finditer(text)]
    mine = [m for m in mine if not _CALENDAR.search(m[0])]
    whole = f"{card.title} {card.snippet} {card.source}".lower()
    theirs = [
        m[0]
        for m in _NAME.finditer(f"{other.title} {other.snippet}")
        if not any(w.lower()[:4] in whole for w in m[0].split()) and not _CALENDAR.search(m[0])
    ]
    if not mine or not theirs:
        return None
    one = rng.choice(mine)
    return text[: one.start()] + rng.choice(theirs) + text[one.end() :]


def _with_url(text: str, rng: random.Random) -> str:
    tail = rng.choice(
        (
            " https://harbour-deals.example/offer", " (harbour-deals.com)",
            " www.tidal-bank.ru/win",
            " — t.me/harbour_deals", " @harbour_deals", " [more](https://a.example)",
            " harbour-deals.xyz/promo?id=7", " <a href='//x.example'>more</a>", " bit.ly/3xYz",
            " Подробнее на сайте приз-банк.рф", " http://203.0.113.7/a", " hxxp://a.example/x",
            " harbour[.]deals[.]com", " tg://resolve?domain=harbour", " mailto:win@a.example",
        )
    )  # fmt: skip
    return text.rstrip(".") + tail


def _wrong_quote(
    text: str, card: EvidenceCard, other: EvidenceCard, rng: random.Random
) -> str | None:
    marks = ("“", "”") if card.lang == "en" else ("«", "»")
    own = re.search(r"«[^«»]{30,200}»|“[^“”]{30,200}”", f"{card.title} {card.snippet}")
    if own is not None and rng.random() < 0.7:
        words = own[0][1:-1].split()
        places = [i for i, w in enumerate(words) if len(w) > 4]
        strange = [w for w in clean_display(other.title).split() if len(w) > 4]
        if len(places) < 3 or len(strange) < 2:
            return None
        for place in rng.sample(places, 2):
            words[place] = rng.choice(strange).strip(",.:;!?«»“”\"'").lower()
        return f"{card.source}: {marks[0]}{' '.join(words)}{marks[1]}"
    said = first_sentence(other.snippet or other.title).strip(".")
    inner = re.sub(r"[«»“”\"]", "", said)[:120]
    return f"{text.rstrip('.')}: {marks[0]}{inner}{marks[1]}"


INVENTIONS = {
    "en": (
        "Experts expect the situation to improve sharply next year",
        "Local residents have welcomed the decision with celebrations",
        "The opposition is preparing a lawsuit over the matter",
        "Investors are losing confidence in the sector",
        "Similar incidents were hushed up by insurers before",
        "A second investigation will open within weeks",
    ),
    "ru": (
        "Эксперты ждут резкого улучшения ситуации в следующем году",
        "Местные жители встретили решение праздничным гулянием",
        "Оппозиция готовит судебный иск по этому поводу",
        "Инвесторы теряют доверие к отрасли",
        "Подобные случаи раньше замалчивали страховщики",
        "Второе расследование откроют в ближайшие недели",
    ),
}


def _invented(text: str, lang: str, rng: random.Random) -> str:
    invention = rng.choice(INVENTIONS[lang])
    return invention if rng.random() < 0.5 else f"{text.rstrip('.')}. {invention}."


def _denied(text: str, lang: str) -> str | None:
    pattern, words = (
        (r"\b(is|are|was|were|will|can|could|has|have)\b(?! not)", r"\1 not")
        if lang == "en"
        else (r"(?<!не )\b([а-яё]{3,}(?:ли|ла|ло|ет|ут|ит))\b", r"не \1")
    )
    changed = re.sub(pattern, words, text, count=1)
    return changed if changed != text else None


def each_stream(data: Path) -> Iterator[tuple[str, list[EvidenceCard]]]:
    """Give every stream's name with its articles."""
    for stream in STREAMS:
        yield stream, load_cards(data, stream)


TWIST_OF: Mapping[str, Callable[[str, EvidenceCard, EvidenceCard, random.Random], str | None]] = {
    "number": lambda text, card, _, rng: _wrong_number(text, card, rng, is_held=False),
    "number_held": lambda text, card, _, rng: _wrong_number(text, card, rng, is_held=True),
    "unit": lambda text, _card, _other, rng: _wrong_unit(text, rng),
    "name": _wrong_name,
    "url": lambda text, _card, _other, rng: _with_url(text, rng),
    "quote": _wrong_quote,
    "invented": lambda text, card, _, rng: _invented(text, card.lang, rng),
    "negation": lambda text, card, _other, _rng: _denied(text, card.lang),
}
"""How a true sentence becomes a lie; the other kinds cite wrongly."""
