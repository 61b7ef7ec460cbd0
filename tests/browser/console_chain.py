"""A small chain with a fortnight behind it, for looking at the console: two regions, three stores, four tills, members
with balances, sales priced by the stores' own rules, and one of each thing that needs somebody.

Everything is written the way it comes about: tills speak the wire, members are imported, rules are published.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.accounts import AccountRole
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.goods.goods_desk import COLOURS
from hq_sync_server.office.imports import member_import
from hq_sync_server.office.imports.member_import import MembersFile
from hq_sync_server.office.members import member_requests, member_search
from hq_sync_server.office.members.member_requests import Adjustment
from hq_sync_server.office.organisation import chain, knowledge, stores
from hq_sync_server.office.rules import rule_configs, rule_drafts
from hq_sync_server.office.sheets.sheets import Sheet
from shared_models import bodies
from shared_models.catalog import GoodsRow, GridKey, GridPage, StoreRow
from shared_models.ids import IdSource
from shared_models.moments import DAY_MS, ManualClock, business_date_of
from shared_models.rule_engine import (
    ENGINE_VERSION,
    BasketLine,
    eligible_paid_fen,
    points_earned,
    points_lot_for,
    quote,
)
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import GoodsTerms, LotAmount, MemberOnSale, QuoteInputs, Tender
from shared_models.service import ArticleRow
from tests.hq_sync_server.people import START_MS, WireTill
from tests.together import seed_rules
from tests.together.seed_goods import make_goods
from tests.together.seed_people import make_members

DAYS = 15
ROLES: tuple[tuple[str, AccountRole], ...] = (
    ("admin", "hq_admin"),
    ("second", "hq_admin"),
    ("marketing", "marketing"),
    ("east", "region_manager"),
    ("s1", "store_manager"),
    ("service", "service"),
    ("auditor", "auditor"),
)
STORES = (
    ("001", "滨江店", "downtown", "east", seed_rules.downtown_rules),
    ("002", "城西店", "community", "east", seed_rules.community_rules),
    ("003", "大学城店", "campus", "south", seed_rules.campus_rules),
)


@dataclass
class ConsoleChain:
    """An HQ on a disk, its tills, and who may log in with which password."""

    hq: Hq
    clock: ManualClock
    stores: dict[str, StoreRow] = field(default_factory=dict)
    rules: dict[str, StoreRules] = field(default_factory=dict)
    tills: dict[str, WireTill] = field(default_factory=dict)
    goods: list[GoodsRow] = field(default_factory=list)
    members: list[UUID] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    receipts: int = 0

    def sell(self, code: str, randomness: random.Random, member_id: UUID | None) -> bodies.Sale:
        """A basket of three articles at a till, priced by its store's rules, paid in cash."""
        till, rules = self.tills[code], self.rules[code.partition("/")[0]]
        today = business_date_of(self.clock.now_ms())
        lines = [_line(number, row) for number, row in enumerate(randomness.sample(self.goods, 3), start=1)]
        inputs = QuoteInputs(
            rule_hash=rule_hash(rules),
            engine_version=ENGINE_VERSION,
            business_date=today,
            local_minute=600,
            member_id=member_id,
        )
        priced = quote(rules, lines, inputs)
        tenders = (Tender(kind="cash", amount_fen=priced.total_fen),)
        earned = points_earned(rules, priced.lines, inputs, eligible_paid_fen(rules, tenders)) if member_id else 0
        lot = points_lot_for(rules, today)
        self.receipts += 1
        head = till.head(*([member_id] if member_id else []))
        sale = bodies.Sale(
            head=msgspec.structs.replace(head, business_date=today),
            receipt_number=f"{code}-{self.receipts}",
            member=MemberOnSale(member_id=member_id, identified_by="card") if member_id else None,
            inputs=inputs,
            lines=priced.lines,
            total_fen=priced.total_fen,
            tenders=tenders,
            points_earned=(LotAmount(member_id, lot, earned),) if member_id and earned else (),
        )
        till.append(sale)
        return sale


def _line(number: int, row: GoodsRow) -> BasketLine:
    return BasketLine(
        line_number=number,
        goods_id=row.goods_id,
        name=row.name,
        quantity_milli=1000,
        price=row.price,
        goods=GoodsTerms(category=row.category, tags=row.tags, member_price=row.member_price),
        tax_category=row.tax_category,
        tax_rate_basis_points=row.tax_rate_basis_points,
    )


def build(folder: Path, *, members: int = 60, sales_a_day: int = 4) -> ConsoleChain:
    """The chain on its fifteenth day, in the morning."""
    clock = ManualClock(START_MS)
    hq = open_hq(f"sqlite:///{folder / 'hq.db'}", folder / "keys", clock, IdSource(clock, random.Random(5)))
    made = ConsoleChain(hq, clock)
    hq.desk.run(lambda work: _found(made, work))
    hq.desk.run(lambda work: _import_members(made, work, members))
    for code in ("001/1", "001/2", "002/1", "003/1"):
        made.tills[code] = WireTill.enrolled(hq, made.stores[code.partition("/")[0]].store_id)
    randomness = random.Random(7)
    for _day in range(DAYS):
        for code, till in made.tills.items():
            for _ in range(sales_a_day):
                made.sell(code, randomness, randomness.choice(made.members) if randomness.random() < 0.6 else None)
            till.push()
        clock.advance(DAY_MS)
    for code in ("001/1", "001/2", "002/1"):  # the campus store is closed to us since yesterday
        for _ in range(sales_a_day):
            made.sell(code, randomness, randomness.choice(made.members))
        made.tills[code].push()
        made.tills[code].hello()
    _trouble(made)
    return made


