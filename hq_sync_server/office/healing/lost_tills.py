"""What HQ, restored from a backup, has lost of its tills: who was enrolled since, under which key, in which epoch.

HQ finds it in the list of certificates kept with its keys, in the certificate a till shows, and in what a till says of
how its epochs began. For `recovery`, enrolment and the control lane.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec import structs
from sqlalchemy import insert, select, update

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores, tills
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.signing import certificates
from hq_sync_server.office.signing.certificates import TillCertificate
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records import bulk, tables
from shared_models.refusals import Refusal


def shown(keys: HqKeys, certificate: bytes) -> Till:
    """The till of a certificate that it shows. Refuses `certificate_wrong`, `till_revoked`."""
    says = certificates.read(keys, certificate)
    if says is None:
        raise Refusal("certificate_wrong")
    if says.public_key in keys.revoked():
        raise Refusal("till_revoked")
    return Till(says.till_id, says.store.store_id, says.number, says.epoch, says.public_key, revoked=False)


def take_in_again(work: Work) -> None:
    """Tills that were enrolled after the backup was made, or enrolled again with another key, from the list kept with
    HQ's keys."""
    for says, certificate in _certified(work.keys):
        know_again(work, says, certificate)


def know_again(work: Work, says: TillCertificate, certificate: bytes) -> bool:
    """Take a till in that HQ has lost, or its newer key; whether HQ had."""
    known = tills.find(work.connection, says.till_id)
    if known is None:
        _take_in(work, says, certificate)
    elif has_newer_key(says, known):
        _change_key(work, says, certificate)
    else:
        return False
    return True


def has_newer_key(says: TillCertificate, known: Till) -> bool:
    """Whether HQ enrolled this till again later than it knows of."""
    return says.epoch > known.epoch and says.public_key != known.public_key


def newest(keys: HqKeys, till_id: UUID) -> TillCertificate | None:
    """What HQ said last of this till, by the list kept with its keys."""
    return next((says for says, _ in _certified(keys) if says.till_id == till_id), None)


def open_lost_epochs(work: Work, till_id: UUID, begins: Mapping[int, bytes]) -> None:
    """Open the epochs of a till that HQ had opened after the backup was made, each as it began; those it has stay as
    they are. What the holder before has out comes home once all it wrote is here (`recovery_reports`)."""
    columns = ("till_id", "epoch", "head_hash", "genesis_hash")
    rows = [(till_id, epoch, begin, begin) for epoch, begin in sorted(begins.items())]
    bulk.upsert(work.connection, tables.heads, columns, rows, changes="nothing")


def go_on_in(work: Work, till_id: UUID, epoch: int) -> None:
    """A lost epoch, opened again, is the till's newest: a lane as new."""
    lanes = tables.lanes
    work.connection.execute(update(tables.tills).where(tables.tills.c.till_id == till_id).values(epoch=epoch))
    as_new = {"trouble": None, "approved_by": "", "grant_request": 0, "grant_given": None, "grant_adopted": True}
    as_new |= {"claimed_request": 0, "claimed_seq": 0}  # the adoption of an epoch before is no entry of this one
    work.connection.execute(update(lanes).where(lanes.c.till_id == till_id).values(as_new))


def _certified(keys: HqKeys) -> list[tuple[TillCertificate, bytes]]:
    """The newest certificate of each till, what was given last first. A key is one till's: where it stands there twice,
    HQ was stopped between the list and its records, and the till was enrolled by the later one."""
    of_keys: dict[bytes, tuple[TillCertificate, bytes]] = {}
    for certificate in keys.certificates():
        says = certificates.read(keys, certificate)
        if says is not None:
            of_keys.pop(says.public_key, None)
            of_keys[says.public_key] = says, certificate
    newest: dict[UUID, tuple[TillCertificate, bytes]] = {}
    for says, certificate in reversed(of_keys.values()):
        newest.setdefault(says.till_id, (says, certificate))
    return list(newest.values())


def _change_key(work: Work, says: TillCertificate, certificate: bytes) -> None:
    """A till was enrolled again after the backup was made; its new epoch opens at its first word."""
    table, keys = tables.tills, tables.till_keys
    new = {"public_key": says.public_key, "certificate": certificate, "status": "active"}
    work.connection.execute(update(table).where(table.c.till_id == says.till_id).values(new))
    row = {"from_epoch": says.epoch, "public_key": says.public_key, "valid_from_ms": says.issued_at_ms}
    work.connection.execute(insert(keys).values(till_id=says.till_id, **row))


def _take_in(work: Work, says: TillCertificate, certificate: bytes) -> None:
    """A number that another till was given meanwhile, by an HQ that had lost this one, stays that one's."""
    stores_known = {store.store_id for store in stores.all_stores(work.connection)}
    if says.store.store_id not in stores_known:
        stores.save_store(work, says.store)
    columns = tables.tills.c
    taken = work.connection.scalars(select(columns.number).where(columns.store_id == says.store.store_id)).all()
    number = max(taken) + 1 if says.number in taken else says.number
    tills.take_in(work, structs.replace(says, number=number), certificate)
