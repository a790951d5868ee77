"""True sentences about real articles: as written, attributed, reworded, hedged, with figures."""

import random
import re
from collections.abc import Callable, Mapping, Sequence

from core.text.sentences import sentences
from core.text.tokens import content_stems
from schemas.runs import EvidenceCard

SNIPPET = 400
"""Characters of an article's text that the desk keeps as evidence."""


def headline(card: EvidenceCard, _rng: random.Random) -> str | None:
    return card.title


def lead(card: EvidenceCard, rng: random.Random) -> str | None:
    whole = (
        sentences(card.snippet)[:-1] if len(card.snippet) == SNIPPET else sentences(card.snippet)
    )
    fit = [s for s in whole if 40 <= len(s) <= 240 and len(content_stems(s, card.lang)) >= 4]
    return rng.choice(fit) if fit else None


def attributed(card: EvidenceCard, rng: random.Random) -> str | None:
    frames = {
        "en": ("{s} reports: {t}", "According to {s}, {t}", "{t}, {s} says", "{t} ({s})"),
        "ru": ("{s} сообщает: {t}", "По данным {s}, {t}", "{t}, пишет {s}", "{t} ({s})"),
    }
    title = card.title.rstrip(".!")
    return rng.choice(frames[card.lang]).format(s=card.source, t=title)


REWORDED: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        (r"\bsays\b", "said"), (r"\bsaid\b", "stated"), (r"\bkills\b", "killed"),
        (r"\bannounces\b", "announced"), (r"\bwants\b", "would like"), (r"\bU\.S\.", "US"),
        (r"\bUS\b", "United States"), (r"\bafter\b", "following"), (r"\bamid\b", "during"),
        (r"(?<=\d)%", " percent"),
        (r"\$(\d+) [Mm]illion", r"\1 million dollars"), (r"\$(\d+)B\b", r"\1 billion dollars"),
        (r"\bfive\b", "5"), (r"\bthree\b", "3"), (r"(?<=[a-z] )7(?= [a-z])", "seven"),
        (r"\btwo\b", "2"),
        (r"(?<=\d),(?=\d{3}\b)", ""), (r"\bnear\b", "close to"), (r"\bbig\b", "large"),
        (r"\bpolice\b", "officers"), (r"\bdead\b", "killed"), (r"\bnew\b", "latest"),
        (r"\bshows\b", "showing"), (r"\bcould\b", "may"), (r"\bwill\b", "is going to"),
    ),
    "ru": (
        (r"\bзаявил\b", "сообщил"), (r"\bсообщил\b", "рассказал"), (r"\bмлн\b", "миллионов"),
        (r"\bмлрд\b", "миллиардов"), (r"\bтыс\.", "тысяч"), (r"\bруб\.", "рублей"),
        (r"(?<=\d)%", " процентов"), (r"(?<=\d) (?=\d{3}(?![ \d]))", ""),
        (r"\bпосле\b", "вслед за"),
        (r"\bиз-за\b", "в связи с"), (r"\bпять\b", "5"), (r"\bтри\b", "3"),
        (r"(?<=[а-я] )7(?= [а-я])", "семь"),
        (r"\bтакже\b", "ещё"), (r"\bиз\b", "среди"), (r"\bновый\b", "очередной"),
        (r"\bбольшой\b", "крупный"), (r"\bначал\b", "стал"), (r"\bсможет\b", "будет способен"),
        (r"\bпо словам\b", "как говорит"), (r"ё", "е"), (r"\bнашли\b", "обнаружили"),
    ),
}  # fmt: skip


def _reworded(card: EvidenceCard, rng: random.Random) -> str | None:
    base = lead(card, rng) if rng.random() < 0.5 else None
    text = base or card.title
    if re.search(r"[«“‘\"'„]", text):
        return None  # a quotation is not reworded
    changes = list(REWORDED[card.lang])
    rng.shuffle(changes)
    n_done = 0
    for pattern, words in changes:
        changed = re.sub(pattern, words, text, count=1)
        n_done += changed != text
        text = changed
        if n_done == 3:
            break
    if rng.random() < 0.4 and ", " in text[30:-30]:
        cut = text.rfind(", ", 30, -10)
        text = text[:cut]
    return text if n_done else None


def figures(text: str, lang: str, n: int, families: int, rng: random.Random) -> str:
    en = ("{t}: {n} articles, {m} publishers", "{n} articles from {m} publishers: {t}")
    ru = ("{t}: статей — {n}, изданий — {m}", "{t}: {n} статей, {m} изданий")
    return rng.choice(en if lang == "en" else ru).format(t=text.rstrip("."), n=n, m=families)


def _quoted(card: EvidenceCard, _rng: random.Random) -> str | None:
    found = re.search(
        r"«[^«»]{15,160}»|“[^“”]{15,160}”|‘[^‘’]{20,160}’(?!\w)", f"{card.title} {card.snippet}"
    )
    if found is None:
        return None
    name = card.source
    return f"{name}: {found[0]}"


def _hedged(card: EvidenceCard, rng: random.Random) -> str | None:
    frames = {
        "en": (
            "It is likely that {t}", "Watch closely: {t}", "Reportedly, {t}",
            "Sources suggest {t}",
            "Readers may want to follow this further: {t}", "Coverage focuses on this: {t}",
            "Several outlets note that {t}", "It remains to be seen whether {t}",
        ),
        "ru": (
            "Вероятно, {t}", "Стоит следить: {t}", "Судя по сообщениям, {t}",
            "Как сообщается, {t}",
            "Возможно, {t}", "Издания пишут о том, что {t}", "Отмечается, что {t}",
            "По данным источников, {t}", "Главная тема: {t}",
        ),
    }  # fmt: skip
    return rng.choice(frames[card.lang]).format(t=card.title.rstrip(".!"))


def _merged(card: EvidenceCard, rng: random.Random) -> str | None:
    """Put a part of the lead behind a part of the headline."""
    body = lead(card, rng)
    if body is None or body[:30] == card.title[:30]:
        return None
    head = card.title.rstrip(".!?")
    joined = rng.choice(("{h}; {l}", "{l} — {h}", "{h}. {l}")).format(h=head, l=body)
    return joined if len(joined) <= 300 else None


TRUTH_OF: Mapping[str, Callable[[EvidenceCard, random.Random], str | None]] = {
    "headline": headline,
    "lead": lead,
    "attributed": attributed,
    "reworded": _reworded,
    "hedged": _hedged,
    "merged": _merged,
    "figures": headline,
    "quoted": _quoted,
}
