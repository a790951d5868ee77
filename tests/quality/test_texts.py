"""What is computed of single texts: phrases, mood, emotions, category, language."""

import operator
from pathlib import Path

import pytest

from core.text.language import identify
from tests.quality.scoring import BATCH_OF, Batch, Goal, Scorer, Table, read_rows, write_rows

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
LANGUAGES = tuple(
    Goal(name, "language", "accuracy", None, floor)
    for name, floor in (
        ("stream_bilingual_newsapi/articles", 0.99),
        ("retrieval_xquad_multi/corpus", 0.99),
        ("retrieval_xquad_multi/queries", 0.99),
        ("stream_ru_telegram/posts", 0.99),
        ("stream_en_headlines/headlines", 0.99),
        ("keyphrase_liaad/WikiNews", 0.99),
        ("keyphrase_liaad/110-PT-BN-KP", 0.99),
        ("keyphrase_liaad/pak2018", 0.99),
    )
)
PRIORS = tuple(
    Goal(f"{name} prior {prior}", "language", "accuracy", None, 0.99)
    for name in ("stream_bilingual_newsapi/articles", "retrieval_xquad_multi/corpus")
    for prior in ("right", "wrong")
)
by_name = operator.attrgetter("name")


@pytest.mark.parametrize("goal", [*KEYPHRASES, *MOODS, *LANGUAGES], ids=by_name)
def test_texts_are_read_as_people_read_them(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table
) -> None:
    gold = data / f"{goal.name}.jsonl"

    said = batch.answer(BATCH_OF[goal.task], gold)

    found = scorer.score(goal.task, gold, said)
    table.add(goal, rows=int(found.get("n", 0)), value=goal.value_in(found))


@pytest.mark.parametrize("goal", CATEGORIES, ids=by_name)
def test_categories_are_those_that_people_gave(
    goal: Goal, data: Path, batch: Batch, scorer: Scorer, table: Table, tmp_path: Path
) -> None:
    name, lang = goal.name.split()
    every = data / f"{name}.jsonl"
    rows = [row for row in read_rows(every) if row["lang"] == lang]
    gold = write_rows(tmp_path / "gold.jsonl", rows)

    said = batch.answer("category", every)

    value = goal.value_in(scorer.score(goal.task, gold, said))
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
        claimed = row["lang"] if prior == "right" else wrong
        text = f"{row.get('title') or ''}\n{row.get('text') or row.get('description') or ''}"
        said.append({"id": row["id"], "lang": identify(text, prior=claimed)[0]})

    value = goal.value_in(scorer.score(goal.task, gold, said))

    table.add(goal, rows=len(said), value=value)
