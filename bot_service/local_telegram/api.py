"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
from collections.abc import Callable, Coroutine
from secrets import compare_digest

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from bot_service.local_telegram import chat_methods, profile, sending
from bot_service.local_telegram.callbacks import Answer
from bot_service.local_telegram.params import Params, read_params
from bot_service.local_telegram.refusals import Refusal, bad_request
from bot_service.local_telegram.views import Json
from bot_service.local_telegram.world import World

# How long a refused poll waits to learn whether anybody is still there.
_LATE_NEWS_S = 0.1

Method = Callable[[World, Params], object]


def answer_callback_query(world: World, params: Params) -> object:
    """Answer a press of a button."""
    answer = Answer(
        text=params.text("text") or None,
        show_alert=params.flag("show_alert"),
        url=params.text("url"),
    )
    at_s = world.clock.elapsed_s()
    world.presses.answer(params.text("callback_query_id") or "", answer, at_s=at_s)
    return True


def delete_webhook(world: World, params: Params) -> object:
    """Forget waiting updates if asked to; there is never a webhook here."""
    if params.flag("drop_pending_updates"):
        world.updates.drop_all()
    return True


def get_webhook_info(world: World, _: Params) -> object:
    """Tell that there is no webhook."""
    return {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": world.updates.pending,
    }


def set_webhook(world: World, params: Params) -> object:
    """Take only the empty URL, which removes a webhook.

    Raises:
        Refusal: For any other; Telegram too refuses addresses that it cannot reach by HTTPS.
    """
    if params.text("url"):
        raise bad_request("bad webhook: the local Telegram delivers by getUpdates only")
    return delete_webhook(world, params)


def say_goodbye(_: World, __: Params) -> object:
    """Let `close` and `logOut` succeed; the bot stays known here."""
    return True


_METHODS: dict[str, Method] = {
    "answercallbackquery": answer_callback_query,
    "close": say_goodbye,
    "deletemessage": sending.delete_message,
    "deletemycommands": profile.delete_my_commands,
    "deletewebhook": delete_webhook,
    "editmessagecaption": sending.edit_message_caption,
    "editmessagereplymarkup": sending.edit_message_reply_markup,
    "editmessagetext": sending.edit_message_text,
    "getchat": chat_methods.get_chat,
    "getchatadministrators": chat_methods.get_chat_administrators,
    "getchatmember": chat_methods.get_chat_member,
    "getchatmembercount": chat_methods.get_chat_member_count,
    "getfile": chat_methods.get_file,
    "getme": profile.get_me,
    "getmycommands": profile.get_my_commands,
    "getmydescription": profile.getter("description", "description"),
    "getmyname": profile.getter("name", "name"),
    "getmyshortdescription": profile.getter("short_description", "short_description"),
    "getwebhookinfo": get_webhook_info,
    "leavechat": chat_methods.leave_chat,
    "logout": say_goodbye,
    "sendchataction": sending.send_chat_action,
    "senddocument": sending.send_document,
    "sendmessage": sending.send_message,
    "sendmessagedraft": sending.send_message_draft,
    "sendphoto": sending.send_photo,
    "setmycommands": profile.set_my_commands,
    "setmydescription": profile.setter("description", "description", 512),
    "setmyname": profile.setter("name", "name", 64),
    "setmyshortdescription": profile.setter("short_description", "short_description", 120),
    "setwebhook": set_webhook,
}


def bot_api(world: World) -> APIRouter:
    """Give the routes that a bot library talks to."""
    router = APIRouter()

    async def call(token: str, method: str, request: Request) -> Response:
        try:
            _check_token(world, token)
            result = await _run(world, method.lower(), request)
        except Refusal as refusal:
            world.refuse(method, refusal.code, refusal.description)
            return JSONResponse(_refused(refusal), status_code=refusal.code)
        return JSONResponse({"ok": True, "result": result})

    async def download(token: str, file_id: str, name: str) -> Response:
        try:
            _check_token(world, token)
        except Refusal as refusal:
            return JSONResponse(_refused(refusal), status_code=refusal.code)
        attachment = world.files.get(file_id)
        if attachment is None or attachment.file_name != name:
            return JSONResponse(_refused(Refusal(404, "Not Found")), status_code=404)
        return FileResponse(world.storage.file(file_id), media_type="application/octet-stream")

    router.add_api_route("/bot{token}/{method}", call, methods=["GET", "POST"])
    router.add_api_route("/file/bot{token}/{file_id}/{name:path}", download, methods=["GET"])
    return router


async def _run(world: World, method: str, request: Request) -> object:
    params = await read_params(request)
    if method == "getupdates":
        return await _while_connected(request, _get_updates(world, params))
    known = _METHODS.get(method)
    if known is None:
        raise Refusal(404, "Not Found: method not found")
    return known(world, params)


async def _while_connected(request: Request, poll: Coroutine[None, None, list[object]]) -> object:
    """Give what a long poll gives; a client that hung up meanwhile gets and loses nothing.

    A bot that stops hangs up and polls once more to confirm. The poll that it left must not
    count as a second poller, even when the news of its end comes late.
    """
    polling = asyncio.ensure_future(poll)
    hanging_up = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait([polling, hanging_up], return_when=asyncio.FIRST_COMPLETED)
        if polling.done() and polling.exception() is not None:
            await asyncio.wait([hanging_up], timeout=_LATE_NEWS_S)
        return [] if hanging_up.done() else polling.result()
    finally:
        polling.cancel()
        hanging_up.cancel()
        await asyncio.gather(polling, hanging_up, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


async def _get_updates(world: World, params: Params) -> list[object]:
    kinds = params.parsed("allowed_updates")
    if isinstance(kinds, list):
        world.updates.allow([str(kind) for kind in kinds])
    offset = params.integer("offset")
    if offset is not None:
        world.updates.confirm_before(offset)
    limit = min(max(params.integer("limit") or 100, 1), 100)
    return await world.updates.poll(limit=limit, timeout_s=params.integer("timeout") or 0)


def _check_token(world: World, token: str) -> None:
    if not compare_digest(token.encode(), world.identity.token.encode()):
        raise Refusal(401, "Unauthorized")


def _refused(refusal: Refusal) -> Json:
    view: Json = {
        "ok": False,
        "error_code": refusal.code,
        "description": refusal.description,
    }
    if refusal.parameters.retry_after is not None:
        view["parameters"] = {"retry_after": refusal.parameters.retry_after}
    if refusal.parameters.migrate_to_chat_id is not None:
        view["parameters"] = {"migrate_to_chat_id": refusal.parameters.migrate_to_chat_id}
    return view
