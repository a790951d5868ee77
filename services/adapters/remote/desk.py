"""The desk of another process, reached through the socket in its data folder."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import httpx

from core.errors import FolderInUse, NewsdeskError, StoreError, UsageError
from schemas.articles import ImportSummary
from schemas.model_reports import ModelOrder, ModelsReport, UsageOrder
from schemas.principal import Principal
from schemas.requests import NewsRequest
from schemas.runs import Reply
from schemas.sources import SourceOrder, SourceReport
from schemas.spending import SpendingReport
from schemas.status import DeskStatus, PurgeSummary
from services.folder import socket_path

ANSWER_S = 130.0
"""Above the longest deadline a setting allows."""

OnProgress = Callable[[int, int | None], None]


class RemoteDesk:
    """Speaks for a running desk: the same requests, answered by the folder's owner."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket_path(folder)
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=self._socket),
            base_url="http://desk",
            timeout=httpx.Timeout(ANSWER_S, connect=3.0),
        )

    async def answer(self, principal: Principal, request: NewsRequest) -> Reply:
        """Let the owner answer a request."""
        body = {
            "principal": principal.model_dump(mode="json"),
            "request": request.model_dump(mode="json"),
        }
        response = await self._post("/answer", body)
        return Reply.model_validate_json(response.content)

    async def press(self, principal: Principal, data: str) -> Reply:
        """Let the owner handle a button."""
        body = {"principal": principal.model_dump(mode="json"), "data": data}
        return Reply.model_validate_json((await self._post("/press", body)).content)

    async def import_paths(
        self, paths: Sequence[Path], *, on_progress: OnProgress | None = None
    ) -> ImportSummary:
        """Let the owner import files; paths must be absolute and readable by it."""
        last = "{}"
        async for line in self._stream("/import", {"paths": [str(path) for path in paths]}):
            last = line
            event = json.loads(line)
            if on_progress is not None and "done" in event:
                on_progress(event["done"], event.get("total"))
        return ImportSummary.model_validate_json(json.dumps(_result(last)))

    async def reindex(self, *, on_progress: OnProgress | None = None) -> int:
        """Let the owner rebuild its search index; gives how many documents it holds."""
        last = "{}"
        async for line in self._stream("/reindex", {}):
            last = line
            event = json.loads(line)
            if on_progress is not None and "done" in event:
                on_progress(event["done"], event.get("total"))
        return int(str(_result(last)))

    async def purge(self) -> PurgeSummary:
        """Let the owner keep its retention."""
        return PurgeSummary.model_validate_json((await self._post("/purge", {})).content)

    async def manage_sources(
        self, order: SourceOrder, *, on_progress: OnProgress | None = None
    ) -> SourceReport:
        """Let the owner carry out an order about its sources."""
        last = "{}"
        async for line in self._stream("/sources", order.model_dump(mode="json")):
            last = line
            event = json.loads(line)
            if on_progress is not None and "done" in event:
                on_progress(event["done"], event.get("total"))
        return SourceReport.model_validate_json(json.dumps(_result(last)))

    async def manage_models(
        self, order: ModelOrder, *, on_progress: OnProgress | None = None
    ) -> ModelsReport:
        """Let the owner list or try its language models, by its own keys."""
        last = "{}"
        async for line in self._stream("/models", order.model_dump(mode="json")):
            last = line
            event = json.loads(line)
            if on_progress is not None and "done" in event:
                on_progress(event["done"], event.get("total"))
        return ModelsReport.model_validate_json(json.dumps(_result(last)))

    async def usage(self, order: UsageOrder) -> SpendingReport:
        """Ask the owner what its language models cost."""
        response = await self._post("/usage", order.model_dump(mode="json"))
        return SpendingReport.model_validate_json(response.content)

    async def status(self) -> DeskStatus:
        """Ask the owner for its figures."""
        return DeskStatus.model_validate_json((await self._post("/status", {})).content)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        try:
            response = await self._client.post(path, json=body)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise _refusal(response.text)
        return response

    async def _stream(self, path: str, body: Mapping[str, object]) -> AsyncIterator[str]:
        try:
            # An import may be silent for long; when its process ends, so does the socket.
            async with self._client.stream("POST", path, json=body, timeout=None) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response.text)
                async for line in response.aiter_lines():
                    event = json.loads(line)
                    if "error" in event:
                        raise _error(event["error"], event.get("kind"))
                    yield line
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> FolderInUse:
        return FolderInUse(
            f"the data folder is in use, but its owner does not answer on {self._socket!r} "
            f"({type(error).__name__}); wait until it has started, or stop it",
            pid=None,
        )


def _refusal(text: str) -> NewsdeskError:
    """Give the error that an answer of the owner speaks of."""
    try:
        answer = json.loads(text)
        return _error(str(answer["detail"]), answer.get("kind"))
    except (ValueError, KeyError, TypeError):
        return NewsdeskError(text[:500] or "the running desk refused the request")


def _error(message: str, kind: str | None) -> NewsdeskError:
    return UsageError(message, field="option") if kind == "usage" else StoreError(message)


def _result(line: str) -> object:
    """Take the result out of the last line of a stream."""
    event = json.loads(line)
    if "result" not in event:
        raise StoreError("the running desk stopped before it was done; run the command again")
    return event["result"]
