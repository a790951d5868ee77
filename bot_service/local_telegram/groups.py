"""What happens to chats: they are opened, joined, left, blocked, and become supergroups."""

from collections.abc import Sequence

from bot_service.local_telegram.models import Chat, ChatKind, Membership, Message, Service, Topic
from bot_service.local_telegram.people import Mistake, known_chat, known_person, tell
from bot_service.local_telegram.text import check_encoding
from bot_service.local_telegram.views import chat_view, member_view, user_view
from bot_service.local_telegram.world import World

_FIRST_GROUP_ID = -4000001
_FIRST_SUPERGROUP_ID = -1002000000001


def open_private_chat(world: World, person_id: int) -> Chat:
    """Give the chat of a person with the bot, made at the first call."""
    person = known_person(world, person_id)
    chat = world.chats.get(person_id)
    if chat is None:
        chat = Chat(
            id=person_id,
            kind="private",
            title=person.first_name,
            members={person_id: "member"},
        )
        _keep(world, chat)
    return chat


def create_group(
    world: World,
    title: str,
    *,
    owner_id: int,
    kind: ChatKind = "group",
    member_ids: Sequence[int] = (),
    topics: Sequence[str] = (),
) -> Chat:
    """Make a group with the bot in it; topics make it a forum.

    Raises:
        Mistake: When somebody is unknown, the title is empty, or a basic group has topics.
    """
    if not title.strip():
        raise Mistake("a group needs a title")
    if kind == "private" or (topics and kind != "supergroup"):
        raise Mistake("topics need a supergroup, and a private chat is no group")
    members: dict[int, Membership] = {
        known_person(world, person_id).id: "member" for person_id in member_ids
    }
    members[known_person(world, owner_id).id] = "creator"
    chat = Chat(
        id=_free_id(world, kind),
        kind=kind,
        title=check_encoding(title.strip())[:128],
        members=members,
        bot="left",
        is_forum=bool(topics),
    )
    with world.storage.batch():
        _keep(world, chat)
        set_bot_rank(world, chat.id, "member", by_id=owner_id)
        joined = Service(new_member_ids=(world.identity.bot_id,))
        created = Service(group_created=True) if kind == "group" else joined
        _announce(world, chat.id, owner_id, created)
        for topic in topics:
            create_topic(world, chat.id, topic, by_id=owner_id)
    return world.chats[chat.id]


def create_topic(world: World, chat_id: int, name: str, *, by_id: int) -> Topic:
    """Open a topic; a supergroup becomes a forum with its first one."""
    chat = known_chat(world, chat_id)
    if chat.kind != "supergroup":
        raise Mistake("only a supergroup has topics")
    if not name.strip():
        raise Mistake("a topic needs a name")
    with world.storage.batch():
        topic = Topic(id=chat.last_message_id + 1, name=check_encoding(name.strip())[:128])
        topics = (*chat.topics, topic)
        world.put_chat(chat.model_copy(update={"is_forum": True, "topics": topics}))
        _announce(world, chat_id, by_id, Service(topic_created=topic.name), thread_id=topic.id)
    return topic


def set_member_rank(world: World, chat_id: int, person_id: int, rank: Membership) -> Chat:
    """Let a person join, leave, or become an admin of a group."""
    chat = known_chat(world, chat_id)
    known_person(world, person_id)
    if not chat.is_group:
        raise Mistake("a private chat has one member")
    was_in = chat.members.get(person_id, "left") not in {"left", "kicked"}
    is_in = rank not in {"left", "kicked"}
    with world.storage.batch():
        _keep(world, chat.model_copy(update={"members": {**chat.members, person_id: rank}}))
        if is_in and not was_in:
            _announce(world, chat_id, person_id, Service(new_member_ids=(person_id,)))
        elif was_in and not is_in:
            _announce(world, chat_id, person_id, Service(left_member_id=person_id))
    return world.chats[chat_id]


def set_bot_rank(world: World, chat_id: int, rank: Membership, *, by_id: int) -> Chat:
    """Change what the bot is in a chat: block, unblock, add, promote or kick it.

    The bot learns of it by `my_chat_member`, also when it is thrown out.
    """
    chat = known_chat(world, chat_id)
    known_person(world, by_id)
    if not chat.is_group and rank not in {"member", "kicked"}:
        raise Mistake("in a private chat the bot is either a member or blocked")
    if chat.bot == rank:
        return chat
    bot_id = world.identity.bot_id
    changed = chat.model_copy(update={"bot": rank})
    with world.storage.batch():
        _keep(world, changed)
        body: dict[str, object] = {
            "chat": chat_view(world, changed),
            "from": user_view(world, by_id),
            "date": world.clock.unix(),
            "old_chat_member": member_view(world, bot_id, chat.bot),
            "new_chat_member": member_view(world, bot_id, rank),
        }
        world.updates.add("my_chat_member", body)
    return changed


def upgrade_group(world: World, chat_id: int) -> Chat:
    """Turn a basic group into a supergroup with a new id, and tell both sides of it."""
    chat = known_chat(world, chat_id)
    if chat.kind != "group" or chat.migrated_to is not None:
        raise Mistake("only a basic group becomes a supergroup, and only once")
    by_id = next(person for person, rank in chat.members.items() if rank == "creator")
    new_id = _free_id(world, "supergroup")
    upgraded = Chat(
        id=new_id, kind="supergroup", title=chat.title, members=chat.members, bot=chat.bot
    )
    with world.storage.batch():
        _keep(world, upgraded)
        _announce(world, chat_id, by_id, Service(migrate_to_chat_id=new_id))
        _announce(world, new_id, by_id, Service(migrate_from_chat_id=chat_id))
        _keep(world, world.chats[chat_id].model_copy(update={"migrated_to": new_id}))
    return world.chats[new_id]


def _announce(
    world: World, chat_id: int, by_id: int, service: Service, *, thread_id: int | None = None
) -> None:
    message = Message(
        chat_id=chat_id,
        message_id=world.next_message_id(chat_id),
        sender_id=by_id,
        date=world.clock.unix(),
        service=service,
        thread_id=thread_id,
    )
    tell(world, message)


def _keep(world: World, chat: Chat) -> None:
    world.put_chat(chat)
    world.events.add("chat", chat.id, {"chat": chat_view(world, chat)})


def _free_id(world: World, kind: ChatKind) -> int:
    first = _FIRST_GROUP_ID if kind == "group" else _FIRST_SUPERGROUP_ID
    taken = [chat_id for chat_id, chat in world.chats.items() if chat.kind == kind]
    return min(taken, default=first + 1) - 1
