"""What cannot be taken is told why, by a code and a 4xx; nothing that comes in makes HQ fail."""

import msgspec
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hq_sync_server.api.wire import REQUEST_BYTES_MAX, RawRequest, RawResponse
from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.organisation import tills
from shared_models.bodies import TokenMove
from shared_models.catalog import StoreRow
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.sales import Approval
from shared_models.sync import (
    JSON,
    MSGPACK,
    ControlAnswer,
    CountersReport,
    EnrolAnswer,
    EnrolRequest,
    HealRequest,
    HelloRequest,
    RightsRequest,
)
from tests.hq_sync_server.people import START_MS, WireTill, code_for, found_chain, refusal_of


@pytest.fixture
def store(hq: Hq) -> StoreRow:
    return found_chain(hq)[0]


@pytest.fixture
def till(hq: Hq, store: StoreRow) -> WireTill:
    return WireTill.enrolled(hq, store.store_id)


def _hello(till: WireTill) -> bytes:
    return msgspec.msgpack.encode(HelloRequest(lane=till.position()))


def _told(response: RawResponse) -> tuple[int, str]:
    return response.status, refusal_of(response).code


# --- signatures ---


def test_a_request_without_a_signature_is_refused(hq: Hq, till: WireTill) -> None:
    response = hq.api.handle(RawRequest("POST", "/v1/hello", {"content-type": MSGPACK}, _hello(till)))

    assert _told(response) == (401, "signature_missing")


def test_a_body_changed_on_the_way_is_refused(hq: Hq, till: WireTill) -> None:
    body = _hello(till)
    headers = till.signed("POST", "/v1/hello", body)

    changed = body[:-1] + bytes([body[-1] ^ 1])
    response = hq.api.handle(RawRequest("POST", "/v1/hello", headers, changed))

    assert _told(response) == (401, "signature_wrong")


def test_a_signature_is_good_for_one_path_only(hq: Hq, till: WireTill) -> None:
    body = _hello(till)
    headers = till.signed("POST", "/v1/hello", body)

    assert _told(hq.api.handle(RawRequest("POST", "/v1/rights", headers, body))) == (401, "signature_wrong")


def test_a_query_changed_on_the_way_is_refused(hq: Hq, till: WireTill) -> None:
    headers = till.signed("GET", "/v1/changes?cursor=1.0&wait=0", b"")

    response = hq.api.handle(RawRequest("GET", "/v1/changes?cursor=1.9&wait=0", headers))

    assert _told(response) == (401, "signature_wrong")


def test_a_signature_by_another_key_is_refused(till: WireTill) -> None:
    till.key = Ed25519PrivateKey.generate()

    assert _told(till.send("POST", "/v1/hello", _hello(till))) == (401, "signature_wrong")


def test_a_signature_in_another_right_form_is_taken(hq: Hq, till: WireTill) -> None:
    """It covers more than it must: not as our tills write it, and as the standard allows."""
    body = _hello(till)
    headers = till.signed("POST", "/v1/hello", body, covers=("@method", "@path", "content-digest", "content-type"))

    assert hq.api.handle(RawRequest("POST", "/v1/hello", headers, body)).status == 200


def test_a_signature_that_covers_less_is_refused(hq: Hq, till: WireTill) -> None:
    """The digest left out of what is signed: the body could be anything."""
    body = _hello(till)
    headers = till.signed("GET", "/v1/hello", body)
    headers["content-digest"] = till.signed("POST", "/v1/hello", body)["content-digest"]

    assert _told(hq.api.handle(RawRequest("POST", "/v1/hello", headers, body))) == (401, "signature_wrong")


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
@pytest.mark.parametrize(
    "value", ["", "x", "tillbook=1", "tillbook=:AAAA:", "\x00", "tillbook=();created=99999999999999"]
)
def test_a_nonsense_header_is_refused(hq: Hq, till: WireTill, name: str, value: str) -> None:
    body = _hello(till)
    headers = till.signed("POST", "/v1/hello", body) | {name: value}

    assert hq.api.handle(RawRequest("POST", "/v1/hello", headers, body)).status == 401


def test_an_unknown_till_is_refused(hq: Hq, till: WireTill) -> None:
    till.enrolment = msgspec.structs.replace(till.enrolment, till_id=hq.desk.ids.new_id())

    assert _told(till.send("POST", "/v1/hello", _hello(till))) == (401, "till_unknown")


def test_a_revoked_till_is_refused(hq: Hq, till: WireTill) -> None:
    hq.desk.run(lambda work: tills.revoke(work, till.till_id))

    assert _told(till.send("POST", "/v1/hello", _hello(till))) == (401, "till_revoked")


