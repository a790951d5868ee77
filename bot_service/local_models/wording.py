"""What a stand-in writes: the computed sentences and the evidence it was shown, nothing else."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from bot_service.local_models.asked import Asked, Json
from bot_service.local_models.filling import Fill, Filler
from bot_service.local_models.reading import Evidence, Lang, Material, read_material

MAX_CLAIM = 170
MAX_LABEL = 80
MAX_LABEL_WORDS = 6
MAX_SUMMARY = 200
STEM = 5
_CLOSERS = "….,;: "
_QUOTED = re.compile(r"[«“\"](?P<words>[^«»“”\"]{20,})[»”\"]")
_WORD = re.compile(r"[^\W\d_][\w’'-]{5,}")
_SAYS: Mapping[Lang, str] = {"en": "Reported: “{title}”.", "ru": "Сообщается: «{title}»."}
_FREE: Mapping[Lang, str] = {
    "en": "This is a stand-in for a language model. It read {n} words and adds none of its own.",
    "ru": "Это замена языковой модели. Показано слов: {n}; от себя она ничего не добавляет.",
}
_OTHER: Mapping[Lang, tuple[str, str]] = {
    "en": ("Несколько изданий подробно сообщают об этих событиях.", "Новости дня"),
    "ru": ("Several outlets report on these events in detail.", "News of the day"),
}


def write(asked: Asked) -> str:
    """Write the reply to a request: JSON in the schema that it asks for, else a sentence.

    The same request is always answered with the same words. Claims keep the text of the computed
    sentences, figures included, shortened inside a quotation where they are longer than 170
    characters; where nothing was computed they tell the titles of the evidence.
    """
    material = read_material(asked.system, asked.user)
    if asked.schema is None and not asked.is_json:
        return _FREE[material.lang].format(n=len(asked.text.split()))
    schema = asked.schema or _schema_in(asked.text) or {"type": "object"}
    claims = write_claims(material)
    return _json(Filler(schema, _fields(material, claims)).fill())


def write_in_wrong_language(asked: Asked) -> str:
    """Write the reply in the language that was not asked for, with the same citations."""
    material = read_material(asked.system, asked.user)
    sentence, label = _OTHER[material.lang]
    if asked.schema is None and not asked.is_json:
        return sentence
    claims = [(sentence, refs) for _, refs in write_claims(material)]
    fields = {
        **_fields(material, claims),
        "labels": _labels([(t.id, label) for t in material.topics]),
    }
    schema = asked.schema or _schema_in(asked.text) or {"type": "object"}
    return _json(Filler(schema, fields).fill())


def write_claims(material: Material) -> list[tuple[str, tuple[str, ...]]]:
    """Give each claim's text and the ids it cites: computed sentences, else the titles."""
    if material.sentences:
        told = [(shorten(s.text, MAX_CLAIM), s.refs) for s in material.sentences]
    else:
        told = [(_tell(item, material.lang), (item.id,)) for item in material.evidence]
    return list(dict.fromkeys(told))[: material.max_claims]


def shorten(text: str, limit: int) -> str:
    """Cut a sentence to `limit` characters: its longest quotation first, so that figures stay."""
    if len(text) <= limit:
        return text
    quotations = sorted(_QUOTED.finditer(text), key=lambda found: -len(found["words"]))
    for found in quotations[:1]:
        room = len(found["words"]) - (len(text) - limit)
        if room >= 12:
            start, end = found.span("words")
            return text[:start] + _cut(found["words"], room) + text[end:]
    return _cut(text, limit)


def _tell(item: Evidence, lang: Lang) -> str:
    is_russian = bool(re.search(r"[а-яё]", item.title, re.IGNORECASE))
    if is_russian == (lang == "ru"):
        return _cut(item.title, MAX_CLAIM)
    return _SAYS[lang].format(title=_cut(item.title, MAX_CLAIM - 20))


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    if " " in head[limit // 2 :]:
        head = head.rsplit(" ", 1)[0]
    return head.rstrip(_CLOSERS + "«“(—–-") + "…"


def _fields(material: Material, claims: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, Fill]:
    phrases = _phrases(material)
    summary = shorten(claims[0][0], MAX_SUMMARY) if claims else None
    labels = [(topic.id, _label(topic.words)) for topic in material.topics]
    return {
        "claims": _claims(claims),
        "labels": _labels(labels),
        "tldr": lambda filler, schema: summary,
        "expansions": lambda filler, schema: phrases,
        "negatives": lambda filler, schema: [],
    }


def _claims(claims: Sequence[tuple[str, tuple[str, ...]]]) -> Fill:
    def fill(filler: Filler, schema: Json) -> object:
        return [_item(filler, schema, {"text": text, "refs": list(refs)}) for text, refs in claims]

    return fill


def _labels(labels: Sequence[tuple[str, str]]) -> Fill:
    def fill(filler: Filler, schema: Json) -> object:
        return [_item(filler, schema, {"id": ref, "text": text}) for ref, text in labels if text]

    return fill


def _item(filler: Filler, array: Json, known: Mapping[str, object]) -> object:
    """Give one element of an array: `known`, and the least that its schema wants beyond."""
    schema = filler.resolve(array.get("items"))
    least = filler.least(schema)
    properties = schema.get("properties")
    if not isinstance(least, dict) or not isinstance(properties, dict):
        return known
    return {
        name: known.get(name, least.get(name))
        for name in properties
        if name in known or name in least
    }


def _label(words: str) -> str:
    """Give a shorter name for `name (term, term)`, from its terms; empty where it is short."""
    name, _, terms = words.rstrip(")").rpartition(" (")
    if len(name.split()) <= MAX_LABEL_WORDS:
        return ""
    label = ", ".join(terms.split(", ")[:2])
    return _cut(label[:1].upper() + label[1:], MAX_LABEL)


def _phrases(material: Material) -> list[str]:
    """Give up to five words that several pieces of evidence share and the query has not."""
    seen: Counter[str] = Counter()
    forms: dict[str, str] = {}
    for item in material.evidence:
        words = {word.lower(): word for word in _WORD.findall(f"{item.title} {item.snippet}")}
        seen.update(list(words))
        forms = words | forms
    # Words that begin alike are forms of one word, in Russian above all.
    known = {word[:STEM] for word in re.findall(r"\w+", material.query.lower())}
    shared = [word for word, n in seen.most_common() if n > 1 and word[:STEM] not in known]
    return [forms[word] for word in shared[:5]]


def _schema_in(text: str) -> Json | None:
    """Find a JSON schema that the prompt itself holds, as endpoints without one need it."""
    decoder = json.JSONDecoder()
    for found in re.finditer(r"\{", text):
        try:
            value, _ = decoder.raw_decode(text, found.start())
        except ValueError:
            continue
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            return value
    return None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
