"""Refunds by receipt and without, tender correction, void of the last sale, reprint."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.money_views import RefundView, SaleSummary, UnreceiptedWanted
from pos_client.checkout.views import DoneView
from shared_models.sales import Approval, TenderKind


class Refunds:
    """What is put right after a sale: always by a new entry."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def recent(self, limit: int = 30) -> tuple[SaleSummary, ...]:
        """The last sales of this till, newest first."""
        raise NotImplementedError

    def of_member(self) -> tuple[SaleSummary, ...]:
        """This till's sales to the member on the basket, newest first."""
        raise NotImplementedError

    def find(self, receipt_number: str) -> RefundView:
        """By the number printed or scanned; nothing wanted yet. Refuses `receipt_unknown`, `receipt_of_other_till(
        till_number)`, `receipt_is_no_sale`."""
        raise NotImplementedError

    def plan(self, sale_id: UUID, wanted: Mapping[int, int]) -> RefundView:
        """What giving back these quantities (line number -> quantity_milli) would do. Refuses
        `refund_too_much(line_number, left_milli)`."""
        raise NotImplementedError

    def refund(self, sale_id: UUID, wanted: Mapping[int, int], *, approval: Approval | None = None) -> DoneView:
        """Does it. Approval `refund` where the rules want one. Refuses `nothing_wanted`."""
        raise NotImplementedError

    def without_receipt(
        self, wanted: Sequence[UnreceiptedWanted], *, tender: TenderKind = "cash", reason: str = "",
        approval: Approval | None = None,
    ) -> DoneView:  # fmt: skip
        """Approval `refund_without_receipt`. Refuses `daily_limit(limit_fen, left_fen)`."""
        raise NotImplementedError

    def void_last(self, *, approval: Approval | None = None) -> DoneView:
        """The last sale of this shift, back as a whole. Approval `void_sale`. Refuses `nothing_to_void`."""
        raise NotImplementedError

    def correct_tender(
        self, sale_id: UUID, tender_index: int, kind: TenderKind, *, reference: str = "",
        approval: Approval | None = None,
    ) -> DoneView:  # fmt: skip
        """It was paid by another cash or external tender than recorded. Approval `tender_correction`. Refuses
        `tender_not_correctable`."""
        raise NotImplementedError

    def reprint(self, receipt_number: str) -> DoneView:
        """The same documents again, marked as a reprint, without drawer pulse."""
        raise NotImplementedError
