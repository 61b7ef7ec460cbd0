"""Orders behind *More* and by their slip: taking one, the list, handing over, cancelling."""

from uuid import UUID

from pos_client.checkout.orders import CancellationView, OrderTerms, OrderView
from pos_client.checkout.views import BasketView, DoneView
from pos_client.ui.panels import SellPanels
from pos_client.ui.parts.cards import ListCard
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.screens.order_cards import CancelOrderCard, OrderCard, OrderForm, OrderWanted, order_row
from pos_client.ui.words import _


class OrderFlows:
    """Built when it is needed."""

    def __init__(self, panels: SellPanels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter
        self._orders = counter.checkout.orders

    def take(self) -> None:
        """The open basket is ordered."""
        self._counter.ask(self._orders.terms, self._ask)

    def _ask(self, terms: OrderTerms) -> None:
        def begun(view: BasketView) -> None:
            self._panels.close()
            self._panels.screens.sell_presenter.show(view)
            self._counter.stage.go("pay")

        def wanted(order: OrderWanted) -> None:
            self._counter.ask(
                lambda: self._orders.begin(
                    order.collect_at,
                    deposit_fen=order.deposit_fen,
                    name=order.name,
                    phone=order.phone,
                    text=order.text,
                ),
                begun,
                form.say_wrong,
            )

        form = OrderForm(terms, wanted)
        self._panels.open(form)

    def show_list(self) -> None:
        """Orders that wait, the next one first."""
        self._counter.ask(self._orders.waiting, self._show)

    def _show(self, orders: tuple[OrderView, ...]) -> None:
        def chosen(place: int) -> None:
            self.show(orders[place])

        hint = _("What is still to pay stands at the right.") if orders else ""
        hint = " ".join(part for part in (hint, _("Orders of other tills are handed over there.")) if part)
        rows = [order_row(order) for order in orders]
        self._panels.open(ListCard(_("Orders"), rows, chosen, empty=_("No order waits here."), hint=hint))

    def show(self, order: OrderView) -> None:
        """One of them."""
        self._panels.open(
            OrderCard(
                order,
                lambda: self._collect(order.order_id),
                lambda: self._ask_cancel(order.order_id),
                lambda: self._reprint(order.receipt_number),
            )
        )

    def _collect(self, order_id: UUID) -> None:
        def collected(view: BasketView) -> None:
            self._panels.close()
            self._panels.screens.sell_presenter.show(view)
            self._counter.stage.go("pay")

        self._counter.ask(lambda: self._orders.collect(order_id), collected)

    def _ask_cancel(self, order_id: UUID) -> None:
        def cancel(waive: bool) -> None:
            self._counter.ask_approved(
                lambda approval: self._orders.cancel(order_id, waive=waive, approval=approval), self._done
            )

        def shown(view: CancellationView) -> None:
            waive = (lambda: cancel(True)) if view.kept_fen else None
            self._panels.open(CancelOrderCard(view, lambda: cancel(False), waive))

        self._counter.ask(lambda: self._orders.cancellation(order_id), shown)

    def _done(self, done: DoneView) -> None:
        self._panels.close()
        self._counter.stage.show_done(done)

    def _reprint(self, receipt_number: str) -> None:
        refunds = self._counter.checkout.refunds
        self._counter.ask_approved(lambda approval: refunds.reprint(receipt_number, approval=approval), self._done)
