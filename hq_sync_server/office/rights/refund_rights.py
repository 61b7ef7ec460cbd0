"""Refunds at HQ: each is checked against its sale, and the right to refund a sale may move.

The till that sold has the right, without a row here, until somebody refunds or asks for it. What all refunds take of a
line never exceeds the line: what does is taken as the fact it is, and named with the money that went out.

Called by intake, which opens the sales of a batch, by `booking` for each entry, and by the control lane.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Row, select, update

from hq_sync_server.office.books import shelves
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note, SoldPage, TokenPage
from hq_sync_server.office.books.reading import ReadEntry
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import nudges
from hq_sync_server.office.rights import orders, recalls, tokens
from hq_sync_server.records import bulk, statements, tables
from shared_models import bodies
from shared_models.bodies import Body, OrderTaken, Refund, RefundLine, Sale, SaleCredited, TokenMove, TokenReleased
from shared_models.refund_rights import RefundRight, encode_right
from shared_models.sync import SaleWanted, TokenHeld
from shared_models.tokens import order_token, refund_right

_RECEIPT = re.compile(r"(\d{2})(\d{1,9})-(\d{1,12})", re.ASCII)
_AHEAD_MAX = 16
_TOKEN_COLUMNS = ("token", "kind", "subject", "owner_till_id", "owner_epoch", "version", "withdrawn")
_MAXIMUM = "through_seq = CASE WHEN excluded.through_seq > refund_ranges.through_seq THEN excluded.through_seq ELSE "
_MAXIMUM += "refund_ranges.through_seq END"


# --- opening --------------------------------------------------------------------------------------------------------


def open_batch(books: Books, read_entries: Sequence[ReadEntry]) -> None:
    """Lock the rights of all sales that entries of a batch refund or give up; read what came back of them before."""
    wanted: set[UUID] = set()
    in_batch: dict[UUID, SoldPage] = {}
    for entry in read_entries:
        body = entry.body
        if isinstance(body, Refund | SaleCredited):
            wanted.add(body.sale_id)
        elif isinstance(body, TokenReleased):
            moved = (move for move in body.tokens if move.kind == "refund_right" and move.subject is not None)
            wanted |= {move.subject for move in moved if move.subject is not None}
    if not wanted:
        return
    for entry in read_entries:
        if isinstance(entry.body, Sale) and entry.business_id in wanted and entry.business_id is not None:
            place = (books.till_id, books.epoch, entry.wire.seq)
            in_batch.setdefault(entry.business_id, SoldPage(*place, entry.wire.body))
    open_sales(books, wanted, in_batch)


def open_sales(books: Books, sale_ids: Iterable[UUID], in_batch: dict[UUID, SoldPage] | None = None) -> None:
    """The same for these sales; those HQ never heard of stay unknown."""
    wanted = set(sale_ids) - books.sold.keys()
    names = ("business_id", "till_id", "epoch", "seq", "body")
    rest = "AND counts AND entry_type = 'sale'"
    rows = statements.fetch(books.work.connection, tables.entries, names, "business_id", sorted(wanted), rest=rest)
    found = dict(in_batch or {}) | {row[0]: SoldPage(row[1], row[2], row[3], bytes(row[4])) for row in rows}
    if not found:
        return
    made = [
        (refund_right(sale_id), "refund_right", sale_id, page.till_id, page.epoch, 0, False)
        for sale_id, page in sorted(found.items())
    ]
    bulk.upsert(books.work.connection, tables.tokens, _TOKEN_COLUMNS, made, changes="nothing")
    for token in [row[0] for row in made]:
        books.tokens.pop(token, None)  # opened before it had a row
    books.open((), {row[0] for row in made})
    _read_what_came_back(books, found)
    books.sold.update(found)
    for sale_id in found:
        _come_home(books, sale_id)


def _read_what_came_back(books: Books, found: dict[UUID, SoldPage]) -> None:
    entries = tables.entries.c
    names = ("refers_to", "entry_type", "body")
    rest = "AND counts ORDER BY entry_id"
    rows = statements.fetch(books.work.connection, tables.entries, names, entries.refers_to.name, found, rest=rest)
    for sale_id, entry_type, body in rows:
        if entry_type == "sale_credited":
            found[sale_id].credit(msgspec.json.decode(body, type=SaleCredited))
        elif entry_type == "refund":
            found[sale_id].refunds.append(bytes(body))
        elif entry_type == "tender_corrected":  # a till may name the sale where an order belongs
            found[sale_id].corrections.append(bytes(body))


def _come_home(books: Books, sale_id: UUID) -> None:
    """A right that never moved by itself is HQ's where its till gave up a whole range, or its epoch was sealed."""
    sold, page = books.sold[sale_id], books.tokens[refund_right(sale_id)]
    if page.version or page.owner_till_id is None:
        return
    place = (sold.till_id, sold.epoch)
    connection = books.work.connection
    row = statements.run(
        connection, "SELECT through_seq FROM refund_ranges WHERE till_id = ? AND epoch = ?", place
    ).first()
    sealed = statements.run(
        connection, "SELECT 1 FROM heads WHERE till_id = ? AND epoch = ? AND status = 'sealed'", place
    ).first()
    if sealed is not None or (row is not None and sold.seq <= row[0]):
        books.token(structs.replace(page, owner_till_id=None, owner_epoch=0, version=1))


