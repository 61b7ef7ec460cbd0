"""What the presenters of the sell and pay screens see: the screen itself together with the panels it can ask for."""

from collections.abc import Sequence
from typing import Protocol

from pos_client.checkout.views import CouponView, GoodsMatch, HeldView
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.ui.formats import clock_time, plain, yuan
from pos_client.ui.panels import Panels
from pos_client.ui.parts.basket_model import unit_words
from pos_client.ui.parts.cards import FigureCard, ListCard, MenuCard, Row
from pos_client.ui.parts.coupon_panel import coupon_words
from pos_client.ui.parts.weight_card import WeightCard
from pos_client.ui.presenters.pay import PayPresenter
from pos_client.ui.presenters.sell import SellPresenter
from pos_client.ui.screens.member_cards import TextCard
from pos_client.ui.screens.pay import PayScreen
from pos_client.ui.screens.sell import SellScreen
from pos_client.ui.words import _, ngettext


class Presenters(Protocol):
    """The presenters that panels hand their answers to."""

    sell_presenter: SellPresenter
    pay_presenter: PayPresenter


class CounterPanels(Panels, Protocol):
    """Who opens panels over the window."""

    @property
    def screens(self) -> Presenters: ...
    def weight_now(self) -> ScaleReading | None: ...
    def find_member(self, text: str = "") -> None: ...
    def go_to_refund(self, receipt_number: str) -> None: ...


class SellFaceOfWindow:
    """The sell presenter's face: the screen, and the panels it asks for."""

    def __init__(self, screen: SellScreen, flows: CounterPanels) -> None:
        self.show_basket = screen.show_basket
        self.show_suggestion = screen.show_suggestion
        self.say_last = screen.say_last
        self.find_member = flows.find_member
        self._flows = flows

    def choose_goods(self, matches: Sequence[GoodsMatch]) -> None:
        """Several goods of that name."""

        def chosen(place: int) -> None:
            self._flows.close()
            self._flows.screens.sell_presenter.add_match(matches[place])

        rows = [
            Row(
                match.name,
                _("sold out") if match.sold_out else unit_words(match.unit),
                plain(match.price.amount_fen),
                is_enabled=not match.sold_out,
            )
            for match in matches
        ]
        self._flows.open(ListCard(_("Which goods?"), rows, chosen))

    def ask_weight(self, goods_id: str, name: str) -> None:
        """Weighed goods need a weight."""

        def entered(figure: int) -> None:
            self._flows.close()
            self._flows.screens.sell_presenter.add_goods(goods_id, quantity_milli=figure)

        reading = self._flows.weight_now()
        if reading is not None:
            self._flows.open(WeightCard(name or _("Weight"), entered, reading))
        else:
            self._flows.open(FigureCard(name or _("Weight"), _("Weight"), entered, unit="kg", decimals=3))

    def ask_price(self, goods_id: str, name: str) -> None:
        """Open-price goods need a price."""

        def entered(figure: int) -> None:
            self._flows.close()
            self._flows.screens.sell_presenter.add_goods(goods_id, open_price_fen=figure)

        self._flows.open(FigureCard(name or _("Price"), _("Price"), entered, unit="¥"))

    def choose_held(self, held: Sequence[HeldView]) -> None:
        """Baskets on hold."""

        def chosen(place: int) -> None:
            self._flows.close()
            self._flows.screens.sell_presenter.resume(held[place].basket_id)

        rows = [
            Row(
                one.label or ngettext("{count} line", "{count} lines", one.lines).format(count=one.lines),
                _("held at {time} by {cashier}").format(time=clock_time(one.held_at_ms), cashier=one.cashier_id),
                yuan(one.due_fen),
            )
            for one in held
        ]
        view = self._flows.screens.sell_presenter.view
        hint = _("The open basket goes on hold in its place.") if held and view is not None and view.lines else ""
        self._flows.open(ListCard(_("Resume a basket"), rows, chosen, empty=_("Nothing is on hold."), hint=hint))

    def open_refund(self, receipt_number: str) -> None:
        """A receipt was scanned."""
        self._flows.go_to_refund(receipt_number)


class PayFaceOfWindow:
    """The pay presenter's face: the screen, and the panels it asks for."""

    def __init__(self, screen: PayScreen, flows: CounterPanels) -> None:
        self.show_payment = screen.show_payment
        self.clear_amount = screen.clear_amount
        self._flows = flows

    def choose_coupons(self, coupons: tuple[CouponView, ...]) -> None:
        """The member's coupons."""

        def chosen(place: int) -> None:
            self._flows.close()
            self._flows.screens.pay_presenter.toggle_coupon(coupons[place])

        rows = [
            Row(
                coupon.name,
                coupon_words(coupon),
                plain(-coupon.takes_off_fen) if coupon.applied else "",
                is_enabled=coupon.usable or coupon.applied,
            )
            for coupon in coupons
        ]
        self._flows.open(ListCard(_("Coupons"), rows, chosen, empty=_("No coupons.")))

    def choose_more(self) -> None:
        """Payments without a key of their own."""
        presenter = self._flows.screens.pay_presenter
        recorded = (
            (_("WeChat, paid elsewhere"), lambda: presenter.record("wechat")),
            (_("Alipay, paid elsewhere"), lambda: presenter.record("alipay")),
        )
        self._flows.open(
            MenuCard(
                _("More payments"),
                (
                    (_("Bank card"), lambda: presenter.choose("card")),
                    (_("Voucher"), self.ask_voucher),
                    (_("Other"), lambda: presenter.choose("other")),
                    *(recorded if presenter.wallets.has_provider else ()),
                ),
            )
        )

    def ask_voucher(self) -> None:
        """A platform's voucher: its code."""

        def entered(code: str) -> None:
            self._flows.close()
            self._flows.screens.pay_presenter.pay_voucher(code)

        self._flows.open(TextCard(_("Voucher"), _("Scan or type the code"), entered, is_code=True))
