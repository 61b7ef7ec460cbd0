"""The console's figures as JSON, for those who feed a screen of their own: behind the same door, with the same roles.

Each answer is a struct; the OpenAPI document is made from them. Refusals are `{"code": ..., "said": ...}`.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi.responses import Response
from msgspec import Struct

from hq_sync_server.console.visits import HEADERS, PREFIX, Visit
from hq_sync_server.office.access.roles import Permission, scope_of
from hq_sync_server.office.inbox import inbox
from hq_sync_server.office.members import member_finder
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.shops import till_watch
from shared_models.refusals import Refusal

JSON = "application/json"


class RefusalSaid(Struct, frozen=True, kw_only=True):
    """A named no."""

    code: str
    said: str


class Tills(Struct, frozen=True, kw_only=True):
    """Every till one may see."""

    tills: list[till_watch.TillState]


class Exceptions(Struct, frozen=True, kw_only=True):
    """Exceptions, newest first."""

    exceptions: list[inbox.Line]


class Members(Struct, frozen=True, kw_only=True):
    """Members found."""

    members: list[member_finder.Found]


class DataRoute(Struct, frozen=True, kw_only=True):
    """One address that answers with JSON."""

    path: str
    permission: Permission
    answer: Callable[[Visit], Struct]
    answers: type[Struct]
    parameters: tuple[dict[str, Any], ...] = ()


def tills(visit: Visit) -> Tills:
    """How every till stands."""
    with visit.desk.read() as connection:
        epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
        seen = till_watch.stores_seen(connection, scope_of(connection, visit.viewer), visit.now_ms, epoch)
    return Tills(tills=[till for state in seen for till in state.tills])


def exceptions(visit: Visit) -> Exceptions:
    """Open or closed exceptions. Refuses `choice_unknown`."""
    status = visit.query("status", "open")
    if status not in ("open", "closed"):
        raise Refusal("choice_unknown")
    with visit.desk.read() as connection:
        return Exceptions(exceptions=inbox.lines(connection, scope_of(connection, visit.viewer), status=status))


def members(visit: Visit) -> Members:
    """Members by name, initials, number, last four digits or card; numbers masked."""
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        return Members(members=member_finder.search(visit.desk, connection, scope, visit.query("q")[:100]))


DATA_ROUTES = (
    DataRoute(path="/data/tills", permission="tills.see", answer=tills, answers=Tills),
    DataRoute(
        path="/data/exceptions",
        permission="exceptions.see",
        answer=exceptions,
        answers=Exceptions,
        parameters=({"name": "status", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}},),
    ),
    DataRoute(
        path="/data/members",
        permission="members.see",
        answer=members,
        answers=Members,
        parameters=({"name": "q", "in": "query", "schema": {"type": "string"}},),
    ),
)


def answered(visit: Visit, answer: Callable[[Visit], Struct]) -> Response:
    """The JSON of an answer, or of a refusal."""
    try:
        return Response(msgspec.json.encode(answer(visit)), media_type=JSON, headers=HEADERS)
    except Refusal as refusal:
        return refused(visit, refusal)


def refused(visit: Visit, refusal: Refusal) -> Response:
    """A refusal as JSON: 401 without a session, 403 without the permission, 404 for what one may not see, else 422."""
    status = {"session_ended": 401, "not_allowed": 403, "not_found": 404}.get(refusal.code, 422)
    said = RefusalSaid(code=refusal.code, said=visit.texts.refusal(refusal))
    return Response(msgspec.json.encode(said), status, media_type=JSON, headers=HEADERS)


def openapi() -> dict[str, Any]:
    """What these addresses take and answer, as OpenAPI 3.1."""
    types = [RefusalSaid, *(route.answers for route in DATA_ROUTES)]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    refusal, *shapes = [{"content": {JSON: {"schema": schema}}} for schema in schemas]
    paths = {
        PREFIX + route.path: {
            "get": {
                "operationId": route.path.rpartition("/")[2],
                "parameters": list(route.parameters),
                "responses": {"200": {"description": "Done", **shape}}
                | {status: {"description": "A named refusal", **refusal} for status in ("401", "403", "404", "422")},
            }
        }
        for route, shape in zip(DATA_ROUTES, shapes, strict=True)
    }
    info = {"title": "Tillbook HQ, the console's figures", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": components}}
