"""Who stands behind a source: several feeds of one house are one voice."""

import re
import unicodedata

from core.stories.hosts import registered_name

_HOUSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "abc-au": (("abc.net.au",), ("abc news australia", "abc australia")),
    "abc-us": (("abcnews.go.com", "abcnews.com"), ("abc news", "abcnews")),
    "aljazeera": (("aljazeera.com", "aljazeera.net"), ("al jazeera", "al jazeera english")),
    "ap": (
        ("apnews.com", "ap.org"),
        ("ap", "ap news", "associated press", "the associated press"),
    ),
    "axios": (("axios.com",), ("axios",)),
    "bbc": (("bbc.com", "bbc.co.uk", "bbci.co.uk"), ("bbc",)),
    "bloomberg": (("bloomberg.com",), ("bloomberg",)),
    "cbs": (("cbsnews.com", "cbssports.com", "cbs.com"), ("cbs",)),
    "cnbc": (("cnbc.com",), ("cnbc",)),
    "cnn": (
        ("cnn.com", "cnn.it", "edition.cnn.com"),
        ("cnn", "breaking news latest news and videos"),
    ),
    "dailymail": (
        ("dailymail.co.uk", "dailymail.com"),
        ("daily mail", "mail online", "mailonline"),
    ),
    "deutschewelle": (("dw.com",), ("dw", "deutsche welle")),
    "espn": (("espn.com", "espn.co.uk"), ("espn",)),
    "fontanka": (("fontanka.ru",), ("фонтанка", "fontanka")),
    "forbes": (("forbes.com", "forbes.ru"), ("forbes",)),
    "fox": (
        ("foxnews.com", "foxbusiness.com", "foxsports.com"),
        ("fox news", "fox business", "fox sports"),
    ),
    "ft": (("ft.com",), ("financial times", "the financial times")),
    "gazetaru": (("gazeta.ru",), ("газета ru", "gazeta ru")),
    "guardian": (("theguardian.com", "guardian.co.uk"), ("guardian", "the guardian")),
    "interfax": (("interfax.ru", "interfax.com", "interfax-russia.ru"), ("интерфакс", "interfax")),
    "izvestia": (("iz.ru",), ("известия", "izvestia")),
    "kommersant": (("kommersant.ru",), ("коммерсантъ", "коммерсант", "kommersant")),
    "kp": (("kp.ru",), ("комсомольская правда", "kp")),
    "lenta": (("lenta.ru",), ("лента", "lenta", "lenta ru", "лента ру")),
    "mediazona": (("zona.media",), ("медиазона", "mediazona")),
    "meduza": (("meduza.io",), ("медуза", "meduza")),
    "nbc": (("nbcnews.com", "nbcsports.com", "today.com"), ("nbc",)),
    "npr": (("npr.org",), ("npr",)),
    "nypost": (("nypost.com", "pagesix.com"), ("new york post", "page six")),
    "nyt": (("nytimes.com",), ("new york times", "the new york times", "nyt", "the athletic")),
    "politico": (("politico.com", "politico.eu"), ("politico",)),
    "rbc": (("rbc.ru",), ("рбк", "rbc")),
    "reuters": (("reuters.com",), ("reuters",)),
    "rferl": (
        ("rferl.org", "svoboda.org", "currenttime.tv"),
        ("radio free europe", "радио свобода"),
    ),
    "ria": (("ria.ru", "rsport.ria.ru"), ("риа", "риа новости", "ria", "ria novosti")),
    "rt": (("rt.com",), ("rt", "rt на русском", "russia today")),
    "sky": (("sky.com", "skysports.com"), ("sky news", "sky sports")),
    "tass": (("tass.ru", "tass.com"), ("тасс", "tass")),
    "telegraph": (("telegraph.co.uk",), ("telegraph", "the telegraph")),
    "times-uk": (("thetimes.co.uk", "thetimes.com"), ("the times", "the sunday times")),
    "usatoday": (("usatoday.com",), ("usa today",)),
    "vedomosti": (("vedomosti.ru",), ("ведомости", "vedomosti")),
    "wp": (("washingtonpost.com",), ("washington post", "the washington post")),
    "wsj": (
        ("wsj.com", "marketwatch.com", "barrons.com"),
        ("wall street journal", "the wall street journal", "wsj"),
    ),
    "yahoo": (("yahoo.com",), ("yahoo",)),
}
"""House → (its domains, the normalised names of its sources)."""

_SECTION_WORDS = """
business culture entertainment health live news online politics russian science sport sports tech
technology uk us usa world бизнес культура наука новости онлайн политика русская служба спорт
"""
_SECTIONS = frozenset(_SECTION_WORDS.split())
"""Words that turn a house's name into the name of one of its sources ("BBC Sport")."""

_BY_DOMAIN = {domain: house for house, (domains, _) in _HOUSES.items() for domain in domains}
_BY_NAME = {name: house for house, (_, names) in _HOUSES.items() for name in names}
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_WORDS = re.compile(r"[^\W_]+")


def normalise_name(title: str) -> str:
    """Give the words of a source's name in lower case, without its top-level domain."""
    name = unicodedata.normalize("NFKC", title).casefold().strip()
    name = re.sub(r"\.(com|net|org|co\.uk|ru|io|tv)$", "", name)
    return " ".join(_WORDS.findall(name))


def family_of(title: str, domain: str | None) -> str:
    """Give the publisher family of a source: its house where known, else its own name.

    Args:
        title: The source's name.
        domain: Host without `www.`; its parents count too (`feeds.bbci.co.uk`).
    """
    named = title.strip().casefold()
    for host in (domain or "", named if _HOST.fullmatch(named) else ""):
        house = _house_of_host(host)
        if house:
            return house
    name = normalise_name(title)
    if name in _BY_NAME:
        return _BY_NAME[name]
    words = name.split()
    while len(words) > 1 and words[-1] in _SECTIONS:
        words.pop()
        if " ".join(words) in _BY_NAME:
            return _BY_NAME[" ".join(words)]
    return name or title.strip() or "unknown"


def family_of_feed(title: str, domain: str | None) -> str:
    """Give the publisher family of a feed that is polled from its own site.

    Its house where the domain is known; else the domain itself, so that all feeds of one site are
    one voice whatever they are called. Only where the domain says nothing the name counts.

    Args:
        title: What the feed calls itself.
        domain: Host of its site without `www.`, None when unknown.
    """
    return (domain and (_house_of_host(domain) or registered_name(domain))) or family_of(
        title, None
    )


def _house_of_host(host: str) -> str | None:
    labels = host.casefold().removeprefix("www.").split(".")
    parents = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((_BY_DOMAIN[parent] for parent in parents if parent in _BY_DOMAIN), None)
