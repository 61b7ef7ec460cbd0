"""What the window does with its devices: prints what is done, says what waits, shows the weight, feeds the customer's
display, and lets scans be heard. Lives in the GUI thread; devices speak through `changed`, carried over the bridge.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol, get_args
from uuid import UUID

from PySide6.QtCore import QTimer, SignalInstance
from PySide6.QtGui import QGuiApplication, QScreen

from pos_client.checkout.views import BasketView, DoneView, PaymentView
from pos_client.devices.counter_devices import CounterDevices
from pos_client.devices.device_settings import DeviceSettings, save_device_settings, unreadable_path, was_unreadable
from pos_client.devices.receipt_document import ReceiptDocument, marked_again, without_pulse
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.devices.wedge import WedgeSettings
from pos_client.ui.customer_window import CustomerWindow, second_screen
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.customer import of_basket, of_done, of_payment
from pos_client.ui.presenters.devices import DeviceFacts
from pos_client.ui.receipt_painter import load_codes
from pos_client.ui.surroundings import Surroundings
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _, ngettext
from shared_models.refusals import Refusal
from shared_models.sales import TenderKind

_LOGO_BYTES_MAX = 1_000_000
_PREPARE_AFTER_MS = 400
_FOR_THE_MAKER = frozenset({"order_maker"})
"""Slips of those who make the goods: on the second printer, where there is one."""


class Window(Protocol):
    """What is needed of the window."""

    around: Surroundings

    def show_waiting_slips(self, words: str) -> None: ...
    def show_weight(self, reading: ScaleReading | None) -> None: ...
    def devices_changed(self) -> None: ...
    def say_with_key(self, text: str, key: str, pressed: Callable[[], object]) -> None: ...
    def use_wedge(self, settings: WedgeSettings | None) -> None: ...
    def screen(self) -> QScreen: ...
    def activateWindow(self) -> None: ...  # noqa: N802 - Qt's own name


class TillDevices:
    """One per window; built again screens find it unchanged."""

    def __init__(self, counter: Counter, devices: CounterDevices, window: Window) -> None:
        self._counter = counter
        self._window = window
        self.devices = devices
        self.display: CustomerWindow | None = None
        self._said = ("", False)
        self._had_scanner = False
        self._is_begun = False
        self._open_scans = 0
        self._was_refused = False
        self._shop_name = ""
        self._last: BasketView | PaymentView | None = None
        self._later = QTimer()
        self._later.setSingleShot(True)
        self._later.setInterval(_PREPARE_AFTER_MS)
        self._later.timeout.connect(self._prepare)

    @property
    def settings(self) -> DeviceSettings:
        """What is set up."""
        return self.devices.settings

    def begin(self) -> None:
        """The window is there: the logo, the display, and receipts that a power cut kept from paper."""
        self._read_logo()
        self.open_display()
        path = self._window.around.devices_path
        if was_unreadable(path):
            self._counter.stage.say(sentence_of("devices_unreadable", {"file": unreadable_path(path).name}), "warning")
        for signal in self._screen_signals():
            signal.connect(self._screens_changed)
        self._is_begun = True
        if self.devices.receipts is not None and self.settings.print_receipts == "always":
            self._counter.ask(self._missed, self._print_missed, lambda _refusal: None)
        self._later.start()

    def _prepare(self) -> None:
        """What the first slip on the screen would wait for, once the login is painted."""
        self._counter.ask(load_codes, lambda _loaded: None)

    def end(self) -> None:
        """The window closes."""
        if self._is_begun:
            self._is_begun = False
            self._later.stop()
            for signal in self._screen_signals():
                signal.disconnect(self._screens_changed)
        self.close_display()

    @staticmethod
    def _screen_signals() -> tuple[SignalInstance, ...]:
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        return application.screenAdded, application.screenRemoved

    def _screens_changed(self, _screen: QScreen) -> None:
        """A display was plugged in or pulled out."""
        QTimer.singleShot(0, self.open_display)

    def _missed(self) -> tuple[tuple[UUID, ReceiptDocument], ...]:
        last = self.devices.last_printed()
        return () if last is None else self._counter.checkout.slips.missed(last)

    def _print_missed(self, owed: tuple[tuple[UUID, ReceiptDocument], ...]) -> None:
        categories, slips = self.settings.kitchen_categories, self._counter.checkout.slips
        for business_id, document in owed:
            if self.devices.kitchen is not None and document.name in _FOR_THE_MAKER:
                self.devices.print_in_kitchen(document)
                continue
            self.devices.print_receipts([document], business_id)
            if self.devices.kitchen is not None and document.name == "sale":
                self._counter.ask(partial(slips.kitchen_slip, business_id, categories), self._to_kitchen_again)

    def _to_kitchen_again(self, slip: ReceiptDocument | None) -> None:
        """It may have been there already: whoever makes it must see that."""
        if slip is not None:
            self.devices.print_in_kitchen(marked_again(slip, _("REPRINT")))

    def _read_logo(self) -> None:
        path, slips = self.settings.logo_path, self._counter.checkout.slips

        def read() -> None:
            try:
                with open(path, "rb") as file:  # noqa: PTH123 - read up to a limit, whatever the name leads to
                    png = file.read(_LOGO_BYTES_MAX)
            except (OSError, ValueError):
                png = b""
            slips.use_logo(png)

        self._counter.ask(read if path else lambda: slips.use_logo(b""))

    # --- settings ----------------------------------------------------------------------------------------------------

    def change(self, changed: DeviceSettings) -> None:
        """Work by these from now on, and keep them. Done on the worker: a device may take its time to let go."""
        path = self._window.around.devices_path

        def work() -> None:
            self.devices.apply(changed)
            try:
                save_device_settings(path, changed)
            except OSError:
                raise Refusal("folder_not_writable", folder=str(path.parent)) from None

        def done(_answer: None) -> None:
            self._read_logo()
            self.open_display()
            self._window.use_wedge(changed.wedge)
            self._window.devices_changed()

        self._counter.ask(work, done)

    @property
    def shop_name(self) -> str:
        """What the display greets with."""
        return self._shop_name

    def check(self) -> None:
        """Look how the printers are."""
        self.devices.check()

    def facts(self) -> DeviceFacts:
        """How everything stands, for the devices' screen."""
        devices = self.devices
        return DeviceFacts(
            settings=devices.settings,
            receipts=None if devices.receipts is None else devices.receipts.state,
            kitchen=None if devices.kitchen is None else devices.kitchen.state,
            is_given=devices.given is not None,
            scanner_present=devices.scanner_present,
            weight=devices.weight,
            display_open=self.display is not None,
        )

    # --- printing ----------------------------------------------------------------------------------------------------

    def print_done(self, done: DoneView) -> None:
        """What was just done goes on paper, by this till's custom; its kitchen slip in any case."""
        is_sale = done.entry_type == "sale" and not done.is_reprint
        business_id = done.business_id if done.receipt_number and not done.is_reprint else None
        documents = done.documents
        if self.devices.kitchen is not None:
            documents = tuple(document for document in documents if document.name not in _FOR_THE_MAKER)
            for document in done.documents:
                if document.name in _FOR_THE_MAKER:
                    self.devices.print_in_kitchen(document)
        if is_sale and self.settings.print_receipts != "always":
            self.devices.open_drawer_only(documents, business_id)
        else:
            self.devices.print_receipts(documents, business_id)
        if is_sale and self.devices.kitchen is not None and self.settings.kitchen_categories:
            categories, slips = self.settings.kitchen_categories, self._counter.checkout.slips
            self._counter.ask(lambda: slips.kitchen_slip(done.business_id, categories), self._to_kitchen)
        if self.display is not None and is_sale:
            self.display.show_view(of_done(done))

    def _to_kitchen(self, slip: ReceiptDocument | None) -> None:
        if slip is not None:
            self.devices.print_in_kitchen(slip)

    def asks_for_paper(self, done: DoneView) -> bool:
        """Whether the receipt of this sale is printed only where somebody asks for it."""
        is_asked = self.settings.print_receipts == "ask" and self.devices.receipts is not None
        return is_asked and done.entry_type == "sale" and not done.is_reprint

    def print_now(self, done: DoneView) -> None:
        """The customer wants the paper after all. The drawer was open already."""
        self.devices.print_receipts([without_pulse(document) for document in done.documents])
        self._counter.stage.say(_("The receipt is being printed."), "good")

    def retry(self) -> bool:
        """Ctrl P: try what waits, now. False where nothing waits."""
        if not any(state.unprinted for state in self.devices.printer_states):
            return False
        self.devices.retry()
        self._counter.stage.say(_("The printer is being tried once more."), "good")
        return True

    # --- what devices say --------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Something stands differently: say it where people look."""
        states = self.devices.printer_states
        waiting = sum(state.unprinted for state in states)
        code = next((state.code for state in states if state.code), "")
        is_waiting = bool(waiting) and bool(code)
        words = ngettext("{count} slip waits", "{count} slips wait", waiting).format(count=waiting)
        self._window.show_waiting_slips(words if is_waiting else "")
        now_said = (code, is_waiting)
        if code and now_said != self._said:
            self._window.say_with_key(sentence_of(code, {}), _("Print now · Ctrl P"), self.retry)
        self._said = now_said
        has_scanner = bool(self.devices.scanner_present)
        if self._had_scanner and self.devices.scanner_present is False:  # None: it was taken out of the settings
            self._counter.stage.refuse(Refusal("scanner_gone"))
        self._had_scanner = has_scanner
        self._window.show_weight(self.devices.weight)
        self._window.devices_changed()

    # --- sounds ------------------------------------------------------------------------------------------------------

    def scan_begins(self) -> None:
        """A scan goes to whoever takes it; `scan_went` follows."""
        if not self._open_scans:
            self._was_refused = False
        self._open_scans += 1

    def scan_went(self) -> None:
        """It is on its way through the till: what comes of it is heard when everything asked for it is answered."""
        self._counter.ask(lambda: None, lambda _answer: self._scan_ended())

    def was_refused(self) -> None:
        """Something was said that the scan was not for."""
        self._was_refused = True

    def _scan_ended(self) -> None:
        self._open_scans -= 1
        refused, self._was_refused = self._was_refused, False
        self.devices.play("refused" if refused else "accepted")

    # --- the customer's display --------------------------------------------------------------------------------------

    def know_shop(self, name: str) -> None:
        """What the display greets with."""
        self._shop_name = name
        if self.display is not None and self.display.shop_name != name:
            self.display.shop_name = name
            if self.display.view.state == "idle":
                self.display.greet()

    def open_display(self) -> None:
        """Open, move or close the display as the settings and the screens say."""
        wanted = self.settings.display
        other = second_screen(self._window.screen())
        if wanted == "off" or (wanted == "auto" and other is None):
            self.close_display()
            return
        if self.display is None:
            self.display = CustomerWindow(self._shop_name)
        self.display.stand_on(other)
        self._window.activateWindow()  # some systems give the keyboard to whatever was shown last
        if self._last is not None:
            self.show_customer(self._last)

    def build_again(self) -> None:
        """Another language or light."""
        if self.display is not None:
            self.close_display()
            self.open_display()

    def close_display(self) -> None:
        """No display any more."""
        if self.display is not None:
            self.display.close()
            self.display.deleteLater()
            self.display = None

    def show_customer(self, view: BasketView | PaymentView) -> None:
        """The basket or its payments are shown to the cashier: the customer sees them too."""
        self._last = view
        if self.display is None:
            return
        if isinstance(view, BasketView):
            self.display.show_view(of_basket(view))
        else:
            from pos_client.ui.parts.tender_words import tender_words

            self.display.show_view(of_payment(view, {kind: tender_words(kind) for kind in get_args(TenderKind)}))

    def nobody_serves(self) -> None:
        """The till is locked: what was shown last is not shown again, also where the display is built anew."""
        self._last = None
        if self.display is not None:
            self.display.greet()
