"""Topics over stories, phrases on their way up, and themes that fell silent."""

from collections.abc import Collection, Mapping, Sequence

from core.orchestrator.coverage import characteristic_terms
from core.ports.windows import KeyphraseRow
from core.trends.topics import TopicStory, group_topics
from schemas.analysis import TopicTrend
from schemas.facts import StoryFact, Surge, TopicFact

MAX_TOPICS = 15
MIN_USUAL = 2.0
"""Articles a window that a phrase needs in the weeks before for its silence to be a gap."""

TRENDS: Mapping[str, TopicTrend] = {"rising": "rising", "peak": "stable", "fading": "falling"}


def group_themes(
    stories: Sequence[StoryFact], terms: Mapping[int, tuple[str, ...]]
) -> list[TopicFact]:
    """Group stories that share their characteristic words; the strongest story names and leads."""
    by_id = {story.story_id: story for story in stories}
    groups = group_topics(
        [
            TopicStory(
                story_id=story.story_id,
                headline=story.headline,
                lang=story.lang,
                terms=tuple(characteristic_terms([terms.get(i, ()) for i in story.article_ids])),
                n_articles=story.n_articles,
                weight=_weight(story),
            )
            for story in stories
        ],
        max_topics=MAX_TOPICS,
    )
    topics = []
    for group in groups:
        members = [by_id[i] for i in group.story_ids]
        surge = _strongest(members)
        topics.append(
            TopicFact(
                # A story is named by its whole headline; who shows it decides where to cut.
                label=members[0].headline if len(members) == 1 else group.label,
                terms=group.terms,
                size=group.size,
                trend=TRENDS[surge.state] if surge and surge.is_burst else "stable",
                story_ids=group.story_ids,
                lead_id=by_id[group.lead_story_id].lead_id,
                n_families=max(story.n_families for story in members),
                surge=surge,
            )
        )
    return topics


def _weight(story: StoryFact) -> float:
    """Bursts before everything else, by how far above the usual; then publishers."""
    if story.surge is not None and story.surge.is_burst:
        return 1000.0 + story.surge.z
    return float(story.n_families)


def _strongest(members: Sequence[StoryFact]) -> Surge | None:
    surges = [story.surge for story in members if story.surge is not None]
    return max(surges, key=lambda surge: (surge.is_burst, surge.z), default=None)


def emerging_phrases(
    rows: Sequence[KeyphraseRow], known: Collection[str] | None
) -> tuple[str, ...]:
    """Give phrases of three articles and two publishers that the two weeks before did not have."""
    if known is None:
        return ()
    new = [row for row in rows if row.norm not in known and row.n_families >= 2 and row.n >= 3]
    new.sort(key=lambda row: (-row.n_families, -row.n, row.norm))
    return tuple(dict.fromkeys(row.phrase for row in new))[:10]


def missing_phrases(
    before: Sequence[KeyphraseRow], still: Collection[str], *, n_windows: int
) -> tuple[str, ...]:
    """Give phrases that were usual in the `n_windows` windows before and are not `still` there."""
    gone = [
        row
        for row in before
        if row.n / n_windows >= MIN_USUAL
        and row.n_families >= 2
        and row.ngram > 1  # a single word that is missing says little of a theme
        and row.norm not in still
    ]
    gone.sort(key=lambda row: (-row.n, row.norm))
    return tuple(dict.fromkeys(row.phrase for row in gone))[:10]
