"""Bytes from the network become text, once: byte order mark, header, declaration, content."""

import codecs
import re
from dataclasses import dataclass

DECLARATION_BYTES = 4096
"""How much of a body is searched for what it says of its own encoding."""

SAMPLE_BYTES = 32 * 1024
"""How much of a body that says nothing true is tried in every candidate encoding."""

FEW_BYTES = 2 * 1024
"""How much of a body tells whether it is in the encoding that it names."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{1,40})")
_META = re.compile(rb"<meta[^>]{1,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)

# Labels as browsers read them (WHATWG Encoding): the superset stands for the set.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
_ALIASES = {"x-sjis": "cp932", "utf8mb4": "utf-8", "unicode": "utf-16", "ks_c_5601-1987": "cp949"}
_KNOWN = re.compile(
    r"utf-(8|16|32)(-[lb]e)?(-sig)?|iso|cp\d|koi8|gb|big5|euc_|shift_jis|mac-|ascii|hz|tis|johab|kz|ptcp"
)
_STATEFUL = re.compile(r"iso2022|hz")
_MULTIBYTE = re.compile(r"gb18030|big5|cp9(32|49)|euc_|johab|shift_jis")
_LABEL = re.compile(r"(?:x-|cs)?(?:windows|win|cp)[-_ ]?(\d{3,4})")

_HIGH = re.compile(rb"[\x80-\xff]")
_STRAY = re.compile(r"[\udc80-\udcff]")
_LONE_STRAY = re.compile(r"(?<![^\x00-\x7f])[\udc80-\udcff](?![^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class _Script:
    """How a text in one encoding looks: its most frequent letters, and their usual share."""

    codec: str
    letters: frozenset[str]
    share: float


_RUSSIAN = frozenset("оеаинтсрвлі")
_CYRILLIC = frozenset({"cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic"})
"""In one of them, a text of another is nearly all capitals or other letters, and no error."""
_CHINESE = (
    "的一是在不了有和人中大上我以要他用生到作地出就分"
    "成可主年同工也能下子面而方多定行法所民得新日本市公月"
)
_SCRIPTS = (
    _Script("cp1251", _RUSSIAN, 0.65),
    _Script("koi8-r", _RUSSIAN, 0.65),
    _Script("cp866", _RUSSIAN, 0.65),
    _Script("iso8859-5", _RUSSIAN, 0.65),
    _Script("cp1253", frozenset("αοιετσνηυρ"), 0.65),
    _Script("cp1255", frozenset("יוהלאתרמבש"), 0.65),
    _Script("cp1256", frozenset("اليمنوتربة"), 0.65),
    _Script("cp874", frozenset("านรกเงอมยลว่้"), 0.6),
    _Script("euc_jp", frozenset("のにはをたがでてとしれさいるなかもっくあうま"), 0.3),
    _Script("cp932", frozenset("のにはをたがでてとしれさいるなかもっくあうま"), 0.3),
    _Script("cp949", frozenset("이다는을의에가하고지한로사은기도스자어리인시를대"), 0.3),
    _Script("gb18030", frozenset(_CHINESE + "这为个国时来们于对会发动过说产种后学经东华"), 0.2),
    _Script("big5hkscs", frozenset(_CHINESE + "這為個國時來們於對會發動過說產種後學經東華"), 0.2),
)


def decode(body: bytes, *, charset: str | None = None) -> str:
    """Give the text of a body; never fails and never gives a NUL character.

    A byte order mark decides. Otherwise valid UTF-8 is UTF-8 whatever is declared (other
    encodings practically never are valid UTF-8 by chance), a few broken bytes in it are repaired
    or marked with U+FFFD. Then the header's `charset`, then what the body declares of itself
    (XML or HTML), then the encoding in which the letters look most like a language.

    Args:
        body: What a server or a file gave, decompressed.
        charset: The charset of the Content-Type header, as the server spelt it.
    """
    text = _decode(body, [_codec(charset), _codec(_declared(body))])
    return text.replace("\x00", "") if "\x00" in text else text


def _decode(body: bytes, declared: list[str | None]) -> str:
    for bom, codec in _BOMS:
        if body.startswith(bom):
            body = body[len(bom) :]
            return _repaired(body) if codec == "utf-8" else body.decode(codec, "replace")
    wide = _wide(body)
    if wide:
        return body.decode(wide, "replace")
    labels = [codec for codec in dict.fromkeys(declared) if codec]
    for codec in labels:
        if _STATEFUL.match(codec) and (text := _strict(body, codec)) is not None:
            return text
    text = _strict(body, "utf-8")
    if text is not None:
        few = len(body) - len(text) <= 6  # a few bytes of Chinese may be UTF-8 by chance
        for codec in labels if few and not text.isascii() else ():
            if _MULTIBYTE.match(codec) and (other := _strict(body, codec)) is not None:
                return other
        return text
    return _broken(body, labels)


def _broken(body: bytes, labels: list[str]) -> str:
    lenient = body.decode("utf-8", "surrogateescape")
    n_stray = len(_STRAY.findall(lenient))
    n_high = len(_HIGH.findall(body))
    is_utf8 = "utf-8" in labels and n_high > 2 * n_stray
    if _is_cut(body) and (n_high > 20 or not labels or "utf-8" in labels):
        return body.decode("utf-8", "ignore")
    if is_utf8 or n_high > 20 * n_stray:
        return _repaired(body)
    sample = _sample(body)
    for codec in labels:
        if codec == "utf-8" or codec.startswith(("utf-16", "utf-32")):
            continue
        text = _strict(body, codec)
        if text is None and _MULTIBYTE.match(codec):
            text = _lossy(body, codec)
        if text is not None and not _is_mislabelled(sample, codec):
            return text
    return body.decode(_guess(sample, labels), "replace")


def _repaired(body: bytes) -> str:
    """Decode UTF-8 with broken bytes: a lone one among ASCII is Windows-1252, others U+FFFD."""
    text = body.decode("utf-8", "surrogateescape")
    if not _STRAY.search(text):
        return text
    text = _LONE_STRAY.sub(
        lambda found: bytes([ord(found.group()) - 0xDC00]).decode("cp1252", "replace"), text
    )
    return _STRAY.sub("\ufffd", text)


def _is_cut(body: bytes) -> bool:
    """Say whether the only thing wrong is that the last character is not all there."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(body) - 3 and error.end == len(body)
    return False