# --- booking --------------------------------------------------------------------------------------------------------


def book(books: Books, entry_id: int, seq: int, body: Body) -> list[str]:
    """Check a refund against its sale, or book rights given up by range; the names of what did not fit."""
    if isinstance(body, TokenReleased) and body.refund_rights_through_seq:
        _give_up_range(books, min(body.refund_rights_through_seq, seq - 1))
    if not isinstance(body, Refund):
        return []
    sold = books.sold.get(body.sale_id)
    if sold is None and books.work.recovering:
        return []  # the till that sold it may not have been heard yet: see `name_unnamed`
    if sold is None:
        return [_named(books, "refund_of_unknown_sale", entry_id, seq, body, body.total_fen)]
    codes = []
    page = books.tokens[refund_right(body.sale_id)]
    here = (page.owner_till_id, page.owner_epoch, page.version) == (books.till_id, books.epoch, body.right_version)
    if not here:
        codes.append(_named(books, "refund_not_owned", entry_id, seq, body, body.total_fen))
    above_fen = too_much(sold.sale, sold.refunded(), body)
    sold.refunds.append(bodies.encode_body(body))
    if above_fen is not None:
        codes.append(_named(books, "refund_exceeds_sale", entry_id, seq, body, above_fen))
    recalls.answered(books.work, page.token)
    return codes


def too_much(sale: Sale, before: Iterable[Refund], refund: Refund) -> int | None:
    """By how much a refund exceeds what was left of its sale; None where it does not. Goods beyond what was sold count
    although no money went out for them, and coupons that were not redeemed in it or came back before."""
    before = list(before)
    sold = {line.line_number: (line.quantity_milli, line.amount_fen) for line in sale.lines}
    earlier: dict[int, list[int]] = {}
    for line in (line for one in before for line in one.lines):
        _add(earlier, line)
    left = set(sale.coupons_redeemed).difference(*(one.coupons_restored for one in before))
    above_fen, is_above = 0, not left.issuperset(refund.coupons_restored)
    asked: dict[int, list[int]] = {}
    for line in refund.lines:
        _add(asked, line)
    for number, (quantity_milli, amount_fen) in asked.items():
        quantity_before, amount_before = earlier.get(number, [0, 0])
        quantity_sold, amount_sold = sold.get(number, (0, 0))
        above_fen += max(0, amount_fen - max(0, amount_sold - amount_before))
        is_above = is_above or quantity_before + quantity_milli > quantity_sold
    return above_fen if above_fen or is_above else None


def _add(sums: dict[int, list[int]], line: RefundLine) -> None:
    of_line = sums.setdefault(line.line_number, [0, 0])
    of_line[0] += line.quantity_milli
    of_line[1] += line.amount_fen


def _give_up_range(books: Books, through_seq: int) -> None:
    columns = ("till_id", "epoch", "through_seq")
    row = (books.till_id, books.epoch, through_seq)
    bulk.upsert(books.work.connection, tables.refund_ranges, columns, [row], changes=_MAXIMUM)
    for sale_id, sold in books.sold.items():
        if (sold.till_id, sold.epoch) == (books.till_id, books.epoch):
            _come_home(books, sale_id)
    recalls.range_answered(books.work, books.till_id)


