"""The made-up chain is the same for everybody, and could be a real one."""

from shared_models.barcodes import check_digit_is_right
from shared_models.catalog import GridPage
from shared_models.codes import parse_scan
from shared_models.members import normalise_phone
from shared_models.rule_engine import ladder_bonus
from shared_models.rules import rule_hash
from tests.together.seed_chain import SeedChain, make_chain

DAY = "2026-03-14"


def _chain(seed: int = 1) -> SeedChain:
    return make_chain(seed, DAY, members_count=500)


def test_the_same_seed_makes_the_same_chain_and_another_seed_another() -> None:
    assert _chain() == _chain()
    assert [member.phone for member in _chain().members] != [member.phone for member in _chain(2).members]
    assert [rule_hash(store.rules) for store in _chain().stores] == [
        rule_hash(store.rules) for store in _chain(2).stores
    ]


def test_goods_can_be_told_apart_scanned_and_weighed() -> None:
    goods = _chain().goods

    assert len(goods) == 2_000
    assert len({row.goods_id for row in goods}) == len({row.name for row in goods}) == 2_000
    barcodes = [code for row in goods for code in row.barcodes]
    assert len(barcodes) == len(set(barcodes)) > 1_000
    assert all(len(code) == 13 and check_digit_is_right(code) for code in barcodes)
    weighed = [row for row in goods if row.weighed]
    assert len({row.plu for row in weighed}) == len(weighed) >= 100
    assert all(row.price.per_milli == 500 and len(row.plu) == 5 for row in weighed)
    assert all(row.price.amount_fen > 0 or row.open_price for row in goods)


def test_every_key_of_a_touch_grid_sells_something() -> None:
    chain = _chain()
    known = {row.goods_id for row in chain.goods}

    for store in chain.stores:
        keys = [key.goods_id for page in store.grid for key in page.keys]
        assert set(keys) <= known
        assert len(keys) == len(set(keys))
        assert 12 <= len(_page(store.grid, "bread").keys) <= 20


def _page(pages: tuple[GridPage, ...], category: str) -> GridPage:
    return next(page for page in pages if page.page_id.endswith(category))


def test_three_stores_do_things_differently() -> None:
    downtown, community, campus = _chain().stores

    assert [store.rules.earn.milli_points_per_yuan for store in (downtown, community, campus)] == [3000, 1500, 2000]
    assert [step.threshold_fen // 100 for step in downtown.rules.top_up.ladder] == [500, 1000, 3000]
    assert [step.threshold_fen // 100 for step in community.rules.top_up.ladder] == [100, 300, 500]
    assert ladder_bonus(downtown.rules, 300_000).bonus_fen == 24_000
    kinds = {type(promotion).__name__ for promotion in community.rules.promotions}
    assert kinds == {"NthPiece", "PercentPromotion", "SpendAndSave", "GiftWithPurchase"}
    assert len({rule_hash(store.rules) for store in (downtown, community, campus)}) == 3


def test_members_could_live_and_their_balances_sum_to_the_control_total() -> None:
    chain = _chain()

    phones = [normalise_phone(member.phone) for member in chain.members]
    assert len(set(phones)) == 500
    assert all(parse_scan(member.card).kind == "member" for member in chain.members if member.card)
    assert all(member.birthday < DAY for member in chain.members)
    assert all(member.points_until >= DAY[:7] for member in chain.members if member.points)
    assert {member.tier for member in chain.members} == {tier.code for tier in chain.stores[0].rules.tiers}
    points = sum(member.points for member in chain.members)
    assert chain.control_total.endswith(f"points={points}")


def test_every_store_has_a_manager_and_cashiers_nobody_confuses() -> None:
    chain = _chain()

    for store in chain.stores:
        assert chain.staff_of(store.code, "manager") != chain.staff_of(store.code, "cashier")
    assert len({person.pin for person in chain.staff}) == len(chain.staff)
    assert all(parse_scan(person.badge).kind == "staff" for person in chain.staff)
