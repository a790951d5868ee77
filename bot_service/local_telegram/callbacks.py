"""Presses of buttons, and the bot's answers to them."""

import secrets
from dataclasses import dataclass

from bot_service.local_telegram.events import Signal
from bot_service.local_telegram.refusals import bad_request

# Telegram does not publish how long a press can be answered; a minute is what bots report.
ANSWERABLE_S = 60.0
MAX_ANSWER_CHARACTERS = 200


@dataclass(frozen=True)
class Answer:
    """What the person who pressed sees: nothing, a note, or an alert to close."""

    text: str | None
    show_alert: bool
    url: str | None


@dataclass(frozen=True)
class _Press:
    at_s: float
    answer: Answer | None = None


class Presses:
    """Presses of the last minute; older ones can no longer be answered."""

    def __init__(self) -> None:
        self.signal = Signal()
        self._presses: dict[str, _Press] = {}

    def add(self, *, at_s: float) -> str:
        """Note a press at world seconds and give the id of its query."""
        old = [key for key, press in self._presses.items() if at_s - press.at_s > ANSWERABLE_S]
        for key in old:
            del self._presses[key]
        query_id = str(secrets.randbits(62))
        self._presses[query_id] = _Press(at_s)
        return query_id

    def answer(self, query_id: str, answer: Answer, *, at_s: float) -> None:
        """Give the bot's answer; a second one replaces nothing, as in Telegram.

        Raises:
            Refusal: When the press is unknown or older than a minute, or the text is too long.
        """
        press = self._presses.get(query_id)
        if press is None or at_s - press.at_s > ANSWERABLE_S:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if answer.text is not None and len(answer.text) > MAX_ANSWER_CHARACTERS:
            raise bad_request("MESSAGE_TOO_LONG")
        if press.answer is None:
            self._presses[query_id] = _Press(press.at_s, answer)
        self.signal.wake()

    async def wait_for_answer(self, query_id: str, timeout_s: float) -> Answer | None:
        """Wait real seconds for the bot's answer; None when it gave none."""

        def is_answered() -> bool:
            press = self._presses.get(query_id)
            return press is not None and press.answer is not None

        await self.signal.wait_until(is_answered, timeout_s)
        press = self._presses.get(query_id)
        return press.answer if press is not None else None