def _named(books: Books, code: str, entry_id: int, seq: int, body: Refund, amount_fen: int) -> str:
    books.note(
        Note(
            code,
            till_id=books.till_id,
            epoch=books.epoch,
            seq=seq,
            entry_id=entry_id,
            subject=body.member_id,
            amount=amount_fen,
            unit="fen",
            told={"sale": body.sale_id.hex},
        )
    )
    return code


# --- handing over ---------------------------------------------------------------------------------------------------


def grant(books: Books, wanted: Iterable[SaleWanted]) -> tuple[list[TokenMove], list[TokenHeld]]:
    """The rights that HQ has, each with its sale and all that was put right on it; and why the others were not given.
    What another till has is asked for there."""
    moves: dict[UUID, TokenMove] = {}
    held: list[TokenHeld] = []
    for want in wanted:
        sale_id = want.sale_id or _behind_receipt(books, want, Sale)
        if sale_id is not None:
            open_sales(books, {sale_id})
        sold = books.sold.get(sale_id) if sale_id is not None else None
        said = TokenHeld(
            code="unknown", sale_id=want.sale_id, receipt_number=want.receipt_number, store_id=want.store_id
        )
        if sale_id is None or sold is None:
            held.append(_order(books, want, said) or _not_delivered(books, want, said))
            continue
        page = books.tokens[refund_right(sale_id)]
        if page.owner_till_id is not None and page.owner_till_id != books.till_id:
            recalls.ask(books.work, page, page.owner_till_id, books.till_id)
            held.append(tokens.at_till(books, page.owner_till_id, structs.replace(said, code="at_till")))
        elif page.owner_till_id is not None or books.work.recovering:
            held.append(structs.replace(said, code="not_now"))
        elif page.token not in moves:
            moves[page.token] = _hand_over(books, page, sale_id, sold)
    return list(moves.values()), held


def _hand_over(books: Books, page: TokenPage, sale_id: UUID, sold: SoldPage) -> TokenMove:
    page.owner_till_id, page.owner_epoch = books.till_id, books.epoch
    page.version += 1
    books.token(page)
    right = RefundRight(
        till_id=sold.till_id,
        epoch=sold.epoch,
        seq=sold.seq,
        sale=sold.body,
        refunds=tuple(sold.refunds),
        corrections=tuple(sold.corrections),
        store_id=books.work.connection.scalar(
            select(tables.tills.c.store_id).where(tables.tills.c.till_id == sold.till_id)
        ),
    )
    return TokenMove(
        token=page.token, kind="refund_right", version=page.version, subject=sale_id, terms=encode_right(right)
    )


def _order(books: Books, want: SaleWanted, said: TokenHeld) -> TokenHeld | None:
    """A receipt that is an order's slip: which order, whose token may be asked for by name, and who has it. An order
    that was changed is the one it became."""
    order_id = _behind_receipt(books, want, OrderTaken)
    if order_id is None:
        return None
    order_id = orders.as_it_is_now(books.work.connection, order_id)
    rows = tables.tokens.c
    owner = books.work.connection.execute(
        select(rows.owner_till_id, rows.spent_entry_id).where(rows.token == order_token(order_id))
    ).one_or_none()
    if owner is None or owner.spent_entry_id is not None:
        return structs.replace(said, code="used")
    said = structs.replace(said, code="order", order_id=order_id)
    return said if owner.owner_till_id is None else tokens.at_till(books, owner.owner_till_id, said)


def _not_delivered(books: Books, want: SaleWanted, said: TokenHeld) -> TokenHeld:
    """A receipt HQ has no sale for: where its till has not delivered so far yet, that till is asked to."""
    named = _RECEIPT.fullmatch(want.receipt_number)
    store_id = want.store_id or books.store_id
    if named is None or store_id is None:
        return said
    tills, heads = tables.tills.c, tables.heads.c
    till_id = books.work.connection.scalar(
        select(tills.till_id)
        .join_from(tables.tills, tables.heads, heads.till_id == tills.till_id)
        .where(
            tills.store_id == store_id,
            tills.number == int(named[1]),
            heads.epoch == int(named[2]),
            heads.seq < int(named[3]),
            heads.status == "open",
        )
    )
    if till_id is None or till_id == books.till_id:
        return said
    nudges.nudge(books.work, till_id)
    return tokens.at_till(books, till_id, structs.replace(said, code="at_till"))


