"""Being blocked, let back, added, removed, and a group that becomes a supergroup."""

from telegram import Chat, ChatMember, Update

from bot_service.telegram.visits import Context, arrive, face_of
from core.rendering.words import say

GONE = frozenset({ChatMember.LEFT, ChatMember.BANNED})


async def membership_handler(update: Update, context: Context) -> None:
    """Follow the bot's own membership of a chat; a new group is greeted in one line."""
    change = update.my_chat_member
    if change is None:
        return
    chats, chat_id = face_of(context).desk.chats, str(change.chat.id)
    was_gone = change.old_chat_member.status in GONE
    is_gone = change.new_chat_member.status in GONE
    is_private = change.chat.type == Chat.PRIVATE
    if is_gone:
        await (chats.blocked(chat_id) if is_private else chats.left(chat_id))
    elif was_gone:
        await chats.returned(chat_id)
        if not is_private and change.new_chat_member.status != ChatMember.RESTRICTED:
            visit = await arrive(update, context)
            if visit is not None:
                await visit.tell(say(visit.lang, "group-hello"))


async def migration_handler(update: Update, context: Context) -> None:
    """Move what is known of a group to the supergroup it became."""
    message = update.message
    if message is None:
        return
    chats = face_of(context).desk.chats
    if message.migrate_to_chat_id is not None:
        await chats.migrated(str(message.chat.id), str(message.migrate_to_chat_id))
    elif message.migrate_from_chat_id is not None:
        await chats.migrated(str(message.migrate_from_chat_id), str(message.chat.id))
