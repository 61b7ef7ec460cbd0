"""The trial before an import: a hundred typical members of the file through the whole cycle in a throw-away HQ.

Each is imported, given a coupon, buys something with it by stored value and points as far as the rules allow, and
brings it back. What HQ's books then say is compared, member by member, with the figures of the system before: after
the import, after the sale and after the refund. Nothing of it touches the records.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, insert, select

from hq_sync_server.office.books import sequencer
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.imports import member_import
from hq_sync_server.office.imports.member_import import MembersFile, NewMember
from hq_sync_server.office.imports.trial_till import TrialTill, in_groups
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rights import coupons, tokens
from hq_sync_server.office.rights.coupons import CouponTemplate
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import office_tables, tables
from hq_sync_server.records.database import Database
from hq_sync_server.records.migrating import migrate
from shared_models import bodies
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.members import mask_phone
from shared_models.moments import business_date_of
from shared_models.postings import lot_account
from shared_models.refunds import plan_refund, state_after
from shared_models.refusals import Refusal
from shared_models.rights import draw
from shared_models.rule_engine import (
    ENGINE_VERSION,
    BasketLine,
    eligible_paid_fen,
    points_earned,
    points_lot_for,
    quote,
)
from shared_models.rules import StoreRules, encode_rules, rule_hash
from shared_models.sales import CouponTerms, GoodsTerms, LotAmount, MemberOnSale, QuoteInputs, Tender

MEMBERS = 100
_ASKED_AT_ONCE = 50
_BASKET_FEN = 3_000
_PURSES = ("principal", "bonus", "points")
Tell = Callable[[int, int], None]
Figures = tuple[int, int, int]
"""principal, bonus, points"""


class Tried(Struct, frozen=True, kw_only=True):
    """One member of the trial. `expected_*` follow from the old system's figures alone; `found_*` are HQ's."""

    who: str
    old: Figures
    imported: Figures
    expected_sold: Figures
    sold: Figures
    returned: Figures

    @property
    def agrees(self) -> bool:
        """Whether HQ's books say what the old figures demand, at each step."""
        return self.old == self.imported == self.returned and self.expected_sold == self.sold


class Trial(Struct, frozen=True, kw_only=True):
    """What came of it. Sums are of what the members did."""

    tried: tuple[Tried, ...]
    sales_fen: int
    stored_fen: int
    points_spent: int
    points_earned: int
    coupons: int
    exceptions: tuple[str, ...]
    faults: int


class _Sold(Struct, frozen=True, kw_only=True):
    sale: bodies.Sale
    seq: int


def choose(members: Sequence[NewMember], count: int = MEMBERS) -> list[NewMember]:
    """Typical members and the odd ones: of each kind (tier, what they have, phone or card) some, richest and poorest
    first."""
    kinds: dict[tuple[Any, ...], list[NewMember]] = {}
    for one in members:
        kind = (one.tier, one.principal_fen > 0, one.bonus_fen > 0, one.points > 0, bool(one.phone), bool(one.card))
        kinds.setdefault(kind, []).append(one)
    for kind, alike in kinds.items():
        ordered = sorted(alike, key=lambda one: (one.principal_fen + one.bonus_fen, one.points))
        kinds[kind] = [one for pair in zip(ordered, reversed(ordered), strict=True) for one in pair][: len(ordered)]
    chosen: list[NewMember] = []
    place = 0
    while len(chosen) < min(count, len(members)):
        chosen += [alike[place] for alike in kinds.values() if place < len(alike)]
        place += 1
    return chosen[:count]


def run(desk: Desk, file: MembersFile, tell: Tell) -> Trial:
    """Try it. Refuses `file_empty`, `trial_needs_rules` (no store has rules in force, or there is nothing to sell)."""
    chosen = choose(file.members)
    if not chosen:
        raise Refusal("file_empty", path=file.sheet.name)
    with desk.read() as connection:
        place = _Place.of(connection, desk.clock.now_ms())
    with tempfile.TemporaryDirectory(prefix="tillbook-trial-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'trial.db'}")
        try:
            migrate(database)
            trial = Desk(database, desk.clock, desk.ids, HqKeys.open(Path(folder) / "keys"), sequencer.sequence)
            return _Cycle(trial, place, replace(file, members=chosen), tell).run()
        finally:
            database.close()


