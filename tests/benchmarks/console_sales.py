"""Many days of a chain's sales, written into HQ's records by the bulk as if intake had taken them.

Every sale is a basket that the rule engine priced by the store's own rules, an entry of its till's real chain under a
real signature, with its postings; counters, balances, visits and day figures are the sums of the entries, so that
`verify` finds nothing wrong. Each till gives the points of a day back in one entry in the evening. For
`console_records` alone, which says what is not real.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.intake import day_figures
from hq_sync_server.records import bulk, tables
from shared_models import bodies, rule_engine
from shared_models.bodies import Body, Sale
from shared_models.catalog import GoodsRow
from shared_models.entries import Head, batch_signature_input, entry_hash
from shared_models.ids import IdSource
from shared_models.moments import DAY_MS, ManualClock
from shared_models.postings import derive_postings, postings_digest
from shared_models.rule_engine import BasketLine
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import GoodsTerms, LotAmount, MemberOnSale, QuoteInputs, Tender
from tests.hq_sync_server.people import WireTill

DAYS = 90
BASKETS = 60
MEMBER_DAYS = ("08", "18", "28")
OPENS_MS = 8 * 3_600_000
OPEN_MS = 12 * 3_600_000
LOCAL_MINUTE = 14 * 60
OF_MEMBERS = 0.65
_ENTRY = (
    *("entry_id", "till_id", "epoch", "seq", "prev_hash", "entry_hash", "entry_type", "type_version", "body"),
    *("business_id", "business_date", "member_id", "received_at_ms", "verdict", "verdict_codes", "counts"),
)
_POSTING = ("entry_id", "ordinal", "account", "unit", "amount", "subject", "lot")
_BATCH = ("till_id", "epoch", "last_seq", "head_hash", "first_seq", "signature", "received_at_ms")
_HOLDER = ("subject", "lot", "till_id", "epoch", "credited", "released")
_SUMMED = ("visits", "last_visit_date", "last_store_id")


@dataclass(frozen=True, slots=True)
class Person:
    """A member as far as a sale needs them."""

    member_id: UUID
    tier: str


@dataclass(slots=True)
class Shop:
    """A till with the baskets of its store: by tier, on a usual day and on one for members."""

    till: WireTill
    code: str
    store_id: UUID
    rules: StoreRules
    regulars: Sequence[Person]
    baskets: Mapping[tuple[str, bool], Sequence[Sale]]
    seq: int = 1
    head_hash: bytes = b""


@dataclass(slots=True)
class _Sums:
    """What the entries come to."""

    lots: dict[tuple[UUID, str], int] = field(default_factory=lambda: defaultdict(int))
    holders: dict[tuple[UUID, str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    spend: dict[tuple[UUID, str], int] = field(default_factory=lambda: defaultdict(int))
    visits: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    last: dict[UUID, tuple[str, UUID]] = field(default_factory=dict)
    marks: dict[tuple[UUID, UUID], int] = field(default_factory=dict)


def baskets_of(rules: StoreRules, goods: Sequence[GoodsRow], day: str) -> dict[tuple[str, bool], list[Sale]]:
    """Baskets as the store's rules price them, for every tier and for nobody, on a usual day and on one for members."""
    drawn = random.Random(rules.version + len(goods))
    pieces = [row for row in goods if row.unit == "piece" and not row.open_price and row.price.amount_fen < 10_000]
    drawn_lines = [_lines(drawn.sample(pieces, drawn.choice((1, 1, 2, 2, 3, 3, 4, 6))), drawn) for _ in range(BASKETS)]
    found: dict[tuple[str, bool], list[Sale]] = {}
    for tier in ("", *(one.code for one in rules.tiers)):
        for is_member_day in (False, True):
            dated = day[:8] + (MEMBER_DAYS[0] if is_member_day else "02")
            found[tier, is_member_day] = [_priced(rules, lines, tier, dated) for lines in drawn_lines]
    return found


def _lines(goods: Sequence[GoodsRow], drawn: random.Random) -> list[BasketLine]:
    return [
        BasketLine(
            line_number=number,
            goods_id=row.goods_id,
            name=row.name,
            scanned_code=row.barcodes[0] if row.barcodes else "",
            quantity_milli=drawn.choice((1000, 1000, 1000, 2000)),
            unit=row.unit,
            price=row.price,
            goods=GoodsTerms(category=row.category, tags=row.tags, member_price=row.member_price),
            tax_category=row.tax_category,
            tax_rate_basis_points=row.tax_rate_basis_points,
        )
        for number, row in enumerate(goods, start=1)
    ]


