"""Who asks, and what they may see."""

from typing import Literal

from schemas.base import Frozen

SHARED_TENANT = "shared"
"""Owner of everything that is crawled once for everybody."""

DEFAULT_TENANT = "desk"
PUBLIC = "public"

Role = Literal["reader", "operator", "owner", "system"]


class Principal(Frozen):
    """The person, chat or job on whose behalf a use case runs.

    `person` and `chat` are Telegram ids as text; both are None for the command line and jobs.
    `lang` is the reader's language (what answers are written in), `tz` an IANA name.
    """

    tenant: str = DEFAULT_TENANT
    person: str | None = None
    chat: str | None = None
    roles: frozenset[Role] = frozenset()
    lang: str = "en"
    tz: str = "UTC"


class Visibility(Frozen):
    """What a principal may see; made by `core.access.visible`, required by store and index.

    A row is visible when its tenant is one of `tenants` and its audience is one of `audiences`
    (`audiences` None: every audience of those tenants).
    """

    tenants: frozenset[str]
    audiences: frozenset[str] | None