def test_a_till_whose_clock_is_a_year_off_is_served(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    for wall_ms in (START_MS - 365 * 86_400_000, START_MS + 365 * 86_400_000):
        body = _hello(till)
        clock.set_wall(wall_ms)
        headers = till.signed("POST", "/v1/hello", body)
        clock.set_wall(START_MS)
        assert hq.api.handle(RawRequest("POST", "/v1/hello", headers, body)).status == 200


def test_a_replayed_request_has_no_second_effect(till: WireTill) -> None:
    body = msgspec.msgpack.encode(till.batch())
    first = till.send("POST", "/v1/entries", body)

    assert till.send("POST", "/v1/entries", body) == first
    later = msgspec.msgpack.decode(first.body, type=ControlAnswer)
    till.acked_seq, till.acked_hash = later.acked_seq, later.acked_hash
    till.hello()
    replayed = msgspec.msgpack.decode(till.send("POST", "/v1/entries", body).body, type=ControlAnswer)
    assert replayed.outcome == "stale"


# --- shapes and sizes ---


@pytest.mark.parametrize("kind", ["hello", "entries", "rights"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", (400, "malformed")),
        (b"\xc1", (400, "malformed")),
        (b"\x81", (400, "malformed")),
        (msgspec.msgpack.encode([1, 2]), (422, "request_wrong")),
        (msgspec.msgpack.encode({"lane": {"till_id": "x"}}), (422, "request_wrong")),
        (b"\x91" * 100_000 + b"\x00", (422, "request_wrong")),
    ],
)
def test_a_malformed_body_is_refused(till: WireTill, kind: str, body: bytes, told: tuple[int, str]) -> None:
    assert _told(till.send("POST", f"/v1/{kind}", body)) == told


@pytest.mark.parametrize("number", [-1, 0, 2**63, 2**64 - 1])
def test_a_number_no_database_can_hold_is_refused(till: WireTill, number: int) -> None:
    lane = msgspec.structs.replace(till.position(), request_number=number)
    body = msgspec.msgpack.encode(HelloRequest(lane=lane))

    assert _told(till.send("POST", "/v1/hello", body)) == (422, "request_wrong")


def _odd_requests(till: WireTill) -> dict[str, object]:
    lane = till.position()
    token = TokenMove(token=lane.till_id, kind="coupon", version=2**64 - 1)
    yes = Approval(approval_id="1", action="heal", approver_id="boss\0")
    return {
        "hello": HelloRequest(lane=lane, till_time_ms=-(2**63)),
        "hello?": HelloRequest(lane=lane, report=CountersReport(tokens=(token,))),
        "entries": msgspec.structs.replace(till.batch(), epoch=2**32),
        "heal": HealRequest(lane=lane, reason="fork", approvals=(yes,)),
    }


@pytest.mark.parametrize("kind", ["hello", "hello?", "entries", "heal"])
def test_what_no_column_can_hold_is_refused(till: WireTill, kind: str) -> None:
    """A moment so far back that what the clock is off by is no number, a token's version, an epoch, a name."""
    body = msgspec.msgpack.encode(_odd_requests(till)[kind])

    assert _told(till.send("POST", f"/v1/{kind.rstrip('?')}", body)) == (422, "request_wrong")


@pytest.mark.parametrize("entry_type", ["", "sale\x00", "x" * 101, "饼"])
def test_a_name_no_type_can_have_is_refused(till: WireTill, entry_type: str) -> None:
    till.append_raw(entry_type, 1, b"{}")

    assert _told(till.send("POST", "/v1/entries", msgspec.msgpack.encode(till.batch()))) == (422, "request_wrong")


def test_an_oversized_body_is_refused(till: WireTill) -> None:
    assert _told(till.send("POST", "/v1/entries", bytes(REQUEST_BYTES_MAX + 1))) == (413, "too_large")


def test_a_bomb_is_not_unpacked(till: WireTill) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(1_000_000_000))
    assert len(bomb) < 200_000

    response = till.send("POST", "/v1/entries", bomb, {"Content-Encoding": "zstd"})

    assert _told(response) == (413, "too_large")


def test_compression_that_is_none_and_unknown_ones_are_refused(till: WireTill) -> None:
    body = _hello(till)
    assert _told(till.send("POST", "/v1/hello", body, {"Content-Encoding": "zstd"})) == (400, "malformed")
    assert _told(till.send("POST", "/v1/hello", body, {"Content-Encoding": "br"})) == (415, "encoding_unknown")
    assert _told(till.send("POST", "/v1/hello", body, {"Content-Type": "text/html"})) == (415, "encoding_unknown")


def test_what_is_not_there_is_not_found(till: WireTill) -> None:
    assert _told(till.send("POST", "/v1/secrets", b"")) == (404, "not_found")
    assert _told(till.send("GET", "/v1/hello", b"")) == (405, "method_wrong")


def test_too_many_subjects_at_once_are_refused(hq: Hq, till: WireTill) -> None:
    till.push()
    everybody = tuple(hq.desk.ids.new_id() for _ in range(501))
    answer = till.control("rights", RightsRequest(lane=till.position(), coupons_of=everybody))

    assert (answer.outcome, answer.refusal) == ("refused", "too_many_subjects")


