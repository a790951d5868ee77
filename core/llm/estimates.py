"""How many tokens a request may have, without anybody's tokenizer."""

import json
import string
from collections.abc import Sequence
from functools import cache

from schemas.llm import REPLY_SCHEMAS, Message, Task

BYTES_PER_TOKEN = 3
"""Fewer than vocabularies in use have for words: English has 4 to 5 UTF-8 bytes a token, Russian,
with two bytes a letter, 4 to 7. Emoji, rare scripts and random letters can have less."""

MARKS = (string.digits + string.punctuation).encode()
"""Each may be a token of its own."""

FRAME_TOKENS = 4
"""Role and separators of one message."""


def estimate_input(task: Task, messages: Sequence[Message]) -> int:
    """Give the tokens that `messages` and the task's schema have at most, for prose."""
    read = sum(count_text(message.content) + FRAME_TOKENS for message in messages)
    return read + _schema_tokens(task)


def count_text(text: str) -> int:
    """Give the tokens of one text at most, for prose: its marks, and its words by their bytes."""
    data = text.encode("utf-8", "replace")
    words = data.translate(None, MARKS)
    return len(data) - len(words) + -(-len(words) // BYTES_PER_TOKEN)


@cache
def _schema_tokens(task: Task) -> int:
    schema = json.dumps(REPLY_SCHEMAS[task].model_json_schema(), separators=(",", ":"))
    return count_text(schema) + FRAME_TOKENS
