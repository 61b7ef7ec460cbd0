"""A believable bakery chain by a seed: two regions, three stores with different rules, goods, staff and members.

`make_chain` describes it, `write_chain` writes it as the files a real chain would bring to `hq-sync-server`, and
`tests.together.settled_chain` brings them in. The same seed and business date make the same chain on every machine.
"""

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from shared_models.catalog import GoodsRow, GridPage, StaffRole
from shared_models.codes import CARD_BITS, staff_code
from shared_models.rules import StoreRules, encode_rules
from shared_models.sales import Price
from tests.together import seed_rules
from tests.together.seed_goods import make_goods
from tests.together.seed_people import SeedMember, make_members, names

CHAIN_NAME = "麦禾烘焙"
GOODS_COUNT = 2_000
MEMBERS_COUNT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedStore:
    """A store with what is its own: rules, grid, prices that differ from the chain's."""

    code: str
    name: str
    name_en: str
    region: str
    store_type: str
    address: str
    rules: StoreRules
    grid: tuple[GridPage, ...]
    prices: Mapping[str, Price]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedStaff:
    """Somebody with a PIN and a badge."""

    staff_id: str
    name: str
    role: StaffRole
    pin: str
    badge: str
    stores: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedChain:
    """The whole chain on `business_date`."""

    name: str
    business_date: str
    regions: tuple[tuple[str, str], ...]
    stores: tuple[SeedStore, ...]
    goods: Sequence[GoodsRow]
    staff: tuple[SeedStaff, ...]
    members: Sequence[SeedMember]
    coupon_templates: tuple[Mapping[str, object], ...]

    @property
    def control_total(self) -> str:
        """What all opening balances sum to, as `import-members --control-total` takes it."""
        return (
            f"principal={_yuan(sum(member.principal_fen for member in self.members))},"
            f"bonus={_yuan(sum(member.bonus_fen for member in self.members))},"
            f"points={sum(member.points for member in self.members)}"
        )

    def store(self, code: str) -> SeedStore:
        """The store of a code."""
        return next(store for store in self.stores if store.code == code)

    def staff_of(self, store_code: str, role: StaffRole) -> SeedStaff:
        """Somebody of that role in that store."""
        return next(person for person in self.staff if person.role == role and person.stores == (store_code,))


def make_chain(
    seed: int, business_date: str, *, goods_count: int = GOODS_COUNT, members_count: int = MEMBERS_COUNT
) -> SeedChain:
    """The chain of a seed; fewer goods or members for tests that need no more. Some 2 s for 50,000 members."""
    goods = make_goods(random.Random(f"{seed} goods"), goods_count)
    stores = _stores(goods)
    codes = tuple(store.code for store in stores)
    return SeedChain(
        name=CHAIN_NAME,
        business_date=business_date,
        regions=(("east", "华东大区"), ("southwest", "西南大区")),
        stores=stores,
        goods=goods,
        staff=tuple(_staff(random.Random(f"{seed} staff"), codes)),
        members=make_members(random.Random(f"{seed} members"), members_count, codes, business_date),
        coupon_templates=seed_rules.COUPON_TEMPLATES,
    )


def _stores(goods: Sequence[GoodsRow]) -> tuple[SeedStore, ...]:
    downtown = SeedStore(
        code="001",
        name="人民广场店",
        name_en="People's Square",
        region="east",
        store_type="downtown",
        address="上海市黄浦区西藏中路 268 号",
        rules=seed_rules.downtown_rules(),
        grid=seed_rules.grid_pages("001", goods),
        prices={},
    )
    community = SeedStore(
        code="002",
        name="幸福里社区店",
        name_en="Happiness Lane",
        region="east",
        store_type="community",
        address="上海市杨浦区控江路 1500 弄 3 号",
        rules=seed_rules.community_rules(),
        grid=seed_rules.grid_pages("002", goods),
        prices=_own_prices(goods, "fruit", 95),
    )
    campus = SeedStore(
        code="003",
        name="大学城店",
        name_en="Campus",
        region="southwest",
        store_type="campus",
        address="重庆市沙坪坝区大学城中路 55 号",
        rules=seed_rules.campus_rules(),
        grid=seed_rules.grid_pages("003", goods),
        prices=_own_prices(goods, "bread", 90),
    )
    return downtown, community, campus


