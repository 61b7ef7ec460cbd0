"""Enrolment's door: a new till by its code, or one that is enrolled again and keeps its id.

A till is enrolled again when its disk died, when its keys were lost or taken away, or when it speaks for an epoch that
another copy of it has closed. It gets another key and a new epoch. What the holder before has out comes home when the
till has delivered its old book to the end, at once when whoever gave the code declared that disk gone, and otherwise
by a write-off. Called by the api; `new_code` by the commands and the console.
"""

import hashlib
from typing import Any
from uuid import UUID

from msgspec import structs
from sqlalchemy import Row, insert, select, update

from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches, healing, lane, lost_tills, recovery
from hq_sync_server.office.healing.branches import Link
from hq_sync_server.office.organisation import stores, tills
from hq_sync_server.office.organisation.stores import EnrolmentCode
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import sealing
from hq_sync_server.office.rights.sealing import Exposure
from hq_sync_server.office.signing import certificates
from hq_sync_server.office.signing.certificates import TillCertificate
from hq_sync_server.records import tables
from shared_models.acknowledgement import Acknowledgement
from shared_models.entries import GENESIS_HASH
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer, EnrolRequest

_PUBLIC_KEY_BYTES = 32
_HASH_BYTES = len(hashlib.sha256().digest())


def new_code(
    work: Work, till_id: UUID, by: str, *, disk_gone: bool = False, valid_minutes: int = stores.CODE_MINUTES
) -> EnrolmentCode:
    """A code by which this till is enrolled again. `disk_gone` declares that its book before will never be seen again.
    Refuses `till_unknown`, `validity_invalid`."""
    till = tills.find(work.connection, till_id)
    if till is None:
        raise Refusal("till_unknown")
    code = stores.new_enrolment_code(work, till.store_id, valid_minutes=valid_minutes)
    codes = tables.enrolment_codes
    work.connection.execute(
        update(codes)
        .where(codes.c.code_hash == stores.enrolment_code_hash(code.code))
        .values(again_till_id=till_id, disk_gone=disk_gone, issued_by=by)
    )
    return code


def outside(work: Work, till_id: UUID) -> Exposure:
    """What the present holder of a till has out: listed as exposure if its disk is declared gone."""
    till = tills.find(work.connection, till_id)
    return Exposure() if till is None else sealing.rest_of(work.connection, till_id, till.epoch).exposure()


def enrol(work: Work, request: EnrolRequest) -> EnrolAnswer:
    """Take a till in by its one-time code. Refuses `code_unknown`, `code_used`, `code_expired`, `key_wrong`,
    `enrolled_already` for a code of a new till shown by one that has a book, and `book_of_another_till` when a till
    that is enrolled again brings a book that is not its own."""
    codes = tables.enrolment_codes
    code_hash = stores.enrolment_code_hash(request.code)
    code = work.connection.execute(select(codes).where(codes.c.code_hash == code_hash).with_for_update()).first()
    if code is None or code.again_till_id is None:
        if code is not None and request.previous_till_id is not None:
            raise Refusal("enrolled_already")  # before a code is used up for a till that will not take the answer
        return _proved(work, tills.enrol(work, request))
    if len(request.public_key) != _PUBLIC_KEY_BYTES:
        raise Refusal("key_wrong")
    till = tills.find(work.connection, code.again_till_id)
    if till is None:
        raise Refusal("till_unknown")
    if request.previous_till_id not in (None, till.till_id):
        raise Refusal("book_of_another_till")
    if code.used_at_ms is not None:
        if till.public_key != request.public_key or till.revoked:
            raise Refusal("code_used")
        return _answer_again(work, till, request)
    if code.expires_at_ms <= work.now_ms:
        raise Refusal("code_expired")
    if _was_ever_used(work, request.public_key):
        raise Refusal("key_wrong")
    till = _begin_again(work, till, request, code)
    work.connection.execute(
        update(codes).where(codes.c.code_hash == code_hash).values(used_at_ms=work.now_ms, till_id=till.till_id)
    )
    return _answered(work, till)


def _as_last_enrolled(work: Work, till: Till, public_key: bytes) -> tuple[Till, int]:
    """(the till, the newest epoch HQ ever enrolled it in). If its records do not know of that one, they came from a
    backup and nobody has said so: what was lent to that epoch is lost with them, and a recovery finds it again."""
    says = lost_tills.newest(work.keys, till.till_id)
    if says is None or says.public_key == public_key:  # HQ was stopped in the middle of this very enrolment
        return till, till.epoch
    recovery.notice(work, says, till)
    return tills.find(work.connection, till.till_id) or till, max(till.epoch, says.epoch)


