"""The till API over HTTP: carries bytes to `wire.Api` and back. Mounted by the composition root."""

import time
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from hq_sync_server.api.wire import EMPTY, REQUEST_BYTES_MAX, Api, RawRequest, RawResponse

POLLS_MAX = 500
"""Long polls waiting at once in one process; one more is answered at once."""

_LISTEN_SECONDS = 0.05
_LOOK_AGAIN_SECONDS = 0.5  # other processes' changes make no sound here


async def read_body(request: Request) -> bytes:
    """The body, read no further than one chunk beyond what is taken; nothing of one whose sender hung up."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > REQUEST_BYTES_MAX:
                break
    except ClientDisconnect:  # a plug was pulled: no fault of ours, and nobody waits for the answer
        return b""
    return bytes(body)


def till_routes(api: Api) -> APIRouter:
    """The routes tills call."""
    router = APIRouter()
    polls = _Polls(api)

    def post(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        return _response(api.handle(_raw(request, body)))

    async def get(request: Request) -> Response:
        # The one endpoint that waits, so the one that must not hold a thread.
        return _response(await polls.answer(request, _raw(request, b"")))

    router.add_api_route("/v1/{rest:path}", get, methods=["GET"], include_in_schema=False)
    router.add_api_route("/v1/{rest:path}", post, methods=["POST", "PUT", "DELETE"], include_in_schema=False)
    return router


class _Polls:
    """Long polls: each asks again whenever something was published, until its time is over."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._waiting = 0
        self._look_again_at = 0.0

    async def answer(self, request: Request, raw: RawRequest) -> RawResponse:
        api = self._api
        deadline = time.monotonic() + api.wait_seconds(raw)
        seen = api.changes_count
        answer = await run_in_threadpool(api.handle, raw)
        if answer.headers.get(EMPTY) != "1" or self._waiting >= POLLS_MAX:
            return answer
        self._waiting += 1
        try:
            while time.monotonic() < deadline and answer.headers.get(EMPTY) == "1":
                await anyio.sleep(_LISTEN_SECONDS)
                if time.monotonic() >= self._look_again_at:  # one of those who wait looks for all of them
                    self._look_again_at = time.monotonic() + _LOOK_AGAIN_SECONDS
                    await run_in_threadpool(api.look_again)
                    if await request.is_disconnected():
                        break
                if api.changes_count != seen:
                    seen = api.changes_count
                    answer = await run_in_threadpool(api.handle, raw)
        finally:
            self._waiting -= 1
        return answer


def _raw(request: Request, body: bytes) -> RawRequest:
    """The request as it came: path and query exactly as sent, because the signature covers them."""
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope.get("query_string") or b""
    target = path + (b"?" + query if query else b"")
    return RawRequest(request.method, target.decode("latin-1"), dict(request.headers), body)


def _response(answer: RawResponse) -> Response:
    return Response(answer.body, answer.status, answer.headers)