def _priced(rules: StoreRules, lines: Sequence[BasketLine], tier: str, day: str) -> Sale:
    """A sale without its own ids; a member's holds the points as one part without a lot."""
    nobody = UUID(int=0)
    inputs = QuoteInputs(
        rule_hash=rule_hash(rules),
        engine_version=rule_engine.ENGINE_VERSION,
        business_date=day,
        local_minute=LOCAL_MINUTE,
        member_id=nobody if tier else None,
        tier=tier,
    )
    quote = rule_engine.quote(rules, lines, inputs)
    tenders = (Tender(kind="wechat", amount_fen=quote.total_fen, state="recorded"),)
    eligible_fen = rule_engine.eligible_paid_fen(rules, tenders)
    points = rule_engine.points_earned(rules, quote.lines, inputs, eligible_fen) if tier else 0
    return Sale(
        head=Head(business_id=nobody, business_date=day),
        receipt_number="",
        member=MemberOnSale(member_id=nobody, identified_by="card", presence="card") if tier else None,
        inputs=inputs,
        lines=quote.lines,
        total_fen=quote.total_fen,
        tenders=tenders,
        points_earned=(LotAmount(nobody, "", points),) if points else (),
    )


def write(hq: Hq, shops: Sequence[Shop], total: int, first_day: str) -> None:
    """`total` sales over DAYS days from the first one, the same number a day and till."""
    sums, randomness = _Sums(), random.Random(17)
    for place in range(DAYS):
        count = total * (place + 1) // DAYS - total * place // DAYS
        day = (date.fromisoformat(first_day) + timedelta(days=place)).isoformat()
        hq.desk.run(lambda work, day=day, count=count: _day(work, shops, day, count, randomness, sums))  # type: ignore[misc]  # defaults bind the loop's values
    hq.desk.run(lambda work: _write_sums(work, sums))


