"""The door to the checkout: one object for everything a cashier does.

Screens call the rooms on it and show the views that come back. It is synchronous and belongs to one thread (the ledger
worker). Whatever it will not do it refuses with `Refusal(code, **fields)`: the field `who` says who could do it
(`manager`, `cashier`, `hq` = once online, `till` with `till_number`, `member` = by showing card or QR).
"""

from collections.abc import Callable
from uuid import UUID

from pos_client.checkout.asking import NoLine, TokenLine
from pos_client.checkout.basket import Basket
from pos_client.checkout.day_end import DayEnd
from pos_client.checkout.desk import CounterKeys, Desk
from pos_client.checkout.exchanges import Exchanges
from pos_client.checkout.hand_over import HandOver
from pos_client.checkout.handoffs import Handoffs
from pos_client.checkout.healing import Healing
from pos_client.checkout.member_care import MemberCare
from pos_client.checkout.members import Members
from pos_client.checkout.orders import Orders
from pos_client.checkout.owed_slips import OwedSlips
from pos_client.checkout.payment import Payment
from pos_client.checkout.payment_code import PaymentCode
from pos_client.checkout.receipt import Translate
from pos_client.checkout.refunds import Refunds
from pos_client.checkout.service import Service
from pos_client.checkout.shifts import Shifts
from pos_client.checkout.staff import Staff
from pos_client.checkout.top_ups import TopUps
from pos_client.checkout.views import StatusView, SyncView
from pos_client.checkout.wallet_payments import refuse_unsettled
from pos_client.checkout.wallets import Wallets
from pos_client.devices.wallets import WalletLine
from pos_client.ledger.ledger import Ledger
from shared_models.ids import IdSource
from shared_models.moments import Clock
from shared_models.refusals import Refusal
from shared_models.sales import Approval


class Checkout:
    """The counter. `want_rights(member_id)` and `push_soon()` wake the sync engine and return at once, and so does all
    of `line` and of `wallets` (the wallets' provider; none: wallets are recorded); `translate` gives receipts their
    language and may be exchanged at any time through `set_language`."""

    def __init__(
        self, ledger: Ledger, clock: Clock, ids: IdSource, keys: CounterKeys, *, translate: Translate,
        want_rights: Callable[[UUID], None], push_soon: Callable[[], None], line: TokenLine | None = None,
        wallets: WalletLine | None = None,
    ) -> None:  # fmt: skip
        self._desk = Desk(
            ledger,
            clock,
            ids,
            keys,
            translate,
            want_rights,
            push_soon,
            NoLine() if line is None else line,
            wallets,
        )
        self.staff = Staff(self._desk)
        self.shifts = Shifts(self._desk)
        self.hand_over = HandOver(self._desk, self.staff, self.shifts)
        self.members = Members(self._desk)
        self.care = MemberCare(self._desk)
        self.payment_code = PaymentCode(self._desk)
        self.service = Service(self._desk)
        self.handoffs = Handoffs(self._desk)
        self.day_end = DayEnd(self._desk)
        self.basket = Basket(self._desk, self.members)
        self.payment = Payment(self._desk)
        self.top_ups = TopUps(self._desk)
        self.wallets = Wallets(self._desk, self.payment, self.top_ups)
        self.orders = Orders(self._desk)
        self.refunds = Refunds(self._desk)
        self.exchanges = Exchanges(self._desk)
        self.healing = Healing(self._desk)
        self.slips = OwedSlips(self._desk)

    def status(self) -> StatusView:
        """The header of every screen."""
        desk = self._desk
        shift = self.shifts.current()
        clock = desk.ledger.clock_state()
        return StatusView(
            chain_name=desk.identity.chain_name,
            store_name=desk.store().name,
            till_number=desk.identity.till_number,
            business_date=desk.business_date(),
            cashier=self.staff.current(),
            shift_opened_at_ms=None if shift is None else shift.opened_at_ms,
            held_count=desk.held_count,
            sync=self.sync_state(),
            clock_code=clock.reason,
            clock_behind_ms=clock.expected_ms - clock.now_ms if clock.suspect else 0,
        )

    def sync_state(self) -> SyncView:
        """What the sync pill tells."""
        state = self._desk.ledger.sync_state()
        return SyncView(
            last_contact_ms=state.last_contact_ms,
            last_error_code=state.last_error,
            waiting_entries=state.waiting_entries,
            waiting_fen=state.waiting_fen,
            oldest_waiting_ms=state.oldest_waiting_ms,
            frozen_code=state.frozen,
            lease_over=state.lease_over,
            exceptions=state.exceptions,
            parked=state.parked,
        )

    def allow_training(self, approval: Approval | None = None) -> None:
        """Entering and leaving the practice counter takes a manager (approval `training`). Refuses `approval_needed`,
        `payments_begun` while
        money was taken for the basket, and what payments that are not settled refuse."""
        cashier = self._desk.need_cashier()
        if self._desk.draft.tenders:
            raise Refusal("payments_begun", who="cashier")
        refuse_unsettled(self._desk)
        self._desk.approvals.use(self._desk.approvals.check("training", approval, cashier))

    def new_id(self) -> UUID:
        """A name for something that is printed and not written."""
        return self._desk.ids.new_id()

    def set_language(self, translate: Translate) -> None:
        """Receipts printed from now on speak this language."""
        self._desk.translate = translate
