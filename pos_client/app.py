"""The composition root of the till with a window: puts ledger, checkout, sync, printer and window together.

The command `pos-client run` calls `run`; tests and the demo call `open_till` and hold the `TillApp`. Nothing else in
the till knows all the rooms.
"""

import random
from importlib.metadata import version
from typing import TypeVar
from uuid import UUID

import structlog
from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.training import Practice
from pos_client.devices.counter_devices import CounterDevices, DevicesListener, GivenPrinter
from pos_client.devices.device_settings import load_device_settings
from pos_client.devices.printer_ports import PrinterPort, port_named
from pos_client.devices.sounds import SoundPlayer
from pos_client.devices.wallets import WalletAnswer, WalletProvider
from pos_client.ledger import Ledger
from pos_client.reports.today import DayReport, today
from pos_client.settings import TillSettings
from pos_client.sync.back_off import BackOff
from pos_client.sync.engine import SyncEngine
from pos_client.sync.hq_api import HqApi, HttpTransport, Transport
from pos_client.sync.keys import TillKeys, load_keys
from pos_client.sync.schedule import SyncSchedule
from pos_client.sync.wallet_line import Patience, ProviderLine
from pos_client.ui.background import LedgerWorker
from pos_client.ui.bridge import Bridge
from pos_client.ui.cannot_open import why_it_does_not_open
from pos_client.ui.collector import GuiCollector
from pos_client.ui.constants_guard import hold_constants
from pos_client.ui.faults import FaultWatch
from pos_client.ui.formats import plain
from pos_client.ui.main_window import TillWindow
from pos_client.ui.parts.basket_model import unit_words
from pos_client.ui.parts.touch_grid import GridKeyView, GridPageView
from pos_client.ui.plain_imports import import_plainly
from pos_client.ui.surroundings import Line, Surroundings
from pos_client.ui.words import _
from shared_models.catalog import GoodsRow, GridKey
from shared_models.ids import IdSource
from shared_models.moments import Clock, SystemClock
from shared_models.refusals import Refusal
from shared_models.resources import translations
from shared_models.sync import SaleWanted, TokenHeld

Made = TypeVar("Made")
_LINE_AFTER_MS = 150
log = structlog.get_logger(__name__)