def _behind_receipt(books: Books, want: SaleWanted, kind: type[Sale] | type[OrderTaken]) -> UUID | None:
    """The sale or order behind a receipt's number `<till><epoch>-<seq>`: look-ups may go ahead of its entry, and what
    the till's other thread writes of rights between the number and the entry."""
    named = _RECEIPT.fullmatch(want.receipt_number)
    store_id = want.store_id or books.store_id
    if named is None or store_id is None:
        return None
    entries, tills = tables.entries.c, tables.tills.c
    seq = int(named[3])
    rows = books.work.connection.execute(
        select(entries.business_id, entries.body)
        .join_from(tables.entries, tables.tills, tills.till_id == entries.till_id)
        .where(
            tills.store_id == store_id,
            tills.number == int(named[1]),
            entries.epoch == int(named[2]),
            entries.seq.between(seq, seq + _AHEAD_MAX),
            entries.entry_type == ("sale" if kind is Sale else "order_taken"),
            entries.counts,
        )
    ).all()
    for business_id, body in rows:
        if msgspec.json.decode(bytes(body), type=kind).receipt_number == want.receipt_number:
            found: UUID = business_id
            return found
    return None


def unnamed(connection: Connection) -> Iterator[UUID]:
    """Sales of which more came back than was sold although no refund of them is named: for `verify`."""
    entries = tables.entries
    rows = connection.execute(
        select(entries.c.refers_to, entries.c.body, entries.c.verdict_codes)
        .where(entries.c.refers_to.is_not(None), entries.c.entry_type == "refund", entries.c.counts)
        .order_by(entries.c.refers_to, entries.c.entry_id)
    ).all()
    refunds: dict[UUID, list[Refund]] = {}
    named = set()
    for sale_id, body, codes in rows:
        refunds.setdefault(sale_id, []).append(msgspec.json.decode(bytes(body), type=Refund))
        if "refund_" in codes:
            named.add(sale_id)
    rest = "AND counts AND entry_type = 'sale'"  # a refund may name whatever its till likes
    sold = statements.fetch(connection, tables.entries, ("business_id", "body"), "business_id", refunds, rest=rest)
    sales = {sale_id: msgspec.json.decode(bytes(body), type=Sale) for sale_id, body in sold}
    for sale_id, parts in refunds.items():
        if sale_id in named:
            continue
        sale = sales.get(sale_id)
        if sale is None or any(too_much(sale, parts[:place], part) is not None for place, part in enumerate(parts)):
            yield sale_id


def name_unnamed(work: Work) -> None:
    """When HQ has recovered from a backup: refunds that came before their sale did, and do not fit it, or whose sale
    nobody brought."""
    entries = tables.entries
    for sale_id in list(unnamed(work.connection)):
        of_sale = entries.c.refers_to == sale_id
        rows = work.connection.execute(
            select(entries).where(of_sale, entries.c.entry_type == "refund", entries.c.counts).order_by("entry_id")
        ).all()
        counted = (entries.c.business_id == sale_id, entries.c.counts, entries.c.entry_type == "sale")
        sold = work.connection.scalar(select(entries.c.body).where(*counted))
        sale = None if sold is None else msgspec.json.decode(bytes(sold), type=Sale)
        before: list[Refund] = []
        for row in rows:
            refund = msgspec.json.decode(bytes(row.body), type=Refund)
            above_fen = refund.total_fen if sale is None else too_much(sale, before, refund)
            before.append(refund)
            if above_fen is not None:
                _name_late(work, row, "refund_of_unknown_sale" if sale is None else "refund_exceeds_sale", above_fen)


def _name_late(work: Work, row: Row[Any], code: str, amount_fen: int) -> None:
    entries = tables.entries
    codes = ",".join(filter(None, (row.verdict_codes, code)))
    named = update(entries).where(entries.c.entry_id == row.entry_id)
    work.connection.execute(named.values(verdict="exception", verdict_codes=codes))
    place = {"till_id": row.till_id, "epoch": row.epoch, "seq": row.seq, "entry_id": row.entry_id}
    note = Note(code, **place, subject=row.member_id, amount=amount_fen, unit="fen")
    shelves.write_notes(work.connection, [note], work.ids, work.now_ms)
