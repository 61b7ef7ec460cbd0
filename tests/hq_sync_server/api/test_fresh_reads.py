"""A signed GET that somebody kept is worth nothing after some minutes, whatever the till's clock says."""

from collections.abc import Mapping

import pytest

from hq_sync_server.api.wire import RawRequest, RawResponse
from hq_sync_server.app import Hq
from hq_sync_server.security import FRESH_FOR_MS, Freshness
from pos_client.sync.hq_api import HqApi, RawAnswer
from shared_models.moments import DAY_MS, ManualClock
from shared_models.refusals import Refusal
from shared_models.sales import Cursor
from shared_models.signatures import FRESH
from tests.hq_sync_server.people import WireTill, found_chain, refusal_of

PATH = "/v1/changes?cursor=0.0&wait=0"


class StraightWire:
    """From a till's door into HQ, in this process; somebody in between may drop HQ's headers."""

    def __init__(self, hq: Hq, *, keeps_headers: bool = True) -> None:
        self._hq, self._keeps_headers = hq, keeps_headers
        self.statuses: list[int] = []

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        named = {name.lower(): value for name, value in headers.items()}
        answer = self._hq.api.handle(RawRequest(method, path, named, body))
        self.statuses.append(answer.status)
        return RawAnswer(answer.status, answer.headers if self._keeps_headers else {}, answer.body)


@pytest.fixture
def till(hq: Hq) -> WireTill:
    return WireTill.enrolled(hq, found_chain(hq)[0].store_id)


def _told(response: RawResponse) -> tuple[int, str]:
    return response.status, refusal_of(response).code


def _said_again(hq: Hq, captured: dict[str, str]) -> RawResponse:
    return hq.api.handle(RawRequest("GET", PATH, captured))


def test_a_get_that_was_kept_is_refused_once_it_is_old(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    captured = till.signed("GET", PATH, b"")

    clock.advance(FRESH_FOR_MS)
    before = _said_again(hq, captured).status
    clock.advance(1)

    assert before == 200
    assert _told(_said_again(hq, captured)) == (401, "read_stale")
    assert _told(hq.api.handle(RawRequest("GET", "/v1/history?epoch=1&seq=0&hash=&after=0", captured)))[0] == 401


def test_a_get_without_a_word_of_hq_s_is_refused_and_told_one(
    hq: Hq, till: WireTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WireTill, "fresh_word", lambda _: None)

    response = till.send("GET", PATH, b"")

    assert _told(response) == (401, "read_stale")
    monkeypatch.setattr(WireTill, "fresh_word", lambda _: response.headers[FRESH])
    assert till.send("GET", PATH, b"").status == 200


@pytest.mark.parametrize("word", ["2099", "ffffffffff." + "0" * 32, "0.", "12.zz", "." * 40])
def test_a_word_that_is_not_hq_s_is_none(hq: Hq, till: WireTill, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setattr(WireTill, "fresh_word", lambda _: word)

    assert _told(till.send("GET", PATH, b"")) == (401, "read_stale")


def test_a_word_of_another_time_or_another_hq_is_none(clock: ManualClock) -> None:
    ours, foreign = Freshness(b"1" * 32), Freshness(b"2" * 32)
    now_ms = clock.now_ms()

    assert ours.is_fresh(ours.word(now_ms), now_ms)
    assert not ours.is_fresh(foreign.word(now_ms), now_ms)
    assert not ours.is_fresh(ours.word(now_ms + DAY_MS), now_ms)  # HQ's own clock was a day ahead, and was set right


def test_a_fresh_word_beside_an_old_signature_helps_nobody(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    captured = till.signed("GET", PATH, b"")
    old_word = till.fresh_word()
    clock.advance(2 * FRESH_FOR_MS)
    label = f'other=();nonce="{till.fresh_word()}", '

    swapped = captured | {"signature-input": captured["signature-input"].replace(old_word, till.fresh_word())}
    beside = captured | {"signature-input": label + captured["signature-input"]}
    beside["signature"] = f"other=:AA==:, {captured['signature']}"

    assert _told(_said_again(hq, swapped)) == (401, "signature_wrong")
    assert _told(_said_again(hq, beside)) == (401, "read_stale")


def test_a_till_with_a_wild_clock_reads_and_asks_again_by_itself_after_a_silence(
    hq: Hq, till: WireTill, clock: ManualClock
) -> None:
    wire = StraightWire(hq)
    wild = ManualClock(clock.now_ms() + 70 * 365 * DAY_MS)
    api = HqApi(wire, till.till_id, till.key, wild)

    first = api.changes(Cursor(), 0)
    asked = len(wire.statuses)
    again = api.changes(Cursor(), 0)
    clock.advance(DAY_MS)
    after_a_silence = api.changes(Cursor(), 0)

    assert asked == 2  # it had no word of HQ's yet
    assert wire.statuses == [401, 200, 200, 401, 200]
    assert first == again == after_a_silence


def test_a_till_that_is_told_stale_twice_gives_up(hq: Hq, till: WireTill, clock: ManualClock) -> None:
    wire = StraightWire(hq, keeps_headers=False)
    api = HqApi(wire, till.till_id, till.key, clock)

    with pytest.raises(Refusal, match="read_stale"):
        api.changes(Cursor(), 0)

    assert wire.statuses == [401, 401]
