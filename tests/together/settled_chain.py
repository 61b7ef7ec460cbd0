"""The made-up chain brought to an HQ: by the office itself, in one process and quickly, or by commands as people do it.

For the demo and for tests that need a chain that lives.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from hq_sync_server.app import Hq
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.roles import OFFICE
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.imports import member_import
from hq_sync_server.office.organisation import chain, knowledge, staff, stores
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.sheets import sheets
from hq_sync_server.office.sheets.sheets import SheetRow
from shared_models.catalog import StoreRow
from tests.together.seed_articles import ARTICLES
from tests.together.seed_chain import ChainFiles, SeedChain, write_chain

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Settled:
    """The chain as HQ has it now: stores by code, and the password of the login `admin`."""

    stores: dict[str, StoreRow]
    admin_password: str

    def store_id(self, code: str) -> UUID:
        """The id of the store of a code."""
        return self.stores[code].store_id


def settle(hq: Hq, seed: SeedChain) -> Settled:
    """Bring the whole chain to an empty HQ. Some 10 s for 50,000 members."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_chain(seed, Path(folder))
        settled = hq.desk.run(lambda work: _organise(work, seed))
        hq.desk.run(lambda work: _publish(work, seed, files, settled))
        found = member_import.read_members(hq.desk, sheets.open_sheet(files.members))
        assert found.problems == [], found.problems[:3]
        total = member_import.read_control_total(seed.control_total)
        hq.desk.run(lambda work: member_import.take_members(work, found, total))
    return settled


def issue(hq: Hq, seed: SeedChain, template_id: str, members: list[UUID]) -> list[UUID]:
    """Give each member a coupon of one of the chain's templates; the coupons' tokens."""
    document = next(one for one in seed.coupon_templates if one["template_id"] == template_id)

    def give(work: Work) -> list[UUID]:
        template = coupons.template_of(document)
        coupons.save_template(work, template)
        return coupons.issue(work, template, members)

    return hq.desk.run(give)


def _organise(work: Work, seed: SeedChain) -> Settled:
    chain.set_up(work, seed.name)
    password = accounts.add_account(work.connection, work.ids, "admin", "hq_admin")
    regions = {code: (stores.add_region(work, code, name), name) for code, name in seed.regions}
    rows = {}
    for store in seed.stores:
        region_id, region_name = regions[store.region]
        rows[store.code] = StoreRow(
            store_id=work.ids.new_id(),
            code=store.code,
            name=store.name,
            name_en=store.name_en,
            region_id=region_id,
            region_name=region_name,
            store_type=store.store_type,
            address=store.address,
        )
        stores.save_store(work, rows[store.code])
    return Settled(rows, password)


def _publish(work: Work, seed: SeedChain, files: ChainFiles, settled: Settled) -> None:
    """What tills sell, who works at them, by which rules, and what is looked up there."""
    knowledge.save(work, OFFICE, ARTICLES)
    ids = {code: row.store_id for code, row in settled.stores.items()}
    staff.save_staff(work, _read(files.staff, staff.COLUMNS, staff.read_staff_row), ids)
    goods.save_goods(work, _read(files.goods, goods.COLUMNS, goods.read_goods_row))
    for code, store_id in ids.items():
        document = rule_configs.read_document(files.rules[code].read_bytes())
        begins = seed.business_date
        rule_configs.publish_rules(work, store_id, document, effective_from=begins, author="总部")
        goods.save_grid(work, store_id, goods.read_grid(files.grids[code].read_bytes(), store_id))
        if code in files.prices:
            prices = _read(files.prices[code], goods.PRICE_COLUMNS, goods.read_price_row)
            goods.save_prices(work, store_id, dict(prices))


def _read(path: Path, columns: dict[str, tuple[str, ...]], read: Callable[[SheetRow], Read]) -> list[Read]:
    problems: list[sheets.Problem] = []
    rows = sheets.sheet_rows(sheets.open_sheet(path), columns, ())
    taken = [row for _, row in sheets.read_each(rows, read, problems)]
    assert problems == [], problems[:3]
    return taken
