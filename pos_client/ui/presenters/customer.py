"""What the customer sees of a sale: lines, what is to pay, what was given, thanks. Plain figures, no decisions.

Nothing personal: the display faces the shop.
"""

from dataclasses import dataclass
from typing import Literal

from pos_client.checkout.views import BasketView, DoneView, PaymentView
from pos_client.ui.formats import quantity
from pos_client.ui.presenters.pay import Summary, summary_of
from pos_client.ui.words import _

CustomerState = Literal["idle", "basket", "pay", "thanks"]


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """Goods as on the receipt."""

    name: str
    quantity: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """The whole display. `lines` and `reductions` sum to `due_fen`; due - rounding - given = left - change."""

    state: CustomerState
    lines: tuple[CustomerLine, ...] = ()
    reductions: tuple[tuple[str, int], ...] = ()
    saved_fen: int = 0
    due_fen: int = 0
    rounding_fen: int = 0
    given: tuple[tuple[str, int], ...] = ()
    left_fen: int = 0
    change_fen: int = 0
    points: int = 0


IDLE = CustomerView(state="idle")


def of_basket(view: BasketView) -> CustomerView:
    """While goods are scanned; idle without any."""
    return _of(view, "basket") if view.lines else IDLE


def of_payment(view: PaymentView, tender_words: dict[str, str]) -> CustomerView:
    """While it is paid. `tender_words` are the names of the tenders."""
    basket = _of(view.basket, "pay")
    return CustomerView(
        state="pay",
        lines=basket.lines,
        reductions=basket.reductions,
        saved_fen=basket.saved_fen,
        due_fen=view.due_fen,
        rounding_fen=view.rounding_fen,
        given=tuple(
            (tender_words.get(tender.kind, tender.kind), tender.handed_over_fen or tender.amount_fen)
            for tender in view.tenders
        ),
        left_fen=max(0, view.left_fen),
        change_fen=view.change_fen,
        points=basket.points,
    )


def of_done(done: DoneView) -> CustomerView:
    """Thanks, with what comes back."""
    return CustomerView(
        state="thanks", due_fen=done.total_fen, change_fen=done.change_fen, points=max(0, done.points_earned)
    )


def _of(view: BasketView, state: CustomerState) -> CustomerView:
    summary: Summary = summary_of(view)
    return CustomerView(
        state=state,
        lines=tuple(
            CustomerLine(line.name, quantity(line.quantity_milli, line.weighed), line.amount_fen)
            for line in summary.lines
        ),
        reductions=tuple((name, -amount) for name, amount in summary.reductions),
        saved_fen=view.reductions_total_fen,
        due_fen=view.due_fen,
        left_fen=view.due_fen,
        points=view.points_to_earn if view.member is not None else 0,
    )


def headline(view: CustomerView) -> str:
    """The words above the large figure."""
    if view.state == "thanks":
        return _("Change") if view.change_fen else _("Paid")
    if view.change_fen:
        return _("Change")
    return _("Left to pay") if view.given else _("To pay")


def large_figure_fen(view: CustomerView) -> int:
    """The one figure that dominates."""
    if view.change_fen:
        return view.change_fen
    if view.state == "thanks":
        return view.due_fen
    return view.left_fen if view.given else view.due_fen
