"""How the stand-ins count tokens: one rule, which a test can repeat."""

from collections import OrderedDict

from bot_service.local_models.asked import Asked

BYTES_PER_TOKEN = 4
MIN_CACHED = 1_024
"""Tokens from which the providers keep a prompt's beginning."""

CACHE_STEP = 128
_CACHED_PROMPTS = 256


def count_tokens(text: str) -> int:
    """Count a token for every four bytes of UTF-8, the last one rounded up.

    Input is the system's words and all turns joined by line ends, output the text of the reply.
    Schemas count nothing.
    """
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


class PromptCache:
    """Remembers the prompts of each model, as the providers do, to tell what was read before.

    OpenAI and Gemini compare with the model's last prompt: a common beginning of at least 1,024
    tokens counts in steps of 128. Anthropic keeps what the client marked, once it is that long.
    """

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._marked: OrderedDict[tuple[str, str], None] = OrderedDict()

    def read(self, asked: Asked) -> tuple[int, int]:
        """Give the input tokens that come from the cache and those that were put into it."""
        if asked.model.provider == "anthropic":
            return self._read_marked(asked)
        if asked.model.provider == "compatible":
            return 0, 0
        before = self._last.get(asked.model.id, "")
        self._last[asked.model.id] = asked.text
        n = count_tokens(_common_beginning(before, asked.text)) // CACHE_STEP * CACHE_STEP
        return (n if n >= MIN_CACHED else 0), 0

    def _read_marked(self, asked: Asked) -> tuple[int, int]:
        beginning = asked.text[: asked.cached_until]
        n = count_tokens(beginning)
        if n < MIN_CACHED:
            return 0, 0
        key = (asked.model.id, beginning)
        if key in self._marked:
            self._marked.move_to_end(key)
            return n, 0
        self._marked[key] = None
        if len(self._marked) > _CACHED_PROMPTS:
            self._marked.popitem(last=False)
        return 0, n


def _common_beginning(first: str, second: str) -> str:
    """Give the longest common prefix; by halving, since prompts are long."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[:middle] == second[:middle]:
            low = middle
        else:
            high = middle - 1
    return first[:low]
