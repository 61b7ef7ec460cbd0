"""The panels of the tasks: which one opens for a function key, and what its answer is handed to."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from pos_client.checkout.staff import ApprovalAction
from pos_client.checkout.views import BasketView, DoneView, MemberPanel, StaffView, StatusView
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.ui.faces import PayFaceOfWindow, SellFaceOfWindow
from pos_client.ui.formats import quantity
from pos_client.ui.handoff_flows import HandoffFlows
from pos_client.ui.member_flows import MemberFlows
from pos_client.ui.order_flows import OrderFlows
from pos_client.ui.parts.cards import FigureCard
from pos_client.ui.parts.overlay import Card, OverlayLayer
from pos_client.ui.parts.weight_card import WeightCard
from pos_client.ui.presenters.counter import Approved, Counter
from pos_client.ui.presenters.member import MemberPresenter
from pos_client.ui.presenters.pay import PayPresenter
from pos_client.ui.presenters.refund import RefundPresenter
from pos_client.ui.presenters.sell import SellPresenter
from pos_client.ui.presenters.session import LoginPresenter
from pos_client.ui.presenters.shift import ShiftPresenter
from pos_client.ui.screens.flow_cards import AdjustCard, ApprovalCard, ReceiptCard, about_words
from pos_client.ui.screens.member_cards import FindCard, PresenceCard, RegisterCard
from pos_client.ui.screens.pay import PayScreen
from pos_client.ui.screens.sell import SellScreen
from pos_client.ui.screens.shift import CountCard
from pos_client.ui.service_flows import ServiceFlows
from pos_client.ui.shift_flows import ShiftFlows
from pos_client.ui.texts import refusal_words
from pos_client.ui.till_devices import TillDevices
from pos_client.ui.till_menu import TillMenu
from pos_client.ui.top_up_returns import TopUpReturns
from pos_client.ui.training_mode import TrainingMode
from pos_client.ui.words import _
from shared_models.refusals import Refusal
from shared_models.sales import Approval


class Presenters(Protocol):
    """The presenters that panels hand their answers to."""

    sell_presenter: SellPresenter
    pay_presenter: PayPresenter
    refund_presenter: RefundPresenter
    login_presenter: LoginPresenter
    shift_presenter: ShiftPresenter
    sell: SellScreen


class Window(Protocol):
    """What the panels need of the window."""

    @property
    def is_frozen(self) -> bool: ...
    @property
    def training(self) -> TrainingMode: ...
    def member_attached(self, view: BasketView) -> None: ...
    def open_reports(self) -> None: ...
    def open_healing(self) -> None: ...
    def open_wallets(self) -> None: ...

    status: StatusView | None

    def save_pdf(self, done: DoneView) -> None: ...
    def weight_now(self) -> ScaleReading | None: ...
    @property
    def devices(self) -> TillDevices: ...


class Flows:
    """Built with the screens. Every method opens a panel or does what a function key means at once."""

    def __init__(self, counter: Counter, overlay: OverlayLayer, window: Window) -> None:
        self._counter = counter
        self._overlay = overlay
        self._window = window
        self._screens: Presenters | None = None
        self._after_member: Callable[[], object] | None = None
        self._approver_id = ""
        self._members = MemberPresenter(counter, window.member_attached, self.register_member)

    def know(self, screens: Presenters) -> None:
        """The screens exist now."""
        self._screens = screens

    @property
    def screens(self) -> Presenters:
        """The presenters."""
        assert self._screens is not None
        return self._screens

    def sell_face(self, screen: SellScreen) -> SellFaceOfWindow:
        """The sell screen together with its panels."""
        return SellFaceOfWindow(screen, self)

    def pay_face(self, screen: PayScreen) -> PayFaceOfWindow:
        """The pay screen together with its panels."""
        return PayFaceOfWindow(screen, self)

    def weight_now(self) -> ScaleReading | None:
        """What lies on the scale; None where there is none."""
        return self._window.weight_now()

    def open(self, card: Card) -> None:
        """Put a panel over the screen."""
        self._overlay.open(card)

    def close(self) -> None:
        """Take all panels away."""
        self._overlay.close_all()

    # --- the function keys of the sell screen ---------------------------------------------------------------

    def function(self, name: str) -> None:
        """A function key, or its button."""
        sell = self.screens.sell_presenter
        actions: dict[str, Callable[[], object]] = {
            "balance": self._pay_from_balance,
            "member": self.find_member,
            "register": self._register_alone,
            "file": self._open_file,
            "look_up": ServiceFlows(self, self._counter).look_up,
            "quantity": self._ask_quantity,
            "discount": self._ask_discount,
            "hold": sell.hold,
            "resume": sell.offer_held,
            "refund": lambda: self._counter.stage.go("refund"),
            "top_up": self._top_up,
            "pay": sell.pay,
            "more": TillMenu(self, self._counter, self._window).open,
            "grid": lambda: self.screens.sell.show_grid(not self.screens.sell.grid_shown),
            "lock": self.screens.login_presenter.lock,
        }
        actions[name]()

    def find_member(self, text: str = "") -> None:
        """F2. Whoever waited for a member before waits no longer."""
        self._after_member = None
        sell = self.screens.sell_presenter
        has_member = sell.view is not None and sell.view.member is not None
        card = FindCard(self._members, has_member, sell.detach_member)
        self.open(card)
        if text:
            card.start_with(text)

    def register_member(self, phone: str = "") -> None:
        """The form."""
        self.open(RegisterCard(self._members, phone))

    def _register_alone(self) -> None:
        self._after_member = None
        self.register_member()

    def member_is_there(self) -> None:
        """A member was attached: go on with what waited for one."""
        waiting, self._after_member = self._after_member, None
        if waiting is not None:
            waiting()

    def _open_file(self) -> None:
        sell, menu = self.screens.sell_presenter, TillMenu(self, self._counter, self._window)
        if sell.view is None or sell.view.member is None:
            self.find_member()
            return
        elsewhere: dict[str, Callable[[], object]] = {
            "top_up": self._top_up,
            "returns": TopUpReturns(self, self._counter).offer,
            "exchange": menu.offer_exchange,
            "refund": lambda: self._counter.stage.go("refund"),
            "ticket": ServiceFlows(self, self._counter).write_ticket,
            "detach": sell.detach_member,
        }
        MemberFlows(self, self._counter, sell.show, lambda name: elsewhere[name]()).open_file()

    def _pay_from_balance(self) -> None:
        view = self.screens.sell_presenter.view
        if view is None or not view.lines:
            self._counter.stage.refuse(Refusal("basket_empty"))
        elif view.member is None:
            self._counter.stage.refuse(Refusal("no_member"))
        else:
            self._counter.stage.go("pay")
            self.screens.pay_presenter.pay_from_balance()

    def _top_up(self) -> None:
        view = self.screens.sell_presenter.view
        if view is not None and view.member is not None:
            self._counter.stage.go("top_up")
            return
        self.find_member()
        self._after_member = lambda: self._counter.stage.go("top_up")

    def _ask_quantity(self) -> None:
        sell = self.screens.sell_presenter
        line = sell.line
        if line is None:
            self._counter.stage.refuse(Refusal("basket_empty"))
            return

        def entered(figure: int) -> None:
            self.close()
            if figure == 0:
                sell.remove_line(line)
            else:
                sell.set_quantity(figure if line.weighed else figure * 1000, line)

        unit, decimals = ("kg", 3) if line.weighed else ("", 0)
        hint = _("{name}, now {quantity}. 0 takes the line out.").format(
            name=line.name, quantity=quantity(line.quantity_milli, line.weighed)
        )
        words = _("Weight") if line.weighed else _("Quantity")
        reading = self._window.weight_now() if line.weighed else None
        if reading is not None:
            self.open(WeightCard(line.name, entered, reading))
            return
        now = quantity(line.quantity_milli, line.weighed)
        self.open(FigureCard(words, words, entered, unit=unit, decimals=decimals, hint=hint, when_empty=now))

    def _ask_discount(self) -> None:
        sell = self.screens.sell_presenter
        if sell.view is None or not sell.view.lines:
            self._counter.stage.refuse(Refusal("basket_empty"))
            return
        line = sell.line

        def adjust(kind: str, figure: int) -> None:
            match kind:
                case "line_percent":
                    sell.discount_line(percent_off=figure, of=line)
                case "line_amount":
                    sell.discount_line(amount_fen=figure, of=line)
                case "price":
                    sell.set_price(figure, line)
                case "basket_percent":
                    sell.discount_basket(percent_off=figure)
                case _:
                    sell.discount_basket(amount_fen=figure)

        self.open(AdjustCard(line.name if line is not None else "", adjust))

    def go_to_refund(self, receipt_number: str) -> None:
        """A receipt was scanned on the sell screen: an order's slip shows the order."""

        def refund() -> None:
            self._counter.stage.go("refund")
            self.screens.refund_presenter.find(receipt_number)

        orders = partial(OrderFlows(self, self._counter).scanned, receipt_number, refund)
        HandoffFlows(self, self._counter).scanned(receipt_number, orders)

    # --- approval, receipts, the shift's panels -------------------------------------------------------------

    def ask_approval(self, action: ApprovalAction, approved: Approved, needed: Refusal | None = None) -> None:
        """A manager approves, and the flow goes on."""
        staff = self._counter.checkout.staff

        def yes(approval: Approval) -> None:
            self._approver_id = approval.approver_id  # most likely the next time too
            self._overlay.close_card(card)
            approved(approval)

        # A card that was left, or that said yes already, says it no more: a badge read twice is one yes.
        def ask(approve: Callable[[], Approval]) -> None:
            self._counter.ask(approve, card.if_open(yes), card.if_open(card.say_wrong))

        card = ApprovalCard(
            action,
            lambda staff_id, pin: ask(lambda: staff.approve(action, staff_id, pin)),
            lambda code: ask(lambda: staff.approve_by_badge(action, code)),
            about="" if needed is None else about_words(needed),
        )

        def names(everybody: tuple[StaffView, ...]) -> None:
            card.show_managers([one for one in everybody if one.role == "manager"], self._approver_id)

        self.open(card)
        self._counter.ask(staff.names, card.if_open(names))

    def ask_presence(self, refusal: Refusal, retry: Callable[[], object]) -> None:
        """The member has to be here: a scan of card or code, or a manager's word."""
        checkout = self._counter.checkout

        def scanned(text: str) -> None:
            self._counter.ask(lambda: checkout.basket.scan(text), lambda _scan: retry())

        def approved(approval: Approval) -> None:
            self._counter.ask(lambda: checkout.members.approve_presence(approval), lambda _view: retry())

        def ask_manager() -> None:
            self.ask_approval("presence", approved)

        def vouched(badge: str) -> None:
            self._counter.ask(lambda: checkout.staff.approve_by_badge("presence", badge), approved)

        def opened(member: MemberPanel | None) -> None:
            def typed(code: str) -> None:
                prove = partial(checkout.payment_code.prove, code)
                self._counter.ask(prove, card.if_open(proved), card.if_open(card.say_wrong))

            def proved(_view: BasketView) -> None:
                card.leave()
                retry()

            has_code = member is not None and member.payment_code == "set"
            card = PresenceCard(refusal_words(refusal), scanned, ask_manager, vouched, typed if has_code else None)
            self.open(card)

        self._counter.ask(checkout.members.panel, opened)

    def show_receipt(self, done: DoneView) -> None:
        """What was just done."""
        title = {
            "sale": _("Paid"),
            "refund": _("Refunded"),
            "refund_without_receipt": _("Refunded"),
            "top_up": _("Topped up"),
            "points_exchange": _("Exchanged"),
            "order_taken": _("Order taken"),
            "order_cancelled": _("Order cancelled"),
            "shift_closed": _("Shift closed"),
            "ticket_opened": _("Taken in"),
        }.get(done.entry_type, _("Done"))
        title = _("Reprint") if done.is_reprint and not self._window.training.is_on else title
        devices = self._window.devices
        print_now = (lambda: devices.print_now(done)) if devices.asks_for_paper(done) else None
        self.open(ReceiptCard(title, done, lambda: self._window.save_pdf(done), print_now))

    def ask_shift(self, what: str) -> None:
        """The shift screen's panels."""
        shift = self.screens.shift_presenter
        if what == "counted":
            self.close()
        elif what == "close":
            shift.count(lambda: self.open(CountCard(shift.close)))
        else:
            ShiftFlows(self, self._counter).ask(what, shift.move_cash)
