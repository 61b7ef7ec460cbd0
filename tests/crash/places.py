"""The small chain that is killed: one HQ and tills of one store, made once and copied for each chapter of a run.

A till here is what the product puts together for its window, without the window: checkout, engine and schedule over
real HTTP, and the receipt printer on a file. Its minute is a second: what the schedule does each minute or second, it
does sixty or ten times as often, so that lives of a few tenths of a second meet all of it.
"""

import os
import random
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

import hq_sync_server.api.web
import hq_sync_server.commands.serving
import hq_sync_server.console.pages
from hq_sync_server.__main__ import main as hq_main
from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import chain, staff, stores
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.rules import rule_configs
from pos_client.checkout.checkout import Checkout
from pos_client.devices.printer import ReceiptPrinter
from pos_client.devices.printer_ports import FilePort
from pos_client.ledger import Ledger
from pos_client.settings import TillSettings
from pos_client.sync import schedule
from pos_client.sync.back_off import BackOff
from pos_client.sync.engine import SyncEngine
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi, HttpTransport, Transport
from pos_client.sync.keys import load_keys
from pos_client.sync.schedule import SyncSchedule
from shared_models.catalog import StoreRow
from shared_models.codes import member_code
from shared_models.ids import IdSource
from shared_models.moments import SystemClock
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import GOODS, MANAGER_BADGE, MANAGER_PIN, RULES
from tests.together.storm import StormyWire

LOADED_LATE = (hq_sync_server.api.web, hq_sync_server.commands.serving, hq_sync_server.console.pages)
"""What HQ loads only when it serves: here it is loaded before anybody is forked."""

LISTENS_SECONDS_MAX = 60.0
STORE_CODE = "BJ"
MEMBERS = 12
COUPONS_EACH = 40
FLOAT_FEN = 20_000
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 0.4
CARDS = tuple(member_code(1_000_000 + number) for number in range(MEMBERS))


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where everything of one chain lies. HQ's records are a file, or in a PostgreSQL database of this URL."""

    folder: Path
    tills: int = 2
    postgresql_url: str = ""

    @property
    def hq_folder(self) -> Path:
        return self.folder / "hq"

    @property
    def hq_database(self) -> Path:
        return self.hq_folder / "hq.db"

    @property
    def database_url(self) -> str:
        return self.postgresql_url or f"sqlite:///{self.hq_database}"

    @property
    def hq_keys(self) -> Path:
        return self.hq_folder / "keys"

    def till(self, number: int) -> "TillPlace":
        """The place of the till with this number, from 1."""
        return TillPlace(self.folder / f"till-{number}")

    def all_tills(self) -> "list[TillPlace]":
        """All of them."""
        return [self.till(number) for number in range(1, self.tills + 1)]

    def open_hq(self) -> Hq:
        """This chain's HQ in this process."""
        return open_hq(self.database_url, self.hq_keys)

    def serve(self, port: int) -> None:
        """This chain's HQ as its own command serves it; returns when it was told to stop."""
        os.environ["TILLBOOK_HQ_DATABASE_URL"] = self.database_url
        os.environ["TILLBOOK_HQ_KEY_FOLDER"] = str(self.hq_keys)
        hq_main(["serve", "--port", str(port)])


@dataclass(frozen=True, slots=True)
class TillPlace:
    """Where one till keeps its book, its keys with the anchor, and the paper that came out of its printer."""

    folder: Path

    @property
    def ledger_folder(self) -> Path:
        return self.folder / "ledger"

    @property
    def ledger_file(self) -> Path:
        return self.ledger_folder / "ledger.db"

    @property
    def key_folder(self) -> Path:
        return self.folder / "keys"

    @property
    def anchor(self) -> Path:
        return self.settings("").anchor_path

    @property
    def paper(self) -> Path:
        return self.folder / "receipts.bin"

    def settings(self, hq_url: str) -> TillSettings:
        """As the till's program is set up."""
        return TillSettings(ledger_folder=self.ledger_folder, key_folder=self.key_folder, hq_url=hq_url)


