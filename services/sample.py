"""The sample stream: a month of invented news in two languages, for a desk without news."""

import hashlib
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from schemas.articles import ImportSummary, RawItem
from schemas.base import Frozen
from schemas.principal import Principal
from services.ingestion import Ingestion
from services.retention import should_drop_sample

__all__ = ["load_sample", "make_sample", "should_drop_sample"]

DAYS = 30
MAX_ARTICLES = 1_000
LANGUAGES = ("en", "ru")

_PER_DAY = 0.9
"""Everyday articles of one publisher a day, on average."""

_COPY_SHARE = 0.08
"""Everyday articles that another publisher takes over, naming the first."""

_GENERAL = "city"
"""Publishers with this beat tell every story, the others those of their own beats."""


class Publisher(Frozen):
    """An invented publisher and what it writes about on a quiet day."""

    title: str
    domain: str
    beats: tuple[str, ...]


class Beat(Frozen):
    """Everyday news of one kind: headlines and sentences with slots in braces."""

    name: str = ""
    headlines: tuple[str, ...]
    facts: tuple[str, ...]


class PlantedStory(Frozen):
    """An event that several publishers tell in their own words.

    The first article is `hours_ago` before now, the last at most `spread_h` later. A burst gets
    follow-ups.
    """

    name: str
    beat: str = _GENERAL
    hours_ago: int
    spread_h: int
    is_burst: bool = False
    headlines: tuple[str, ...]
    facts: tuple[str, ...]


class Script(Frozen):
    """Everything the sample of one language is made of."""

    publisher: tuple[Publisher, ...]
    words: dict[str, tuple[str, ...]]
    beat: tuple[Beat, ...]
    monday: tuple[Beat, ...]
    story: tuple[PlantedStory, ...]


def make_sample(now: datetime, *, seed: int = 0) -> list[RawItem]:
    """Invent a month of news that ends at `now`, oldest first; equal for equal `now` and seed.

    At most 1,000 articles of sixteen publishers: a quiet weekly background, reports that return
    every Monday, stories told by several publishers, some copies, and bursts in the last 24
    hours.
    """
    items: list[RawItem] = []
    for lang in LANGUAGES:
        rng = random.Random(f"{now.isoformat()}/{seed}/{lang}")
        items.extend(_Newsroom(_script(lang), lang, now, rng).write())
    items.sort(key=lambda item: (item.published_at or now, item.guid or ""))
    return items[-MAX_ARTICLES:]


async def load_sample(
    ingestion: Ingestion, principal: Principal, *, now: datetime, seed: int = 0
) -> ImportSummary:
    """Store the sample stream."""
    return await ingestion.ingest(principal, make_sample(now, seed=seed), now=now)


@cache
def _script(lang: str) -> Script:
    text = files("services").joinpath("sample_news", f"{lang}.toml").read_text(encoding="utf-8")
    return TypeAdapter(Script).validate_python(tomllib.loads(text), strict=False)


