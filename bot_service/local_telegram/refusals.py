"""The ways in which Telegram says no, with its codes and words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameters:
    """What Telegram adds for the machine; `retry_after` is whole seconds."""

    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class Refusal(Exception):
    """A request that Telegram would answer with `ok: false`."""

    def __init__(self, code: int, description: str, parameters: Parameters | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or Parameters()


def bad_request(what: str) -> Refusal:
    """Give a 400; Telegram starts its words with a small letter."""
    return Refusal(400, f"Bad Request: {what}")


def forbidden(what: str) -> Refusal:
    """Give a 403: the bot may not speak here."""
    return Refusal(403, f"Forbidden: {what}")


def flood(retry_after_s: int) -> Refusal:
    """Give a 429 that names the wait in whole seconds."""
    return Refusal(
        429,
        f"Too Many Requests: retry after {retry_after_s}",
        Parameters(retry_after=retry_after_s),
    )


def upgraded(new_chat_id: int) -> Refusal:
    """Give the 400 that tells where a group went."""
    return Refusal(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        Parameters(migrate_to_chat_id=new_chat_id),
    )


def cannot_parse(what: str) -> Refusal:
    """Give the 400 for markup that does not parse."""
    return bad_request(f"can't parse entities: {what}")
