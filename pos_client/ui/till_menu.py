"""What is behind *More*: things done a few times a day."""

from collections.abc import Callable
from typing import Protocol

from pos_client.checkout.money_views import ExchangeView, RefundView, SaleSummary
from pos_client.checkout.views import DoneView, StatusView
from pos_client.ui.formats import clock_time, count, day, yuan
from pos_client.ui.handoff_flows import HandoffFlows
from pos_client.ui.order_flows import OrderFlows
from pos_client.ui.panels import Panels
from pos_client.ui.parts.cards import AskCard, ListCard, MenuCard, Row
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.sell import SellPresenter
from pos_client.ui.presenters.shift import ShiftPresenter
from pos_client.ui.screens.member_cards import TextCard
from pos_client.ui.service_flows import ServiceFlows
from pos_client.ui.shift_flows import ShiftFlows
from pos_client.ui.tender_corrections import TenderCorrections
from pos_client.ui.top_up_returns import TopUpReturns
from pos_client.ui.training_mode import TrainingMode
from pos_client.ui.words import _


class Presenters(Protocol):
    """The presenters that the menu hands its answers to."""

    sell_presenter: SellPresenter
    shift_presenter: ShiftPresenter


class MenuPanels(Panels, Protocol):
    """Who opens panels over the window."""

    @property
    def screens(self) -> Presenters: ...


class Window(Protocol):
    """What the menu needs of the window."""

    @property
    def is_frozen(self) -> bool: ...

    status: StatusView | None

    @property
    def training(self) -> TrainingMode: ...
    def open_reports(self) -> None: ...
    def open_healing(self) -> None: ...
    def open_wallets(self) -> None: ...


class TillMenu:
    """Built when F10 is pressed."""

    def __init__(self, panels: MenuPanels, counter: Counter, window: Window) -> None:
        self._panels = panels
        self._counter = counter
        self._window = window

    def open(self) -> None:
        """F10."""
        stage = self._counter.stage
        service = ServiceFlows(self._panels, self._counter)
        orders = OrderFlows(self._panels, self._counter)
        training = _("End the training") if self._window.training.is_on else _("Training")
        has_wallets = self._counter.checkout.wallets.has_provider
        wallets = ((_("Wallet payments that stand open"), self._window.open_wallets),) if has_wallets else ()
        status = self._window.status
        clock = (
            (
                (
                    _("The clock looks wrong: what to do"),
                    ShiftFlows(self._panels, self._counter).confirm_clock,
                ),
            )
            if status is not None and status.clock_code
            else ()
        )
        frozen = ((_("Frozen rights: what to do"), self._window.open_healing),) if self._window.is_frozen else ()
        self._panels.open(
            MenuCard(
                _("More"),
                (
                    (_("Reports"), self._window.open_reports),
                    (_("Shift"), lambda: stage.go("shift")),
                    (_("Sync"), lambda: stage.go("sync")),
                    (_("Settings"), lambda: stage.go("settings")),
                    (_("Reprint a receipt"), self._offer_reprint),
                    (_("Points exchange"), self.offer_exchange),
                    (_("Pay out or cancel a top-up"), TopUpReturns(self._panels, self._counter).offer),
                    (_("Note on the line"), self._ask_note),
                    (_("Undo"), self._panels.screens.sell_presenter.undo),
                    (_("Void last sale"), self._ask_void),
                    (_("Correct a payment"), TenderCorrections(self._panels, self._counter).offer),
                    (_("Cancel basket"), self._ask_cancel),
                    (_("Open the drawer"), self._panels.screens.shift_presenter.open_drawer),
                    (_("Look something up"), service.look_up),
                    (_("Ticket for HQ"), service.write_ticket),
                    (_("Tickets"), service.show_tickets),
                    (training, self._window.training.toggle),
                    (_("Devices"), lambda: stage.go("devices")),
                    (_("Take an order"), orders.take),
                    (_("Orders"), orders.show_list),
                    (_("Between stores"), HandoffFlows(self._panels, self._counter).offer),
                    # Last what is not always there: every key above stays where the fingers know it.
                    *wallets,
                    *clock,
                    *frozen,
                ),
            )
        )

    def _offer_reprint(self) -> None:
        refunds = self._counter.checkout.refunds

        def offered(sales: tuple[SaleSummary, ...]) -> None:
            rows = [
                Row(sale.receipt_number, f"{day(sale.business_date)} {clock_time(sale.at_ms)}", yuan(sale.total_fen))
                for sale in sales
            ]
            self._panels.open(
                ListCard(_("Reprint a receipt"), rows, chosen_from(sales), empty=_("No sale on this till yet."))
            )

        def chosen_from(sales: tuple[SaleSummary, ...]) -> Callable[[int], None]:
            def chosen(place: int) -> None:
                self._panels.close()
                number = sales[place].receipt_number
                self._counter.ask(lambda: refunds.reprint(number), self._counter.stage.show_done)

            return chosen

        self._counter.ask(refunds.recent, offered)

    def offer_exchange(self) -> None:
        """Points for something of the store's list."""
        exchanges = self._counter.checkout.exchanges

        def offered(view: ExchangeView) -> None:
            rows = [
                Row(item.name, _("{points} points").format(points=count(item.points)), is_enabled=item.affordable)
                for item in view.items
            ]

            def chosen(place: int) -> None:
                self._panels.close()
                item_id = view.items[place].item_id
                self._counter.ask_present(lambda: exchanges.exchange(item_id), self._exchanged)

            hint = _("{points} points usable here.").format(points=count(view.member.points_usable))
            self._panels.open(ListCard(_("Points exchange"), rows, chosen, empty=_("Nothing on the list."), hint=hint))

        self._counter.ask(exchanges.start, offered)

    def _exchanged(self, done: DoneView) -> None:
        self._panels.screens.sell_presenter.begin()
        self._counter.stage.show_done(done)

    def _ask_note(self) -> None:
        def entered(text: str) -> None:
            self._panels.close()
            self._panels.screens.sell_presenter.set_note(text)

        self._panels.open(TextCard(_("Note on the line"), _("For the kitchen, the cake or the customer"), entered))

    def _ask_void(self) -> None:
        refunds = self._counter.checkout.refunds

        def void() -> None:
            self._counter.ask_approved(
                lambda approval: refunds.void_last(approval=approval), self._counter.stage.show_done
            )

        def asked(view: RefundView) -> None:
            back = ", ".join(f"{tender_words(one.kind)} {yuan(one.amount_fen)}" for one in view.tenders)
            words = _("Receipt {receipt} comes back as a whole, by a new entry. Goes back: {back}.").format(
                receipt=view.receipt_number, back=back or yuan(0)
            )
            self._panels.open(AskCard(_("Void last sale"), words, _("Void · Enter"), void))

        self._counter.ask(refunds.last_sale, asked)

    def _ask_cancel(self) -> None:
        words = _("All lines of this basket go. This is counted for the cashier.")
        cancel = self._panels.screens.sell_presenter.cancel_basket
        self._panels.open(AskCard(_("Cancel basket"), words, _("Cancel it · Enter"), cancel))
