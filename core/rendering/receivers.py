"""Who is sent what models read, in words."""

from collections.abc import Sequence
from typing import Final

from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.model_reports import Receiver

MAX_NAMED: Final = 8
MAX_NAME: Final = 80


def receivers_in_words(receivers: Sequence[Receiver], lang: str, *, has_hosts: bool) -> str:
    """Name them, separated by commas, each once; `has_hosts`: with the hosts that are not usual.

    Hosts are for operators: people are told a vendor's name, or that it is a server of ours.
    """
    names = dict.fromkeys(_name(receiver, lang, has_hosts) for receiver in receivers)
    shown = list(names)[:MAX_NAMED]
    return ", ".join(shown) + (" …" if len(names) > MAX_NAMED else "")


def _name(receiver: Receiver, lang: str, has_hosts: bool) -> str:
    name = receiver.vendor or say(lang, "receiver-own")
    if not has_hosts or receiver.host is None:
        return name
    host = cut(one_line(receiver.host), MAX_NAME)
    return say(lang, "receiver-at", name=name, host=host)
