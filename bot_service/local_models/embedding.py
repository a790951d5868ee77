"""Vectors of the stand-ins: hashed words and letters, the same for the same text for ever."""

import base64
import math
import re
import struct
import zlib

from starlette.responses import Response

from bot_service.local_models.asked import Json, Refusal, require_model
from bot_service.local_models.body import Body, parse_json
from bot_service.local_models.catalog import EMBEDDING_WIDTHS, Model
from bot_service.local_models.counting import count_tokens
from bot_service.local_models.service import Incoming, Providers, json_response
from schemas.llm import Usage

MAX_OPENAI_TEXTS, MAX_GEMINI_TEXTS = 2_048, 100
_WORD = re.compile(r"\w+")
_SHORTENED_LENGTH = 0.7
"""Length of Gemini's vectors that are shorter than the model's own: they come unnormalised."""


def embed(text: str, width: int, *, length: float = 1.0) -> list[float]:
    """Give a vector of `width` numbers and the given length; texts with common words are near."""
    values = [0.0] * width
    for word in _WORD.findall(text.lower()) or [text]:
        for i, piece in enumerate((word, *(word[at : at + 3] for at in range(len(word) - 2)))):
            spot = zlib.crc32(piece.encode())
            values[spot % width] += (1.0 if i == 0 else 0.3) * (1 if spot >> 31 else -1)
    norm = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / norm * length for value in values]


async def embed_for_openai(providers: Providers, call: Incoming) -> Response:
    """Answer `POST /v1/embeddings`.

    Raises:
        Refusal: The request is not one that the provider takes.
    """
    body = Body(parse_json(call.raw))
    model = require_model(call.provider, body.text("model"), embeds=True)
    given = body.value.get("input")
    texts = [given] if isinstance(given, str) else body.items("input")
    if not texts or len(texts) > MAX_OPENAI_TEXTS or not all(_is_text(text) for text in texts):
        raise Refusal(
            "bad_request",
            f"'$.input' is invalid: 1 to {MAX_OPENAI_TEXTS} texts, none of them empty.",
            param="input",
        )
    width = _width(model, body.whole("dimensions", low=1))
    is_packed = body.one_of("encoding_format", {"float", "base64"}) == "base64"
    vectors = [embed(str(text), width) for text in texts]
    data = [
        {"object": "embedding", "index": i, "embedding": _pack(v) if is_packed else v}
        for i, v in enumerate(vectors)
    ]
    n = sum(count_tokens(str(text)) for text in texts)
    providers.charge(call, model, Usage(input_tokens=n))
    usage: Json = {"prompt_tokens": n, "total_tokens": n}
    return json_response({"object": "list", "data": data, "model": model.id, "usage": usage})


async def embed_for_gemini(providers: Providers, call: Incoming, *, is_batch: bool) -> Response:
    """Answer `POST …:embedContent` and `POST …:batchEmbedContents`.

    Raises:
        Refusal: The request is not one that the provider takes.
    """
    model = require_model(call.provider, call.model, embeds=True)
    body = Body(parse_json(call.raw))
    asked = body.objects("requests") if is_batch else [body]
    if not 1 <= len(asked) <= MAX_GEMINI_TEXTS:
        raise Refusal(
            "bad_request",
            f"* BatchEmbedContentsRequest.requests: at most {MAX_GEMINI_TEXTS} requests can be in "
            "one batch",
        )
    vectors: list[Json] = []
    n = 0
    for one in asked:
        text = "\n".join(part.text("text") for part in one.inner("content").objects("parts"))
        width = _width(model, one.whole("outputDimensionality", low=1))
        length = 1.0 if width == model.width else _SHORTENED_LENGTH
        vectors.append({"values": embed(text, width, length=length)})
        n += count_tokens(text)
    providers.charge(call, model, Usage(input_tokens=n))
    return json_response({"embeddings": vectors} if is_batch else {"embedding": vectors[0]})


def _width(model: Model, wanted: int | None) -> int:
    widest = EMBEDDING_WIDTHS[model.id]
    if wanted is not None and wanted > widest:
        raise Refusal(
            "bad_request", f"Invalid value for 'dimensions': at most {widest}.", param="dimensions"
        )
    return wanted or widest


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _pack(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
