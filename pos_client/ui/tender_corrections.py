"""A payment that was recorded as another one than it was: put right after the sale, by an entry of its own."""

from uuid import UUID

from pos_client.checkout.money_views import RefundView, SaleSummary
from pos_client.checkout.views import DoneView, TenderView
from pos_client.ui.formats import clock_time, day, plain, yuan
from pos_client.ui.panels import Panels
from pos_client.ui.parts.cards import ListCard, Row
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.words import _
from shared_models.sales import TenderKind

CORRECTABLE: tuple[TenderKind, ...] = ("cash", "wechat", "alipay", "card", "voucher", "other")
"""Stored value moved a member's money: a sale paid by it is refunded, never relabelled."""


class TenderCorrections:
    """Which sale, which of its payments, what it really was; then a manager."""

    def __init__(self, panels: Panels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter
        self._refunds = counter.checkout.refunds

    def offer(self) -> None:
        """The last sales of this till."""

        def offered(sales: tuple[SaleSummary, ...]) -> None:
            rows = [
                Row(sale.receipt_number, f"{day(sale.business_date)} {clock_time(sale.at_ms)}", yuan(sale.total_fen))
                for sale in sales
            ]
            empty = _("No sale on this till yet.")
            self._panels.open(
                ListCard(_("Correct a payment"), rows, lambda place: self._find(sales[place]), empty=empty)
            )

        self._counter.ask(self._refunds.recent, offered)

    def _find(self, sale: SaleSummary) -> None:
        self._panels.close()
        self._counter.ask(lambda: self._refunds.find(sale.receipt_number), self._choose_tender)

    def _choose_tender(self, view: RefundView) -> None:
        def chosen(place: int) -> None:
            self._panels.close()
            self._choose_kind(view.sale_id, view.sale_tenders[place])

        rows = [
            Row(tender_words(tender.kind), "", plain(tender.amount_fen), is_enabled=tender.kind in CORRECTABLE)
            for tender in view.sale_tenders
        ]
        self._panels.open(ListCard(_("Which payment was recorded wrongly?"), rows, chosen))

    def _choose_kind(self, sale_id: UUID, tender: TenderView) -> None:
        kinds = [kind for kind in CORRECTABLE if kind != tender.kind]

        def chosen(place: int) -> None:
            self._panels.close()
            self._counter.ask_approved(
                lambda approval: self._refunds.correct_tender(sale_id, tender.index, kinds[place], approval=approval),
                self._corrected,
            )

        rows = [Row(tender_words(kind)) for kind in kinds]
        self._panels.open(ListCard(_("What was it really?"), rows, chosen))

    def _corrected(self, done: DoneView) -> None:
        words = _("The payment of {receipt} is corrected: {amount}.")
        self._counter.stage.say(words.format(receipt=done.receipt_number, amount=yuan(done.total_fen)), "good")
        self._counter.stage.refresh_status()
