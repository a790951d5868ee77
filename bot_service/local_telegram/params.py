"""The parameters of a Bot API request, however they came: query, form, multipart or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile

from bot_service.local_telegram.refusals import Refusal, bad_request
from bot_service.local_telegram.text import check_encoding

# What api.telegram.org accepts from a bot.
MAX_UPLOAD_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file that came with a request."""

    name: str
    mime_type: str
    content: bytes


class Params:
    """Named values; a form's values are strings, JSON's may be anything."""

    def __init__(self, values: Mapping[str, object], files: Mapping[str, Upload]) -> None:
        self._values = values
        self._files = files

    def text(self, name: str) -> str | None:
        """Give a string as it was sent, or None when it was left out."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, (dict, list)):
            raise bad_request(f'field "{name}" must be of type String')
        return check_encoding(value if isinstance(value, str) else json.dumps(value))

    def integer(self, name: str) -> int | None:
        """Give a whole number, or None when it was left out."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(str(value))
        except ValueError as error:
            raise bad_request(f'field "{name}" must be a Number') from error

    def need_integer(self, name: str, *, missing: str) -> int:
        """Give a whole number or refuse in the words of `missing`."""
        value = self.integer(name)
        if value is None:
            raise bad_request(missing)
        return value

    def flag(self, name: str) -> bool:
        """Give a boolean; left out is false."""
        value = self._values.get(name)
        return value is True or str(value).lower() in {"true", "1", "yes"}

    def parsed(self, name: str) -> object:
        """Give an object or a list, parsed when it came as a JSON string."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def upload(self, name: str) -> Upload | None:
        """Give a file sent under this name, or one that the name points to by `attach://`."""
        value = self._values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self._files.get(value.removeprefix("attach://"))
        return self._files.get(name)


async def read_params(request: Request) -> Params:
    """Read the query and the body of a request.

    Raises:
        Refusal: 413 over 50 MB; 400 for a body that is not what its type says.
    """
    values: dict[str, object] = dict(request.query_params)
    files: dict[str, Upload] = {}
    if int(request.headers.get("content-length") or 0) > MAX_UPLOAD_BYTES + 65536:
        raise Refusal(413, "Request Entity Too Large")
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type == "multipart/form-data":
        async with request.form(max_part_size=1024 * 1024) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    mime_type = part.content_type or "application/octet-stream"
                    content = await part.read()
                    files[name] = Upload(part.filename or "file", mime_type, content)
                else:
                    values[name] = part
        return Params(values, files)
    body = await request.body()
    if not body:
        return Params(values, files)
    try:
        if content_type == "application/json":
            parsed = json.loads(body)
            if not isinstance(parsed, dict):
                raise bad_request("can't parse JSON object")
            values |= parsed
        else:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
            values |= dict(pairs)
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error
    except ValueError as error:
        raise bad_request("can't parse request body") from error
    return Params(values, files)
