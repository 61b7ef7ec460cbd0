"""Files of tills without a line: opened with HQ's own key, looked over, taken like what comes over the line.

A file acknowledges nothing at the till. When the line comes back, the till says the same again, and HQ knows it.
"""

from collections import Counter
from uuid import UUID

import msgspec
import zstandard
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, delete, func, insert, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Viewer
from hq_sync_server.office.books import reading
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import lane
from hq_sync_server.office.intake import intake, kept
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.organisation.tills import Till, signature_is_right
from hq_sync_server.office.shops import till_watch
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records import console_tables, tables
from shared_models.bodies import Sale
from shared_models.entries import batch_signature_input
from shared_models.refusals import Refusal
from shared_models.sync import EntriesRequest
from shared_models.sync_file import FILE_BYTES_MAX, MAGIC, UNPACKED_BYTES_MAX, SyncFile

KIND = "sync"
_uploads = console_tables.uploads
_decoder = msgspec.msgpack.Decoder(SyncFile)


class LookedOver(Struct, frozen=True, kw_only=True):
    """What a file holds. `fresh`: entries that HQ does not have; `missing_before`: the seq HQ has, where the file
    begins further on (0: it follows); `status`: active or revoked."""

    till: str
    made_at_ms: int
    epoch: int
    first_seq: int
    last_seq: int
    entries: int
    fresh: int
    sales: int
    sales_fen: int
    first_date: str
    last_date: str
    missing_before: int
    status: str


def read(keys: HqKeys, content: bytes) -> SyncFile:
    """Open a file. Refuses `sync_file_unreadable(reason)`."""
    if not content.startswith(MAGIC) or len(content) > FILE_BYTES_MAX:
        raise Refusal("sync_file_unreadable", reason="kind")
    packed = keys.open_sealed(content[len(MAGIC) :])
    if packed is None:
        raise Refusal("sync_file_unreadable", reason="key")
    try:
        if not 0 < zstandard.frame_content_size(packed) <= UNPACKED_BYTES_MAX:
            raise Refusal("sync_file_unreadable", reason="size")
        file = _decoder.decode(zstandard.ZstdDecompressor().decompress(packed, max_output_size=UNPACKED_BYTES_MAX))
    except (zstandard.ZstdError, msgspec.MsgspecError, RecursionError):
        raise Refusal("sync_file_unreadable", reason="content") from None
    if not file.batches or not all(one.entries and one.lane.till_id == file.till_id for one in file.batches):
        raise Refusal("sync_file_unreadable", reason="content")
    return file


def keep(work: Work, viewer: Viewer, name: str, content: bytes) -> UUID:
    """Keep a file until it was looked over. Refuses `sync_file_unreadable`, `till_unknown`."""
    viewer.require("imports.do")
    look_over(work.connection, read(work.keys, content))
    upload_id = work.ids.new_id()
    row = {"kind": KIND, "name": name, "content": content, "who": viewer.login, "at_ms": work.now_ms}
    work.connection.execute(insert(_uploads).values(upload_id=upload_id, **row))
    return upload_id


def upload(connection: Connection, viewer: Viewer, upload_id: UUID) -> tuple[str, bytes]:
    """(name, content) of a file of one's own. Refuses `not_found`."""
    viewer.require("imports.do")
    here = (_uploads.c.upload_id == upload_id) & (_uploads.c.kind == KIND) & (_uploads.c.who == viewer.login)
    row = connection.execute(select(_uploads.c.name, _uploads.c.content).where(here)).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return row.name, bytes(row.content)


