"""Who works here and whether a shift is open: which screen comes first."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pos_client.checkout.money_views import SaleSummary
from pos_client.checkout.views import ShiftView, StaffView
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.scans import kind_of
from pos_client.ui.texts import sentence_of
from shared_models.refusals import Refusal


class LoginFace(Protocol):
    """What the login screen can do."""

    def show_staff(self, staff: Sequence[StaffView], chosen_id: str) -> None: ...
    def show_pin(self, length: int) -> None: ...
    def say_wrong(self, refusal: Refusal) -> None: ...


class LoginPresenter:
    """Choose a name, type the PIN; or scan the badge."""

    def __init__(self, counter: Counter, begun: Callable[[StaffView], object]) -> None:
        self._counter = counter
        self._writing = counter.one_at_a_time()
        self._begun = begun
        self.face: LoginFace | None = None
        self.staff: tuple[StaffView, ...] = ()
        self.chosen_id = ""
        self._pin = ""
        self._has_begun = False

    @property
    def _face(self) -> LoginFace:
        assert self.face is not None
        return self.face

    def begin(self) -> None:
        """Ask who may work here."""
        self._pin = ""
        checkout = self._counter.checkout

        def known(shift: ShiftView | None) -> None:
            self._counter.ask(checkout.staff.names, lambda staff: self._show(staff, shift))

        self._counter.ask(checkout.shifts.current, known)

    def _show(self, staff: tuple[StaffView, ...], shift: ShiftView | None) -> None:
        self.staff = staff
        ids = [one.staff_id for one in staff]
        if self.chosen_id not in ids:
            # Whose shift is open comes back; else wrong PINs would be counted against whoever is first by number.
            whose = "" if shift is None else shift.opened_by
            self.chosen_id = whose if whose in ids else next(iter(ids), "")
        self._face.show_staff(staff, self.chosen_id)
        self._face.show_pin(len(self._pin))

    def choose(self, place: int) -> None:
        """A name was touched."""
        if 0 <= place < len(self.staff):
            self.chosen_id = self.staff[place].staff_id
            self._pin = ""
            self._face.show_staff(self.staff, self.chosen_id)
            self._face.show_pin(0)

    def move(self, step: int) -> None:
        """Up or down the names."""
        ids = [one.staff_id for one in self.staff]
        if ids:
            self.choose(max(0, min(ids.index(self.chosen_id) + step, len(ids) - 1)))

    def digit(self, typed: str) -> None:
        """One more digit of the PIN; '' takes the last one away."""
        self._pin = self._pin + typed if typed else self._pin[:-1]
        self._pin = self._pin[:12]
        self._face.show_pin(len(self._pin))

    def confirm(self) -> None:
        """Enter."""
        pin, self._pin = self._pin, ""
        self._face.show_pin(0)
        staff_id = self.chosen_id
        if pin and staff_id:
            self._counter.ask(
                lambda: self._counter.checkout.staff.login(staff_id, pin), self._logged_in, self._face.say_wrong
            )

    def scanned(self, text: str, waits_for: str = "nobody_logged_in") -> None:
        """A badge; whatever else is scanned here is told what it waits for."""
        if kind_of(text) not in ("staff", "misread"):
            self._counter.stage.refuse(Refusal(waits_for))
            return
        self._counter.ask(
            lambda: self._counter.checkout.staff.login_by_badge(text), self._logged_in, self._face.say_wrong
        )

    def _logged_in(self, staff: StaffView) -> None:
        self.chosen_id = staff.staff_id  # also after a badge: whoever locks the till comes back to it with a PIN
        self._counter.stage.say("")
        self._begun(staff)

    # --- after the login ---------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """To the sell screen where a shift is open, else to its opening."""

        is_first, self._has_begun = not self._has_begun, True

        def shift(view: ShiftView | None) -> None:
            self._counter.stage.go("sell" if view is not None else "shift_open")
            if view is not None and is_first:
                self._counter.ask(lambda: self._counter.checkout.refunds.recent(1), self._tell_last)

        self._counter.ask(self._counter.checkout.shifts.current, shift)

    def _tell_last(self, sales: tuple[SaleSummary, ...]) -> None:
        """The till started in the middle of a shift: whether the sale before it went through is what everybody asks."""
        for sale in sales:
            fields: dict[str, str | int | bool | None] = {
                "receipt_number": sale.receipt_number,
                "total_fen": sale.total_fen,
            }
            self._counter.stage.say(sentence_of("last_sale_kept", fields), "good")

    def open_shift(self, float_fen: int | None) -> None:
        """The float was counted; None: nothing was typed, as when a scanner sends two Enters after a badge."""
        if float_fen is None:
            self._counter.stage.refuse(Refusal("float_missing"))
            return
        self._writing.ask(
            lambda: self._counter.checkout.shifts.open(float_fen), lambda _view: self._counter.stage.go("sell")
        )

    def lock(self) -> None:
        """Lock the till; the basket stays for whoever comes next."""
        self._counter.ask(self._counter.checkout.staff.log_out, lambda _none: self._counter.stage.go("login"))
