"""Whether the bot may act in a chat, in Telegram's words when it may not."""

from bot_service.local_telegram.models import Chat, Message
from bot_service.local_telegram.params import Params
from bot_service.local_telegram.refusals import Refusal, bad_request, forbidden, upgraded
from bot_service.local_telegram.world import World


def find_chat(world: World, params: Params) -> Chat:
    """Give the chat that a request names, whether or not the bot may write there.

    Raises:
        Refusal: When it is missing, unknown, or has become a supergroup.
    """
    named = params.text("chat_id")
    if not named:
        raise bad_request("chat_id is empty")
    try:
        chat_id = int(named)
    except ValueError as error:
        raise bad_request("chat not found") from error
    chat = world.chats.get(chat_id)
    if chat is None:
        if chat_id in world.people:
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise upgraded(chat.migrated_to)
    return chat


def writable_chat(world: World, params: Params) -> Chat:
    """Give the chat that a request names and in which the bot is at home.

    Raises:
        Refusal: Also when the bot was blocked, kicked or has left.
    """
    chat = find_chat(world, params)
    reason = _why_not(chat)
    if reason is not None:
        raise reason
    return chat


def checked_thread(chat: Chat, thread_id: int | None) -> int | None:
    """Give the topic of a new message; None is the general one.

    Raises:
        Refusal: When the chat has no such topic.
    """
    if thread_id is None:
        return None
    if all(topic.id != thread_id for topic in chat.topics):
        raise bad_request("message thread not found")
    return thread_id


def own_message(world: World, chat: Chat, message_id: int) -> Message:
    """Give a message that the bot may edit.

    Raises:
        Refusal: When there is none, or somebody else wrote it.
    """
    message = world.messages.get(chat.id, {}).get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender_id != world.identity.bot_id or message.service is not None:
        raise bad_request("message can't be edited")
    return message


def _why_not(chat: Chat) -> Refusal | None:
    match chat.kind, chat.bot:
        case _, "member" | "administrator" | "creator":
            return None
        case "private", _:
            return forbidden("bot was blocked by the user")
        case kind, "kicked":
            return forbidden(f"bot was kicked from the {kind} chat")
        case kind, _:
            return forbidden(f"bot is not a member of the {kind} chat")
