"""The till API over HTTP: carries bytes to `wire.Api` and back. Mounted by the composition root."""

import threading
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hq_sync_server.api.wire import REQUEST_BYTES_MAX, Api, RawRequest, RawResponse
from shared_models.moments import Clock

POLLS_MAX = 64
"""Long polls waiting at once in one process; one more is answered at once. Each holds a thread."""

_RETRY_AFTER_SECONDS = 5


async def read_body(request: Request) -> bytes:
    """The body, read no further than one byte beyond what is taken."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > REQUEST_BYTES_MAX:
            break
    return bytes(body)


def till_routes(api: Api, clock: Clock) -> APIRouter:
    """The routes tills call."""
    router = APIRouter()
    places = threading.BoundedSemaphore(POLLS_MAX)

    def carry(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raw = RawRequest(request.method, path, dict(request.headers), body)
        has_place = request.method == "GET" and places.acquire(blocking=False)
        try:
            answer = api.poll(raw, clock.monotonic_ms) if has_place else api.handle(raw)
        finally:
            if has_place:
                places.release()
        return _response(answer)

    router.add_api_route("/v1/{rest:path}", carry, methods=["GET", "POST", "PUT", "DELETE"], include_in_schema=False)
    return router


def _response(answer: RawResponse) -> Response:
    return Response(answer.body, answer.status, answer.headers)


__all__ = ["POLLS_MAX", "read_body", "till_routes"]
