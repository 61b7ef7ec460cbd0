"""A chain with many members and sales, written into the records at once, for the figures of the console.

    python -m tests.benchmarks.console_records FOLDER [DATABASE_URL] [MEMBERS SALES]

Members, goods, rules and tills come in as any do. Sales are written by the bulk (`console_sales`) and exceptions and
the audit log by hand, since it is their number that counts. Books, chains and signatures hold: `hq-sync-server verify`
finds nothing. What is not as in life: nobody spends what they have, tiers stay as they were imported, exceptions name
sales that are sound, nothing is placed at tills, and the feed still says of members what was true before the sales.
"""

import hashlib
import json
import random
import shutil
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.schema import CreateTable

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.accounts import AccountRole
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.imports import member_import
from hq_sync_server.office.imports.member_import import MembersFile
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.sheets.sheets import Sheet
from hq_sync_server.records import bulk, office_tables, tables
from hq_sync_server.records.columns import metadata
from shared_models.catalog import StoreRow
from shared_models.ids import IdSource
from shared_models.moments import DAY_MS, ManualClock, SystemClock, business_date_of
from shared_models.rules import StoreRules, rule_hash
from tests.benchmarks import console_sales
from tests.benchmarks.console_sales import DAYS, Shop
from tests.hq_sync_server.people import WireTill
from tests.together import seed_rules
from tests.together.hq_server import HqPlace
from tests.together.seed_goods import make_goods
from tests.together.seed_people import SeedMember, make_members

STORES = 20
REGIONS = 4
TILLS_OF_A_STORE = 2
GOODS = 2_000
EXCEPTIONS_IN_A_THOUSAND = 20
STILL_OPEN_OF_TEN = 1
AUDIT_LINES_IN_A_THOUSAND = 100
OF_OTHER_STORES = 0.15
ROLES: tuple[AccountRole, ...] = ("hq_admin", "marketing", "region_manager", "store_manager", "service", "auditor")
KEPT = Path(__file__).resolve().parents[2] / "build" / "bench-console"
_CODES = ("quote_mismatch", "member_limit_exceeded", "refund_twice", "late_entry", "phone_unreadable")
_EXCEPTION = (
    *("exception_id", "code", "till_id", "epoch", "seq", "entry_id", "subject", "amount", "unit", "status"),
    *("raised_at_ms", "closed_at_ms", "closed_by", "assigned_to", "remedy"),
)
_AUDIT = ("audit_id", "at_ms", "who", "action", "object", "region_id", "told")


def kept(members: int, sales: int) -> Path:
    """The folder of a chain of that size on SQLite (an `HqPlace` with told.json), made once a day, and again when the
    tables or what makes it have changed. To be copied, not changed."""
    made_of = [str(CreateTable(table)) for table in metadata.sorted_tables]
    made_of += [business_date_of(SystemClock().now_ms())]
    made_of += [Path(module.__file__ or "").read_text() for module in (sys.modules[build.__module__], console_sales)]
    digest = hashlib.sha256("".join(made_of).encode()).hexdigest()[:12]
    folder = KEPT / f"{members}-{sales}-{digest}"
    if not (folder / "told.json").exists():
        for other in KEPT.glob(f"{members}-{sales}-*"):
            shutil.rmtree(other)
        folder.mkdir(parents=True)
        place = HqPlace(folder)
        hq, of_it = build(place.url, place.key_folder, members=members, sales=sales)
        hq.close()
        (folder / "told.json").write_text(json.dumps(of_it), encoding="utf-8")
    return folder


