"""A Qdrant server for tests: its REST interface over loopback, the embedded engine behind it.

Bodies are held against the models that Qdrant's client generates from the published OpenAPI: a
field that is unknown, missing or of another type is refused, as are names and lengths that the
real server refuses. What no test has needed answers 501. A peer speaks HTTP/1.1, keeps
connections open, wants the key if it has one, and fails on demand.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError
from qdrant_client import models

from tests.qdrant_engine import Collections, Refusal

M = TypeVar("M", bound=BaseModel)
MAX_BODY = 32 * 1024 * 1024
PARAMETERS = frozenset({"wait", "ordering", "timeout", "consistency"})
_SELECTOR: TypeAdapter[Any] = TypeAdapter(models.PointIdsList | models.FilterSelector)


@dataclass(frozen=True)
class Fault:
    """What goes wrong, on paths that end with `only`: a status, silence or a cut connection."""

    status: int | None = None
    body: bytes = b'{"status":{"error":"Service internal error: on demand"},"time":0.0}'
    delay_s: float = 0.0
    is_cut: bool = False
    only: str = ""
    retry_after_s: int | None = None


class QdrantPeer:
    """A server on a port of its own; the same folder and port again are the same server."""

    def __init__(
        self, folder: Path, *, port: int = 0, api_key: str | None = None, version: str = "1.16.0"
    ) -> None:
        self.api_key = api_key
        self.version = version
        self.fault: Fault | None = None
        self.asked: list[str] = []
        self.collections = Collections(folder)
        self.is_stopping = threading.Event()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.peer = self
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Answer what is being answered, close every connection, release the folder."""
        if self.is_stopping.is_set():
            return
        self.is_stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()
        self.collections.close()


@contextmanager
def serve_qdrant(folder: Path, **more: Any) -> Iterator[QdrantPeer]:
    """Run a peer for a while."""
    peer = QdrantPeer(folder, **more)
    try:
        yield peer
    finally:
        peer.stop()


