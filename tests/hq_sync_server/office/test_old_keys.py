"""What comes under a key that was taken away belongs to the time of that key, and to no later one."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import enrolment
from hq_sync_server.office.intake import kept
from hq_sync_server.office.organisation import tills
from shared_models import bodies
from shared_models.entries import batch_signature_input, link
from shared_models.sync import EnrolRequest, EntriesRequest, WireEntry
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill, refusal_of


def test_an_old_key_writes_nothing_into_an_epoch_that_was_opened_for_another(hq: Hq, till_a: WireTill) -> None:
    """Whoever has the stolen book knows what the new epoch follows: accepted, it would stand in the till's own way."""
    till_a.push()
    code = hq.desk.run(lambda work: enrolment.new_code(work, till_a.till_id, "boss", disk_gone=True)).code
    new_key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    again = hq.desk.run(lambda work: enrolment.enrol(work, EnrolRequest(code=code, public_key=new_key)))

    stolen = till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(_begins(till_a, again.epoch, again.prev_hash)))
    till_a.append(sale_body(till_a, 100))
    late = till_a.control("entries", till_a.batch())

    assert (again.epoch, refusal_of(stolen).code, late.outcome) == (2, "till_revoked", "kept")


def test_large_batches_under_an_old_key_are_not_kept_without_end(
    hq: Hq, till_a: WireTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    till_a.push()
    hq.desk.run(lambda work: tills.revoke(work, till_a.till_id))
    till_a.append(sale_body(till_a, 100))
    first = till_a.control("entries", till_a.batch())
    till_a.append(sale_body(till_a, 200))
    monkeypatch.setattr(kept, "KEPT_BYTES_MAX", 100)

    more = till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(till_a.batch()))

    assert (first.outcome, refusal_of(more).code) == ("kept", "till_revoked")


def _begins(till: WireTill, epoch: int, prev_hash: bytes) -> EntriesRequest:
    """A sound batch of another epoch, under the till's old key."""
    body = bodies.encode_body(bodies.EpochOpened(head=till.head(), epoch=epoch))
    entry = link(
        till_id=till.till_id,
        epoch=epoch,
        seq=1,
        prev_hash=prev_hash,
        entry_type="epoch_opened",
        type_version=1,
        body=body,
    )
    wire = WireEntry(seq=1, entry_type="epoch_opened", type_version=1, body=body, entry_hash=entry.entry_hash)
    signed = batch_signature_input(till.till_id, epoch, 1, entry.entry_hash)
    return EntriesRequest(
        lane=structs.replace(till.position(), epoch=epoch),
        first_seq=1,
        prev_hash=prev_hash,
        entries=(wire,),
        signature=till.key.sign(signed),
        epoch=epoch,
    )