def told(folder: Path) -> dict[str, Any]:
    """What was written beside a chain: its size, and the passwords by role."""
    return json.loads((folder / "told.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # written below


def build(
    database_url: str, keys: Path, *, members: int = 200_000, sales: int = 1_000_000
) -> tuple[Hq, dict[str, Any]]:
    """The chain; and of it the moment, and the passwords by role (the account of a role bears its name)."""
    clock = ManualClock(SystemClock().now_ms())
    hq = open_hq(database_url, keys, clock, IdSource(clock, random.Random(5)))
    today = business_date_of(clock.now_ms())
    articles = make_goods(random.Random(7), GOODS)

    def found(work: Work) -> tuple[list[StoreRow], dict[str, str]]:
        chain.set_up(work, "麦禾烘焙")
        goods.save_goods(work, articles)
        rows = _stores(work)
        passwords: dict[str, str] = {}
        for role in ROLES:
            passwords[role] = accounts.add_account(
                work.connection,
                work.ids,
                role,
                role,
                region_id=rows[0].region_id if role == "region_manager" else None,
                store_id=rows[0].store_id if role == "store_manager" else None,
            )
        return rows, passwords

    rows, passwords = hq.desk.run(found)
    seeded = make_members(random.Random(11), members, tuple(row.code for row in rows), today)
    hq.desk.run(lambda work: _members(work, seeded))
    shops = _shops(hq, rows, articles, today)
    first_day = (date.fromisoformat(today) - timedelta(days=DAYS - 1)).isoformat()
    console_sales.write(hq, shops, sales, first_day)
    hq.desk.run(lambda work: _heard_and_found(work, shops, sales))
    return hq, {"now_ms": clock.now_ms(), "members": members, "sales": sales, "passwords": passwords}


def _stores(work: Work) -> list[StoreRow]:
    regions = [stores.add_region(work, f"r{number}", f"区域{number}") for number in range(REGIONS)]
    rows = []
    of_type = (seed_rules.downtown_rules(), seed_rules.community_rules(), seed_rules.campus_rules())
    for number in range(STORES):
        row = StoreRow(
            store_id=work.ids.new_id(),
            code=f"{number + 1:03d}",
            name=f"{number + 1} 号店",
            region_id=regions[number % REGIONS],
            region_name=f"区域{number % REGIONS}",
        )
        stores.save_store(work, row)
        document = msgspec.to_builtins(of_type[number % 3])
        rule_configs.publish_rules(work, row.store_id, document, effective_from="2020-01-01", author="总部")
        rows.append(row)
    return rows


def _members(work: Work, seeded: Sequence[SeedMember]) -> None:
    names = ("name", "birthday", "tier", "card", "home_store", "tags", "principal_fen", "bonus_fen")
    read = [
        member_import.NewMember(
            phone=f"+86{one.phone}",
            points=one.points,
            points_until=one.points_until,
            **{name: getattr(one, name) for name in names},
        )
        for one in seeded
    ]
    file = MembersFile(Sheet(name="members.csv", text="", digest="0"), members=read)
    member_import.take_members(work, file, file.total)


def _shops(hq: Hq, rows: Sequence[StoreRow], articles: Sequence[Any], today: str) -> list[Shop]:
    """The stores' tills, enrolled, with what is sold there and to whom."""
    randomness = random.Random(13)
    people = hq.desk.run(console_sales.people_by_store)
    everybody = [person for some in people.values() for person in some]
    shops = []
    for row in rows:
        with hq.desk.read() as connection:
            rules = rule_configs.newest_rules(connection, row.store_id)
        assert isinstance(rules, StoreRules)
        own = people.get(row.store_id, [])
        regulars = own + randomness.sample(everybody, int(len(own) * OF_OTHER_STORES))
        randomness.shuffle(regulars)
        baskets = console_sales.baskets_of(rules, articles, today)
        for number in range(TILLS_OF_A_STORE):
            till = WireTill.enrolled(hq, row.store_id)
            till.push()
            code = f"{row.code}{number + 1}"
            shops.append(Shop(till, code, row.store_id, rules, regulars or everybody, baskets, 1, till.head_hash))
    return shops


def _heard_and_found(work: Work, shops: Sequence[Shop], sales: int) -> None:
    """What HQ last heard of its tills, exceptions of three months, and what people at HQ did."""
    console_sales.till_lanes_heard(work, shops, {shop.store_id: rule_hash(shop.rules) for shop in shops})
    randomness, entries = random.Random(19), tables.entries.c
    newest = work.connection.scalar(select(entries.entry_id).order_by(entries.entry_id.desc()).limit(1)) or 1
    drawn = sorted(randomness.sample(range(1, newest), min(newest - 1, sales * EXCEPTIONS_IN_A_THOUSAND // 1000)))
    columns = (entries.entry_id, entries.till_id, entries.seq, entries.member_id, entries.received_at_ms)
    for some in bulk.chunks(drawn):
        found = work.connection.execute(
            select(*columns).where(entries.entry_id.in_(some), entries.entry_type == "sale")
        )
        rows: list[bulk.Row] = [_exception(work, randomness, *row) for row in found]
        bulk.insert(work.connection, office_tables.exceptions, _EXCEPTION, rows)
    regions = list(work.connection.scalars(select(tables.regions.c.region_id)))
    told = json.dumps({"before": {"tier": "silver"}, "after": {"tier": "gold"}})
    lines = sales * AUDIT_LINES_IN_A_THOUSAND // 1000
    for numbers in bulk.chunks(range(lines)):
        rows = [
            (
                *(work.ids.new_id(), work.now_ms - (lines - number) * DAYS * DAY_MS // lines),
                *(randomness.choice(ROLES), "member_edited", f"member:{number % 9999:032x}"),
                *(randomness.choice(regions), told),
            )
            for number in numbers
        ]
        bulk.insert(work.connection, office_tables.audit_log, _AUDIT, rows)


def _exception(
    work: Work, randomness: random.Random, entry_id: int, till_id: UUID, seq: int, member_id: UUID | None, at_ms: int
) -> bulk.Row:
    is_open = randomness.randrange(10) < STILL_OPEN_OF_TEN
    code = randomness.choice(_CODES)
    return (
        *(work.ids.new_id(), code, till_id, 1, seq, entry_id, member_id, randomness.randrange(100, 9000), "fen"),
        *(
            ("open", at_ms, None, "", "", "")
            if is_open
            else ("closed", at_ms, at_ms + DAY_MS, "service", "", "no_fault")
        ),
    )


if __name__ == "__main__":
    made_in = Path(sys.argv[1])
    url = sys.argv[2] if len(sys.argv) > 2 and ":" in sys.argv[2] else ""
    sizes = [int(word) for word in sys.argv[2:] if word.isdigit()]
    made_place = HqPlace(made_in, url)
    made_in.mkdir(parents=True, exist_ok=True)
    members_count, sales_count = [*sizes, *(200_000, 1_000_000)[len(sizes) :]]
    made, of_it = build(made_place.url, made_place.key_folder, members=members_count, sales=sales_count)
    made.close()
    (made_in / "told.json").write_text(json.dumps(of_it), encoding="utf-8")
    print(f"{members_count:,} members, {sales_count:,} sales; {json.dumps(of_it['passwords'])}")
