"""Bot API methods about chats, their members and files."""

from bot_service.local_telegram.access import find_chat, writable_chat
from bot_service.local_telegram.files import MAX_DOWNLOAD_BYTES
from bot_service.local_telegram.models import Chat, Membership
from bot_service.local_telegram.params import Params
from bot_service.local_telegram.refusals import bad_request
from bot_service.local_telegram.views import chat_view, file_view, full_chat_view, member_view
from bot_service.local_telegram.world import World


def get_chat(world: World, params: Params) -> object:
    """Give a chat as ChatFullInfo."""
    return full_chat_view(world, find_chat(world, params))


def get_chat_member(world: World, params: Params) -> object:
    """Give the rank of one person."""
    chat = writable_chat(world, params)
    user_id = params.need_integer("user_id", missing="invalid user_id specified")
    if user_id == world.identity.bot_id:
        return member_view(world, user_id, chat.bot)
    if user_id not in world.people:
        raise bad_request("user not found")
    return member_view(world, user_id, chat.members.get(user_id, "left"))


def get_chat_administrators(world: World, params: Params) -> object:
    """Give the owner and the administrators of a group."""
    chat = writable_chat(world, params)
    if not chat.is_group:
        raise bad_request("there are no administrators in the private chat")
    return [
        member_view(world, user_id, rank)
        for user_id, rank in _ranks(world, chat).items()
        if rank in {"creator", "administrator"}
    ]


def get_chat_member_count(world: World, params: Params) -> object:
    """Count everybody in a chat, the bot included."""
    chat = writable_chat(world, params)
    return sum(rank not in {"left", "kicked"} for rank in _ranks(world, chat).values())


def leave_chat(world: World, params: Params) -> object:
    """Leave a group."""
    chat = writable_chat(world, params)
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    left = chat.model_copy(update={"bot": "left"})
    world.put_chat(left)
    world.events.add("chat", chat.id, {"chat": chat_view(world, left)})
    return True


def get_file(world: World, params: Params) -> object:
    """Give the path under which a file can be downloaded."""
    attachment = world.files.get(params.text("file_id") or "")
    if attachment is None:
        raise bad_request("invalid file_id")
    if attachment.size_bytes > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file_view(attachment)


def _ranks(world: World, chat: Chat) -> dict[int, Membership]:
    return {**chat.members, world.identity.bot_id: chat.bot}