# --- JSON and zstd ---


def test_json_is_spoken_too(till: WireTill) -> None:
    body = msgspec.json.encode(HelloRequest(lane=till.position()))

    response = till.send("POST", "/v1/hello", body, {"Content-Type": JSON, "Accept": JSON})

    assert (response.status, response.headers["content-type"]) == (200, JSON)
    assert msgspec.json.decode(response.body, type=ControlAnswer).outcome == "ok"


def test_compressed_requests_and_answers(hq: Hq, till: WireTill) -> None:
    body = zstandard.compress(msgspec.msgpack.encode(till.batch()))
    answer = till.send("POST", "/v1/entries", body, {"Content-Encoding": "zstd"})
    found_more = till.send("GET", "/v1/changes?cursor=0.0&wait=0", b"", {"Accept-Encoding": "zstd"})

    assert msgspec.msgpack.decode(answer.body, type=ControlAnswer).acked_seq == 1
    assert found_more.status == 200


# --- enrolment ---


def _enrol(hq: Hq, code: str, key: bytes) -> RawResponse:
    body = msgspec.msgpack.encode(EnrolRequest(code=code, public_key=key))
    return hq.api.handle(RawRequest("POST", "/v1/enrol", {"content-type": MSGPACK}, body))


def test_a_code_works_once_and_for_its_own_key_again(hq: Hq, store: StoreRow) -> None:
    code = code_for(hq, store.store_id)
    first = _enrol(hq, code, bytes(32))
    again = _enrol(hq, code.lower().replace("-", " "), bytes(32))  # the answer was lost, the code typed anew
    stolen = _enrol(hq, code, b"\x01" * 32)

    till_id = msgspec.msgpack.decode(first.body, type=EnrolAnswer).till_id
    assert msgspec.msgpack.decode(again.body, type=EnrolAnswer).till_id == till_id
    assert _told(stolen) == (422, "code_used")
    hq.desk.run(lambda work: tills.revoke(work, till_id))
    assert _told(_enrol(hq, code, bytes(32))) == (422, "code_used")


def test_an_expired_code_enrols_nobody(hq: Hq, store: StoreRow, clock: ManualClock) -> None:
    code = code_for(hq, store.store_id)
    clock.advance(24 * 3_600_000)

    assert _told(_enrol(hq, code, bytes(32))) == (422, "code_expired")


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC", "\x00", "😀" * 1000])
def test_an_unknown_code_enrols_nobody(hq: Hq, store: StoreRow, code: str) -> None:
    assert _told(_enrol(hq, code, bytes(32))) == (422, "code_unknown")


def test_a_key_of_the_wrong_size_enrols_nobody(hq: Hq, store: StoreRow) -> None:
    assert _told(_enrol(hq, code_for(hq, store.store_id), b"short")) == (422, "key_wrong")


def test_tills_of_a_store_are_numbered(hq: Hq, store: StoreRow) -> None:
    assert [WireTill.enrolled(hq, store.store_id).enrolment.till_number for _ in range(3)] == [1, 2, 3]


# --- anything ---


@pytest.fixture(scope="module")
def any_till(tmp_path_factory: pytest.TempPathFactory) -> WireTill:
    """A till for examples by the hundred; on SQLite alone."""
    folder = tmp_path_factory.mktemp("any")
    clock = ManualClock(START_MS)
    hq = open_hq(f"sqlite:///{folder}/hq.db", folder / "keys", clock, IdSource(clock))
    return WireTill.enrolled(hq, found_chain(hq)[0].store_id)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=20) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(kind=st.sampled_from(["hello", "entries", "rights", "enrol"]), body=st.binary(max_size=200))
def test_any_bytes_are_refused_politely(any_till: WireTill, kind: str, body: bytes) -> None:
    assert 400 <= any_till.send("POST", f"/v1/{kind}", body).status < 500


@given(kind=st.sampled_from(["hello", "entries", "rights", "enrol"]), value=_anything)
def test_any_value_is_refused_politely(any_till: WireTill, kind: str, value: object) -> None:
    lane = msgspec.to_builtins(any_till.position())
    body = msgspec.msgpack.encode({"lane": lane, "first_seq": value, "prev_hash": value, "entries": value})

    assert 200 <= any_till.send("POST", f"/v1/{kind}", body).status < 500


@given(body=_anything)
def test_any_entry_is_taken_or_parked(any_till: WireTill, body: object) -> None:
    any_till.entries = any_till.entries[: any_till.acked_seq]
    any_till.append_raw("sale", 1, msgspec.json.encode({"head": body, "lines": body}))

    answer = any_till.push()

    assert answer.outcome == "ok"
    assert [verdict.outcome for verdict in answer.verdicts] in (["parked"], [])