class _Place(Struct, frozen=True):
    """Where the trial shops: what of the records it needs."""

    regions: tuple[tuple[UUID, str, str], ...]
    rows: tuple[StoreRow, ...]
    rules: StoreRules
    goods: GoodsRow

    @classmethod
    def of(cls, connection: Connection, now_ms: int) -> "_Place":
        rows = tuple(stores.all_stores(connection))
        today = business_date_of(now_ms)
        in_force = (rule_configs.rules_in_force(connection, row.store_id, today) for row in rows)
        rules = next((one for one in in_force if one is not None), None)
        encoded = connection.scalars(select(office_tables.goods.c.row).order_by(office_tables.goods.c.goods_id))
        goods = (msgspec.msgpack.decode(bytes(row), type=GoodsRow) for row in encoded)
        sold = next((row for row in goods if row.active and row.unit == "piece" and row.price.amount_fen >= 200), None)
        if rules is None or sold is None:
            raise Refusal("trial_needs_rules")
        regions = connection.execute(select(tables.regions))
        return cls(tuple((row.region_id, row.code, row.name) for row in regions), rows, rules, sold)


class _Cycle:
    """The hundred, step by step."""

    def __init__(self, desk: Desk, place: _Place, file: MembersFile, tell: Tell) -> None:
        self._desk = desk
        self._place = place
        self._file = file
        self._tell = tell
        self._named: list[str] = []
        self._coupons: dict[UUID, CouponTerms] = {}
        self._tiers: dict[UUID, str] = {}

    def run(self) -> Trial:
        self._tell(0, 5)
        self._desk.run(self._found)
        ids = self._desk.run(self._import)
        imported = self._figures(ids)
        self._tell(1, 5)
        till = TrialTill(self._desk, self._place.rules.store_id)
        sales = self._sell(till, ids)
        self._named += till.push()
        self._tell(2, 5)
        sold = self._figures(ids)
        for member_id in ids:
            till.append(self._refund(till, member_id, sales[member_id]))
        self._named += till.push()
        self._tell(3, 5)
        returned = self._figures(ids)
        with self._desk.read() as connection:
            faults = verify.verify(connection).faults_count
        self._tell(5, 5)
        rows = zip(ids, self._file.members, imported, sold, returned, strict=True)
        bodies_of_sales = [one.sale for one in sales.values()]
        return Trial(
            tried=tuple(
                _tried(one, before, after, back, sales[member_id].sale) for member_id, one, before, after, back in rows
            ),
            sales_fen=sum(one.total_fen for one in bodies_of_sales),
            stored_fen=sum(t.amount_fen for one in bodies_of_sales for t in one.tenders if t.kind == "stored_value"),
            points_spent=sum(part.amount for one in bodies_of_sales for part in one.points_spent),
            points_earned=sum(part.amount for one in bodies_of_sales for part in one.points_earned),
            coupons=sum(len(one.coupons_redeemed) for one in bodies_of_sales),
            exceptions=tuple(sorted(set(self._named))),
            faults=faults,
        )

    def _found(self, work: Work) -> None:
        chain.set_up(work, "trial")
        for region_id, code, name in self._place.regions:
            work.connection.execute(insert(tables.regions).values(region_id=region_id, code=code, name=name))
        for row in self._place.rows:
            stores.save_store(work, row)
        rules = self._place.rules
        work.connection.execute(
            insert(office_tables.rules).values(
                rule_hash=rule_hash(rules),
                store_id=rules.store_id,
                version=rules.version,
                effective_from=rules.effective_from,
                encoded=encode_rules(rules),
                author=rules.author,
                published_at_ms=work.now_ms,
            )
        )

    def _import(self, work: Work) -> list[UUID]:
        member_import.take_members(work, self._file, self._file.total)
        found = []
        members = tables.members.c
        for one in self._file.members:
            lookup = work.keys.phone_lookup(one.phone) if one.phone else None
            by_phone = select(members.member_id).where(members.phone_lookup == lookup)
            cards = tables.member_cards.c
            by_card = select(cards.member_id).where(cards.card_code == one.card)
            member_id = work.connection.scalar(by_phone if lookup else by_card)
            assert member_id is not None, "it was just imported"
            found.append(member_id)
            self._tiers[member_id] = one.tier
        template = CouponTemplate(
            template_id="trial", name="trial", kind="amount_off", amount_fen=100, valid_days=30, restored_on_refund=True
        )
        coupons.save_template(work, template)
        terms = coupons.terms_of(work, template)
        self._coupons = {one: structs.replace(terms, token=work.ids.new_id()) for one in found}
        tokens.issue(work, [(terms, member_id) for member_id, terms in self._coupons.items()])
        return found

    def _figures(self, ids: Sequence[UUID]) -> list[Figures]:
        """Each member's balances as HQ's books have them."""
        sums: dict[tuple[UUID, str], int] = {}
        with self._desk.read() as connection:
            for row in connection.execute(select(tables.member_lots)):
                key = (row.member_id, lot_account(row.lot))
                sums[key] = sums.get(key, 0) + row.balance
        return [tuple(sums.get((one, purse), 0) for purse in _PURSES) for one in ids]  # type: ignore[misc]  # three purses

    def _sell(self, till: TrialTill, ids: Sequence[UUID]) -> dict[UUID, _Sold]:
        sold: dict[UUID, _Sold] = {}
        for some in in_groups(ids, _ASKED_AT_ONCE):
            held = till.ask(some)
            self._named += till.push()
            for member_id in some:
                sale = self._sale(till, member_id, held.get(member_id, []))
                sold[member_id] = _Sold(sale=sale, seq=till.append(sale))
            self._named += till.push()
        return sold

    def _sale(self, till: TrialTill, member_id: UUID, held: list[tuple[str, int]]) -> bodies.Sale:
        """A basket of thirty yuan or so: the coupon, points as money where the rules know it, stored value, the rest by
        wallet."""
        place, head = self._place, till.head(member_id)
        lots = {purse: [one for one in held if lot_account(one[0]) == purse] for purse in _PURSES}
        pieces = max(1, _BASKET_FEN // place.goods.price.amount_fen)
        inputs = QuoteInputs(
            rule_hash=rule_hash(place.rules),
            engine_version=ENGINE_VERSION,
            business_date=head.business_date,
            member_id=member_id,
            tier=self._tiers[member_id],
            coupons=(self._coupons[member_id],),
            points_to_spend=sum(amount for _lot, amount in lots["points"]),
        )
        priced = quote(place.rules, [_line(place.goods, pieces)], inputs)
        used, _missing = draw(lots["points"], priced.points_used)
        tenders = _tenders(member_id, lots["principal"], lots["bonus"], priced.total_fen)
        earned = points_earned(place.rules, priced.lines, inputs, eligible_paid_fen(place.rules, tenders))
        lot = points_lot_for(place.rules, head.business_date)
        return bodies.Sale(
            head=head,
            receipt_number=head.business_id.hex[-12:],
            member=MemberOnSale(member_id=member_id, identified_by="card"),
            inputs=inputs,
            lines=priced.lines,
            total_fen=priced.total_fen,
            tenders=tenders,
            points_earned=(LotAmount(member_id, lot, earned),) if earned else (),
            points_spent=tuple(LotAmount(member_id, lot, amount) for lot, amount in used),
            coupons_redeemed=priced.coupons_applied,
        )

    def _refund(self, till: TrialTill, member_id: UUID, sold: _Sold) -> bodies.Refund:
        sale = sold.sale
        plan = plan_refund(sale, state_after(sale, ()), {line.line_number: line.quantity_milli for line in sale.lines})
        return bodies.Refund(
            head=till.head(member_id),
            receipt_number=f"R{sale.receipt_number}",
            sale_id=sale.head.business_id,
            sale_till_id=till.till_id,
            sale_epoch=1,
            sale_seq=sold.seq,
            member_id=member_id,
            lines=plan.lines,
            total_fen=plan.total_fen,
            rounding_fen=plan.rounding_fen,
            tenders=plan.tenders,
            points_taken_back=plan.points_taken_back,
            points_returned=plan.points_returned,
            coupons_restored=plan.coupons_restored,
        )


def _line(goods: GoodsRow, pieces: int) -> BasketLine:
    return BasketLine(
        line_number=1,
        goods_id=goods.goods_id,
        name=goods.name,
        quantity_milli=pieces * 1000,
        price=goods.price,
        goods=GoodsTerms(
            category=goods.category,
            tags=goods.tags,
            member_price=goods.member_price,
            no_discount=goods.no_discount,
            no_points=goods.no_points,
        ),
        tax_category=goods.tax_category,
        tax_rate_basis_points=goods.tax_rate_basis_points,
    )


def _tenders(
    member_id: UUID, principal: list[tuple[str, int]], bonus: list[tuple[str, int]], total_fen: int
) -> tuple[Tender, ...]:
    of_principal, missing_fen = draw(principal, total_fen)
    of_bonus, missing_fen = draw(bonus, missing_fen)
    taken = [*of_principal, *of_bonus]
    stored = Tender(
        kind="stored_value",
        amount_fen=total_fen - missing_fen,
        lots=tuple(LotAmount(member_id, lot, amount) for lot, amount in taken),
    )
    wallet = Tender(kind="wechat", amount_fen=missing_fen)
    return tuple(one for one in (stored, wallet) if one.amount_fen)


def _tried(one: NewMember, imported: Figures, sold: Figures, returned: Figures, sale: bodies.Sale) -> Tried:
    """What the old figures demand is worked out from the file and the receipt, not from HQ's books."""
    old = (one.principal_fen, one.bonus_fen, one.points)
    stored = [part for tender in sale.tenders for part in tender.lots]
    paid = [sum(part.amount for part in stored if lot_account(part.lot) == purse) for purse in _PURSES[:2]]
    points = sum(part.amount for part in sale.points_earned) - sum(part.amount for part in sale.points_spent)
    return Tried(
        who=mask_phone(one.phone) if one.phone else one.card,
        old=old,
        imported=imported,
        expected_sold=(old[0] - paid[0], old[1] - paid[1], old[2] + points),
        sold=sold,
        returned=returned,
    )
