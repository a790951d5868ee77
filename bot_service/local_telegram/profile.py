"""Bot API methods about the bot itself: its commands, name and descriptions."""

import json
import re
from collections.abc import Callable, Mapping

from bot_service.local_telegram.models import Command
from bot_service.local_telegram.params import Params
from bot_service.local_telegram.refusals import bad_request
from bot_service.local_telegram.views import Json, bot_view
from bot_service.local_telegram.world import World

MAX_COMMANDS = 100
_COMMAND = re.compile(r"^[a-z0-9_]{1,32}$")
_LANGUAGE = re.compile(r"^(?:[a-z]{2})?$")
_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})


def get_me(world: World, _: Params) -> object:
    """Give the bot as a User with its abilities."""
    return bot_view(world) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_my_commands(world: World, params: Params) -> object:
    """Set the command menu of a scope and language."""
    raw = params.parsed("commands")
    if not isinstance(raw, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(raw) > MAX_COMMANDS:
        raise bad_request("too many commands specified")
    commands = [_read_command(item).model_dump() for item in raw]
    world.put_setting(_commands_key(params), json.dumps(commands, ensure_ascii=False))
    world.events.add("profile", None, {})
    return True


def get_my_commands(world: World, params: Params) -> object:
    """Give the command menu of exactly this scope and language."""
    return json.loads(world.setting(_commands_key(params)) or "[]")


def delete_my_commands(world: World, params: Params) -> object:
    """Forget the command menu of a scope and language."""
    world.put_setting(_commands_key(params), None)
    world.events.add("profile", None, {})
    return True


def setter(kind: str, field: str, max_length: int) -> Callable[[World, Params], object]:
    """Make the method that sets a text of the bot in one language."""

    def set_text(world: World, params: Params) -> object:
        text = params.text(field) or ""
        if len(text) > max_length:
            raise bad_request(f"bot {field.replace('_', ' ')} is too long")
        world.put_setting(f"{kind}:{_language(params)}", text or None)
        world.events.add("profile", None, {})
        return True

    return set_text


def getter(kind: str, field: str) -> Callable[[World, Params], object]:
    """Make the method that gives a text of the bot in one language, else in none."""

    def get_text(world: World, params: Params) -> object:
        return {field: profile_text(world, kind, _language(params))}

    return get_text


def profile_text(world: World, kind: str, language: str) -> str:
    """Give a text of the bot for readers of a language."""
    return world.setting(f"{kind}:{language}") or world.setting(f"{kind}:") or ""


def shown_commands(world: World, *, chat_id: int, is_group: bool, language: str) -> list[Json]:
    """Give the menu that a person sees: the narrowest scope first, then the language."""
    scopes = (f"chat:{chat_id}", "all_group_chats" if is_group else "all_private_chats", "default")
    for scope in scopes:
        for code in (language, ""):
            stored = world.setting(f"commands:{scope}:{code}")
            if stored is not None:
                commands: list[Json] = json.loads(stored)
                return commands
    return []


def _read_command(item: object) -> Command:
    if not isinstance(item, Mapping):
        raise bad_request("can't parse BotCommand: expected an Object")
    command, description = item.get("command"), item.get("description")
    name = command.removeprefix("/") if isinstance(command, str) else ""
    if not _COMMAND.match(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not isinstance(description, str) or not 1 <= len(description.strip()) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(command=name, description=description.strip())


def _language(params: Params) -> str:
    language = params.text("language_code") or ""
    if not _LANGUAGE.match(language):
        raise bad_request("invalid language code specified")
    return language


def _commands_key(params: Params) -> str:
    raw = params.parsed("scope")
    scope = raw if isinstance(raw, Mapping) else {"type": "default"}
    kind = scope.get("type")
    if kind in _SCOPES:
        return f"commands:{kind}:{_language(params)}"
    if kind not in _CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    place = ":".join(str(scope[key]) for key in ("chat_id", "user_id") if key in scope)
    return f"commands:{kind}:{place}:{_language(params)}"
