"""Bot API methods that send, edit and delete messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot_service.local_telegram.access import (
    checked_thread,
    own_message,
    writable_chat,
)
from bot_service.local_telegram.files import sent_file
from bot_service.local_telegram.html_markup import parse_html
from bot_service.local_telegram.keyboards import read_keyboard
from bot_service.local_telegram.markdown_markup import parse_markdown_v2
from bot_service.local_telegram.models import Attachment, Chat, Entity, Message
from bot_service.local_telegram.params import Params
from bot_service.local_telegram.refusals import bad_request
from bot_service.local_telegram.rules import (
    check_caption,
    check_draft,
    check_text,
    check_url,
    read_entities,
)
from bot_service.local_telegram.views import Json, entity_view, message_view
from bot_service.local_telegram.world import World

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
_PARSERS: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown_v2,
}


@dataclass(frozen=True)
class _Content:
    text: str
    entities: tuple[Entity, ...]
    photo: Attachment | None = None
    document: Attachment | None = None


def send_message(world: World, params: Params) -> object:
    """Send text."""
    chat = writable_chat(world, params)
    text, entities = check_text(*_styled(params, "text", "entities"))
    return _send(world, chat, params, _Content(text, entities))


def send_photo(world: World, params: Params) -> object:
    """Send a picture with a caption."""
    chat = writable_chat(world, params)
    text, entities = check_caption(*_styled(params, "caption", "caption_entities"))
    photo = sent_file(world, params, "photo")
    return _send(world, chat, params, _Content(text, entities, photo=photo))


def send_document(world: World, params: Params) -> object:
    """Send a file with a caption."""
    chat = writable_chat(world, params)
    text, entities = check_caption(*_styled(params, "caption", "caption_entities"))
    document = sent_file(world, params, "document")
    return _send(world, chat, params, _Content(text, entities, document=document))


def send_message_draft(world: World, params: Params) -> object:
    """Show a message that is still being written; private chats only."""
    chat = writable_chat(world, params)
    if chat.is_group:
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    draft_id = params.integer("draft_id")
    if not draft_id:
        raise bad_request("RANDOM_ID_INVALID")
    text, entities = check_draft(*_styled(params, "text", "entities"))
    body: Json = {
        "draft_id": draft_id,
        "text": text,
        "entities": [entity_view(world, entity) for entity in entities],
    }
    world.events.add("draft", chat.id, body)
    return True


def send_chat_action(world: World, params: Params) -> object:
    """Show that the bot is typing or uploading."""
    chat = writable_chat(world, params)
    thread_id = checked_thread(chat, params.integer("message_thread_id"))
    action = params.text("action") or ""
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.events.add("action", chat.id, {"action": action, "thread_id": thread_id})
    return True


def edit_message_text(world: World, params: Params) -> object:
    """Put other text, and another keyboard or none, into an own message."""
    chat, message = _editable(world, params)
    text, entities = check_text(*_styled(params, "text", "entities"))
    if message.attachment is not None:
        raise bad_request("there is no text in the message to edit")
    changes = {
        "text": text,
        "entities": entities,
        "keyboard": read_keyboard(params.parsed("reply_markup")),
    }
    return _edit(world, chat, message, changes)


def edit_message_caption(world: World, params: Params) -> object:
    """Put another caption, and another keyboard or none, under an own picture or file."""
    chat, message = _editable(world, params)
    text, entities = check_caption(*_styled(params, "caption", "caption_entities"))
    if message.attachment is None:
        raise bad_request("there is no caption in the message to edit")
    changes = {
        "text": text,
        "entities": entities,
        "keyboard": read_keyboard(params.parsed("reply_markup")),
    }
    return _edit(world, chat, message, changes)


def edit_message_reply_markup(world: World, params: Params) -> object:
    """Put another keyboard, or none, under an own message."""
    chat, message = _editable(world, params)
    return _edit(world, chat, message, {"keyboard": read_keyboard(params.parsed("reply_markup"))})


def delete_message(world: World, params: Params) -> object:
    """Delete a message for everybody."""
    chat = writable_chat(world, params)
    message_id = params.need_integer("message_id", missing="message identifier is not specified")
    message = world.messages.get(chat.id, {}).get(message_id)
    if message is None:
        raise bad_request("message to delete not found")
    is_own = message.sender_id == world.identity.bot_id
    if not (is_own or chat.kind == "private" or chat.bot == "administrator"):
        raise bad_request("message can't be deleted")
    world.drop_message(chat.id, message_id)
    world.events.add("deleted", chat.id, {"message_id": message_id})
    return True


def _styled(params: Params, field: str, entities_field: str) -> tuple[str, Sequence[Entity]]:
    """Give the text and entities of a request; `parse_mode` wins over given entities."""
    text = params.text(field) or ""
    mode = params.text("parse_mode")
    if not mode:
        return text, read_entities(params.parsed(entities_field))
    parser = _PARSERS.get(mode.lower())
    if parser is None:
        raise bad_request("unsupported parse_mode")
    parsed, entities = parser(text)
    for entity in entities:
        wrong = check_url(entity.url or "") if entity.type == "text_link" else None
        if wrong is not None:
            raise bad_request(f"entity URL '{entity.url or ''}' is invalid: {wrong}")
    return parsed, entities


def _reply_target(world: World, chat: Chat, params: Params) -> int | None:
    raw = params.parsed("reply_parameters")
    if isinstance(raw, dict):
        wanted, lenient = raw.get("message_id"), bool(raw.get("allow_sending_without_reply"))
    else:
        wanted = params.integer("reply_to_message_id")
        lenient = params.flag("allow_sending_without_reply")
    if wanted is None:
        return None
    if wanted in world.messages.get(chat.id, {}):
        return int(wanted)
    if lenient:
        return None
    raise bad_request("message to be replied not found")


def _send(world: World, chat: Chat, params: Params, content: _Content) -> Json:
    thread_id = checked_thread(chat, params.integer("message_thread_id"))
    keyboard = read_keyboard(params.parsed("reply_markup"))
    reply_to = _reply_target(world, chat, params)
    world.flood.admit(chat.id, is_group=chat.is_group, at_s=world.clock.elapsed_s())
    with world.storage.batch():
        message = Message(
            chat_id=chat.id,
            message_id=world.next_message_id(chat.id),
            sender_id=world.identity.bot_id,
            date=world.clock.unix(),
            text=content.text,
            entities=content.entities,
            keyboard=keyboard,
            photo=content.photo,
            document=content.document,
            reply_to=reply_to,
            thread_id=thread_id,
        )
        world.put_message(message)
    view = message_view(world, message)
    world.events.add("message", chat.id, {"message": view})
    return view


def _editable(world: World, params: Params) -> tuple[Chat, Message]:
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = writable_chat(world, params)
    message_id = params.need_integer("message_id", missing="message identifier is not specified")
    return chat, own_message(world, chat, message_id)


def _edit(world: World, chat: Chat, message: Message, changes: Mapping[str, object]) -> Json:
    changed = message.model_copy(update=changes)
    if changed == message:
        raise bad_request(_NOT_MODIFIED)
    world.flood.admit(chat.id, is_group=chat.is_group, at_s=world.clock.elapsed_s())
    changed = changed.model_copy(update={"edit_date": world.clock.unix()})
    world.put_message(changed)
    view = message_view(world, changed)
    world.events.add("edited", chat.id, {"message": view})
    return view
