"""Rows of a window to columns."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.ports.windows import WindowColumns
from services.adapters.store.statements import AnyRow


def to_columns(
    rows: Sequence[AnyRow],
    n_matching: int,
    sources: Mapping[int, tuple[str, str]],
) -> WindowColumns:
    """Give the columns of a window.

    Args:
        rows: (id, at, story id, source id, lang, sentiment, five emotions, published at, is
        sample).
        n_matching: Matching articles before the cap.
        sources: Title and family name of every source id that occurs.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * 13
    ids, at, story, source_ids, langs, sentiment, *emotions, published, sample = columns
    known = {source_id: n for n, source_id in enumerate(sorted(sources))}
    families = tuple(dict.fromkeys(sources[source_id][1] for source_id in known))
    family_of = {name: n for n, name in enumerate(families)}
    family_by_source = np.array(
        [family_of[sources[source_id][1]] for source_id in known], dtype=np.int32
    )
    source = np.fromiter((known[source_id] for source_id in source_ids), np.int32, len(rows))
    lang_names = tuple(sorted(set(langs)))
    lang_of = {name: n for n, name in enumerate(lang_names)}
    # An unknown value is None in a row, and None becomes NaN in a float column.
    return WindowColumns(
        n_matching=n_matching,
        article_id=np.array(ids, dtype=np.int64),
        at=np.array(at, dtype=np.int64),
        story_id=np.array(story, dtype=np.int64),
        source=source,
        family=family_by_source[source] if len(rows) else np.empty(0, np.int32),
        lang=np.fromiter((lang_of[name] for name in langs), np.int32, len(rows)),
        sentiment=np.array(sentiment, dtype=np.float32),
        emotions=np.array(emotions, dtype=np.float32).T.copy(),
        has_date=np.fromiter((moment is not None for moment in published), np.bool_, len(rows)),
        is_sample=np.array(sample, dtype=np.bool_),
        source_titles=tuple(sources[source_id][0] for source_id in known),
        source_families=tuple(sources[source_id][1] for source_id in known),
        families=families,
        langs=lang_names,
    )
