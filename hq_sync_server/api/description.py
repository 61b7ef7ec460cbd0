"""The till API described as OpenAPI 3.1, made from the very types that requests and answers are read and written by.

For people who look, and for tests that try what it says. Tills speak MessagePack; JSON of the same shape is taken too
and is what is described. Every request but `enrol` is signed (RFC 9421).
"""

from typing import Any

import msgspec

from shared_models.sync import (
    ChangesPage,
    ControlAnswer,
    EnrolAnswer,
    EnrolRequest,
    EntriesRequest,
    HealRequest,
    HelloRequest,
    HistoryPage,
    RightsRequest,
    WireRefusal,
)

_POSTED = {
    "enrol": (EnrolRequest, EnrolAnswer, "A new till, by its one-time code."),
    "hello": (HelloRequest, ControlAnswer, "Who the till is and where it stands."),
    "entries": (EntriesRequest, ControlAnswer, "A batch of entries."),
    "rights": (RightsRequest, ControlAnswer, "Rights and tokens, as far as they are free."),
    "heal": (HealRequest, ControlAnswer, "A new epoch after a rollback or a fork."),
}
_REFUSALS = ("400", "401", "404", "405", "409", "413", "415", "422")
_CURSOR = {"name": "cursor", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{1,9}\\.[0-9]{1,9}$"}}
_WAIT = {"name": "wait", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 0}}


def openapi() -> dict[str, Any]:
    """The document."""
    types = [
        ChangesPage,
        HistoryPage,
        WireRefusal,
        *(kind for asked, told, _ in _POSTED.values() for kind in (asked, told)),
    ]
    schemas, components = msgspec.json.schema_components(
        list(dict.fromkeys(types)), ref_template="#/components/schemas/{name}"
    )
    by_type = dict(zip(dict.fromkeys(types), schemas, strict=True))
    paths: dict[str, Any] = {}
    for name, (asked, told, summary) in _POSTED.items():
        body = {"required": True, "content": {"application/json": {"schema": by_type[asked]}}}
        paths[f"/v1/{name}"] = {
            "post": {
                "operationId": name,
                "summary": summary,
                "requestBody": body,
                "responses": _responses(by_type[told], by_type[WireRefusal]),
            }
        }
    paths["/v1/changes"] = {
        "get": {
            "operationId": "changes",
            "summary": "What changed since a position.",
            "parameters": [_CURSOR, _WAIT],
            "responses": _responses(by_type[ChangesPage], by_type[WireRefusal]),
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tillbook HQ, what tills call", "version": "1"},
        "paths": paths,
        "components": {"schemas": components},
    }


def _responses(told: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
    def answer(schema: dict[str, Any], description: str) -> dict[str, Any]:
        return {"description": description, "content": {"application/json": {"schema": schema}}}

    return {"200": answer(told, "Done")} | {status: answer(refused, "A named refusal") for status in _REFUSALS}
