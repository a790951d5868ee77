"""What Telegram refuses in an inline keyboard."""

from collections.abc import Mapping

from bot_service.local_telegram.models import Button, Keyboard
from bot_service.local_telegram.refusals import Refusal, bad_request
from bot_service.local_telegram.rules import check_url
from bot_service.local_telegram.text import check_encoding

MAX_CALLBACK_DATA_BYTES = 64
MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8


def read_keyboard(raw: object) -> Keyboard:
    """Read the `reply_markup` of a request; an empty keyboard is none.

    Args:
        raw: Parsed JSON, `None` when the field was left out.

    Raises:
        Refusal: In Telegram's words. Reply keyboards are refused too: the page shows none.
    """
    if raw is None:
        return ()
    if not isinstance(raw, Mapping):
        raise bad_request("object expected as reply markup")
    if not raw:
        return ()
    rows = raw.get("inline_keyboard")
    if rows is None:
        raise bad_request("only inline keyboards are supported here")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    keyboard = tuple(tuple(_read_button(item) for item in row) for row in rows if row)
    if sum(map(len, keyboard)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    if any(len(row) > MAX_BUTTONS_IN_ROW for row in keyboard):
        raise bad_request("reply markup is too long")
    return keyboard


def _read_button(item: object) -> Button:
    if not isinstance(item, Mapping):
        raise _wrong("expected an Object")
    if "text" not in item:
        raise _wrong('can\'t find field "text"')
    text = item["text"]
    if not isinstance(text, str):
        raise _wrong('field "text" must be of type String')
    if not check_encoding(text).strip():
        raise _wrong('field "text" must be non-empty')
    action = _read_action(item)
    if action is None:
        raise _wrong("Text buttons are unallowed in the inline keyboard")
    return action.model_copy(update={"text": text})


def _read_action(item: Mapping[object, object]) -> Button | None:
    """Give a button that has its action and no text yet; None when there is no action."""
    data, url, copy = item.get("callback_data"), item.get("url"), item.get("copy_text")
    if isinstance(data, str) and data:
        if len(check_encoding(data).encode()) > MAX_CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return Button(text="", callback_data=data)
    if isinstance(url, str) and url:
        wrong = check_url(check_encoding(url))
        if wrong is not None:
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: {wrong}")
        return Button(text="", url=url)
    if isinstance(copy, Mapping) and isinstance(copy.get("text"), str):
        copied = check_encoding(str(copy["text"]))
        if not 1 <= len(copied) <= 256:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return Button(text="", copy_text=copied)
    return None


def _wrong(what: str) -> Refusal:
    return bad_request(f"can't parse inline keyboard button: {what}")