class TillApp:
    """A till that runs. `window` is the real one; `close` stops everything in the order that loses nothing."""

    def __init__(
        self,
        ledger: Ledger,
        settings: TillSettings,
        clock: Clock,
        ids: IdSource,
        wallets: WalletProvider | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.ledger = ledger
        self.settings = settings
        self.clock = clock
        self.keys: TillKeys = load_keys(settings.key_folder)
        self._collector = GuiCollector(lambda: self.worker.is_idle)
        self.bridge = Bridge()
        self.fault_watch = FaultWatch(settings.fault_log_path, clock, self.bridge, self._say_fault)
        self.faults = self.fault_watch.faults
        self.worker = LedgerWorker(self.bridge, self.fault_watch.met)
        self.engine: SyncEngine | None = None
        self.schedule: SyncSchedule | None = None
        self._devices: CounterDevices | None = None
        self._is_change_carried = False
        self._ids = ids
        self._practice: Practice | None = None
        self._wire: HttpTransport | None = None
        self._window: TillWindow | None = None
        self.wallets = None if wallets is None else ProviderLine(wallets, self._wallet_heard, patience)
        self.checkout = Checkout(
            ledger,
            clock,
            ids,
            self.keys,
            translate=translations(settings.language).gettext,
            want_rights=self._want_rights,
            push_soon=self._push_soon,
            line=self,
            wallets=self.wallets,
        )

    # --- putting together, called by `open_till` ---------------------------------------------------------------------

    def lay_line(self, transport: Transport | None, randomness: random.Random) -> None:
        """The line to HQ: engine and schedule over HTTP, or over the transport that is handed in."""
        identity = self.ledger.identity
        assert identity is not None
        if transport is None:
            self._wire = HttpTransport(self.settings.hq_url)
        api = HqApi(
            transport if transport is not None else self._made(self._wire),
            identity.till_id,
            self.keys.device_key,
            self.clock,
        )
        self.engine = SyncEngine(self.ledger, api, self.clock, randomness, program_version=version("tillbook"))
        self.engine.on_state(lambda _state: self.bridge.carry(self._line_changed))
        self.engine.on_rights(lambda _members: self.bridge.carry(self._rights_arrived))
        self.schedule = SyncSchedule(
            self.engine,
            self.ledger,
            BackOff(randomness),
            close_wire=self._wire.close if self._wire is not None else None,
            clock=self.clock,
        )

    def set_up_devices(self, printer_port: PrinterPort | None, player: SoundPlayer | None) -> None:
        """Printers, scanner, scale, sounds, as they were set up at this machine."""
        self._devices = CounterDevices(
            load_device_settings(self.settings.devices_path),
            self.settings.printing_folder,
            DevicesListener(
                scanned=lambda code: self.bridge.carry(lambda: self.window.scanned(code)), changed=self._device_changed
            ),
            again_words=lambda: translations(self.settings.language).gettext("REPRINT"),
            given=None if printer_port is None else GivenPrinter(printer_port, self.settings.printer_columns),
            player=player,
        )

    def open_window(self, key_clock: Clock | None, theme: str) -> None:
        """The window."""
        self._window = TillWindow(
            Surroundings(
                checkout=self.checkout,
                worker=self.worker,
                clock=self.clock,
                key_clock=key_clock,
                grid=self._grid,
                report=self._report,
                line=self._line,
                retry_sync=self.retry_sync,
                devices=self._made(self._devices),
                devices_path=self.settings.devices_path,
                set_language=self._set_language,
                begin_training=self._begin_training,
                end_training=self._end_training,
                receipt_folder=self.settings.ledger_folder.parent / "receipts",
                language=self.settings.language,
                theme=theme,
            )
        )
        self._collector.spare()

    def begin_line(self) -> None:
        """HQ is asked from now on."""
        if self.schedule is not None:
            self.schedule.start()

    # --- for whoever holds it ----------------------------------------------------------------------------------------

    @property
    def window(self) -> TillWindow:
        """The till's window."""
        return self._made(self._window)

    def retry_sync(self) -> None:
        """Say hello now, whatever the back-off thinks."""
        if self.engine is not None and self.schedule is not None:
            self.engine.push_soon()
            self.schedule.nudge(urgent=True)

    @property
    def is_settled(self) -> bool:
        """Whether the answer to everything that was asked is on the screen."""
        return self.worker.is_idle

    def close(self) -> None:
        """Stop everything; what was asked of the ledger is finished first."""
        if self._window is not None:
            self._window.close()
        if self.schedule is not None:
            self.schedule.stop()
        if self.wallets is not None:
            self.wallets.close()
        self.worker.stop()
        self.bridge.close()
        if self._devices is not None:
            self._devices.stop()
        self._end_training()
        self.ledger.close()
        self._collector.stop()
        self.fault_watch.end()

    # --- what the rooms hear of each other ---------------------------------------------------------------------------

    @staticmethod
    def _made(part: Made | None) -> Made:
        assert part is not None
        return part

    def _say_fault(self, words: str) -> None:
        if self._window is not None:
            self._window.say(words, "danger")

    def _want_rights(self, member_id: UUID) -> None:
        if self.engine is not None and self.schedule is not None:
            self.engine.want(member_id)
            self.schedule.nudge()

    def want_token(self, token: UUID) -> None:
        """For the checkout: a coupon that is not here."""
        if self.engine is not None and self.schedule is not None:
            self.engine.wants.want_token(token)
            self.schedule.nudge()

    def want_sale(self, wanted: SaleWanted) -> None:
        """For the checkout: the right to refund a sale."""
        if self.engine is not None and self.schedule is not None:
            self.engine.wants.want_sale(wanted)
            self.schedule.nudge()

    def held_token(self, token: UUID) -> TokenHeld | None:
        """For the checkout: why a coupon did not come."""
        return None if self.engine is None else self.engine.wants.held_token(token)

    def held_sale(self, wanted: SaleWanted) -> TokenHeld | None:
        """For the checkout: why a right did not come."""
        return None if self.engine is None else self.engine.wants.held_sale(wanted)

    def _wallet_heard(self, answer: WalletAnswer) -> None:
        """From the line to the wallets' provider."""
        self.bridge.carry(lambda: self.window.screens.wallet_presenter.heard(answer))

    def _push_soon(self) -> None:
        if self.schedule is not None:
            self.schedule.nudge()

    def _line_changed(self) -> None:
        if self._window is not None:
            self._window.refresh_status()

    def _rights_arrived(self) -> None:
        if self._window is not None:
            self._window.figures_changed()
            screens = self._window.screens
            waiting = {"sell": screens.sell_presenter.asked_for, "refund": screens.refund_presenter.asked_for}
            if self._window.place in waiting:
                waiting[self._window.place].rights_came()

    def _device_changed(self) -> None:
        """On a device's thread. A scale speaks ten times a second: one call on its way is enough."""
        if not self._is_change_carried:
            self._is_change_carried = True
            self.bridge.carry(self._show_devices)

    def _show_devices(self) -> None:
        self._is_change_carried = False
        if self._window is not None:
            self._window.devices.changed()

    def _line(self) -> Line:
        if self.engine is None:
            return Line(online=False, since_ms=0)
        state = self.engine.state
        return Line(online=state.online, since_ms=state.since_ms, hq_recovering=state.hq_recovering)

    def _set_language(self, language: str) -> None:
        for checkout in (self.checkout, *(() if self._practice is None else (self._practice.checkout,))):
            checkout.set_language(translations(language).gettext)

    def _begin_training(self) -> Checkout:
        self._end_training()
        folder = self.settings.ledger_folder.with_name("practice")
        translate = translations(self.settings.language).gettext
        self._practice = Practice(self.ledger, folder, self.clock, self._ids, translate)
        return self._practice.checkout

    def _end_training(self) -> None:
        practice, self._practice = self._practice, None
        if practice is not None:
            practice.close()

    @property
    def _shown(self) -> Ledger:
        """The ledger at the window."""
        return self.ledger if self._practice is None else self._practice.ledger

    def _report(self) -> DayReport:
        return today(self._shown, self.clock, self.window.around.checkout.status().business_date)

    def _grid(self) -> tuple[GridPageView, ...]:
        pages = []
        for page in self.ledger.grid_pages():
            keys = [_key_view(key, self.ledger.goods(key.goods_id)) for key in page.keys]
            pages.append(GridPageView(page.title, tuple(key for key in keys if key is not None)))
        return tuple(pages)


def _key_view(key: GridKey, goods: GoodsRow | None) -> GridKeyView | None:
    """A key of the touch grid as it reads; None where the goods are gone."""
    if goods is None or not goods.active:
        return None
    if goods.open_price:
        price = _("type the price")
    elif goods.weighed:
        price = f"{plain(goods.price.amount_fen)}/{unit_words(goods.unit)}"
    else:
        price = plain(goods.price.amount_fen)
    return GridKeyView(goods.goods_id, key.label or goods.name, price, goods.sold_out, key.colour)


def _wallet_provider(settings: TillSettings) -> WalletProvider | None:
    """The wallets' provider of these settings. Refuses `wallet_key_missing(file)`."""
    if not settings.wallet_url:
        return None
    try:
        key = settings.wallet_key_path.read_bytes().strip()
    except OSError:
        raise Refusal("wallet_key_missing", file=str(settings.wallet_key_path)) from None
    from pos_client.sync.wallet_http import HttpWalletProvider  # here: a till without wallets does not wait for it

    return HttpWalletProvider(settings.wallet_url, settings.wallet_merchant, key)


def application() -> QApplication:
    """The one QApplication of this process."""
    hold_constants()
    import_plainly()
    present = QApplication.instance()
    return present if isinstance(present, QApplication) else QApplication(["tillbook"])


def open_till(
    settings: TillSettings,
    *,
    clock: Clock | None = None,
    key_clock: Clock | None = None,
    transport: Transport | None = None,
    with_line: bool = True,
    printer_port: PrinterPort | None = None,
    player: SoundPlayer | None = None,
    theme: str = "light",
    randomness: random.Random | None = None,
    patience: Patience | None = None,
    line_begins: bool = True,
) -> TillApp:
    """Open the till of these folders with its window: call `window.show()` and then `window.start()`.

    `transport` replaces HTTP to `settings.hq_url`; `with_line` False leaves HQ out altogether, `line_begins` False
    leaves `begin_line` to the caller; `key_clock` times keystrokes; `patience` is with customers of wallets. Refuses
    what `Ledger.open` and `load_keys` refuse, `till_not_enrolled`, and `wallet_key_missing`.
    """
    application()
    time = clock if clock is not None else SystemClock()
    ids = IdSource(time, randomness)
    ledger = Ledger.open(settings.ledger_folder, time, ids, anchor_path=settings.anchor_path)
    try:
        if ledger.identity is None:
            raise Refusal("till_not_enrolled")
        till = TillApp(ledger, settings, time, ids, _wallet_provider(settings), patience)
    except Refusal:
        ledger.close()
        raise
    if with_line:
        till.lay_line(transport, randomness if randomness is not None else random.SystemRandom())
    till.set_up_devices(printer_port, player)
    till.open_window(key_clock, theme)
    if line_begins:
        till.begin_line()
    return till


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """What Qt has to say goes where everything else goes, and not onto the cashier's screen."""
    log.warning("qt_message", kind=kind.name, message=message)


def run(settings: TillSettings) -> int:
    """Open the window and stay until it is closed; the exit code of the process."""
    qt = application()
    qInstallMessageHandler(_log_qt_message)
    port = port_named(settings.printer) if settings.printer else None
    with why_it_does_not_open(qt):
        till = open_till(settings, printer_port=port, player=SoundPlayer(QApplication.beep), line_begins=False)
    till.fault_watch.begin()
    try:
        till.window.showMaximized()
        till.window.start()
        # The line's libraries take a while to load, and would take it from the first picture.
        QTimer.singleShot(_LINE_AFTER_MS, till.begin_line)
        return qt.exec()
    finally:
        till.close()
