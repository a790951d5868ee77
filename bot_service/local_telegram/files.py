"""Uploads: what is kept of them, and how large a picture is."""

import hashlib
import struct

from bot_service.local_telegram.models import Attachment
from bot_service.local_telegram.params import MAX_UPLOAD_BYTES, Params, Upload
from bot_service.local_telegram.refusals import bad_request
from bot_service.local_telegram.world import World

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
# JPEG frame headers that carry the size; 0xC4, 0xC8 and 0xCC mark other things.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def keep_upload(world: World, upload: Upload, *, is_photo: bool) -> Attachment:
    """Store an upload.

    Raises:
        Refusal: When it is empty, too large, or not a picture that Telegram would take.
    """
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > (MAX_PHOTO_BYTES if is_photo else MAX_UPLOAD_BYTES):
        raise bad_request("file is too big")
    width, height = None, None
    if is_photo:
        size = picture_size(upload.content)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        width, height = size
        if width + height > 10_000 or max(size) > 20 * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
    attachment = Attachment(
        file_id=world.storage.save_file(upload.content),
        file_unique_id=hashlib.sha256(upload.content).hexdigest()[:16],
        file_name=_plain_name(upload.name),
        mime_type=upload.mime_type,
        size_bytes=len(upload.content),
        width=width,
        height=height,
    )
    world.put_file(attachment)
    return attachment


def sent_file(world: World, params: Params, field: str) -> Attachment:
    """Give the file that a request sends: an upload, or the id of an earlier one.

    Raises:
        Refusal: Also for a URL: this server fetches nothing from elsewhere.
    """
    is_photo = field == "photo"
    upload = params.upload(field)
    if upload is not None:
        return keep_upload(world, upload, is_photo=is_photo)
    named = params.text(field)
    if not named:
        raise bad_request(f"there is no {field} in the request")
    if named.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    known = world.files.get(named)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if is_photo and known.width is None:
        raise bad_request("can't use file of type Document as Photo")
    return known


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height in pixels of a PNG, JPEG, GIF or WebP; None for anything else."""
    size: tuple[int, int] | None = None
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        size = (width, height)
    elif content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        size = (width, height)
    elif content[:4] == b"RIFF" and content[8:15] == b"WEBPVP8" and len(content) >= 30:
        size = _webp_size(content)
    elif content.startswith(b"\xff\xd8"):
        size = _jpeg_size(content)
    return size if size and min(size) > 0 else None


def _webp_size(content: bytes) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        return width, int.from_bytes(content[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", content[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _plain_name(name: str) -> str:
    """Drop folders and control characters, and keep at most 120 characters with the ending."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in plain if char.isprintable() and char not in '"<>|:*?')
    kept = kept.strip(". ") or "file"
    return kept if len(kept) <= 120 else f"{kept[:90]}{kept[-30:]}"