def _wide(body: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 without a mark by where their zero bytes are."""
    head = body[:512]
    if head.count(0) * 4 < len(head):
        return None
    quarter = max(1, len(head) // 4)
    zeros = [head[place::4].count(0) > 0.7 * quarter for place in range(4)]
    match zeros:
        case [True, True, True, False]:
            return "utf-32-be"
        case [False, True, True, True]:
            return "utf-32-le"
        case [True, False, True, False]:
            return "utf-16-be"
        case [False, True, False, True]:
            return "utf-16-le"
        case _:
            return None


def _declared(body: bytes) -> str | None:
    head = body[:DECLARATION_BYTES]
    found = _XML_DECLARATION.match(head)
    if not found and not head.lstrip().startswith(b"<?xml"):
        found = _META.search(head)
    return found.group(1).decode("ascii", "replace") if found else None


def _codec(label: str | None) -> str | None:
    """Give Python's name of the encoding that a label means, None when there is none."""
    name = (label or "").strip(" \t\r\n\"';").lower()
    windows = _LABEL.fullmatch(name)
    name = f"cp{windows.group(1)}" if windows else _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    codec = _SUPERSETS.get(codec, codec)
    return codec if _KNOWN.match(codec) else None


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _lossy(body: bytes, codec: str) -> str | None:
    """Decode with a few holes; more than one in a hundred letters says it is another encoding."""
    text = body.decode(codec, "replace")
    n_letters = sum(1 for letter in text if letter > "\x7f")
    return text if text.count("\ufffd") * 100 <= n_letters else None


def _sample(body: bytes) -> bytes:
    found = _HIGH.search(body)
    start = max(0, found.start() - 2) if found else 0
    return body[start : start + SAMPLE_BYTES]


def _latin_score(sample: bytes) -> float:
    """Give the share of letters with accents that stand between plain letters, 0..1.

    In a text of another script that is taken for Latin-1 nearly all stand side by side.
    """
    text = sample.decode("cp1252", "replace")
    n_all = len(re.findall(r"[^\x00-\x7f]", text))
    n_lone = len(re.findall(r"(?<![^\x00-\x7f])[^\x00-\x7f](?![^\x00-\x7f])", text))
    return n_lone / n_all if n_all else 1.0


def _is_mislabelled(sample: bytes, codec: str) -> bool:
    """Say whether a label that any bytes would fit is wrong: the letters speak against it."""
    if codec == "cp1252":
        return _latin_score(sample) < 0.3
    if codec not in _CYRILLIC:
        return False
    sample = sample[:FEW_BYTES]
    if _script_score(sample, _Script(codec, _RUSSIAN, 0.65)) > 0.3:
        return False
    return any(_script_score(sample, each) > 0.75 for each in _SCRIPTS if each.codec in _CYRILLIC)


def _guess(sample: bytes, labels: list[str]) -> str:
    best, best_score = "cp1252", max(0.3, _latin_score(sample))
    for script in _SCRIPTS:
        score = _script_score(sample, script) * (1.1 if script.codec in labels else 1.0)
        if score > best_score:
            best, best_score = script.codec, score
    return best


def _script_score(sample: bytes, script: _Script) -> float:
    text = sample.decode(script.codec, "replace")
    letters = [letter for letter in text if letter > "\x7f"]
    if not letters or letters.count("\ufffd") * 50 > len(letters):
        return 0.0
    share = sum(letter in script.letters for letter in letters) / len(letters)
    n_beside = len(re.findall(r"(?<=[^\x00-\x7f])[^\x00-\x7f]|[^\x00-\x7f](?=[^\x00-\x7f])", text))
    return min(1.0, share / script.share) * n_beside / len(letters)