def _found(made: ConsoleChain, work: Work) -> None:
    chain.set_up(work, "麦禾烘焙")
    regions = {code: stores.add_region(work, code, name) for code, name in (("east", "华东"), ("south", "华南"))}
    names = {"east": "华东", "south": "华南"}
    made.goods = make_goods(random.Random(3), 600)[::5]
    goods.save_goods(work, made.goods)
    for code, name, store_type, region, rules in STORES:
        row = StoreRow(
            store_id=work.ids.new_id(),
            code=code,
            name=name,
            region_id=regions[region],
            region_name=names[region],
            store_type=store_type,
            opening_hours="07:30-21:30",
        )
        stores.save_store(work, row)
        document = msgspec.to_builtins(rules())
        day = (date.fromisoformat(business_date_of(START_MS)) - timedelta(days=30)).isoformat()
        made.rules[code] = rule_configs.publish_rules(work, row.store_id, document, effective_from=day, author="总部")
        made.stores[code] = row
    for login, role in ROLES:
        made.passwords[login] = accounts.add_account(
            work.connection,
            work.ids,
            login,
            role,
            region_id=regions["east"] if role == "region_manager" else None,
            store_id=made.stores["001"].store_id if role == "store_manager" else None,
        )


def _import_members(made: ConsoleChain, work: Work, count: int) -> None:
    seeded = make_members(random.Random(11), count, tuple(made.stores), business_date_of(START_MS))
    read = [
        member_import.NewMember(
            phone=f"+86{one.phone}",
            name=one.name,
            birthday=one.birthday,
            tier=one.tier,
            card=one.card,
            home_store=one.home_store,
            tags=one.tags,
            principal_fen=one.principal_fen,
            bonus_fen=one.bonus_fen,
            points=one.points,
            points_until=one.points_until,
        )
        for one in seeded
    ]
    file = MembersFile(Sheet(name="members.csv", text="", digest="0"), members=read)
    member_import.take_members(work, file, file.total)
    made.members = member_search.members_named(work, ["all"])[0]


def _grid(made: ConsoleChain, work: Work) -> None:
    """Two pages of keys for the first store."""
    store_id = made.stores["001"].store_id
    keys = [GridKey(goods_id=row.goods_id, colour=COLOURS[place % 9]) for place, row in enumerate(made.goods[:18])]
    pages = [
        GridPage(page_id=f"page-{order}", store_id=store_id, title=title, order=order, keys=tuple(keys[order::2]))
        for order, title in enumerate(("早餐", "下午茶"))
    ]
    goods.save_grid(work, store_id, pages)


def _trouble(made: ConsoleChain) -> None:
    """One of each thing that needs somebody."""
    till = made.tills["001/2"]
    head = till.head()
    till.append_raw("something_new", 1, b'{"head":' + bodies.encode_body(bodies.EpochOpened(head=head, epoch=1))[8:])
    till.push()
    made.hq.desk.run(lambda work: _grid(made, work))
    (sale_id,) = [entry.seq for entry in made.tills["001/1"].entries if entry.entry_type == "sale"][:1]
    notes = [
        Note(
            "coupon_twice",
            till_id=made.tills["001/1"].till_id,
            epoch=1,
            seq=sale_id,
            subject=made.members[2],
            amount=1_000,
            unit="fen",
        ),
        Note("quote_mismatch", till_id=till.till_id, epoch=1, seq=3, entry_id=None, amount=-160, unit="fen"),
        Note(
            "unite_waiting",
            till_id=made.tills["002/1"].till_id,
            epoch=1,
            seq=5,
            subject=made.members[0],
            told={"with": made.members[1].hex},
        ),
    ]
    made.hq.desk.run(lambda work: write_notes(work.connection, notes, work.ids, work.now_ms))
    made.hq.desk.run(lambda work: _desk(made, work))
    head = made.tills["002/1"].head(made.members[4])
    ticket = bodies.TicketOpened(
        head=head, ticket_id=head.business_id, member_id=made.members[4], category="quality", about_receipt="002/1-3"
    )
    made.tills["002/1"].append(ticket)
    made.tills["002/1"].push()


def _desk(made: ConsoleChain, work: Work) -> None:
    """What people at HQ were about to do: a draft of rules, a correction that waits, an article, a look at a number."""
    chief = Viewer(login="second", role="hq_admin")
    store = f"store:{made.stores['001'].store_id.hex}"
    changes = {"earn.milli_points_per_yuan": 2_000, "points_life.expiry_months": 18}
    rule_drafts.save(work, chief, Scope(), store, 0, changes)
    adjustment = Adjustment(purse="points", amount=120, points_until="2026-12")
    member_requests.ask(work, chief, made.members[3], adjustment, "上次的积分漏记")
    article = ArticleRow(article_id="returns", title="怎样退货", body="七天内凭小票。", words=("退货", "退款"))
    knowledge.save(work, chief, [article])
