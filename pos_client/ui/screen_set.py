"""All screens of the window with their presenters: which one a key or a scan is for."""

from collections.abc import Callable
from typing import Protocol, get_args

from PySide6.QtWidgets import QWidget

from pos_client.checkout.views import StaffView
from pos_client.ui.device_actions import DeviceActions
from pos_client.ui.flows import Flows
from pos_client.ui.parts.sync_words import SyncPicture
from pos_client.ui.presenters.counter import Counter, Place
from pos_client.ui.presenters.pay import PayPresenter
from pos_client.ui.presenters.refund import RefundPresenter
from pos_client.ui.presenters.sell import SellPresenter
from pos_client.ui.presenters.session import LoginPresenter
from pos_client.ui.presenters.shift import ShiftPresenter
from pos_client.ui.presenters.top_up import TopUpPresenter
from pos_client.ui.presenters.wallet import WalletPresenter
from pos_client.ui.scan_filter import Press
from pos_client.ui.screens.back_office import SettingsScreen, SyncScreen
from pos_client.ui.screens.devices import DevicesScreen
from pos_client.ui.screens.login import LoginScreen, ShiftOpenScreen
from pos_client.ui.screens.pay import PayScreen
from pos_client.ui.screens.refund import RefundScreen
from pos_client.ui.screens.reports import ReportsScreen
from pos_client.ui.screens.sell import SellScreen
from pos_client.ui.screens.shift import ShiftScreen
from pos_client.ui.screens.top_up import TopUpScreen
from pos_client.ui.surroundings import Surroundings
from pos_client.ui.theme import Tokens
from pos_client.ui.till_devices import TillDevices
from pos_client.ui.wallet_panels import WalletPanels


class Window(Protocol):
    """What the screens need of the window besides the stage."""

    around: Surroundings
    devices: TillDevices

    def listen(self, heard: Callable[[str, int], object] | None) -> None: ...
    def begun(self, _staff: StaffView) -> None: ...
    def choose_setting(self, name: str, value: str) -> None: ...
    def sync_picture(self) -> SyncPicture: ...


class ScreenSet:
    """Built anew with every language. The window shows one of `all()` at a time."""

    def __init__(self, counter: Counter, flows: Flows, window: Window, tokens: Tokens) -> None:
        self._counter = counter
        self._window = window
        around = window.around
        self.login_presenter = LoginPresenter(counter, window.begun)
        self.sell_presenter = SellPresenter(counter)
        self.wallet_presenter = WalletPresenter(counter)
        self.pay_presenter = PayPresenter(counter, self.wallet_presenter)
        self.wallet_presenter.pay_screen = self.pay_presenter
        self.wallet_presenter.face = WalletPanels(flows, self.wallet_presenter)
        self.refund_presenter = RefundPresenter(counter)
        self.top_up_presenter = TopUpPresenter(counter, self.wallet_presenter)
        self.wallet_presenter.top_up_screen = self.top_up_presenter
        self.shift_presenter = ShiftPresenter(counter)
        self.shift_presenter.show_unsettled = self.wallet_presenter.show_open
        self.refund_presenter.open_slip = flows.go_to_refund
        flows.know(self)
        self.login = LoginScreen(self.login_presenter)
        self.shift_open = ShiftOpenScreen(self.login_presenter, flows.ask_shift)
        self.sell = SellScreen(self.sell_presenter, tokens, flows.function)
        self.pay = PayScreen(self.pay_presenter)
        self.refund = RefundScreen(self.refund_presenter)
        self.top_up = TopUpScreen(self.top_up_presenter)
        self.shift = ShiftScreen(self.shift_presenter, flows.ask_shift)
        self.reports = ReportsScreen(tokens)
        self.sync = SyncScreen(around.retry_sync)
        self.devices = DevicesScreen(window.devices, DeviceActions(window.devices, counter, flows, window))
        self.settings = SettingsScreen(around.language, around.theme, window.choose_setting)
        self.login_presenter.face = self.login
        self.sell_presenter.face = flows.sell_face(self.sell)
        self.pay_presenter.face = flows.pay_face(self.pay)
        self.refund_presenter.face = self.refund
        self.top_up_presenter.face = self.top_up
        self.shift_presenter.face = self.shift

    def all(self) -> tuple[QWidget, ...]:
        """Every screen."""
        return tuple(self.widget(place) for place in get_args(Place))

    @staticmethod
    def place_named(name: str) -> Place:
        """A place by its name; the sell screen for any other."""
        places: tuple[Place, ...] = get_args(Place)
        return next((place for place in places if place == name), "sell")

    def widget(self, place: Place) -> QWidget:
        """The screen of a place."""
        screen: QWidget = getattr(self, place)
        return screen

    def begin(self, place: Place) -> None:
        """A screen comes up."""
        match place:
            case "login":
                self._window.devices.nobody_serves()
                self.login_presenter.begin()
            case "shift_open":
                self.shift_open.begin()
            case "sell":
                self.sell_presenter.begin()
                self._counter.ask(self._window.around.grid, self.sell.show_pages)
            case "pay":
                self.pay_presenter.enter()
            case "refund":
                self.refund_presenter.begin()
            case "top_up":
                self.top_up_presenter.begin()
            case "shift":
                self.shift_presenter.begin()
            case "reports":
                self._counter.ask(self._window.around.report, self.reports.show_report)
            case "sync":
                self.show_sync()
            case "settings":
                pass
            case "devices":
                self.devices.begin()
        self.take_focus(place)

    def show_sync(self) -> None:
        """The sync panel's figures."""
        self.sync.show_picture(self._window.sync_picture(), self._window.around.clock.now_ms())

    def take_focus(self, place: Place) -> None:
        """The keyboard goes where the place wants it."""
        if place == "sell":
            self.sell.take_focus()
        elif place == "refund":
            self.refund.take_focus()
        else:
            self.widget(place).setFocus()

    def handle_key(self, place: Place, press: Press) -> bool:
        """A key for the screen of this place."""
        screen = self.widget(place)
        handler = getattr(screen, "handle_key", None)
        return bool(handler(press)) if handler is not None else False

    def scanned(self, place: Place, text: str) -> None:
        """A scan on this screen."""
        match place:
            case "login":
                self.login_presenter.scanned(text)
            case "shift_open":
                self.login_presenter.scanned(text, "no_shift")
            case "pay" if self.pay_presenter.scanned(text):
                pass
            case "top_up" if self.top_up_presenter.scanned(text):
                pass
            case "refund" if self.refund_presenter.scanned(text):
                pass
            case "sell" | "pay" | "top_up":
                self.sell_presenter.scanned(text)
            case _:
                self._counter.stage.go("sell")
                self.sell_presenter.scanned(text)
