"""The till's window: one header, one screen at a time, panels over it, and the keyboard that leads to all of them.

It is the `Stage` of the presenters. What a task needs besides its screen is in `flows`.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_client.checkout.healing import HealingView
from pos_client.checkout.staff import ApprovalAction
from pos_client.checkout.views import BasketView, DoneView, PaymentView, StaffView, StatusView
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.devices.wedge import WedgeDecoder, WedgeSettings
from pos_client.ui.flows import Flows
from pos_client.ui.formats import clock_time
from pos_client.ui.key_moments import KeyMoments
from pos_client.ui.parts.banner import FrozenBanner
from pos_client.ui.parts.header import Header
from pos_client.ui.parts.notice import NoticeLine
from pos_client.ui.parts.overlay import OverlayLayer
from pos_client.ui.parts.sync_words import SyncPicture, picture_of, pill_words
from pos_client.ui.parts.weight_card import WeightCard
from pos_client.ui.presenters.counter import Approved, Counter, Place, Tone
from pos_client.ui.presenters.scans import is_certainly_a_code
from pos_client.ui.receipt_painter import save_pdf
from pos_client.ui.scan_filter import Press, ScanFilter
from pos_client.ui.screen_set import ScreenSet
from pos_client.ui.screens.healing_card import HealingCard
from pos_client.ui.surroundings import Surroundings
from pos_client.ui.texts import refusal_words
from pos_client.ui.theme import dress, tokens_named
from pos_client.ui.till_devices import TillDevices
from pos_client.ui.training_mode import TrainingMode
from pos_client.ui.words import _, use_language
from shared_models.refusals import Refusal

SMALLEST = (1024, 768)
_BACK_OFFICE: tuple[Place, ...] = ("reports", "shift", "sync", "settings", "devices")
_STATUS_EVERY_MS = 2000


class TillWindow(QWidget):
    """Built by the composition root; `start` restores what was there before and shows the login."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Tillbook")
        self.setMinimumSize(*SMALLEST)
        self.around = around
        self.place: Place = "login"
        self.status: StatusView | None = None
        self._filter: ScanFilter | None = None
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        # A layout that dictates the window's smallest size would resize a till's full-screen window.
        self._whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.counter = Counter(around.checkout, around.worker, self)
        self.devices = TillDevices(self.counter, around.devices, self)
        self.training = TrainingMode(self)
        self._status_timer = QTimer(self)
        self._status_timer.setInterval(_STATUS_EVERY_MS)
        self._status_timer.timeout.connect(self._tick)
        self._build()

    # --- building, and building again in another language or light ------------------------------------------

    def _build(self) -> None:
        use_language(self.around.language)
        tokens = tokens_named(self.around.theme)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        dress(application, tokens)
        self._page = QWidget()
        self._page.setObjectName("page")
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        self.training.dress(self._page, column)
        column.setSpacing(0)
        self.header = Header(
            lambda: self.go("sync") if self._somebody_works() else None,
            self._go_to_tab,
            lambda: self.go("devices") if self._somebody_works() else None,
        )
        self.header.offer_tabs(
            (
                ("sell", _("Sell")),
                ("reports", _("Reports")),
                ("shift", _("Shift")),
                ("sync", _("Sync")),
                ("settings", _("Settings")),
                ("devices", _("Devices")),
            )
        )
        column.addWidget(self.header)
        self.banner = FrozenBanner(self.open_healing, lambda: self.flows.ask_shift("clock"))
        column.addWidget(self.banner)
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)
        self.notice = NoticeLine(self._page, self.header.free_room)
        self.overlay = OverlayLayer(self._stack, self._uncovered, self.notice.leave_with_screen)
        self.flows = Flows(self.counter, self.overlay, self)
        self.screens = ScreenSet(self.counter, self.flows, self, tokens)
        for screen in self.screens.all():
            self._stack.addWidget(screen)
        self.overlay.raise_()
        self._whole.addWidget(self._page)

    def rebuild(self) -> None:
        """In another language or light: the same place, built anew. The old screens go once they know all answers."""
        self.overlay.close_all()
        old = self._page
        self._whole.removeWidget(old)
        old.hide()
        old.setParent(None)
        self.counter.ask(lambda: None, lambda _told: self.counter.ask(lambda: None, lambda _told: old.deleteLater()))
        self.around.set_language(self.around.language)
        self._build()
        self.devices.build_again()
        self.go(self.place)

    def choose_setting(self, name: str, value: str) -> None:
        """The settings screen's choices."""
        setattr(self.around, name, value)
        self.rebuild()

    # --- life -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Show the login; the basket of before comes back behind it."""
        self.go("login")
        self.screens.sell_presenter.restore()
        self.devices.begin()
        self.screens.wallet_presenter.begin()
        self._status_timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if self._filter is None and handle is not None:
            decoder = WedgeDecoder(self.devices.settings.wedge, is_certainly_a_code)
            self._filter = ScanFilter(
                handle, decoder, KeyMoments(self.around.key_clock), scanned=self.scanned, pressed=self.pressed
            )

    def closeEvent(self, event: QCloseEvent) -> None:
        self._status_timer.stop()
        self.devices.end()
        super().closeEvent(event)

    @property
    def scan_filter(self) -> ScanFilter:
        """The keyboard's filter, once the window was shown."""
        assert self._filter is not None
        return self._filter

    def _tick(self) -> None:
        self.refresh_status()
        self.screens.wallet_presenter.tick()
        if self.place == "sync":
            self.screens.show_sync()
        elif self.place == "login" and not self.screens.login_presenter.staff:
            # A till just enrolled hears of its staff while it waits here.
            self.screens.login_presenter.begin()

    def figures_changed(self) -> None:
        """Rights arrived from HQ: what is usable may be more now."""
        self.refresh_status()
        if self.place == "sell":
            self.screens.sell_presenter.begin()
        elif self.place == "pay":
            self.screens.pay_presenter.begin()

    # --- Stage ----------------------------------------------------------------------------------------------

    def go(self, place: Place) -> None:
        """Show a screen and let it begin."""
        self.overlay.close_all()
        self.notice.leave_with_screen()
        self.place = place
        self._stack.setCurrentWidget(self.screens.widget(place))
        self.overlay.raise_()
        self.header.at(place if place in _BACK_OFFICE else "")
        self.screens.begin(place)
        self.refresh_status()

    def say(self, text: str, tone: Tone = "warning") -> None:
        """One calm line."""
        if text and tone != "good":
            self.devices.was_refused()
        self.notice.say(text, tone)

    def say_with_key(self, text: str, key: str, pressed: Callable[[], object]) -> None:
        """What a device has to say, with the key that helps."""
        self.notice.say(text, "warning", (key, pressed))

    def show_customer(self, view: BasketView | PaymentView) -> None:
        """For the customer's display."""
        if not self.training.is_on:
            self.devices.show_customer(view)

    def show_waiting_slips(self, words: str) -> None:
        """Beside the sync state, for as long as it is so."""
        self.header.say_printer(words)

    def show_weight(self, reading: ScaleReading | None) -> None:
        """The scale, on the sell screen and in a panel that asks for a weight."""
        self.screens.sell.show_weight(reading)
        card = self.overlay.top_card
        if isinstance(card, WeightCard) and reading is not None:
            card.show_reading(reading)

    def weight_now(self) -> ScaleReading | None:
        """What lies on the scale; None where there is none."""
        return self.devices.devices.weight

    def use_wedge(self, settings: WedgeSettings | None) -> None:
        """The scanner was learned."""
        if self._filter is not None:
            self._filter.use(WedgeDecoder(settings, is_certainly_a_code))

    def listen(self, heard: Callable[[str, int], object] | None) -> None:
        """For the wizard: the bare keyboard, or nobody listens any more."""
        self.scan_filter.listen(heard)

    def devices_changed(self) -> None:
        """The devices' screen shows what is so now."""
        if self.place == "devices":
            self.screens.devices.show_states()

    def say_undoable(self, text: str, undo: Callable[[], object]) -> None:
        """What was taken out, with the key that brings it back."""
        self.notice.say(text, "good", (_("Undo · Ctrl Z"), undo))

    def refuse(self, refusal: Refusal) -> None:
        """A refusal in words."""
        self.devices.was_refused()
        self.notice.say(refusal_words(refusal), "warning")

    def ask_approval(self, action: ApprovalAction, approved: Approved, needed: Refusal | None = None) -> None:
        """A manager, inside the flow."""
        self.flows.ask_approval(action, approved, needed)

    def ask_presence(self, refusal: Refusal, retry: Callable[[], object]) -> None:
        """The member has to be here."""
        self.flows.ask_presence(refusal, retry)

    def show_done(self, done: DoneView) -> None:
        """Print, and show what comes of it."""
        done = self.training.stamped(done)
        self.devices.print_done(done)
        self.flows.show_receipt(done)
        self.refresh_status()

    def save_pdf(self, done: DoneView) -> None:
        """The slips as a file, named by their receipt number; its place is said."""
        name = done.receipt_number or f"{done.entry_type}-{done.business_id.hex[-8:]}"
        try:
            path = save_pdf(done.documents, self.around.receipt_folder, name)
        except Refusal as refusal:
            self.refuse(refusal)
        else:
            self.say(_("Saved as {path}").format(path=path), "good")

    def basket_changed(self, words: str) -> None:
        """Whoever shows the basket besides the sell screen shows it anew."""
        if self.place == "pay":
            self.screens.pay_presenter.begin()
        elif self.place == "top_up":
            self.screens.top_up_presenter.refresh()
        if words and (self.place != "sell" or self.overlay.top_card is not None):
            self.say(words, "good")

    def refresh_status(self) -> None:
        """The header's figures, asked for anew."""
        self.counter.ask(self.around.checkout.status, self._show_status)

    def _show_status(self, status: StatusView) -> None:
        self.status = status
        self.devices.know_shop(status.chain_name or status.store_name)
        wide = self.width() >= 1180
        where = [status.chain_name] if wide else []
        where += [status.store_name, _("till {number}").format(number=status.till_number)]
        self.header.where.setText(" · ".join(part for part in where if part))
        shift = status.shift_opened_at_ms
        doing = {"pay": _("Paying"), "refund": _("Refund"), "top_up": _("Top up")}.get(self.place, "")
        since = _("Shift since {time}").format(time=clock_time(shift)) if shift and wide else ""
        self.header.shift.setText(doing or since)
        self.header.shift.setVisible(bool(self.header.shift.text()) and self.place not in _BACK_OFFICE)
        cashier = status.cashier
        self.header.cashier.setText(f"{cashier.staff_id} · {cashier.name}" if cashier is not None else "")
        now_ms = self.around.clock.now_ms()
        words, tone = self.training.pill(*pill_words(self.sync_picture(), now_ms))
        self.header.say_pill(words, tone)
        self.banner.show_status(status)
        self.header.time.setText(clock_time(now_ms))

    def sync_picture(self) -> SyncPicture:
        """The line as the engine sees it, and what waits as the ledger says."""
        line = self.around.line()
        sync = None if self.status is None else self.status.sync
        return picture_of(line.online, line.since_ms, sync, hq_recovering=line.hq_recovering)

    # --- who works ------------------------------------------------------------------------------------------

    def begun(self, _staff: StaffView) -> None:
        """Somebody logged in."""
        self.screens.login_presenter.go_on()

    def _somebody_works(self) -> bool:
        return self.status is not None and self.status.cashier is not None

    def is_manager(self) -> bool:
        """Whether a manager is logged in."""
        return self.status is not None and self.status.cashier is not None and self.status.cashier.role == "manager"

    def _go_to_tab(self, place: str) -> None:
        if place == "reports" and not self.is_manager():
            self.refuse(Refusal("not_a_manager"))
            self.header.at(self.place)
            return
        self.go(self.screens.place_named(place))

    @property
    def is_frozen(self) -> bool:
        """Whether the band about frozen rights is up."""
        return self.banner.is_frozen

    def open_healing(self) -> None:
        """What to do about frozen rights."""
        if self._somebody_works():
            self.counter.ask(self.around.checkout.healing.view, self._show_healing)

    def _show_healing(self, view: HealingView | None) -> None:
        if view is not None:
            self.overlay.open(HealingCard(view, self._allow_healing))

    def _allow_healing(self) -> None:
        def allowed(_view: HealingView | None) -> None:
            self.overlay.close_all()
            self.refresh_status()
            self.say(_("Noted. Once everything is at HQ, rights can be spent here again."), "good")

        self.overlay.close_all()
        self.counter.ask_approved(self.around.checkout.healing.allow, allowed)

    def open_wallets(self) -> None:
        """From the menu: wallet payments that stand open."""
        self.screens.wallet_presenter.show_open()

    def open_reports(self) -> None:
        """From the menu."""
        self._go_to_tab("reports")

    # --- the keyboard ---------------------------------------------------------------------------------------

    def pressed(self, press: Press) -> bool:
        """Every key, before any field. True: used."""
        if press.key == Qt.Key.Key_P and press.has_modifier and not press.with_alt and self.devices.retry():
            return True
        card = self.overlay.top_card
        if card is not None:
            if card.handle_key(press):
                return True
            if press.key == Qt.Key.Key_Escape:
                card.leave()
                return True
            if self.overlay.top_card is card:
                return Qt.Key.Key_F1 <= press.key <= Qt.Key.Key_F12
        if self.place in _BACK_OFFICE and press.key == Qt.Key.Key_Escape:
            self.go("sell")
            return True
        return self.screens.handle_key(self.place, press)

    def scanned(self, text: str) -> None:
        """A scan, whatever has the focus: what is scanned decides what happens."""
        card = self.overlay.top_card
        self.devices.scan_begins()
        if card is None or not card.handle_scan(text):
            if card is None or not card.stays_for_scans:
                self.overlay.close_all()
            self.screens.scanned(self.place, text)
        self.devices.scan_went()

    def _uncovered(self) -> None:
        self.screens.take_focus(self.place)

    def member_attached(self, view: BasketView) -> None:
        """A member came onto the basket through a panel."""
        self.overlay.close_all()
        self.say("")
        self.screens.sell_presenter.member_came(view)
        if self.place == "pay":
            self.screens.pay_presenter.begin()
        self.flows.member_is_there()
