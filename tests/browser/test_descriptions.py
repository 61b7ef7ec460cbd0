"""What the OpenAPI documents promise, tried by schemathesis: no answer of 500 and above, none of another shape."""

from typing import Any

import httpx
import hypothesis
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hq_sync_server.api import description
from hq_sync_server.console import data_routes
from tests.browser.console_chain import ConsoleChain
from tests.hq_sync_server.people import WireTill

pytestmark = pytest.mark.xdist_group("browser")

of_the_tills = schemathesis.openapi.from_dict(description.openapi())
of_the_console = schemathesis.openapi.from_dict(data_routes.openapi())
# Lengths of keys and the order of numbers are not said in the documents: such requests are refused by name.
PROMISED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
few = hypothesis.settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.generate]
)


@pytest.fixture(scope="session")
def asking_till(console_chain: ConsoleChain) -> WireTill:
    """A till whose signatures HQ believes."""
    return WireTill.enrolled(console_chain.hq, console_chain.stores["001"].store_id)


@pytest.fixture(scope="session")
def cookies(address: str, console_chain: ConsoleChain) -> dict[str, str]:
    """Somebody's session."""
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        page = client.get("/console/login").text
        token = page.partition('name="form_token" value="')[2].partition('"')[0]
        form = {"form_token": token, "login": "auditor", "password": console_chain.passwords["auditor"]}
        client.post("/console/login", data=form)
        return dict(client.cookies)


@of_the_tills.parametrize()
@few
def test_what_tills_call_answers_as_it_is_described(case: Any, address: str, asking_till: WireTill) -> None:
    body = msgspec.json.encode(case.body) if case.method == "POST" else b""
    path = case.formatted_path + (f"?{httpx.QueryParams(case.query)}" if case.query else "")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    signed = asking_till.signed(case.method, path, body, headers)

    answer = httpx.request(case.method, address + path, content=body, headers=signed)

    case.validate_response(schemathesis.Response.from_any(answer), checks=PROMISED)


@of_the_console.parametrize()
@few
def test_the_consoles_figures_answer_as_they_are_described(case: Any, address: str, cookies: dict[str, str]) -> None:
    answer = httpx.get(address + case.formatted_path, params=case.query, cookies=cookies)

    case.validate_response(schemathesis.Response.from_any(answer), checks=PROMISED)
    assert answer.status_code in (200, 422)