def _begin_again(work: Work, before: Till, request: EnrolRequest, code: Row[Any]) -> Till:
    """Another key, a new epoch, and a lane as new."""
    before, newest_epoch = _as_last_enrolled(work, before, request.public_key)
    head = lane.locked(work, before).head
    brings_book = _brings_book(request)
    epoch = max(newest_epoch, request.previous_epoch if brings_book else 0) + 1
    genesis_hash = request.previous_hash if brings_book else head.entry_hash
    healing.begin_epoch(work, before, epoch, genesis_hash)
    till = Till(before.till_id, before.store_id, before.number, epoch, request.public_key, revoked=False)
    _change_keys(work, before, till, genesis_hash)
    lanes = tables.lanes
    work.connection.execute(update(lanes).where(lanes.c.till_id == till.till_id).values(**healing.AS_NEW))
    if brings_book:
        _seal_if_delivered(work, till, request)
    if code.disk_gone:
        for earlier in branches.unsealed(work.connection, till.till_id, epoch):
            if not (brings_book and earlier == request.previous_epoch):
                sealing.seal(work, till, earlier, by=code.issued_by, reason="disk_gone")
    return till


def _seal_if_delivered(work: Work, till: Till, request: EnrolRequest) -> None:
    """The till brings its book along, so the holder before it is no more; sealed at once if nothing of it waits."""
    end = Link(request.previous_seq, request.previous_hash)
    epoch = request.previous_epoch
    if lane.head_of(work, till.till_id, epoch) is None:
        return
    if branches.knows(work.connection, till.till_id, epoch, end):
        if not branches.is_sealed(work.connection, till.till_id, epoch):
            healing.go_by(work, till.till_id, epoch, end)
        sealing.seal(work, till, epoch, by="", reason="enrolled_again")


def _brings_book(request: EnrolRequest) -> bool:
    is_whole = request.previous_epoch >= 1 and len(request.previous_hash) == _HASH_BYTES
    return request.previous_till_id is not None and is_whole and request.previous_seq >= 0


def _change_keys(work: Work, before: Till, till: Till, genesis_hash: bytes) -> None:
    tills.revoke(work, before.till_id)  # whatever still signs with the key before is kept aside
    connection = work.connection
    name = connection.scalar(select(tables.tills.c.name).where(tables.tills.c.till_id == till.till_id)) or ""
    says = TillCertificate(
        till_id=till.till_id,
        store=stores.store(connection, till.store_id),
        number=till.number,
        name=name,
        epoch=till.epoch,
        prev_hash=genesis_hash,
        public_key=till.public_key,
        issued_at_ms=work.now_ms,
    )
    key = {"from_epoch": till.epoch, "public_key": till.public_key, "valid_from_ms": work.now_ms}
    connection.execute(insert(tables.till_keys).values(till_id=till.till_id, **key))
    connection.execute(
        update(tables.tills)
        .where(tables.tills.c.till_id == till.till_id)
        .values(public_key=till.public_key, status="active", certificate=certificates.issue(work.keys, says))
    )
    tills.publish(work, till, name)


def _was_ever_used(work: Work, public_key: bytes) -> bool:
    keys = tables.till_keys
    return work.connection.scalar(select(keys.c.till_id).where(keys.c.public_key == public_key)) is not None


def _answer_again(work: Work, till: Till, request: EnrolRequest) -> EnrolAnswer:
    """The answer was lost, and the till may have sold on meanwhile: its new epoch follows where its book ends now."""
    head = lane.locked(work, till).head
    if _brings_book(request) and head.seq == 0:
        heads = tables.heads
        here = (heads.c.till_id == till.till_id) & (heads.c.epoch == till.epoch)
        begins = {"head_hash": request.previous_hash, "genesis_hash": request.previous_hash}
        work.connection.execute(update(heads).where(here).values(**begins))
        _seal_if_delivered(work, till, request)
    return _answered(work, till)


def _answered(work: Work, till: Till) -> EnrolAnswer:
    head = lane.head_of(work, till.till_id, till.epoch)
    lanes = tables.lanes
    last_number = work.connection.scalar(select(lanes.c.last_number).where(lanes.c.till_id == till.till_id)) or 0
    answer = structs.replace(
        tills.answer(work, till),
        prev_hash=head.genesis_hash if head is not None else b"",
        next_request=last_number + 1,
    )
    return _proved(work, answer)


def _proved(work: Work, answer: EnrolAnswer) -> EnrolAnswer:
    """With HQ's signed word for the epoch that begins: HQ, restored from a backup, is to know it again."""
    begins = answer.prev_hash or GENESIS_HASH
    word = Acknowledgement(
        hq_epoch=answer.hq_epoch, hq_time_ms=answer.hq_time_ms, epoch=answer.epoch, entry_hash=begins
    )
    signature = work.keys.sign(word.signed(answer.till_id))
    return structs.replace(answer, proof=structs.replace(word, signature=signature))
