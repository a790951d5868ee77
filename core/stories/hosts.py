"""Whose a web host is: the part of its name that somebody registered."""

_SECOND_LEVEL_WORDS = """
ac asso co com edu gen go gob gouv gov govt gv id in info ltd me mil ne net nom or org sch
web kiev kharkov lviv msk nsk odessa spb
"""
_SECOND_LEVEL = frozenset(_SECOND_LEVEL_WORDS.split())
"""Labels under a country's domain that are registries and no names (`co.uk`, `com.au`)."""

_SHARED_WORDS = """
acast.com amazonaws.com anchor.fm apple.com blogger.com blogspot.com buzzsprout.com
cloudfront.net dreamwidth.org dzen.ru facebook.com feedblitz.com feedburner.com feedly.com
fireside.fm flipboard.com ghost.io github.com github.io gitlab.io google.com googleapis.com
herokuapp.com inoreader.com libsyn.com livejournal.com mave.digital medium.com megaphone.fm
netlify.app omnycontent.com over-blog.com pages.dev podbean.com politepol.com reddit.com
rss.app rss2json.com rssboard.org rsshub.app simplecast.com soundcloud.com spotify.com
substack.com t.me telegram.me telegram.org telegra.ph tilda.ws tumblr.com twitter.com
typepad.com vercel.app vimeo.com vk.com web.app wixsite.com wordpress.com x.com ya.ru
youtube.com
"""
_SHARED = frozenset(_SHARED_WORDS.split())
"""Places where many publishers live: the host does not say who."""

_NO_NAME_WORDS = (
    "api blog blogs cdn feed feeds feeds2 m media mobile news newsletter old rss s www xml"
)
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())
"""Labels that say what a host is for, not whose it is."""


def registered_name(host: str) -> str | None:
    """Give the registrable part of a host, None where it does not say who writes there.

    `news.paper.co.uk` is `paper.co.uk`; a place on a shared host is its own name
    (`somebody.blogspot.com`); an address of numbers, a name without a dot and a shared host
    itself say nothing. Registries are known by rule, not by the whole public suffix list: a rare
    one may join publishers of one region.
    """
    labels = host.casefold().strip(".").split(".")
    if len(labels) < 2 or not all(labels) or labels[-1].isdecimal() or ":" in host:
        return None
    is_registry = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    size = 3 if is_registry and len(labels) > 2 else 2
    name = ".".join(labels[-size:])
    if name not in _SHARED:
        return name
    own = [label for label in labels[:-size] if label not in _NO_NAMES]
    return f"{own[-1]}.{name}" if own else None
