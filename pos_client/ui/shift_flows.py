"""The flows at the end of a shift and of a day: hand over to the next cashier, and the store's day."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from pos_client.checkout.day_views import DayView
from pos_client.checkout.receipt_words import cash_reason
from pos_client.checkout.views import DoneView, ShiftReportView, StaffView
from pos_client.ui.panels import Panels
from pos_client.ui.parts.cards import AskCard, FigureCard, ListCard, Row
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.shift import closed_shift
from pos_client.ui.screens.day_card import DayCard
from pos_client.ui.screens.flow_cards import ApprovalCard
from pos_client.ui.screens.member_cards import TextCard
from pos_client.ui.screens.shift import CountCard
from pos_client.ui.words import _
from shared_models.refusals import Refusal

CASH_REASONS = {
    "cash_in": ("change", "found", "other"),
    "cash_out": ("purchase", "bank", "change", "other"),
}


class MoveCash(Protocol):
    """Cash into the drawer (> 0) or out of it (< 0)."""

    def __call__(self, amount_fen: int, reason: str, *, to_safe: bool = False, note: str = "") -> object: ...


class ShiftFlows:
    """Built when one of them is asked for."""

    def __init__(self, panels: Panels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter

    def ask(self, what: str, move_cash: MoveCash) -> None:
        """What a key of the shift screen stands for: cash in or out with its reason, and the rest."""
        others = {"hand_over": self.hand_over, "day_end": self.end_day, "clock": self.confirm_clock}
        if what in others:
            others[what]()
            return
        sign = 1 if what == "cash_in" else -1
        title = {"cash_in": _("Cash in"), "cash_out": _("Cash out"), "to_safe": _("To the safe")}[what]

        def entered(figure: int) -> None:
            self._panels.close()
            if what == "to_safe":
                move_cash(-figure, what, to_safe=True)
            else:
                self._ask_reason(
                    title, CASH_REASONS[what], lambda reason, note: move_cash(sign * figure, reason, note=note)
                )

        self._panels.open(FigureCard(title, _("Amount"), entered))

    def _ask_reason(self, title: str, reasons: tuple[str, ...], given: Callable[[str, str], object]) -> None:
        def chosen(place: int) -> None:
            self._panels.close()
            if reasons[place] == "other":
                self._panels.open(TextCard(title, _("What for"), noted))
            else:
                given(reasons[place], "")

        def noted(text: str) -> None:
            self._panels.close()
            given("other", text)

        rows = [Row(cash_reason(reason, _)) for reason in reasons]
        self._panels.open(ListCard(title, rows, chosen, hint=_("What for?")))

    def confirm_clock(self) -> None:
        """The machine's clock looks wrong: whoever answers for it says that it is right."""
        words = _(
            "First set the date and time of this machine. At the next contact with HQ the till corrects itself. "
            "Without HQ a manager can say that the clock is right now: the till's time begins anew with it."
        )

        def confirm() -> None:
            self._counter.ask_approved(
                lambda approval: self._counter.checkout.shifts.confirm_clock(approval=approval),
                lambda _nothing: self._counter.stage.refresh_status(),
            )

        self._panels.open(AskCard(_("The clock of this machine"), words, _("It is right now · Enter"), confirm))

    def hand_over(self) -> None:
        """Count; then whoever comes signs with PIN or badge."""
        hint = _("Up and down choose. Enter goes on to whoever takes over.")
        self._counter.ask(
            lambda: self._counter.checkout.shifts.ready_to_count(handing_over=True),
            lambda _nothing: self._panels.open(CountCard(self._counted, confirm=_("Next"), hint=hint)),
        )

    def _counted(self, counts: dict[int, int]) -> None:
        room, writing = self._counter.checkout.hand_over, self._counter.one_at_a_time()

        def sign(hand_over: Callable[[], ShiftReportView]) -> None:
            writing.ask(hand_over, self._handed, lambda refusal: self._not(card, refusal))

        card = ApprovalCard(
            "hand_over",
            lambda staff_id, pin: sign(lambda: room.by_pin(counts, staff_id, pin)),
            lambda code: sign(lambda: room.by_badge(counts, code)),
            title=_("Who takes over?"),
            who=_("Next cashier"),
            confirm=_("Sign"),
        )
        self._panels.open(card)
        show_names = card.if_open(partial(self._show_names, card))
        self._counter.ask(self._counter.checkout.staff.names, show_names)

    def _show_names(self, card: ApprovalCard, staff: tuple[StaffView, ...]) -> None:
        def shown(goes: StaffView | None) -> None:
            card.show_managers([one for one in staff if goes is None or one.staff_id != goes.staff_id])

        self._counter.ask(self._counter.checkout.staff.current, card.if_open(shown))

    def _not(self, card: ApprovalCard, refusal: Refusal) -> None:
        if refusal.code == "approval_needed":  # the clock: the shift is closed, and is opened as any other
            self._panels.close()
            self._counter.stage.go("shift_open")
            self._counter.stage.refuse(refusal)
        else:
            card.if_open(card.say_wrong)(refusal)

    def _handed(self, report: ShiftReportView) -> None:
        self._panels.close()
        self._counter.stage.go("sell")
        self._counter.stage.show_done(closed_shift(report))

    def end_day(self) -> None:
        """How the store's day stands."""
        self._counter.ask(self._counter.checkout.day_end.view, self._show_day)

    def _show_day(self, view: DayView) -> None:
        def printed() -> None:
            self._panels.close()
            self._counter.stage.show_done(
                DoneView(
                    entry_type="day_report",
                    business_id=self._counter.checkout.new_id(),
                    receipt_number="",
                    total_fen=view.figures.get("sales_fen", 0),
                    documents=view.documents,
                )
            )

        self._panels.open(DayCard(view, printed))
