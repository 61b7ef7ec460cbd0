"""A till with a good key that claims more than HQ ever told it: HQ believes its own signature and nothing else, freezes
that till alone, and lends to everybody else as before. Whoever was really told so is believed at once."""

from pathlib import Path
from uuid import UUID

import pytest
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import healing
from shared_models.acknowledgement import Acknowledgement
from shared_models.catalog import StoreRow
from shared_models.sync import ControlAnswer, EntriesRequest, EpochBegin, HealRequest, HelloRequest, LanePosition
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import heal
from tests.hq_sync_server.restored import exceptions, known_member, take_all


@pytest.fixture
def member(hq: Hq, stores: list[StoreRow]) -> UUID:
    """Somebody with 100.00 at HQ."""
    return known_member(hq, 10_000)


def _write(till: WireTill, member: UUID) -> None:
    till.append(sale_body(till, 1_000, member_id=member))


def _says(till: WireTill, **claims: object) -> ControlAnswer:
    return till.control("hello", HelloRequest(lane=structs.replace(till.position(), **claims)))


def _claim_of_more(till: WireTill, member: UUID) -> dict[str, object]:
    """It wrote an entry, did not send it, and says that HQ has acknowledged it."""
    _write(till, member)
    return {"acked_seq": len(till.entries), "acked_hash": till.head_hash}


def _resigned(till: WireTill, lane: LanePosition, **changes: object) -> Acknowledgement:
    """HQ's last word, bent to the claim and signed by the till's own key."""
    assert till.proof is not None
    word = structs.replace(till.proof, seq=lane.seq, entry_hash=lane.head_hash, **changes)
    return structs.replace(word, signature=till.key.sign(word.signed(till.till_id)))


def test_a_till_that_claims_a_head_it_cannot_prove_stops_nobody_but_itself(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID
) -> None:
    till_a.push(), till_b.push()

    answer = _says(till_a, **_claim_of_more(till_a, member))
    asked = till_b.ask(member)

    assert (answer.outcome, answer.refusal, answer.trouble) == ("refused", "head_not_proved", "head_not_proved")
    assert (answer.recovering, hq.desk.hq_epoch()) == (False, 1)
    assert [grant.granted_total for grant in asked.grants] == [10_000]
    assert exceptions(hq) == ["head_not_proved"]


@pytest.mark.parametrize("shown", ["nothing", "an_older_word", "its_own_signature", "no_figures", "of_another_till"])
def test_whatever_it_shows_instead_of_hq_s_word_proves_nothing(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, shown: str
) -> None:
    till_a.push(), till_b.push()
    claim = _claim_of_more(till_a, member)
    lane = structs.replace(till_a.position(), **claim)
    proofs = {
        "nothing": None,
        "an_older_word": till_a.proof,
        "its_own_signature": _resigned(till_a, lane),
        "no_figures": structs.replace(_resigned(till_a, lane), hq_time_ms=-1),
        "of_another_till": till_b.proof,
    }

    answer = till_a.control("hello", HelloRequest(lane=structs.replace(lane, proof=proofs[shown])))

    assert (answer.refusal, hq.desk.hq_epoch()) == ("head_not_proved", 1)


@pytest.mark.parametrize("claim", [{"hq_epoch": 2}, {"hq_epoch": 2**40}, {"epoch": 2}, {"epoch": 7, "acked_seq": 0}])
def test_neither_a_newer_hq_nor_a_newer_epoch_is_believed_without_its_word(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, claim: dict[str, object]
) -> None:
    till_a.push(), till_b.push()
    lane = structs.replace(till_a.position(), **claim)
    begins = tuple(EpochBegin(epoch=epoch, prev_hash=till_a.head_hash) for epoch in range(2, lane.epoch + 1))

    answer = till_a.control("hello", HelloRequest(lane=lane, epochs=begins))

    assert (answer.refusal, answer.recovering, hq.desk.hq_epoch()) == ("head_not_proved", False, 1)
    assert till_b.ask(member).grants
    assert exceptions(hq) == ["head_not_proved"]


def test_what_hq_said_before_it_was_restored_does_not_begin_a_second_recovery(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    """A till hides an entry that HQ really had, lets the recovery end without it, and then shows HQ's old word."""
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    _write(till_a, member)
    till_a.push()
    old_word, hidden = till_a.proof, till_a.entries.pop()
    backup.restore()
    heal(till_a), heal(till_b)
    till_a.entries.append(hidden)

    answer = _says(till_a, acked_seq=hidden.seq, acked_hash=hidden.entry_hash, proof=old_word, hq_epoch=2)

    assert (answer.refusal, answer.recovering, hq.desk.hq_epoch()) == ("head_not_proved", False, 2)
    assert till_b.ask(member).grants


def test_a_really_restored_hq_believes_its_own_word_under_whatever_request(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    till_a.push(), till_b.push()
    backup = Backup(hq, tmp_path)
    take_all(till_a, member)
    till_a.push()
    backup.put_back()

    answer = till_a.ask(member)

    assert (answer.outcome, answer.recovering, answer.hq_epoch) == ("resend_from", True, 2)
    heal(till_a), heal(till_b)
    assert exceptions(hq) == []


def test_the_frozen_till_sells_on_delivers_and_is_healed_by_a_manager(hq: Hq, till_a: WireTill, member: UUID) -> None:
    till_a.push()
    _says(till_a, **_claim_of_more(till_a, member))
    assert till_a.ask(member).refusal == "rights_frozen"

    batch: EntriesRequest = till_a.batch()
    delivered = till_a.control("entries", structs.replace(batch, branch=True))
    hq.desk.run(lambda work: healing.open_epoch(work, till_a.till_id, "ines"))
    healed = till_a.control("heal", HealRequest(lane=till_a.position(), reason="head_not_proved"))

    assert (delivered.outcome, delivered.acked_seq) == ("ok", len(till_a.entries))
    assert (healed.outcome, healed.opened_epoch, healed.trouble) == ("ok", 2, "")
    assert healed.acknowledgement().names(2, 0, till_a.head_hash)


def test_an_answer_says_which_entry_it_is_about_also_to_who_speaks_of_another_epoch(
    hq: Hq, till_a: WireTill, member: UUID
) -> None:
    """Else a till could have HQ sign its own head as one of an epoch that never was."""
    till_a.push()
    for number in (1, 10**9):  # stale, and one that is judged
        lane = structs.replace(till_a.position(), epoch=9, request_number=number)
        word = till_a.control("hello", HelloRequest(lane=lane)).acknowledgement()
        assert word.names(1, len(till_a.entries), till_a.head_hash)