def _own_prices(goods: Iterable[GoodsRow], category: str, percent: int) -> dict[str, Price]:
    """Every third article of a category at so many percent of the chain's price, down to the jiao."""
    of_category = [row for row in goods if row.category == category]
    return {
        row.goods_id: Price(row.price.amount_fen * percent // 1000 * 10, row.price.per_milli)
        for row in of_category[::3]
    }


def _staff(randomness: random.Random, store_codes: Sequence[str]) -> Iterable[SeedStaff]:
    """One manager and three cashiers a store, and somebody from HQ who may work everywhere."""
    name_source = names(randomness)
    pins = iter(randomness.sample(range(1000, 10_000), 4 * len(store_codes) + 1))
    for store_code in store_codes:
        for number in range(1, 5):
            role: StaffRole = "manager" if number == 1 else "cashier"
            yield SeedStaff(
                staff_id=f"{store_code}{number:02d}",
                name=next(name_source),
                role=role,
                pin=f"{next(pins)}",
                badge=staff_code(randomness.getrandbits(CARD_BITS)),
                stores=(store_code,),
            )
    yield SeedStaff(
        staff_id="00001",
        name=next(name_source),
        role="manager",
        pin=f"{next(pins)}",
        badge=staff_code(randomness.getrandbits(CARD_BITS)),
        stores=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFiles:
    """Where `write_chain` put everything; per store by its code."""

    members: Path
    goods: Path
    staff: Path
    rules: Mapping[str, Path]
    grids: Mapping[str, Path]
    prices: Mapping[str, Path]
    coupon_templates: Mapping[str, Path]


def write_chain(chain: SeedChain, folder: Path) -> ChainFiles:
    """Write the files that the commands take."""
    folder.mkdir(parents=True, exist_ok=True)
    files = ChainFiles(
        members=folder / "members.csv",
        goods=folder / "goods.csv",
        staff=folder / "staff.csv",
        rules={store.code: folder / f"rules-{store.code}.json" for store in chain.stores},
        grids={store.code: folder / f"grid-{store.code}.json" for store in chain.stores},
        prices={store.code: folder / f"prices-{store.code}.csv" for store in chain.stores if store.prices},
        coupon_templates={
            str(document["template_id"]): folder / f"coupon-{document['template_id']}.json"
            for document in chain.coupon_templates
        },
    )
    _write_csv(files.members, map(_member_cells, chain.members))
    _write_csv(files.goods, map(_goods_cells, chain.goods))
    _write_csv(files.staff, map(_staff_cells, chain.staff))
    for store in chain.stores:
        files.rules[store.code].write_bytes(msgspec.json.format(encode_rules(store.rules)))
        files.grids[store.code].write_bytes(msgspec.json.format(msgspec.json.encode(store.grid)))
        if store.prices:
            _write_csv(files.prices[store.code], _price_cells(store, chain.goods))
    for document in chain.coupon_templates:
        path = files.coupon_templates[str(document["template_id"])]
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")
    return files


def _write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow(row)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _member_cells(member: SeedMember) -> dict[str, str]:
    return {
        "phone": member.phone,
        "name": member.name,
        "birthday": member.birthday,
        "tier": member.tier,
        "card": member.card,
        "home_store": member.home_store,
        "tags": "|".join(member.tags),
        "principal": _yuan(member.principal_fen),
        "bonus": _yuan(member.bonus_fen),
        "points": str(member.points),
        "points_until": member.points_until,
    }


def _goods_cells(row: GoodsRow) -> dict[str, str]:
    return {
        "goods_id": row.goods_id,
        "name": row.name,
        "barcodes": "|".join(row.barcodes),
        "plu": row.plu,
        "unit": row.unit,
        "price": _yuan(row.price.amount_fen),
        "member_price": _yuan(row.member_price.amount_fen) if row.member_price else "",
        "open_price": "yes" if row.open_price else "",
        "weighed": "yes" if row.weighed else "",
        "category": row.category,
        "tags": "|".join(row.tags),
        "tax_category": row.tax_category,
        "tax_rate": f"{row.tax_rate_basis_points // 100}%",
        "no_discount": "yes" if row.no_discount else "",
        "no_points": "yes" if row.no_points else "",
    }


def _staff_cells(person: SeedStaff) -> dict[str, str]:
    return {
        "staff_id": person.staff_id,
        "name": person.name,
        "role": person.role,
        "pin": person.pin,
        "badge": person.badge,
        "stores": "|".join(person.stores),
    }


def _price_cells(store: SeedStore, goods: Iterable[GoodsRow]) -> Iterable[dict[str, str]]:
    for row in goods:
        price = store.prices.get(row.goods_id)
        if price is not None:
            yield {"goods_id": row.goods_id, "price": _yuan(price.amount_fen), "unit": row.unit}
