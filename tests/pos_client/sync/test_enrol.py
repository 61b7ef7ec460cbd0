"""Enrolment over a wire that loses the answer: the same key asks again, and nothing half done is left."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from pos_client.ledger import Ledger
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import RawAnswer, Unreachable
from pos_client.sync.keys import load_keys
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer, EnrolRequest, WireRefusal
from tests.pos_client.sync.scripted_hq import TILL, enrol_answer


class Desk:
    """HQ's desk for new tills: one code, one key."""

    def __init__(self, answer: EnrolAnswer) -> None:
        self.answer = answer
        self.lost_answers = 0
        self.keys: list[bytes] = []

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        asked = msgspec.msgpack.decode(body, type=EnrolRequest)
        if asked.code != "ABCD-EFGH-JKLM":
            return RawAnswer(422, {}, msgspec.msgpack.encode(WireRefusal(code="code_unknown")))
        self.keys.append(asked.public_key)
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unreachable("hq_unreachable")
        return RawAnswer(200, {}, msgspec.msgpack.encode(self.answer))


@pytest.fixture
def open_ledger(tmp_path: Path, clock: ManualClock) -> Callable[[], Ledger]:
    return lambda: Ledger.open(tmp_path / "ledger", clock, IdSource(clock))


def test_a_till_is_enrolled_and_knows_it_after_a_restart(
    tmp_path: Path, clock: ManualClock, open_ledger: Callable[[], Ledger]
) -> None:
    desk = Desk(enrol_answer(clock))
    desk.lost_answers = 1
    with open_ledger() as ledger, pytest.raises(Unreachable):
        enrol(desk, "abcd-efgh-jklm ", ledger, tmp_path / "keys")
    with open_ledger() as ledger:
        enrol(desk, "abcd-efgh-jklm ", ledger, tmp_path / "keys")

    keys = load_keys(tmp_path / "keys")
    assert desk.keys == [keys.public_key, keys.public_key]
    assert (keys.phone_key, keys.phone_key_id) == (desk.answer.phone_key, "1")
    with open_ledger() as ledger:
        assert ledger.identity is not None
        assert (ledger.identity.till_id, ledger.head().seq) == (TILL, 1)
        with pytest.raises(Refusal, match="enrolled_already"):
            enrol(desk, "abcd-efgh-jklm", ledger, tmp_path / "keys")


def test_a_wrong_code_leaves_a_till_that_may_try_again(
    tmp_path: Path, clock: ManualClock, open_ledger: Callable[[], Ledger]
) -> None:
    desk = Desk(enrol_answer(clock))
    with open_ledger() as ledger:
        with pytest.raises(Refusal, match="code_unknown"):
            enrol(desk, "WRONG", ledger, tmp_path / "keys")
        assert ledger.identity is None

        enrol(desk, "ABCD-EFGH-JKLM", ledger, tmp_path / "keys")
        assert ledger.identity is not None


def test_an_answer_without_sound_keys_is_refused_before_anything_is_kept(
    tmp_path: Path, clock: ManualClock, open_ledger: Callable[[], Ledger]
) -> None:
    desk = Desk(msgspec.structs.replace(enrol_answer(clock), hq_verify_key=b"short"))
    with open_ledger() as ledger:
        with pytest.raises(Refusal, match="hq_key_wrong"):
            enrol(desk, "ABCD-EFGH-JKLM", ledger, tmp_path / "keys")

        assert ledger.identity is None
