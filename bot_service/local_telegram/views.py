"""Records as the Bot API spells them."""

from collections.abc import Sequence

from bot_service.local_telegram.models import (
    Attachment,
    Button,
    Chat,
    Entity,
    Forward,
    Keyboard,
    Membership,
    Message,
    Service,
)
from bot_service.local_telegram.world import World

Json = dict[str, object]

BOT_NAME = "Newsdesk"
# The ids that Telegram itself uses for admins who hide behind their group.
ANONYMOUS_BOT = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
_ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def bot_view(world: World) -> Json:
    """Give the bot as a User."""
    return {
        "id": world.identity.bot_id,
        "is_bot": True,
        "first_name": world.setting("name:") or BOT_NAME,
        "username": world.identity.username,
    }


def user_view(world: World, user_id: int) -> Json:
    """Give a person or the bot as a User."""
    if user_id == world.identity.bot_id:
        return bot_view(world)
    person = world.people[user_id]
    view: Json = {
        "id": person.id,
        "is_bot": False,
        "first_name": person.first_name,
        "language_code": person.language_code,
    }
    return view | _given(username=person.username)


def chat_view(world: World, chat: Chat) -> Json:
    """Give a Chat."""
    if chat.kind == "private":
        person = world.people[chat.id]
        view: Json = {"id": chat.id, "type": "private", "first_name": person.first_name}
        return view | _given(username=person.username)
    view = {"id": chat.id, "type": chat.kind, "title": chat.title}
    return view | ({"is_forum": True} if chat.is_forum else {})


def full_chat_view(world: World, chat: Chat) -> Json:
    """Give a ChatFullInfo."""
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    return chat_view(world, chat) | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }


def member_view(world: World, user_id: int, rank: Membership) -> Json:
    """Give a ChatMember of the class that its rank has."""
    view: Json = {"status": rank, "user": user_view(world, user_id)}
    match rank:
        case "creator":
            return view | {"is_anonymous": False}
        case "administrator":
            return view | dict.fromkeys(_ADMIN_RIGHTS, False) | {"can_manage_chat": True}
        case "kicked":
            return view | {"until_date": 0}
        case "member" | "left":
            return view


def entity_view(world: World, entity: Entity) -> Json:
    """Give a MessageEntity."""
    view: Json = {"type": entity.type, "offset": entity.offset, "length": entity.length}
    if entity.user_id is not None:
        known = entity.user_id in world.people or entity.user_id == world.identity.bot_id
        view["user"] = (
            user_view(world, entity.user_id)
            if known
            else {"id": entity.user_id, "is_bot": False, "first_name": ""}
        )
    return view | _given(
        url=entity.url, language=entity.language, custom_emoji_id=entity.custom_emoji_id
    )


def keyboard_view(keyboard: Keyboard) -> Json:
    """Give an InlineKeyboardMarkup."""
    return {"inline_keyboard": [[_button_view(button) for button in row] for row in keyboard]}


def message_view(world: World, message: Message, *, with_reply: bool = True) -> Json:
    """Give a Message; a message it answers is given without its own answer."""
    chat = world.chats[message.chat_id]
    view: Json = {
        "message_id": message.message_id,
        "date": message.date,
        "chat": chat_view(world, chat),
    }
    if message.is_anonymous:
        view |= {"from": ANONYMOUS_BOT, "sender_chat": chat_view(world, chat)}
    else:
        view["from"] = user_view(world, message.sender_id)
    if message.thread_id is not None:
        view |= {"message_thread_id": message.thread_id, "is_topic_message": True}
    view |= _given(edit_date=message.edit_date)
    if message.forward is not None:
        view["forward_origin"] = _origin_view(message.forward)
    view |= _content_view(world, message)
    if message.keyboard:
        view["reply_markup"] = keyboard_view(message.keyboard)
    answered = world.messages.get(message.chat_id, {}).get(message.reply_to or 0)
    if with_reply and answered is not None:
        view["reply_to_message"] = message_view(world, answered, with_reply=False)
    if message.service is not None:
        view |= _service_view(world, message.service)
    return view


def file_view(attachment: Attachment) -> Json:
    """Give a File whose path opens under `/file/bot<token>/`."""
    return {
        "file_id": attachment.file_id,
        "file_unique_id": attachment.file_unique_id,
        "file_size": attachment.size_bytes,
        "file_path": f"{attachment.file_id}/{attachment.file_name}",
    }


def _origin_view(forward: Forward) -> Json:
    chat: Json = {"id": forward.chat_id, "type": "channel", "title": forward.title}
    return {
        "type": "channel",
        "date": forward.date,
        "chat": chat | _given(username=forward.username),
        "message_id": forward.message_id,
    }


def _content_view(world: World, message: Message) -> Json:
    view: Json = {}
    if message.photo is not None:
        view["photo"] = [_photo_view(message.photo)]
    if message.document is not None:
        view["document"] = _document_view(message.document)
    text, entities = (
        ("caption", "caption_entities") if message.attachment else ("text", "entities")
    )
    if message.text:
        view[text] = message.text
    if message.entities:
        view[entities] = _entities_view(world, message.entities)
    return view


def _entities_view(world: World, entities: Sequence[Entity]) -> list[Json]:
    return [entity_view(world, entity) for entity in entities]


def _photo_view(photo: Attachment) -> Json:
    return {
        "file_id": photo.file_id,
        "file_unique_id": photo.file_unique_id,
        "width": photo.width or 0,
        "height": photo.height or 0,
        "file_size": photo.size_bytes,
    }


def _document_view(document: Attachment) -> Json:
    return {
        "file_id": document.file_id,
        "file_unique_id": document.file_unique_id,
        "file_name": document.file_name,
        "mime_type": document.mime_type,
        "file_size": document.size_bytes,
    }


def _button_view(button: Button) -> Json:
    view: Json = {"text": button.text}
    if button.copy_text is not None:
        view["copy_text"] = {"text": button.copy_text}
    return view | _given(callback_data=button.callback_data, url=button.url)


def _service_view(world: World, service: Service) -> Json:
    view: Json = _given(
        migrate_to_chat_id=service.migrate_to_chat_id,
        migrate_from_chat_id=service.migrate_from_chat_id,
    )
    if service.new_member_ids:
        view["new_chat_members"] = [user_view(world, user) for user in service.new_member_ids]
    if service.left_member_id is not None:
        view["left_chat_member"] = user_view(world, service.left_member_id)
    if service.group_created:
        view["group_chat_created"] = True
    if service.topic_created is not None:
        view["forum_topic_created"] = {"name": service.topic_created, "icon_color": 7322096}
    return view


def _given(**fields: object) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