def _day(work: Work, shops: Sequence[Shop], day: str, count: int, randomness: random.Random, sums: _Sums) -> None:
    midnight_ms = (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY_MS - 8 * 3_600_000  # in Shanghai
    for place, shop in enumerate(shops):
        sold = count * (place + 1) // len(shops) - count * place // len(shops)
        clock = ManualClock(midnight_ms + OPENS_MS)
        ids = IdSource(clock, randomness)
        earned: dict[tuple[UUID, str], int] = defaultdict(int)
        made: list[Body] = []
        for sale in _sales(shop, day, sold, clock, ids, randomness):
            made.append(sale)
            _add(sums, shop, sale, shop.seq + len(made), earned)
        if earned:
            made.append(_given_back(ids, day, clock.now_ms(), earned))
        _write(work, shop, day, made, clock.now_ms())
        day_figures.add(work, shop.till.till_id, made)


def _sales(
    shop: Shop, day: str, count: int, clock: ManualClock, ids: IdSource, randomness: random.Random
) -> Iterator[Sale]:
    """One till's sales of one day, in order."""
    lot = rule_engine.points_lot_for(shop.rules, day)
    is_member_day = day[8:] in MEMBER_DAYS
    for number in range(count):
        clock.advance(OPEN_MS // max(1, count))
        member: Person | None = None
        if randomness.random() < OF_MEMBERS:
            member = shop.regulars[int(len(shop.regulars) * randomness.random() ** 2)]
        template = randomness.choice(shop.baskets[member.tier if member else "", is_member_day])
        head = Head(
            business_id=ids.new_id(),
            business_date=day,
            cashier_id="00102",
            subjects=(member.member_id,) if member else (),
            till_time_ms=clock.now_ms(),
        )
        receipt = f"{shop.code}{day[2:4]}{day[5:7]}{day[8:]}{number:04d}"
        if member is None:
            inputs = replace(template.inputs, business_date=day)
            yield replace(template, head=head, inputs=inputs, receipt_number=receipt)
        else:
            yield replace(
                template,
                head=head,
                receipt_number=receipt,
                inputs=replace(template.inputs, business_date=day, member_id=member.member_id),
                member=MemberOnSale(member_id=member.member_id, identified_by="card", presence="card"),
                points_earned=tuple(LotAmount(member.member_id, lot, one.amount) for one in template.points_earned),
            )


def _add(sums: _Sums, shop: Shop, sale: Sale, seq: int, earned: dict[tuple[UUID, str], int]) -> None:
    if sale.member is None:
        return
    member_id, day = sale.member.member_id, sale.head.business_date
    for part in sale.points_earned:
        earned[member_id, part.lot] += part.amount
        sums.lots[member_id, part.lot] += part.amount
        sums.holders[member_id, part.lot, shop.till.till_id] += part.amount
    sums.spend[member_id, day[:7]] += sale.total_fen
    sums.visits[member_id] += 1
    sums.last[member_id] = day, shop.store_id
    sums.marks[member_id, shop.till.till_id] = seq


def _given_back(ids: IdSource, day: str, now_ms: int, earned: Mapping[tuple[UUID, str], int]) -> bodies.RightsReleased:
    subjects = tuple(dict.fromkeys(member_id for member_id, _ in earned))
    head = Head(business_id=ids.new_id(), business_date=day, subjects=subjects, till_time_ms=now_ms)
    parts = tuple(LotAmount(member_id, lot, amount) for (member_id, lot), amount in earned.items())
    return bodies.RightsReleased(head=head, released=parts)


def _write(work: Work, shop: Shop, day: str, made: Sequence[Body], received_at_ms: int) -> None:
    """One till's day as one signed batch at the end of its chain."""
    till_id, first_seq = shop.till.till_id, shop.seq + 1
    entries: list[bulk.Row] = []
    postings: list[bulk.Row] = []
    for entry_id, plain in zip(bulk.next_entry_ids(work.connection, len(made)), made, strict=True):
        derived = derive_postings(plain)
        body: Any = replace(plain, head=replace(plain.head, postings_digest=postings_digest(derived)))
        entry_type, type_version = bodies.type_of(body)
        encoded, before = bodies.encode_body(body), shop.head_hash
        shop.seq += 1
        shop.head_hash = entry_hash(till_id, 1, shop.seq, before, entry_type, type_version, encoded)
        head = body.head
        subject = head.subjects[0] if head.subjects else None
        entries.append(
            (
                *(entry_id, till_id, 1, shop.seq, before, shop.head_hash, entry_type, type_version, encoded),
                *(head.business_id, day, subject, received_at_ms, "ok", "", True),
            )
        )
        postings += [
            (entry_id, ordinal, leg.account, leg.unit, leg.amount, leg.subject, leg.lot)
            for ordinal, leg in enumerate(derived)
        ]
    if not entries:
        return
    bulk.insert(work.connection, tables.entries, _ENTRY, entries)
    bulk.insert(work.connection, tables.postings, _POSTING, postings)
    signature = shop.till.key.sign(batch_signature_input(till_id, 1, shop.seq, shop.head_hash))
    batch = (till_id, 1, shop.seq, shop.head_hash, first_seq, signature, received_at_ms)
    bulk.insert(work.connection, tables.batches, _BATCH, [batch])
    heads = tables.heads
    place = (heads.c.till_id == till_id) & (heads.c.epoch == 1)
    work.connection.execute(update(heads).where(place).values(seq=shop.seq, head_hash=shop.head_hash))


def _write_sums(work: Work, sums: _Sums) -> None:
    """What the entries come to, where the pages read it. All points were given back, so every one of them is free."""
    connection = work.connection
    holders: list[bulk.Row] = [(*key, 1, amount, amount) for key, amount in sorted(sums.holders.items())]
    lots = sorted(sums.lots.items())
    marks: list[bulk.Row] = [(*key, 1, seq) for key, seq in sorted(sums.marks.items())]
    spend: list[bulk.Row] = [(*key, fen) for key, fen in sorted(sums.spend.items())]
    for some in bulk.chunks(holders):
        bulk.insert(connection, tables.holders, _HOLDER, some)
    for some_lots in bulk.chunks(lots):
        rows = [(*key, amount) for key, amount in some_lots]
        added = "free = subject_lots.free + excluded.free"
        bulk.upsert(connection, tables.subject_lots, ("subject", "lot", "free"), rows, changes=added)
        added = "balance = member_lots.balance + excluded.balance"
        bulk.upsert(connection, tables.member_lots, ("member_id", "lot", "balance"), rows, changes=added)
    for some in bulk.chunks(marks):
        bulk.insert(connection, tables.member_marks, ("member_id", "till_id", "epoch", "seq"), some)
    for some in bulk.chunks(spend):
        bulk.insert(connection, tables.member_spend, ("member_id", "month", "spend_fen"), some)
    members = tables.members
    by_id = members.c.member_id == bindparam("whose")
    seen = [
        {"whose": one, "visits": count, "last_visit_date": sums.last[one][0], "last_store_id": sums.last[one][1]}
        for one, count in sums.visits.items()
    ]
    if seen:
        connection.execute(update(members).where(by_id).values({name: bindparam(name) for name in _SUMMED}), seen)


def people_by_store(work: Work) -> dict[UUID | None, list[Person]]:
    """Home store -> its members with their tiers."""
    columns = tables.members.c
    found: dict[UUID | None, list[Person]] = defaultdict(list)
    decode = msgspec.msgpack.Decoder(_Tier).decode
    for row in work.connection.execute(select(columns.member_id, columns.home_store_id, columns.profile)):
        found[row.home_store_id].append(Person(row.member_id, decode(bytes(row.profile)).tier or "standard"))
    return found


class _Tier(msgspec.Struct):
    tier: str = ""


def till_lanes_heard(work: Work, shops: Sequence[Shop], rules: Mapping[UUID, str]) -> None:
    """Tills that spoke a minute ago, quote by today's rules and have everything; one in ten has been silent."""
    for place, shop in enumerate(shops):
        silent = place % 10 == 9
        values = {
            "last_seen_ms": work.now_ms - (5 * 3_600_000 if silent else 60_000),
            "rule_hash": rules[shop.store_id],
            "program_version": "0.1.0",
            "waiting_entries": 12 if silent else 0,
            "waiting_fen": 40_000 if silent else 0,
        }
        lanes = tables.lanes
        work.connection.execute(update(lanes).where(lanes.c.till_id == shop.till.till_id).values(**values))
