"""An article, facts about it, and short ways to ask the rules."""

from datetime import UTC, datetime

from core.policy.gate import desk_of, keep_supported
from schemas.drafts import Finding
from schemas.facts import (
    AspectFact,
    BaselineFacts,
    Facts,
    FamilyMood,
    KeyphraseFact,
    SentimentFacts,
    SourceFact,
    StoryFact,
    Surge,
    TopicFact,
    WindowFacts,
)
from schemas.runs import EvidenceCard, PolicyRecord

START, END = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)

EN = EvidenceCard(
    article_id=1,
    title="Ferry to Gull Island returns after storm, 13 people hurt",
    url="https://daily-harbor.example/ferry",
    date="2026-03-02",
    source="Daily Harbor",
    family="daily harbor",
    snippet=(
        "The council spends $1.5 million on two new ferries, Mayor Ada Quill said on Monday. "
        "Prices rose 12% since October 2025. “We will not leave the island alone”, she added. "
        "Twenty-five sailors of the Tidal Navy (TN) helped 1,250 passengers on 27 February."
    ),
    lang="en",
)
RU = EvidenceCard(
    article_id=2,
    title="Паром на остров Чаек вернулся после шторма, пострадали 13 человек",
    url="https://vestnik-gavani.example/parom",
    date="2026-03-02",
    source="Вестник гавани",
    family="вестник гавани",
    snippet=(
        "Совет потратит 5–10 млн рублей на два новых парома, заявила мэр Ада Чайкина. "
        "Цены выросли на 0,5% с октября 2025 года. «Мы не бросим остров», — добавила она. "
        "Двадцать пять моряков помогли 13 тысячам пассажиров 27 февраля."
    ),
    lang="ru",
)
OTHER = EvidenceCard(
    article_id=3,
    title="Rovers win the Coastal Cup",
    url=None,
    date="2026-03-02",
    source="Coast Radio",
    family="coast radio",
    snippet="Goalkeeper Jon Marlin saved 4 penalties in Northport.",
    lang="en",
)
CARDS = (EN, RU, OTHER)
SURGE = Surge(
    observed=6,
    expected=1.5,
    z=3.1,
    z_before=1.0,
    p=0.001,
    q=0.01,
    state="rising",
    is_new=False,
    is_burst=True,
)


def story(story_id: int, card: EvidenceCard, surge: Surge | None = None) -> StoryFact:
    """A story around one article."""
    return StoryFact(
        story_id=story_id,
        headline=card.title,
        lang=card.lang,
        lead_id=card.article_id,
        article_ids=(card.article_id,),
        n_articles=14 + story_id,
        n_families=6 + story_id,
        first_at=START,
        last_at=END,
        terms=(),
        surge=surge,
    )


FACTS = Facts(
    window=WindowFacts(
        start=START,
        end=END,
        asked="24h",
        used="24h",
        match="everything",
        n_matching=412,
        n_counted=410,
        n_undated=0,
        n_families=37,
        languages={"en": 300, "ru": 110},
    ),
    sources=(SourceFact(title="Daily Harbor", family="daily harbor", n=9),),
    stories=(story(1, EN, SURGE), story(2, RU, SURGE), story(3, OTHER)),
    topics=(
        TopicFact(
            label="Ferry to Gull Island returns after storm, 13 people hurt",
            terms=("ferry", "gull island"),
            size=15,
            trend="rising",
            story_ids=(1,),
            lead_id=1,
            n_families=7,
            surge=SURGE,
        ),
    ),
    keyphrases=(
        KeyphraseFact(
            phrase="night ferry",
            norm="night ferri",
            score=1.0,
            ngram=2,
            lang="en",
            n=21,
            n_families=8,
            variants=(),
            example_ids=(1,),
        ),
    ),
    sentiment=SentimentFacts(
        overall=-0.31,
        n_measured=400,
        n_positive=60,
        n_negative=240,
        emotions={"joy": 0.1, "fear": 0.24, "anger": 0.2, "sadness": 0.1, "surprise": 0.05},
        aspects=(AspectFact(name="Gull Island", score=0.4, n=18, article_id=1),),
        timeline=(),
        families=(FamilyMood(family="Daily Harbor", score=-0.2, n=9, article_id=1),),
        most_positive_id=1,
        most_negative_id=3,
    ),
    baseline=BaselineFacts(is_enough=True, history_h=720, n_windows=4, n_tested=50),
)


def claim(text: str, *ids: int, **changes: object) -> Finding:
    """A model's sentence about the first article, or others."""
    return Finding.model_validate(
        {
            "type": "fact",
            "text": text,
            "article_ids": ids or (1,),
            "is_computed": False,
            **changes,
        }
    )


def objections(text: str, *ids: int, lang: str = "en", **changes: object) -> list[str]:
    """What is said against a sentence: "rule code"; empty when it may stay."""
    _, records = keep_supported([claim(text, *ids, **changes)], desk_of(CARDS, FACTS, lang=lang))
    return [short(record) for record in records if record.verdict != "allow"]


def short(record: PolicyRecord) -> str:
    """A rule and its reason in two words."""
    return f"{record.rule} {record.detail.partition(':')[0]}"
