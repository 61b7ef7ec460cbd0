"""A chain with many members and sales, written into the records at once, for the figures of the console.

    python -m tests.benchmarks.console_records sqlite:///hq.db folder-for-keys [members] [sales]

Members are imported as any are. Sales are entries of the stores' tills with ids and days of their own, put into the
tables by the bulk: what lists and previews read is there; chains are not, so `verify` is not for it.
"""

import random
import sys
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office import accounts, chain, member_import, rule_configs, stores
from hq_sync_server.office.desk import Work
from hq_sync_server.office.member_import import MembersFile
from hq_sync_server.office.sheets import Sheet
from hq_sync_server.records import bulk, console_tables, tables
from shared_models import bodies
from shared_models.catalog import StoreRow
from shared_models.ids import IdSource
from shared_models.moments import ManualClock, SystemClock, business_date_of
from shared_models.rules import rule_hash
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill
from tests.together import seed_rules
from tests.together.seed_people import make_members

STORES = 20
DAYS = 90
AT_ONCE = 20_000
PASSWORD_OF = "admin"
_ENTRY = (
    *("entry_id", "till_id", "epoch", "seq", "prev_hash", "entry_hash", "entry_type", "type_version", "body"),
    *("business_id", "business_date", "member_id", "received_at_ms", "verdict", "verdict_codes", "counts"),
)
_POSTING = ("entry_id", "ordinal", "account", "unit", "amount", "subject", "lot")
_DAY = ("business_date", "till_id", "sales", "sales_fen")


def build(database_url: str, keys: Path, *, members: int = 200_000, sales: int = 1_000_000) -> tuple[Hq, str]:
    """The chain, and the password of `admin`."""
    clock = ManualClock(SystemClock().now_ms())
    hq = open_hq(database_url, keys, clock, IdSource(clock, random.Random(5)))
    rows: list[StoreRow] = []

    def found(work: Work) -> str:
        chain.set_up(work, "麦禾烘焙")
        regions = [stores.add_region(work, f"r{number}", f"区域{number}") for number in range(4)]
        document = msgspec.to_builtins(seed_rules.downtown_rules())
        for number in range(STORES):
            row = StoreRow(
                store_id=work.ids.new_id(),
                code=f"{number + 1:03d}",
                name=f"{number + 1} 号店",
                region_id=regions[number % 4],
                region_name=f"区域{number % 4}",
            )
            stores.save_store(work, row)
            rule_configs.publish_rules(work, row.store_id, document, effective_from="2020-01-01", author="总部")
            rows.append(row)
        return accounts.add_account(work.connection, work.ids, PASSWORD_OF, "hq_admin")

    password = hq.desk.run(found)
    hq.desk.run(lambda work: _members(work, members, tuple(row.code for row in rows)))
    tills = [WireTill.enrolled(hq, row.store_id) for row in rows]
    for start in range(0, sales, AT_ONCE):
        count = min(AT_ONCE, sales - start)
        hq.desk.run(lambda work, start=start, count=count: _sales(work, tills, start, count, sales))  # type: ignore[misc]  # defaults bind the loop's values
    return hq, password


def _members(work: Work, count: int, codes: tuple[str, ...]) -> None:
    seeded = make_members(random.Random(11), count, codes, business_date_of(work.now_ms))
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


def _sales(work: Work, tills: list[WireTill], start: int, count: int, total: int) -> None:
    connection = work.connection
    first_day = date.fromisoformat(business_date_of(work.now_ms)) - timedelta(days=DAYS - 1)
    randomness = random.Random(start)
    columns = tables.members.c
    people = list(connection.scalars(tables.members.select().with_only_columns(columns.member_id).limit(50_000)))
    entries: list[bulk.Row] = []
    postings: list[bulk.Row] = []
    days: dict[tuple[str, UUID], int] = {}
    for entry_id, number in zip(bulk.next_entry_ids(connection, count), range(start, start + count), strict=True):
        till = tills[number % len(tills)]
        member_id = randomness.choice(people)
        day = (first_day + timedelta(days=number * DAYS // total)).isoformat()
        rules = rule_configs.newest_rules(connection, till.enrolment.store_id)
        assert rules is not None
        earned = (LotAmount(member_id, "points:2030-01", 3),)
        sale = sale_body(till, 1_280, member_id=member_id, points_earned=earned, rule_hash=rule_hash(rules))
        body = msgspec.structs.replace(sale, head=msgspec.structs.replace(sale.head, business_date=day))
        entries.append(
            (
                *(entry_id, till.till_id, 1, number + 10, b"", number.to_bytes(32, "big"), "sale", 1),
                *(bodies.encode_body(body), body.head.business_id, day, member_id, work.now_ms, "ok", "", True),
            )
        )
        postings.append((entry_id, 0, "sales", "fen", -1_280, None, ""))
        postings.append((entry_id, 1, "cash", "fen", 1_280, None, ""))
        days[day, till.till_id] = days.get((day, till.till_id), 0) + 1
    bulk.insert(connection, tables.entries, _ENTRY, entries)
    bulk.insert(connection, tables.postings, _POSTING, postings)
    added = "sales = till_days.sales + excluded.sales, sales_fen = till_days.sales_fen + excluded.sales_fen"
    figures = [(day, till_id, sold, sold * 1_280) for (day, till_id), sold in sorted(days.items())]
    bulk.upsert(connection, console_tables.till_days, _DAY, figures, changes=added)


if __name__ == "__main__":
    url, folder, *sizes = sys.argv[1:]
    counts = [int(size) for size in sizes] + [200_000, 1_000_000][len(sizes) :]
    made, told = build(url, Path(folder), members=counts[0], sales=counts[1])
    made.close()
    print(f"{counts[0]:,} members, {counts[1]:,} sales; {PASSWORD_OF} / {told}")
