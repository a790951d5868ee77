"""What kind of news a file holds, told by how it begins and not by its name."""

import io
import re
from typing import Literal

from services.adapters.sources.json_stream import BrokenJson, JsonStream

HEAD_BYTES = 1 << 16
"""How much of a file is looked at; a file is read on only after that."""

Kind = Literal["lines", "export", "document", "unknown"]
"""`lines`: JSON lines; `export`: Telegram Desktop's result.json; `document`: XML, HTML or JSON
that has to be read whole; `unknown`: everything else."""

_LINES_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_MARKUP = re.compile(rb"<(?:\?xml|!doctype|!--|[a-zA-Z][\w:.-]*[\s/>])", re.IGNORECASE)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ACCOUNT = frozenset({"personal_information", "profile_pictures", "contacts", "frequent_contacts"})


def kind_of(head: bytes, *, name: str, is_pipe: bool = False) -> Kind:
    """Tell the kind of a file by its first bytes.

    Args:
        head: The first `HEAD_BYTES` of the file, or all of it, unpacked.
        name: Its name: decides only where the content allows JSON lines and nothing else.
        is_pipe: It comes through a pipe, which has no name that says anything.
    """
    is_named_lines = is_pipe or name.lower().endswith(_LINES_SUFFIXES)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "lines"
    if start[:1] == b"{":
        return _kind_of_object(start, is_named_lines=is_named_lines)
    if start[:1] == b"[" and not is_named_lines:
        return "document"
    if start[:1] == b"<" or (_is_wide(head) and _is_markup(head)):
        return "document"
    if is_named_lines or b"\n{" in start.replace(b"\r", b"\n"):
        return "unknown" if _BINARY.search(start[:512]) else "lines"
    return "document" if _is_markup(head) else "unknown"


def _kind_of_object(start: bytes, *, is_named_lines: bool) -> Kind:
    json = JsonStream(io.BytesIO(start))
    keys: set[str] = set()
    is_whole = False
    version: object = None
    try:
        for key in json.members():
            begins = json.peek()
            if (key, begins) in (("messages", "["), ("chats", "{")):
                return "export"
            keys.add(key)
            if key == "version" and begins == '"':
                version = json.value()
            else:
                json.skip()
        is_whole = True
    except BrokenJson:
        pass  # the head ends within the object, or it is no JSON: its lines are told apart later
    if _ACCOUNT & keys and "about" in keys:
        return "export"
    if isinstance(version, str) and "jsonfeed.org/" in version:
        return "document"
    is_one_line = is_whole and json.line == 1
    if is_one_line or is_named_lines or start.partition(b"\n")[0].strip() != b"{":
        return "lines"
    return "document"


def _is_markup(head: bytes) -> bool:
    """Tell whether there is a tag near the beginning, in whatever encoding."""
    if _is_wide(head):
        head = head.replace(b"\x00", b"")
    elif _BINARY.search(head[:512]):
        return False
    return _MARKUP.search(head[:4096]) is not None


def _is_wide(head: bytes) -> bool:
    """Tell UTF-16 and UTF-32 by their zeros around a first `<`."""
    narrow = head[:64].replace(b"\x00", b"").lstrip(b"\xff\xfe \t\r\n")
    return b"\x00" in head[:8] and narrow[:1] == b"<"