class _Server(ThreadingHTTPServer):
    peer: QdrantPeer
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.connections: set[Any] = set()
        self.turn = threading.Lock()

    def hang_up(self) -> None:
        with self.turn:
            for connection in self.connections:
                with suppress(OSError):  # the client may have hung up first
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.server.turn:
            self.server.connections.add(self.connection)

    def finish(self) -> None:
        with self.server.turn:
            self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: tests read `QdrantPeer.asked`."""

    def do_GET(self) -> None:
        self._answer()

    do_PUT = do_POST = do_DELETE = do_PATCH = do_GET  # noqa: N815

    def _answer(self) -> None:
        peer = self.server.peer
        started = time.perf_counter()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        peer.asked.append(f"{self.command} {path}")
        fault = peer.fault
        if fault is not None and path.endswith(fault.only):
            peer.is_stopping.wait(fault.delay_s)
            if fault.is_cut:
                self.close_connection = True
                return
            if fault.status is not None:
                self._send(fault.status, fault.body, retry_after_s=fault.retry_after_s)
                return
        try:
            result = self._result(body)
            told: Any = {"result": result, "status": "ok"} if path != "/" else result
            status = 200
        except Refusal as refusal:
            told, status = {"status": {"error": str(refusal)}}, refusal.status
            if not str(refusal):  # an address that the server does not know gets no words
                self._send(status, b"")
                return
        if path != "/":
            told["time"] = time.perf_counter() - started
        self._send(status, json.dumps(told).encode())

    def _send(self, status: int, body: bytes, *, retry_after_s: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after_s is not None:
            self.send_header("Retry-After", str(retry_after_s))
        self.end_headers()
        self.wfile.write(body)

    def _result(self, body: bytes) -> Any:
        peer, parts = self.server.peer, urlsplit(self.path)
        if parts.path == "/":
            return {"title": "qdrant - vector search engine", "version": peer.version}
        given = self.headers.get("api-key") or self.headers.get("Authorization", "")[7:]
        if peer.api_key is not None and given != peer.api_key:
            raise Refusal(401, "Must provide an API key or an Authorization bearer token")
        if len(body) > MAX_BODY:
            raise Refusal(413, "Payload error: JSON payload is larger than allowed (32 MB)")
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        if unknown := set(parameters) - PARAMETERS:
            raise Refusal(400, f"Format error in query parameters: unknown {sorted(unknown)}")
        if not parameters.get("timeout", "1").isdigit() or parameters.get("timeout") == "0":
            raise Refusal(
                422, "Validation error in query parameters: [timeout: must be 1 or larger]"
            )
        steps = [unquote(step) for step in parts.path.strip("/").split("/")]
        is_known = steps[0] == "collections"
        call = _CALLS.get((self.command, len(steps), "/".join(steps[2:]))) if is_known else None
        if call is None:
            raise Refusal(404, "")
        is_waiting = parameters.get("wait") == "true"
        return call(peer.collections, steps[1] if len(steps) > 1 else "", body, is_waiting)


def _read(model: type[M], body: bytes) -> M:
    try:
        read = model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise Refusal(400, f"Format error in JSON body: {error.errors()[0]['msg']}") from error
    limit = getattr(read, "limit", None)
    if limit is not None and limit < 1:
        raise Refusal(422, "Validation error in JSON body: [limit: must be 1 or larger]")
    return read


def _updated(is_waiting: bool) -> dict[str, Any]:
    return {"operation_id": 0, "status": "completed" if is_waiting else "acknowledged"}


def _list(all_: Collections, _: str, __: bytes, ___: bool) -> Any:
    return {"collections": [{"name": name} for name in all_.names()]}


def _exists(all_: Collections, name: str, _: bytes, __: bool) -> Any:
    return {"exists": name in all_.names()}


def _info(all_: Collections, name: str, _: bytes, __: bool) -> Any:
    return all_.get(name).info().model_dump(mode="json", exclude_none=True)


def _make(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    all_.make(name, _read(models.CreateCollection, body))
    return True


def _drop(all_: Collections, name: str, _: bytes, __: bool) -> Any:
    return all_.remove(name)


def _index(all_: Collections, name: str, body: bytes, is_waiting: bool) -> Any:
    all_.get(name).create_index(_read(models.CreateFieldIndex, body))
    return _updated(is_waiting)


def _upsert(all_: Collections, name: str, body: bytes, is_waiting: bool) -> Any:
    all_.get(name).upsert(_read(models.PointsList, body).points)
    return _updated(is_waiting)


def _delete(all_: Collections, name: str, body: bytes, is_waiting: bool) -> Any:
    try:
        selector = _SELECTOR.validate_json(body, strict=True)
    except ValidationError as error:
        raise Refusal(400, f"Format error in JSON body: {error.errors()[0]['msg']}") from error
    all_.get(name).delete(selector)
    return _updated(is_waiting)


def _retrieve(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    return all_.get(name).retrieve(_read(models.PointRequest, body))


def _scroll(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    return all_.get(name).scroll(_read(models.ScrollRequest, body))


def _count(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    return {"count": all_.get(name).count(_read(models.CountRequest, body))}


def _facet(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    return {"hits": all_.get(name).facet(_read(models.FacetRequest, body))}


def _query(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    (points,) = all_.get(name).query([_read(models.QueryRequest, body)])
    return {"points": points}


def _query_batch(all_: Collections, name: str, body: bytes, _: bool) -> Any:
    asked = _read(models.QueryRequestBatch, body).searches
    if any(one.limit is not None and one.limit < 1 for one in asked):
        raise Refusal(
            422, "Validation error in JSON body: [searches[0].limit: must be 1 or larger]"
        )
    return [{"points": points} for points in all_.get(name).query(asked)]


_Call = Callable[[Collections, str, bytes, bool], Any]
_CALLS: dict[tuple[str, int, str], _Call] = {
    ("GET", 1, ""): _list,
    ("GET", 2, ""): _info,
    ("PUT", 2, ""): _make,
    ("DELETE", 2, ""): _drop,
    ("GET", 3, "exists"): _exists,
    ("PUT", 3, "index"): _index,
    ("PUT", 3, "points"): _upsert,
    ("POST", 3, "points"): _retrieve,
    ("POST", 4, "points/delete"): _delete,
    ("POST", 4, "points/scroll"): _scroll,
    ("POST", 4, "points/count"): _count,
    ("POST", 4, "points/query"): _query,
    ("POST", 5, "points/query/batch"): _query_batch,
    ("POST", 3, "facet"): _facet,
}
"""Method, steps of the path, what follows the collection's name."""
