"""Keyphrases of a window from stored per-article ones."""

from collections.abc import Collection, Sequence

from core.ports.windows import KeyphraseRow
from schemas.facts import KeyphraseFact


def rank_phrases(
    rows: Sequence[KeyphraseRow],
    *,
    known: Collection[str] | None,
    limit: int,
    query_stems: frozenset[str] = frozenset(),
) -> tuple[KeyphraseFact, ...]:
    """Give the strongest phrases: many articles, many publishers, high scores within their texts.

    A phrase inside a longer one with nearly as many articles is left out, and so is the longer one
    when the shorter is much more common; phrases that only repeat the query are left out. `known`
    holds the norms of the time before (None: not enough history to call anything new). Scores are
    relative to the best.
    """
    weighed = sorted(rows, key=lambda row: (-_weight(row), row.norm))
    kept: list[KeyphraseRow] = []
    for row in weighed:
        stems = set(row.norm.split())
        if query_stems and stems <= query_stems:
            continue
        if any(_repeats(row, other) for other in kept):
            continue
        kept.append(row)
        if len(kept) == limit:
            break
    top = _weight(kept[0]) if kept else 1.0
    return tuple(
        KeyphraseFact(
            phrase=row.phrase,
            norm=row.norm,
            score=round(min(1.0, _weight(row) / top), 4),
            ngram=min(5, max(1, row.ngram)),
            lang=row.lang,
            n=row.n,
            n_families=row.n_families,
            variants=row.variants[:5],
            example_ids=row.article_ids[:3],
            is_new=known is not None and row.norm not in known and row.n_families >= 2,
        )
        for row in kept
    )


def _weight(row: KeyphraseRow) -> float:
    # Publishers count more than repeats by one of them; two words say more than one.
    return (
        row.score
        * (row.n_families + 0.25 * (row.n - row.n_families))
        * (1 + 0.15 * (row.ngram > 1))
    )


def _repeats(row: KeyphraseRow, other: KeyphraseRow) -> bool:
    mine, theirs = set(row.norm.split()), set(other.norm.split())
    return mine <= theirs or theirs <= mine or len(mine & theirs) / len(mine | theirs) > 0.6
