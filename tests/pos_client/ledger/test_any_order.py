"""Whatever a shop does in whatever order, also with restarts between: the book is whole and nobody is overdrawn.

A seeded machine sells, tops up, refunds, spends, adopts, releases, restarts and forgets; a few lines of plain Python
keep the account beside it.
"""

import tempfile
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from pos_client.ledger import verify
from shared_models import bodies
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from shared_models.sync import ControlAnswer
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, OTHER_MEMBER, POINTS_LOT, Shop

PEOPLE = st.sampled_from([MEMBER, OTHER_MEMBER])
AMOUNTS = st.integers(min_value=1, max_value=300)


class AnyDay(RuleBasedStateMachine):
    """A till over many days, beside an account of what each lot has left here."""

    sales = Bundle("sales")
    lots = Bundle("lots")

    @initialize()
    def open(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="tillbook-any-day-")
        self.shop = Shop(Path(self._place.name) / "till")
        self.available: dict[tuple[UUID, str], int] = {}
        self.granted: dict[UUID, int] = {}
        self.released: dict[UUID, int] = {}
        self.owned: set[UUID] = set()
        self.cash = 0
        self.left: dict[UUID, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            assert verify(self.shop.folder).findings == []
            self.shop.ledger.close()
            self._place.cleanup()

    def _move(self, subject: UUID, lot: str, amount: int) -> None:
        self.available[subject, lot] = self.available.get((subject, lot), 0) + amount

    def _refused(self, body: bodies.Body) -> str:
        """The code of the refusal; '' when it was written."""
        try:
            self.shop.ledger.append(body)
        except Refusal as refusal:
            return refusal.code
        return ""

    @rule(target=sales, person=PEOPLE, earned=AMOUNTS, pieces=st.integers(1, 4))
    def sell(self, person: UUID, earned: int, pieces: int) -> tuple[bodies.Sale, int]:
        sale = self.shop.sale(1_000 * pieces, lines=pieces, member=person, earned=earned)
        seq = self.shop.ledger.append(sale).seq
        self._move(person, POINTS_LOT, earned)
        self.cash += 1_000 * pieces
        self.left[sale.head.business_id] = 1_000
        return sale, seq

    @rule(person=PEOPLE, points=AMOUNTS)
    def spend_points(self, person: UUID, points: int) -> None:
        sale = self.shop.sale(2_000, member=person, points_spent=points)
        short = points > self.available.get((person, POINTS_LOT), 0)
        assert self._refused(sale) == ("rights_short" if short else "")
        if not short:
            self._move(person, POINTS_LOT, -points)
            self.cash += 2_000

    @rule(target=lots, person=PEOPLE, principal=AMOUNTS)
    def top_up(self, person: UUID, principal: int) -> tuple[UUID, str]:
        body = self.shop.top_up(person, principal, 0)
        self.shop.ledger.append(body)
        lot = principal_lot(body.head.business_id)
        self._move(person, lot, principal)
        self.cash += principal
        return person, lot

    @rule(lot=lots, amount=AMOUNTS)
    def pay_with_stored_value(self, lot: tuple[UUID, str], amount: int) -> None:
        sale = self.shop.sale(1_000, member=lot[0], stored_value=[LotAmount(*lot, amount)])
        short = amount > self.available[lot]
        assert self._refused(sale) == ("rights_short" if short else "")
        if not short:
            self._move(*lot, -amount)
            self.cash += 1_000 - amount

    @rule(sold=sales, quantity=st.integers(1, 1_000))
    def refund(self, sold: tuple[bodies.Sale, int], quantity: int) -> None:
        sale, seq = sold
        refund = self.shop.refund(sale, seq, quantity_milli=quantity)
        too_much = quantity > self.left[sale.head.business_id]
        assert self._refused(refund) == ("refund_exceeds_sale" if too_much else "")
        if not too_much:
            self.left[sale.head.business_id] -= quantity
            self.cash -= refund.total_fen

    @rule(sold=sales)
    def say_a_sale_again(self, sold: tuple[bodies.Sale, int]) -> None:
        assert self.shop.ledger.append(sold[0]).seq == sold[1]

    @rule(person=PEOPLE, points=AMOUNTS, with_token=st.booleans())
    def hear_hq(self, person: UUID, points: int, with_token: bool) -> None:
        ledger = self.shop.ledger
        number = ledger.start_request("rights", 0, 0, b"", lambda number: number.to_bytes(32, "big")).number
        head = ledger.head()
        total = self.granted.get(person, 0) + points
        token = TokenMove(token=self.shop.ids.new_id(), kind="coupon", version=1, subject=person)
        answer = ControlAnswer(
            request_number=number, outcome="ok", hq_epoch=1, acked_seq=head.seq, acked_hash=head.entry_hash,
            grant_request=number, grants=(GrantAdopted(subject=person, lot="points:2027-12", granted_total=total),),
            tokens=(token,) if with_token else (), hq_time_ms=MORNING_MS,
        )  # fmt: skip
        ledger.close_request(number, answer)
        self.granted[person] = total
        self._move(person, "points:2027-12", points)
        if with_token:
            self.owned.add(token.token)

    @rule()
    def give_everything_back(self) -> None:
        surplus = self.shop.ledger.holds_more_than_target()
        if surplus:
            head = self.shop.ledger.new_head(subjects=tuple({part.subject for part in surplus}))
            self.shop.ledger.append(bodies.RightsReleased(head=head, released=tuple(surplus)))
        self.available = dict.fromkeys(self.available, 0)

    @rule()
    def redeem_a_coupon(self) -> None:
        token = min(self.owned, default=None)
        if token is not None:
            self.shop.ledger.append(self.shop.sale(500, coupons=[token]))
            self.owned.remove(token)
            self.cash += 500

    @rule(forget=PEOPLE, minutes=st.integers(-90, 90))
    def restart(self, forget: UUID, minutes: int) -> None:
        self.shop.ledger.forget(forget)
        self.shop.clock.set_wall(self.shop.clock.now_ms() + minutes * 60_000)
        before = self.shop.ledger.head()
        assert self.shop.again().head() == before

    @invariant()
    def the_account_agrees(self) -> None:
        if not hasattr(self, "shop"):
            return
        ledger = self.shop.ledger
        held = {key: each.available for key, each in ledger.rights_of([MEMBER, OTHER_MEMBER]).items()}
        assert {key: amount for key, amount in held.items() if amount} == {
            key: amount for key, amount in self.available.items() if amount
        }
        assert {move.token for each in PEOPLE_LIST for move in ledger.tokens_of(each)} == self.owned
        sums = ledger.posting_sums()
        assert sum(each.amount for each in sums if each.account == "cash") == self.cash
        for unit in ("fen", "points"):
            assert sum(each.amount for each in sums if each.unit == unit) == 0


PEOPLE_LIST = (MEMBER, OTHER_MEMBER)

TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
