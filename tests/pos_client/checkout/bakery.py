"""A bakery's till for the checkout's tests: a real ledger, a mirror as HQ would send it, and people who know their PIN.

Whatever a test does, `close` looks over everything that was written: each sale must be what HQ's own second look would
have made of it.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from nacl.public import PrivateKey

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.views import StaffView
from pos_client.ledger.ledger import Ledger
from shared_models import bodies
from shared_models.bodies import Body, GrantAdopted, TokenMove
from shared_models.catalog import GoodsRow, StaffRow, StoreRow, TillRow
from shared_models.codes import member_code, staff_code
from shared_models.ids import IdSource
from shared_models.members import LotBalance, MemberCoupon, MemberRow, phone_hash
from shared_models.moments import ManualClock
from shared_models.promotions import NthPiece
from shared_models.rule_engine import requote
from shared_models.rules import (
    CashRounding,
    EarnRules,
    ExchangeItem,
    LadderStep,
    PointsAsMoney,
    StoreRules,
    TierRule,
    TopUpRules,
    rule_hash,
)
from shared_models.sales import CouponTerms, Cursor, Price
from shared_models.sync import ChangesPage, ControlAnswer, EnrolAnswer, FeedRow

MORNING_MS = 1_795_400_000_000  # 2026-11-23, 10:13 in Shanghai
TODAY = "2026-11-23"
PHONE_KEY = b"the chain's own key"
HQ_SEAL = PrivateKey(bytes(range(32)))
TILL_ID = UUID("019371c0-0000-7000-8000-000000000001")
NEIGHBOUR_ID = UUID("019371c0-0000-7000-8000-000000000002")
STORE_ID = UUID("019371c0-0000-7000-8000-0000000000aa")
ZHOU = UUID("019371c0-0000-7000-8000-0000000000b1")
WANG = UUID("019371c0-0000-7000-8000-0000000000b2")
ZHOU_CARD, WANG_CARD = member_code(1234567), member_code(7654321)
ZHOU_PHONE = "13800005678"
BREAD, CROISSANT, WATER = "6901234567892", "6901234567908", "6901234567915"
TOP_UP = UUID("019371c0-0000-7000-8000-00000000007a")
PRINCIPAL, BONUS = f"principal:{TOP_UP.hex}", f"bonus:{TOP_UP.hex}"
POINTS_OLD, POINTS_NEW = "points:2026-12", "points:2027-11"
EIGHT_OFF = CouponTerms(
    token=UUID("019371c0-0000-7000-8000-0000000000c1"), template_id="t8", name="满30减8", kind="amount_off",
    amount_fen=800, minimum_fen=3000, valid_to="2026-11-30",
)  # fmt: skip
ELSEWHERE = CouponTerms(
    token=UUID("019371c0-0000-7000-8000-0000000000c2"), template_id="t9", name="全场9折", kind="percent_off",
    percent_off=10,
)  # fmt: skip

AnyBody = TypeVar("AnyBody", bound=Body)
_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CASHIER_PIN, MANAGER_PIN = "1111", "9999"
_pins = {pin: _hasher.hash(pin) for pin in (CASHIER_PIN, MANAGER_PIN)}
MANAGER_BADGE = staff_code(42)

RULES = StoreRules(
    version=14,
    store_id=STORE_ID,
    earn=EarnRules(milli_points_per_yuan=1000),
    points_as_money=PointsAsMoney(points_per_step=100, fen_per_step=100, minimum_points=100),
    exchange_list=(ExchangeItem(item_id="x1", name="咖啡一杯", points=300, goods_id="coffee"),),
    top_up=TopUpRules(
        ladder=(LadderStep(threshold_fen=10_000), LadderStep(threshold_fen=30_000, bonus_basis_points=800))
    ),
    tiers=(TierRule(code="gold", name="黄金", discount_basis_points=500),),
    cash_rounding=CashRounding(step_fen=10),
    promotions=(NthPiece(promotion_id="p2", name="第二件半价", scope=("goods:croissant",)),),
    member_tags=("宝妈", "低糖"),
    receipt_header=("滨江路 8 号",),
    receipt_footer=("谢谢惠顾",),
    invoice_link="https://fp.example.cn/{receipt}?a={amount}",
)  # fmt: skip

GOODS = (
    GoodsRow(goods_id="bread", name="全麦吐司 450g", barcodes=(BREAD,), pinyin="qmts", price=Price(1680),
             category="bread", tax_rate_basis_points=1300),
    GoodsRow(goods_id="croissant", name="法式可颂", barcodes=(CROISSANT,), price=Price(950), category="bread",
             tax_rate_basis_points=1300),
    GoodsRow(goods_id="water", name="农夫山泉 550ml", barcodes=(WATER,), price=Price(200), no_discount=True),
    GoodsRow(goods_id="apple", name="红富士苹果", plu="00123", unit="kg", weighed=True, price=Price(1280)),
    GoodsRow(goods_id="cake", name="定制蛋糕", open_price=True, price=Price(0)),
    GoodsRow(goods_id="tart", name="蛋挞", price=Price(500), sold_out=True),
)  # fmt: skip


class Keys:
    """What a till keeps beside its ledger."""

    phone_key = PHONE_KEY


class Bakery:
    """A till at work; see the module."""

    def __init__(self, folder: Path, *, rules: StoreRules = RULES) -> None:
        self.folder = folder
        self.rules = rules
        self.clock = ManualClock(MORNING_MS)
        self.ids = IdSource(self.clock, random.Random(7))
        self.rights_wanted: list[UUID] = []
        self.pushes = 0
        self._position = 0
        self.open()
        if self.ledger.identity is None:
            self.ledger.adopt_enrolment(
                EnrolAnswer(
                    till_id=TILL_ID, store_id=STORE_ID, till_number=2, epoch=1, hq_epoch=1, hq_verify_key=bytes(32),
                    hq_seal_key=bytes(HQ_SEAL.public_key), phone_key=PHONE_KEY, phone_key_id="p1",
                    certificate=b"certificate", hq_time_ms=MORNING_MS, chain_name="麦香烘焙",
                )
            )  # fmt: skip
            self.tell(*self._rows())
        self.open_checkout()

    # --- the program ---

    def open(self) -> None:
        """The ledger of this folder."""
        self.ledger = Ledger.open(self.folder, self.clock, self.ids)

    def open_checkout(self) -> None:
        """A checkout over it, as a start of the program makes one."""
        self.checkout = Checkout(
            self.ledger, self.clock, self.ids, Keys(), translate=lambda sentence: sentence,
            want_rights=self.rights_wanted.append, push_soon=self._push,
        )  # fmt: skip

    def again(self) -> Checkout:
        """After a power cut."""
        self.ledger.close()
        self.open()
        self.open_checkout()
        return self.checkout

    def close(self) -> None:
        """At the end of a test: HQ would have priced every sale the same way."""
        for sale in self.written(bodies.Sale):
            rules = self.ledger.rules_by_hash(sale.inputs.rule_hash)
            assert rules is not None
            assert requote(rules, sale) == (), sale.receipt_number
        self.ledger.close()

    # --- people ---

    def cashier(self) -> StaffView:
        """A cashier at the till."""
        return self.checkout.staff.login("c1", CASHIER_PIN)

    def manager(self) -> StaffView:
        """A manager at the till."""
        return self.checkout.staff.login("m1", MANAGER_PIN)

    def selling(self) -> Checkout:
        """A cashier with an open shift."""
        self.cashier()
        self.checkout.shifts.open(20_000)
        return self.checkout

    # --- HQ ---

    def tell(self, *rows: FeedRow) -> None:
        """A page of the feed."""
        self._position += 1
        self.ledger.apply_changes(ChangesPage(cursor=Cursor(1, self._position), rows=rows))

    def row(self, kind: str, key: str, row: msgspec.Struct) -> FeedRow:
        """A row newer than all before."""
        version = Cursor(1, self._position + 1)
        return FeedRow(kind=kind, key=key, version=version, payload=msgspec.msgpack.encode(row))

    def tell_member(self, member: MemberRow) -> None:
        """HQ's word on a member."""
        self.tell(self.row("member", member.member_id.hex, member))

    def grant(self, granted: Mapping[str, int], *, member_id: UUID = ZHOU, coupons: Sequence[CouponTerms] = ()) -> None:
        """HQ's answer to a request for rights: G of each lot, and coupon tokens."""
        request = self.ledger.start_request("rights", 0, 0, b"", lambda number: bytes(32))
        self.ledger.close_request(
            request.number,
            ControlAnswer(
                request_number=request.number, outcome="ok", hq_epoch=1, grant_request=request.number,
                grants=tuple(
                    GrantAdopted(subject=member_id, lot=lot, granted_total=each) for lot, each in granted.items()
                ),
                tokens=tuple(
                    TokenMove(token=terms.token, kind="coupon", version=1, subject=member_id,
                              terms=msgspec.msgpack.encode(terms))
                    for terms in coupons
                ),
            ),
        )  # fmt: skip

    # --- what was written ---

    def written(self, kind: type[AnyBody]) -> list[AnyBody]:
        """All bodies of a type, oldest first."""
        found = [self.ledger.body_of(entry) for entry in self.ledger.entries()]
        return [body for body in found if isinstance(body, kind)]

    def _push(self) -> None:
        self.pushes += 1

    def _rows(self) -> list[FeedRow]:
        store = StoreRow(store_id=STORE_ID, code="BJ", name="滨江店")
        tills = (
            TillRow(till_id=TILL_ID, store_id=STORE_ID, number=2),
            TillRow(till_id=NEIGHBOUR_ID, store_id=STORE_ID, number=1),
        )
        staff = (
            StaffRow(staff_id="c1", name="林", pin_hash=_pins[CASHIER_PIN], stores=(STORE_ID,)),
            StaffRow(staff_id="m1", name="陈", role="manager", pin_hash=_pins[MANAGER_PIN],
                     badge_hash=hashlib.sha256(MANAGER_BADGE.encode()).hexdigest()),
            StaffRow(staff_id="x9", name="走了的人", pin_hash=_pins[CASHIER_PIN], active=False),
        )  # fmt: skip
        return [
            self.row("store", STORE_ID.hex, store),
            *(self.row("till", till.till_id.hex, till) for till in tills),
            *(self.row("staff", person.staff_id, person) for person in staff),
            *(self.row("goods", goods.goods_id, goods) for goods in GOODS),
            self.row("rules", f"{STORE_ID.hex}/{rule_hash(self.rules)}", self.rules),
            self.row("member", ZHOU.hex, zhou()),
            self.row("member", WANG.hex, MemberRow(
                member_id=WANG, canonical_id=WANG, name="王小明", phone_masked="139****5678",
                phone_hash=phone_hash("+8613900005678", PHONE_KEY), card_codes=(WANG_CARD,),
            )),
        ]  # fmt: skip


def zhou() -> MemberRow:
    """周女士: gold, 300.00 principal and 68.00 bonus, 1,284 points, two coupons."""
    return MemberRow(
        member_id=ZHOU, canonical_id=ZHOU, name="周女士", phone_masked="138****5678",
        phone_hash=phone_hash("+86" + ZHOU_PHONE, PHONE_KEY), card_codes=(ZHOU_CARD,), tier="gold", tier_name="黄金",
        birthday="1990-11-02", home_store_id=STORE_ID, confirmed_at_ms=MORNING_MS - 60_000, visits=12,
        lots=tuple(LotBalance(lot, balance) for lot, balance in ALL_OF_ZHOU.items()),
        coupons=(MemberCoupon(terms=EIGHT_OFF), MemberCoupon(terms=ELSEWHERE, owner_till_id=NEIGHBOUR_ID)),
    )  # fmt: skip


ALL_OF_ZHOU = {PRINCIPAL: 30_000, BONUS: 6_800, POINTS_OLD: 120, POINTS_NEW: 1_164}
