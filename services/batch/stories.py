"""The task that follows stories: which articles tell of one event."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.ports.articles import RecentArticle
from core.stories.analysed import analyse_item, as_recent
from core.stories.attach import attach
from core.stories.features import features_of
from core.stories.intake import domain_of, prepare
from core.stories.publishers import family_of
from core.stories.recent import LOOK_AHEAD, RecentStories
from core.stories.repair import Placed, repair_stories
from schemas.articles import RawItem
from services.batch.rows import (
    DATE,
    SOURCE,
    URL,
    Answer,
    Answers,
    BadRow,
    Fields,
    Row,
    Rows,
    attempt,
    words_of,
)

ReadDate = Callable[[object], datetime | None]

MAX_STEP = timedelta(hours=1)
"""A gap between two rows counts as this at most: a collection is no stream with silent weeks."""

_STEP = timedelta(minutes=1)
"""How much later a row without a usable date counts than the one before it."""

_START = datetime(2000, 1, 1, tzinfo=UTC)


class Stories:
    """Gives each article its story at once; remembers 72 hours of them, as the desk does.

    Articles count in order of arrival. Dates move the time on; one that lies more than a day
    before the latest is not believed.
    """

    def __init__(self, read_date: ReadDate) -> None:
        self._read_date = read_date
        self._recent = RecentStories()
        self._sources: dict[str, int] = {}
        self._clock = _START
        self._latest: datetime | None = None
        self._n_stories = 0
        self.placed: Placed | None = None

    def answer(self, row: Row) -> Fields:
        """Find the story of the next article; a new number begins a new one."""
        self.placed = self._place(row)
        return {"story_id": str(self.placed.story)}

    def _place(self, row: Row) -> Placed:
        article = self._read(row)
        story = attach(self._recent, article).story
        if story.id is None:
            self._n_stories += 1
            story.id = self._n_stories
        return Placed(features_of(article), article.at, story.id)

    def _read(self, row: Row) -> RecentArticle:
        title, text = words_of(row)
        url = row.first(URL) or None
        source = row.first(SOURCE) or domain_of(url) or "input"
        item = RawItem(
            source=source,
            guid=str(row.id),
            url=url,
            title=title,
            text=text,
            lang=row.first(("lang",)) or None,
        )
        analysed = analyse_item(prepare(item, order=0, now=_START))
        source_id = self._sources.setdefault(source, len(self._sources))
        recent = as_recent(analysed, source_id=source_id, family=family_of(source, domain_of(url)))
        return replace(recent, at=self._moment(row))

    def _moment(self, row: Row) -> datetime:
        dates = (self._read_date(row.fields.get(name)) for name in DATE)
        at = next((moment for moment in dates if moment), None)
        if at is not None and (self._latest is None or at >= self._latest):
            self._clock += min(at - self._latest, MAX_STEP) if self._latest else _STEP
            self._latest = at
        elif at is not None and self._latest is not None and self._latest - at <= LOOK_AHEAD:
            return self._clock - (self._latest - at)
        else:
            self._clock += _STEP
        return self._clock


def follow(read_date: ReadDate) -> Callable[[Row], Fields]:
    """Make the task that answers each row when it comes."""
    return Stories(read_date).answer


def repaired(read_date: ReadDate) -> Callable[[Rows], Answers]:
    """Make the task that answers all rows after the last one, with stories set right.

    It holds the compared words of every article, some kilobytes each.
    """

    def run(rows: Rows) -> Answers:
        stories = Stories(read_date)
        placed: list[Placed] = []
        found: list[Answer | BadRow] = []
        for row in rows:
            answer = row if isinstance(row, BadRow) else attempt(row, stories.answer)
            found.append(answer)
            if isinstance(answer, Answer) and stories.placed is not None:
                placed.append(stories.placed)
        numbers = iter(repair_stories(placed))
        for answer in found:
            if isinstance(answer, Answer):
                yield Answer(answer.id, {"story_id": str(next(numbers))})
            else:
                yield answer

    return run
