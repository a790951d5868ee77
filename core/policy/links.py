"""No model writes a link: rule `links`. The renderer sets links from this request's evidence."""

import re
import unicodedata
from collections.abc import Sequence

from core.policy.reading import plain
from core.policy.records import Objection
from core.text.markup import strip_invisible

_TOP = (
    "com|org|net|info|biz|io|ai|app|dev|me|co|xyz|online|site|top|shop|store|club|live|news|link"
    "|click|page|blog|tech|space|website|pro|tv|fm|gg|ly|gl|gd|cc|ws|to|is|in|us|uk|ru|su|ua|by|kz"
    "|de|fr|it|es|pt|nl|be|ch|at|pl|cz|sk|hu|ro|bg|gr|se|no|fi|dk|ie|eu|tr|il|ir|cn|jp|kr|hk|tw|sg"
    "|au|nz|ca|br|ar|mx|za|ng|ke|eg|id|my|ph|th|vn|am|az|ge|uz|kg|md|lt|lv|ee|rs|hr|si|mk|edu|gov"
    "|mil|int|example|test|local|onion|travel|health|casino|bet|vip|icu|zip|mobi|finance"
    "|рф|рус|бел|укр|москва|онлайн|сайт"
)
_DOT = r"(?:\.|[\[({]\s?(?:\.|dot|точка)\s?[\])}]|\s(?:dot|точка|\.)\s)"
_TAG = r"(?<!\w)#\w*[^\W\d_]\w*"
_PLACE = re.compile(
    r"(?P<scheme>[a-zа-я][a-zа-я0-9+.-]{1,12}:/{1,3}[^\s<>\"«»]+"
    r"|(?:javascript|data|mailto|tel|tg|vbscript|file|blob):[^\s<>\"«»]+)"
    r"|(?P<markdown>!?\[[^\[\]\n]{0,300}\]\s?(?:\([^()\n]{1,600}\)|\[[^\[\]\n]{1,100}\]))"
    r"|(?P<html></?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,300})?/?>|&(?:#x?[0-9a-f]{1,6}|[a-z]{2,8});)"
    r"|(?P<handle>(?<![\w@.])@[a-z_]\w{2,31}"
    r"|(?<!\w)\$[^\W\d_]|(?<![^\s(\[{«\"“„',;:])/\w*[^\W\d_])"
    rf"|(?P<tag>{_TAG})"
    r"|(?P<path>[^\W_]\.[^\W\d_]{2,62}/[^\s]|[^\W_]\s{0,3}\.\s{0,3}(?:" + _TOP + r")/[^\s])"
    r"|(?P<address>(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5}|/)[^\s]*)",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    rf"(?<![\w@.-])(?P<host>(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?{_DOT}){{1,6}}"
    rf"(?P<top>{_TOP}|xn--[a-z0-9-]{{2,30}}))(?![^\W_])(?!{_DOT}[^\W_])(?::\d{{1,5}})?(?:[/?#][^\s]*)?",
    re.IGNORECASE,
)
_KINDS = {"path": "domain", "tag": "handle"}
"""Which reason is given for what has none of its own."""
_HINT = re.compile(r"[:@<\[({&/#$]|\.[^\W_]|\s\.\s|dot|точка", re.IGNORECASE)
"""What every link holds; most sentences hold none of it."""

_SPELLED = re.compile(r"\s(?:dot|точка)\s", re.IGNORECASE)
_USUAL = frozenset({"com", "net", "org", "info", "ru", "io", "xyz", "online", "site", "рф"})
_SUFFIX = re.compile(r"^(?:www\.)?")
_DOTS = str.maketrans("。․", "..")
"""Full stops that browsers take for a dot and the compatibility forms leave, or may leave."""
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What makes a line be read from the other side."""
_JOINED = re.compile(r"(?<![^\W_])[^\W_]+\.(?P<top>[^\W\d_]{2,})(?!\w)")
_SHORTENED = re.compile(
    r"(?:[а-я]\.)*(?:[а-я]|тыс|млн|млрд|трлн|кв|куб|руб|ул|им|ст|стр|рис)\.[а-я]+", re.IGNORECASE
)
"""«тыс.руб», «ул.мира»: a space was forgotten behind a word that was cut short."""
_EDGE = re.compile(r"^\W+|(?:'s)?\W*$")


def object_to(text: str, own_names: Sequence[str], texts: Sequence[str] = ()) -> Objection | None:
    """Object to a web address, a handle, a tag, Markdown links or HTML in a model's words.

    A domain passes where it is the name of a cited source, `own_names`, and nothing follows it.
    Other small words joined by a dot, "node.js", and #tags pass where a cited text, one of
    `texts`, has them too.
    The words found are not repeated: readers see objections.
    """
    if found := _TURNS.search(text):
        return Objection("link-markdown", spans=(found.span(),))
    seen = _folded(text)
    if _HINT.search(seen) is None:
        return None
    for found in _PLACE.finditer(seen):
        if found.lastgroup == "tag" and found[0].lower() in _tags(texts):
            continue
        kind = _KINDS.get(str(found.lastgroup), found.lastgroup)
        return Objection(f"link-{kind}", spans=(found.span(),))
    names = {_SUFFIX.sub("", name.strip().lower()) for name in own_names}
    for found in _DOMAIN.finditer(seen):
        if not _is_domain(found["host"], found["top"]):
            continue
        if _SPELLED.search(found["host"]) and found["top"].lower() not in _USUAL:
            continue  # "the companion app Dot is closing"
        if _SUFFIX.sub("", found[0].lower()) not in names:
            return Objection("link-domain", spans=(found.span(),))
    joined = _joined(seen) - names
    if joined and not joined <= {word for one in texts for word in _joined(_folded(one))}:
        return Objection("link-domain")
    return None


def _folded(text: str) -> str:
    """Give the text in one spelling: letters, dots and spaces that look alike are alike."""
    return plain(unicodedata.normalize("NFKC", strip_invisible(text)).translate(_DOTS))


def _tags(texts: Sequence[str]) -> set[str]:
    return {tag.lower() for one in texts for tag in re.findall(_TAG, _folded(one))}


def _joined(seen: str) -> set[str]:
    """Give the words with a dot before small letters, as a domain has it, without a www."""
    found: set[str] = set()
    for word in seen.split():
        if "@" not in word and any(one["top"].islower() for one in _JOINED.finditer(word)):
            bare = _EDGE.sub("", word)
            if _SHORTENED.fullmatch(bare) is None:
                found.add(_SUFFIX.sub("", bare.lower()))
    return found


def _is_domain(host: str, top: str) -> bool:
    """Tell a domain from a full stop without a space: "The end.It was"."""
    return top.islower() or host.isupper()
