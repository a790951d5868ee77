"""Short ways to make articles for the tests of stories."""

from datetime import UTC, datetime, timedelta

from core.ports.articles import RecentArticle
from core.stories.analysed import analyse_item, as_recent
from core.stories.attach import Placement, attach
from core.stories.intake import Candidate, prepare
from core.stories.recent import RecentStories
from schemas.articles import RawItem

START = datetime(2026, 3, 4, 8, tzinfo=UTC)
NOW = START + timedelta(days=30)


def candidate(title: str, text: str = "", *, minutes: int = 0, source: str = "Desk") -> Candidate:
    at = START + timedelta(minutes=minutes)
    return prepare(
        RawItem(source=source, title=title, text=text, published_at=at), order=0, now=NOW
    )


def article(
    title: str, text: str = "", *, minutes: int = 0, source: str = "Desk"
) -> RecentArticle:
    item = candidate(title, text, minutes=minutes, source=source)
    number = sum(map(ord, source))
    return as_recent(analyse_item(item), source_id=number, family=source.casefold())


def place(articles: list[RecentArticle]) -> list[Placement]:
    recent = RecentStories()
    return [attach(recent, one) for one in articles]


def groups(placements: list[Placement]) -> list[int]:
    """Give each article the number of its story, counted from 0 in order of appearance."""
    numbers: dict[int, int] = {}
    return [numbers.setdefault(id(p.story), len(numbers)) for p in placements]