class Till:
    """A till at work, put together as `pos_client.app` does it; `line` is HTTP unless another is handed in."""

    def __init__(self, place: TillPlace, hq_url: str = "", line: Transport | None = None) -> None:
        settings = place.settings(hq_url)
        self.place = place
        self.clock = SystemClock()
        self.ids = IdSource(self.clock)
        self.keys = load_keys(settings.key_folder)
        self.ledger = Ledger.open(settings.ledger_folder, self.clock, self.ids, anchor_path=settings.anchor_path)
        self.randomness = random.SystemRandom()
        self._wire = HttpTransport(settings.hq_url) if line is None else None
        transport = line if self._wire is None else self._wire
        identity = self.ledger.identity
        assert identity is not None
        assert transport is not None
        self.engine = SyncEngine(
            self.ledger, HqApi(transport, identity.till_id, self.keys.device_key, self.clock), self.clock,
            self.randomness,
        )  # fmt: skip
        self.schedule: SyncSchedule | None = None
        self.printer = ReceiptPrinter(FilePort(place.paper))
        self.checkout = Checkout(
            self.ledger, self.clock, self.ids, self.keys, translate=str, want_rights=self._want, push_soon=self._push
        )

    def keep_time(self) -> None:
        """Start the schedule, with a minute that is a second."""
        schedule.CHECKPOINT_EVERY_TICKS = 10
        self.engine._back_off = _quick(self.randomness)
        self.schedule = SyncSchedule(
            self.engine, self.ledger, _quick(self.randomness), run_every_seconds=1.0, tick_seconds=0.1,
            close_wire=self._wire.close if self._wire is not None else None,
        )  # fmt: skip
        self.schedule.start()

    def open_shop(self) -> None:
        """The manager at the till, so that no approval needs another PIN; the basket that was left open is back."""
        self.checkout.staff.login_by_badge(MANAGER_BADGE)
        if self.checkout.shifts.current() is None:
            self.checkout.shifts.open(FLOAT_FEN)
        self.checkout.basket.restore()

    def close(self) -> None:
        """In the order that loses nothing."""
        if self.schedule is not None:
            self.schedule.stop()
        self.printer.stop()
        self.ledger.close()

    def _want(self, member_id: UUID) -> None:
        self.engine.want(member_id)
        self._push()

    def _push(self) -> None:
        if self.schedule is not None:
            self.schedule.nudge()


def make_chain(place: ChainPlace, *, enrolled: bool = True) -> tuple[str, ...]:
    """Make the chain in an empty folder: set up, enrolled, every mirror up to date, and nothing sold yet. Not
    `enrolled`, its tills have empty folders; the codes by which they enrol are the answer."""
    hq = place.open_hq()
    try:
        codes = hq.desk.run(lambda work: _organise(work, place.tills))
        for number, code in enumerate(codes, start=1):
            at = place.till(number)
            at.folder.mkdir()
            if not enrolled:
                continue
            wire = StormyWire(hq.api, random.Random(number))
            enrol_till(at, wire, code)
            till = Till(at, line=wire)
            report = till.engine.run_once()
            assert not report.error, report.error
            till.close()
    finally:
        hq.close()
    return codes


def enrol_till(place: TillPlace, line: Transport, code: str) -> bool:
    """Enrol the till of these folders with a code. False when it is enrolled already, or HQ takes the code no more."""
    clock = SystemClock()
    with Ledger.open(place.ledger_folder, clock, IdSource(clock), anchor_path=place.anchor) as ledger:
        if ledger.identity is not None:
            return False
        try:
            enrol(line, code, ledger, place.key_folder)
        except Refusal as refusal:
            if refusal.code != "code_used":
                raise
            return False
    return True


def new_code(hq: Hq) -> str:
    """One more code by which a till of the store enrols."""

    def make(work: Work) -> str:
        store = stores.store_by_code(work.connection, STORE_CODE)
        return stores.new_enrolment_code(work, store.store_id).code

    return hq.desk.run(make)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def wait_for_port(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + LISTENS_SECONDS_MAX
    while True:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "nobody listens"
        threading.Event().wait(0.01)


def _quick(randomness: random.Random) -> BackOff:
    return BackOff(randomness, first_seconds=FIRST_WAIT_SECONDS, most_seconds=LONGEST_WAIT_SECONDS)


def _organise(work: Work, tills: int) -> tuple[str, ...]:
    """A store, its rules and goods, a manager, members with coupons; a code for each till."""
    chain.set_up(work, "麦香烘焙")
    store = StoreRow(store_id=work.ids.new_id(), code=STORE_CODE, name="滨江店")
    stores.save_store(work, store)
    document = msgspec.json.decode(msgspec.json.encode(RULES), type=dict[str, object])
    rule_configs.publish_rules(work, store.store_id, document, effective_from="2020-01-01", author="test")
    manager = staff.StaffDraft(staff_id="m1", name="陈", role="manager", pin=MANAGER_PIN, badge=MANAGER_BADGE)
    staff.save_staff(work, [manager], {store.code: store.store_id})
    goods.save_goods(work, list(GOODS))
    people = [work.ids.new_id() for _ in CARDS]
    drafts = [
        members.NewMember(
            member_id=member_id, profile=Profile(name=f"会员 {number}", card_codes=(card,)),
            phone=f"+86138000000{number:02d}",
        )
        for number, (member_id, card) in enumerate(zip(people, CARDS, strict=True))
    ]  # fmt: skip
    members.create(work, drafts)
    template = coupons.CouponTemplate(
        template_id="eight-off", name="满30减8", kind="amount_off", amount_fen=800, minimum_fen=3_000, valid_days=100
    )
    coupons.save_template(work, template)
    for _ in range(COUPONS_EACH):
        coupons.issue(work, template, people)
    return tuple(stores.new_enrolment_code(work, store.store_id).code for _ in range(tills))
