"""What is computed of single texts: phrases, mood, emotions, category, language."""

import operator
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.orchestrator.mood import POLAR
from core.text.analysis import analyse
from core.text.language import identify
from schemas.articles import TextAnalysis
from tests.quality.scoring import Goal, Row, Scorer, Table, read_rows, write_rows

KEYPHRASES = (
    Goal("keyphrase_liaad/Inspec", "keyphrases", "f1@10", 0.175, 0.17),
    Goal("keyphrase_liaad/SemEval2017", "keyphrases", "f1@10", 0.179, 0.23),
    Goal("keyphrase_liaad/SemEval2010", "keyphrases", "f1@10", None, 0.15),
    Goal("keyphrase_liaad/500N-KPCrowd-v1_1", "keyphrases", "f1@10", 0.081, 0.16),
    Goal("keyphrase_liaad/www", "keyphrases", "f1@10", None, 0.1),
    Goal("keyphrase_liaad/kdd", "keyphrases", "f1@10", None, 0.09),
    Goal("keyphrase_liaad/WikiNews", "keyphrases", "f1@10", 0.236, 0.34),
    Goal("keyphrase_liaad/110-PT-BN-KP", "keyphrases", "f1@10", 0.186, 0.25),
    Goal("keyphrase_liaad/pak2018", "keyphrases", "f1@10", None, 0.009),
    Goal("keyphrase_ru_mannefedov/russia_today", "keyphrases", "f1@10", 0.12, 0.22),
    Goal("keyphrase_ru_mannefedov/ng", "keyphrases", "f1@10", 0.13, 0.21),
    Goal("keyphrase_ru_mannefedov/cyberleninka", "keyphrases", "f1@10", None, 0.17),
)
MOODS = (
    Goal("sentiment_vader/nyt_editorials", "sentiment", "pearson", 0.471, 0.47),
    Goal("sentiment_vader/tweets", "sentiment", "pearson", 0.865, 0.81),
    Goal("sentiment_vader/amazon_reviews", "sentiment", "pearson", 0.592, 0.58),
    Goal("sentiment_vader/movie_reviews", "sentiment", "pearson", 0.439, 0.42),
    Goal("sentiment_emotion_tweeteval/sentiment", "sentiment", "macro_recall", 0.569, 0.55),
    Goal("sentiment_sentirueval2016/banks", "sentiment", "f1_pn", None, 0.36),
    Goal("sentiment_sentirueval2016/telecom", "sentiment", "f1_pn", None, 0.35),
    Goal("sentiment_rusentne/rusentne", "target", "f1_pn", 0.29, 0.32),
    Goal("sentiment_emotion_tweeteval/emotion", "emotions", "macro_f1", None, 0.52),
    Goal("emotion_goemotions/goemotions", "emotions", "macro_f1", None, 0.51),
)
CATEGORIES = (
    Goal("topics_tgcontest/categories ru", "category", "macro_f1", 0.83, 0.73),
    Goal("topics_tgcontest/categories en", "category", "macro_f1", 0.57, 0.63),
)
PRIORS = tuple(
    Goal(f"{name} prior {prior}", "language", "accuracy", None, 0.99)
    for name in ("stream_bilingual_newsapi/articles", "retrieval_xquad_multi/corpus")
    for prior in ("right", "none", "wrong")
)
by_name = operator.attrgetter("name")


def analysed(rows: list[Row]) -> Iterator[tuple[Row, TextAnalysis]]:
    """Analyse rows as articles are when they are stored."""
    for row in rows:
        text = row.get("text") or row.get("abstract") or ""
        yield row, analyse(row.get("title") or "", text, lang_prior=row.get("lang"))


def label_of(analysis: TextAnalysis) -> str:
    """Name the mood as the desk counts positive and negative articles."""
    score = analysis.sentiment or 0.0
    if abs(score) < POLAR:
        return "neutral"
    return "positive" if score > 0 else "negative"


@pytest.mark.parametrize("goal", KEYPHRASES, ids=by_name)
def test_keyphrases_are_those_that_people_chose(
    goal: Goal, data: Path, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{goal.name}.jsonl"

    said = [
        {"id": row["id"], "keyphrases": [phrase.phrase for phrase in found.keyphrases]}
        for row, found in analysed(read_rows(gold))
    ]

    value = scorer.score(goal.task, gold, said)[goal.metric]
    table.add(goal, rows=len(said), value=value)


@pytest.mark.parametrize("goal", MOODS, ids=by_name)
def test_mood_and_emotions_are_those_that_people_felt(
    goal: Goal, data: Path, scorer: Scorer, table: Table
) -> None:
    """The mood of the whole text stands for the mood towards the one entity of a `target` row."""
    gold = data / f"{goal.name}.jsonl"

    said = [
        {
            "id": row["id"],
            "overall": found.sentiment or 0.0,
            "label": label_of(found),
            "emotions": found.emotions,
        }
        for row, found in analysed(read_rows(gold))
    ]

    value = scorer.score(goal.task, gold, said)[goal.metric]
    table.add(goal, rows=len(said), value=value)


@pytest.mark.parametrize("goal", CATEGORIES, ids=by_name)
def test_categories_are_those_that_people_gave(
    goal: Goal, data: Path, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    name, lang = goal.name.split()
    rows = [row for row in read_rows(data / f"{name}.jsonl") if row["lang"] == lang]
    gold = write_rows(tmp_path / "gold.jsonl", rows)

    said = [{"id": row["id"], "label": found.category} for row, found in analysed(rows)]

    value = scorer.score(goal.task, gold, said)[goal.metric]
    table.add(goal, rows=len(rows), value=value)


@pytest.mark.parametrize("goal", PRIORS, ids=by_name)
def test_languages_are_recognised_whatever_the_source_claims(
    goal: Goal, data: Path, scorer: Scorer, table: Table
) -> None:
    """A wrong claim calls English Russian and everything else English."""
    name, prior = goal.name.split(" prior ")
    gold = data / f"{name}.jsonl"
    said = []
    for row in read_rows(gold):
        wrong = "ru" if row["lang"] == "en" else "en"
        claims = {"right": row["lang"], "none": None, "wrong": wrong}
        text = f"{row.get('title') or ''}\n{row.get('text') or row.get('description') or ''}"
        said.append({"id": row["id"], "lang": identify(text, prior=claims[prior])[0]})

    value = scorer.score(goal.task, gold, said)[goal.metric]

    table.add(goal, rows=len(said), value=value)
