"""Orders behind *More* and by their slip: taking one, the list, getting it from another till, handing over, changing,
cancelling."""

from collections.abc import Callable
from uuid import UUID

from pos_client.checkout.orders import CancellationView, OrderTerms, OrderView
from pos_client.checkout.views import BasketView, DoneView
from pos_client.ui.panels import SellPanels
from pos_client.ui.parts.cards import ListCard
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.screens.order_cards import CancelOrderCard, OrderCard, OrderDeeds, order_row
from pos_client.ui.screens.order_form import OrderForm, OrderWanted
from pos_client.ui.words import _
from shared_models.refusals import Refusal


class OrderFlows:
    """Built when it is needed."""

    def __init__(self, panels: SellPanels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter
        self._orders = counter.checkout.orders
        self._writing = counter.one_at_a_time()

    def take(self) -> None:
        """The open basket is ordered; one that changes an order becomes that order."""
        self._counter.ask(self._orders.terms, self._ask)

    def _ask(self, terms: OrderTerms) -> None:
        def wanted(order: OrderWanted) -> None:
            self._writing.ask(
                lambda: self._orders.begin(
                    order.collect_at,
                    deposit_fen=order.deposit_fen,
                    name=order.name,
                    phone=order.phone,
                    text=order.text,
                    store=order.store,
                ),
                self._to_pay,
                form.if_open(form.say_wrong),
            )

        form = OrderForm(wanted, terms=terms, before=terms.changes)
        self._panels.open(form)

    def show_list(self) -> None:
        """Orders that wait, the next one first."""
        self._counter.ask(self._orders.waiting, self._show)

    def _show(self, orders: tuple[OrderView, ...]) -> None:
        def chosen(place: int) -> None:
            self.show(orders[place])

        hint = _("What is still to pay stands at the right.") if orders else ""
        if any(not order.is_here for order in orders):
            hint = " ".join((hint, _("What another till has is got from there.")))
        rows = [order_row(order) for order in orders]
        self._panels.open(ListCard(_("Orders"), rows, chosen, empty=_("No order waits here."), hint=hint))

    def scanned(self, slip: str, otherwise: Callable[[], object]) -> None:
        """An order's slip shows the order, wherever it is; what is none goes on `otherwise`."""

        def found(order: OrderView | None) -> None:
            if order is None:
                otherwise()
            else:
                self.show(order)

        def refused(refusal: Refusal) -> None:
            self._wait(refusal, lambda: self._orders.slip_has_come(slip), lambda: self.scanned(slip, otherwise))

        self._counter.ask(lambda: self._orders.of_receipt(slip), found, refused)

    def show(self, order: OrderView) -> None:
        """One of them."""
        order_id = order.order_id
        deeds = OrderDeeds(
            get=lambda: self._get(order_id),
            collect=lambda: self._collect(order_id),
            change_words=lambda: self._change_words(order),
            change_goods=lambda: self._change_goods(order_id),
            cancel=lambda: self._ask_cancel(order_id),
            reprint=lambda: self._reprint(order_id),
        )
        self._panels.open(OrderCard(order, deeds))

    # --- getting it here ---

    def _get(self, order_id: UUID) -> None:
        """From another till; it shows itself when it has come."""
        self._panels.close()

        def refused(refusal: Refusal) -> None:
            self._wait(refusal, lambda: self._orders.has_come(order_id), lambda: self._get(order_id))

        self._counter.ask(lambda: self._orders.fetch(order_id), self.show, refused)

    def _wait(self, refusal: Refusal, has_come: Callable[[], bool], again: Callable[[], object]) -> None:
        self._panels.screens.sell_presenter.asked_for.refused(refusal, has_come, again)
        self._counter.stage.refuse(refusal)

    # --- handing over, changing, cancelling ---

    def _collect(self, order_id: UUID) -> None:
        self._writing.ask(lambda: self._orders.collect(order_id), self._to_pay)

    def _to_pay(self, view: BasketView) -> None:
        self._panels.close()
        self._panels.screens.sell_presenter.show(view)
        self._counter.stage.go("pay")

    def _change_words(self, order: OrderView) -> None:
        def wanted(words: OrderWanted) -> None:
            self._writing.ask(
                lambda: self._orders.change_words(
                    order.order_id,
                    words.collect_at,
                    name=words.name,
                    phone=words.phone,
                    text=words.text,
                    store=words.store,
                ),
                self._done,
                form.if_open(form.say_wrong),
            )

        self._panels.close()
        form = OrderForm(wanted, before=order)
        self._panels.open(form)

    def _change_goods(self, order_id: UUID) -> None:
        def opened(view: BasketView) -> None:
            self._panels.close()
            self._panels.screens.sell_presenter.show(view)
            self._counter.stage.go("sell")
            words = _("The order's goods: add or take out, then choose More, Take an order. The price is made anew.")
            self._counter.stage.say(words, "good")

        self._writing.ask(lambda: self._orders.change_goods(order_id), opened)

    def _ask_cancel(self, order_id: UUID) -> None:
        def cancel(waive: bool) -> None:
            self._writing.ask_approved(
                lambda approval: self._orders.cancel(order_id, waive=waive, approval=approval), self._done
            )

        def shown(view: CancellationView) -> None:
            waive = (lambda: cancel(True)) if view.kept_fen else None
            self._panels.open(CancelOrderCard(view, lambda: cancel(False), waive))

        self._counter.ask(lambda: self._orders.cancellation(order_id), shown)

    def _done(self, done: DoneView) -> None:
        self._panels.close()
        self._counter.stage.show_done(done)

    def _reprint(self, order_id: UUID) -> None:
        self._writing.ask_approved(lambda approval: self._orders.reprint(order_id, approval=approval), self._done)