class _Newsroom:
    """Writes the sample of one language with one source of chance."""

    def __init__(self, script: Script, lang: str, now: datetime, rng: random.Random) -> None:
        self._script = script
        self._lang = lang
        self._now = now.replace(microsecond=0)
        self._rng = rng
        self._n_written = 0
        self._decks: dict[tuple[str, ...], list[str]] = {}

    def write(self) -> Iterator[RawItem]:
        """Everyday news, Monday reports and planted stories, in no order of time."""
        start = (self._now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0)
        for day in range(DAYS + 1):
            morning = start + timedelta(days=day)
            yield from self._everyday(morning)
            if morning.weekday() == 0:
                yield from self._monday(morning)
        for story in self._script.story:
            yield from self._story(story)

    def _everyday(self, morning: datetime) -> Iterator[RawItem]:
        beats = {beat.name: beat for beat in self._script.beat}
        for publisher in self._script.publisher:
            for _ in range(int(_PER_DAY + self._rng.random())):
                beat = beats[self._rng.choice(publisher.beats)]
                slots = self._slots()
                headline = _capitalised(self._draw(beat.headlines).format_map(slots))
                body = self._sentences(beat.facts, slots)
                at = morning + timedelta(minutes=self._rng.randint(6 * 60, 21 * 60))
                if not self._is_past(at):
                    continue
                yield self._item(publisher, headline, body, at)
                if self._rng.random() < _COPY_SHARE:
                    copier = self._rng.choice(
                        [p for p in self._script.publisher if p != publisher]
                    )
                    later = at + timedelta(minutes=self._rng.randint(20, 180))
                    if self._is_past(later):
                        yield self._item(copier, headline, f"{body} ({publisher.title})", later)

    def _monday(self, morning: datetime) -> Iterator[RawItem]:
        for report in self._script.monday:
            publishers = self._script.publisher[: len(report.headlines)]
            slots = self._slots()
            for publisher, headline in zip(publishers, report.headlines, strict=True):
                at = morning + timedelta(hours=7, minutes=self._rng.randint(0, 45))
                if self._is_past(at):
                    yield self._item(publisher, headline, self._sentences(report.facts, slots), at)

    def _story(self, story: PlantedStory) -> Iterator[RawItem]:
        tellers = [p for p in self._script.publisher if {_GENERAL, story.beat} & set(p.beats)]
        self._rng.shuffle(tellers)
        headlines = list(story.headlines)
        n_told = len(headlines) if story.is_burst else min(len(headlines), len(tellers))
        first = self._now - timedelta(hours=story.hours_ago)
        step_min = story.spread_h * 60 / n_told
        for number in range(n_told):
            jitter = self._rng.uniform(0, 0.8)
            at = first + timedelta(minutes=int((number + jitter) * step_min))
            body = " ".join(self._pick(story.facts))
            yield self._item(tellers[number % len(tellers)], headlines[number], body, at)

    def _item(self, publisher: Publisher, title: str, body: str, at: datetime) -> RawItem:
        self._n_written += 1
        name = f"{self._lang}/{self._n_written}/{at.isoformat()}/{title}"
        slug = hashlib.blake2b(name.encode(), digest_size=5).hexdigest()
        return RawItem(
            source=publisher.title,
            guid=f"sample-{self._lang}-{slug}",
            url=f"https://{publisher.domain}/{at:%Y/%m/%d}/{slug}",
            title=title,
            text=body,
            lang=self._lang,
            published_at=at,
            is_sample=True,
        )

    def _slots(self) -> dict[str, str]:
        words = self._script.words
        slots = {name: self._rng.choice(values) for name, values in words.items()}
        town = self._rng.randrange(len(words["town"]))
        slots["town"] = words["town"][town]
        if "in_town" in words:  # the same town in the case that follows a preposition
            slots["in_town"] = words["in_town"][town]
            slots["in_town_cap"] = _capitalised(slots["in_town"])
        others = [team for team in words["team"] if team != slots["team"]]
        slots["other_team"] = self._rng.choice(others)
        slots["n"] = str(self._rng.randint(5, 20))  # from five on one Russian plural form serves
        slots["m"] = str(int(slots["n"]) + self._rng.randint(1, 9))
        return slots

    def _sentences(self, facts: tuple[str, ...], slots: Mapping[str, str]) -> str:
        chosen = [self._draw(facts) for _ in range(self._rng.randint(2, 3))]
        return " ".join(_capitalised(fact.format_map(slots)) for fact in chosen)

    def _pick(self, facts: Sequence[str]) -> list[str]:
        n_wanted = min(len(facts), self._rng.randint(3, 4))
        chosen = sorted(self._rng.sample(range(len(facts)), n_wanted))
        return [facts[place] for place in chosen]

    def _draw(self, cards: tuple[str, ...]) -> str:
        """Take a card from a shuffled deck, so that none returns before all were drawn."""
        deck = self._decks.setdefault(cards, [])
        if not deck:
            deck.extend(self._rng.sample(cards, len(cards)))
        return deck.pop()

    def _is_past(self, at: datetime) -> bool:
        return self._now - timedelta(days=DAYS) < at <= self._now


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