def look_over(connection: Connection, file: SyncFile) -> LookedOver:
    """What the file would bring. Refuses `till_unknown`."""
    till = tills.find(connection, file.till_id)
    if till is None:
        raise Refusal("till_unknown")
    entries = [entry for batch in file.batches for entry in batch.entries]
    epoch = _epoch_of(file.batches[0])
    stored = tables.entries.c
    known = connection.scalar(
        select(func.count()).where(
            stored.till_id == file.till_id, stored.epoch == epoch, stored.seq.in_([entry.seq for entry in entries])
        )
    )
    heads = tables.heads.c
    head_seq = connection.scalar(select(heads.seq).where(heads.till_id == file.till_id, heads.epoch == epoch)) or 0
    read_bodies = [reading.read(entry, b"").body for entry in entries]
    dates = sorted(body.head.business_date for body in read_bodies if body is not None)
    sales = [body for body in read_bodies if isinstance(body, Sale)]
    return LookedOver(
        till=till_watch.label_of(connection, file.till_id),
        made_at_ms=file.made_at_ms,
        epoch=epoch,
        first_seq=entries[0].seq,
        last_seq=entries[-1].seq,
        entries=len(entries),
        fresh=len(entries) - int(known or 0),
        sales=len(sales),
        sales_fen=sum(sale.total_fen for sale in sales),
        first_date=dates[0] if dates else "",
        last_date=dates[-1] if dates else "",
        missing_before=head_seq if entries[0].seq > head_seq + 1 else 0,
        status="revoked" if till.revoked else "active",
    )


class Taken(Struct, frozen=True, kw_only=True):
    """What came of a file. `named`: exception -> how often; `kept`: it waits under a revoked key."""

    entries: int
    named: dict[str, int]
    kept: bool = False


def take(work: Work, viewer: Viewer, upload_id: UUID, file: SyncFile) -> Taken:
    """Take the file into the books, all of it or nothing. Refuses `till_unknown`, `sync_file_gap(seq)` where entries
    before it are missing here, `sync_file_refused(reason)` for one that is not what the till signed."""
    viewer.require("imports.do")
    till = tills.find(work.connection, file.till_id)
    if till is None:
        raise Refusal("till_unknown")
    named: Counter[str] = Counter()
    for batch in file.batches:
        if till.revoked:
            kept.keep(work, _as_it_was(work, till, batch), batch)
        else:
            named.update(_take(work, till, batch))
    entries = sum(len(batch.entries) for batch in file.batches)
    if not till.revoked:
        _less_waits(work, file)
    work.connection.execute(delete(_uploads).where(_uploads.c.upload_id == upload_id))
    after = {"entries": entries, "through": file.batches[-1].entries[-1].seq}
    audit.note(work, viewer, "sync_file_taken", f"till:{file.till_id.hex}", {}, after, store_id=till.store_id)
    return Taken(entries=entries, named=dict(named), kept=till.revoked)


def _take(work: Work, till: Till, batch: EntriesRequest) -> list[str]:
    """The names of what did not fit of one batch."""
    lane_now, epoch = lane.locked(work, till), _epoch_of(batch)
    if epoch == till.epoch and not lane_now.trouble:
        reply = intake.take(work, lane_now, batch)
    else:
        named = "" if epoch == till.epoch else intake.CLOSED_EPOCH
        reply = intake.take_branch(work, lane_now, batch, epoch, named=named)
    outcome = reply.answer.get("outcome", "ok")
    if outcome == "resend_from":
        raise Refusal("sync_file_gap", seq=lane_now.head.seq)
    if outcome != "ok":
        raise Refusal("sync_file_refused", reason=str(reply.answer.get("refusal", outcome)))
    if reply.remember:  # an adoption that the till had named came with it: nobody waits for that any more
        lanes = tables.lanes
        work.connection.execute(update(lanes).where(lanes.c.till_id == till.till_id).values(**reply.remember))
    return [verdict.code for verdict in reply.answer.get("verdicts", ()) if verdict.code]


def _as_it_was(work: Work, till: Till, batch: EntriesRequest) -> Till:
    """The till under whichever of its old keys signed this. Refuses `sync_file_refused`."""
    last = batch.entries[-1]
    signed = batch_signature_input(till.till_id, _epoch_of(batch), last.seq, last.entry_hash)
    for one in tills.with_revoked_keys(work.connection, till.till_id):
        if signature_is_right(one.public_key, batch.signature, signed):
            return replace(one, epoch=_epoch_of(batch))
    raise Refusal("sync_file_refused", reason="batch_signature_wrong")


def _epoch_of(batch: EntriesRequest) -> int:
    return batch.epoch or batch.lane.epoch


def _less_waits(work: Work, file: SyncFile) -> None:
    """What was said to wait there is here now, unless the till has written more since."""
    last = file.batches[-1]
    if last.entries[-1].seq < last.lane.seq:
        return
    lanes = tables.lanes
    here = lanes.c.till_id == file.till_id
    work.connection.execute(update(lanes).where(here).values(waiting_entries=0, waiting_fen=0))
