"""No model writes a link: rule `links`. The renderer sets links from this request's evidence."""

import re
from collections.abc import Sequence

from core.policy.reading import plain
from core.policy.records import Objection
from core.text.markup import strip_invisible

_TOP = (
    "com|org|net|info|biz|io|ai|app|dev|me|co|xyz|online|site|top|shop|store|club|live|news|link"
    "|click|page|blog|tech|space|website|pro|tv|fm|gg|ly|gl|gd|cc|ws|to|is|in|us|uk|ru|su|ua|by|kz"
    "|de|fr|it|es|pt|nl|be|ch|at|pl|cz|sk|hu|ro|bg|gr|se|no|fi|dk|ie|eu|tr|il|ir|cn|jp|kr|hk|tw|sg"
    "|au|nz|ca|br|ar|mx|za|ng|ke|eg|id|my|ph|th|vn|am|az|ge|uz|kg|md|lt|lv|ee|rs|hr|si|mk|edu|gov"
    "|mil|int|example|test|local|onion|рф|рус|бел|укр|москва|онлайн|сайт"
)
_DOT = r"(?:\.|[\[({]\s?(?:\.|dot|точка)\s?[\])}]|\s(?:dot|точка)\s)"
_PLACE = re.compile(
    r"(?P<scheme>[a-zа-я][a-zа-я0-9+.-]{1,12}:/{1,3}[^\s<>\"«»]+"
    r"|(?:javascript|data|mailto|tel|tg|vbscript|file|blob):[^\s<>\"«»]+)"
    r"|(?P<markdown>!?\[[^\[\]\n]{0,300}\]\s?(?:\([^()\n]{1,600}\)|\[[^\[\]\n]{1,100}\]))"
    r"|(?P<html></?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,300})?/?>|&(?:#x?[0-9a-f]{1,6}|[a-z]{2,8});)"
    r"|(?P<handle>(?<![\w@.])@[a-z_]\w{2,31})"
    r"|(?P<address>(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5}|/)[^\s]*)",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    rf"(?<![\w@.-])(?P<host>(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?{_DOT}){{1,6}}"
    rf"(?P<top>{_TOP}|xn--[a-z0-9-]{{2,30}}))(?![^\W_])(?!{_DOT}[^\W_])(?::\d{{1,5}})?(?:[/?#][^\s]*)?",
    re.IGNORECASE,
)
_HINT = re.compile(r"[:@<\[({&/]|\.[^\W_]|dot|точка", re.IGNORECASE)
"""What every link holds; most sentences hold none of it."""

_SPELLED = re.compile(r"\s(?:dot|точка)\s", re.IGNORECASE)
_USUAL = frozenset({"com", "net", "org", "info", "ru", "io", "xyz", "online", "site", "рф"})
_SUFFIX = re.compile(r"^(?:www\.)?")


def object_to(text: str, own_names: Sequence[str]) -> Objection | None:
    """Object to a web address, a handle, Markdown links or HTML in a model's words.

    A domain passes where it is the name of a cited source, `own_names`, and nothing follows it.
    The words found are not repeated: readers see objections.
    """
    seen = plain(strip_invisible(text))
    if _HINT.search(seen) is None:
        return None
    if found := _PLACE.search(seen):
        return Objection(f"link-{found.lastgroup}", spans=(found.span(),))
    names = {_SUFFIX.sub("", name.strip().lower()) for name in own_names}
    for found in _DOMAIN.finditer(seen):
        if not _is_domain(found["host"], found["top"]):
            continue
        if _SPELLED.search(found["host"]) and found["top"].lower() not in _USUAL:
            continue  # "the companion app Dot is closing"
        if _SUFFIX.sub("", found[0].lower()) not in names:
            return Objection("link-domain", spans=(found.span(),))
    return None


def _is_domain(host: str, top: str) -> bool:
    """Tell a domain from a full stop without a space: "The end.It was"."""
    return top.islower() or host.isupper()
