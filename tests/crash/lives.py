"""What the forked processes of `make crash` do with their lives: a till that sells until it is killed, one that only
brings its book to HQ, and an HQ that serves.

A till says `open` once it can sell, `safe NUMBER` for everything it may now print, `frozen CODE`, `refused CODE` and
`fault WORDS`; nothing a life says is needed to judge it but `safe`, which a customer has seen on the screen.
"""

import os
import random
import threading

from pos_client.checkout.views import DoneView
from pos_client.sync.hq_api import HttpTransport
from shared_models.refusals import Refusal
from tests.crash.customers import Customers
from tests.crash.nursery import Say
from tests.crash.places import ChainPlace, Till, TillPlace, enrol_till
from tests.crash.planted import Plant, plant, plant_in

CUSTOMERS_A_LIFE_MAX = 60
CLOSING_SHARE = 0.15
SETTLE_RUNS_MAX = 400


def sell(
    place: TillPlace, hq_url: str, seed: str, say: Say, *, customers_wanted: int = 0, planted: Plant | None = None,
    gives_up: bool = False,
) -> None:  # fmt: skip
    """Open, serve customers (0: as luck will have it, mostly more than anybody lets them), and close in good order.
    Who `gives_up` switches the till off as soon as its disk does not say whether it took something."""
    plant(planted)
    chance = random.Random(seed)
    till = Till(place, hq_url)
    plant_in(planted, till, say)
    frozen = till.ledger.frozen()
    if frozen is not None:
        say("frozen", frozen)
    till.keep_time()
    for _ in range(3):
        try:
            till.open_shop()
        except Refusal as refusal:  # a fault of the disk came before the first customer
            say("refused", refusal.code)
        else:
            break
    say("open")

    def done(view: DoneView) -> None:
        say("safe", view.receipt_number)
        till.printer.submit(view.documents)

    def refused(code: str) -> None:
        say("refused", code)
        if gives_up and code == "ledger_unknown":
            os._exit(0)

    customers = Customers(till.checkout, chance, done, refused)
    short = chance.random() < CLOSING_SHARE
    for _ in range(customers_wanted or (chance.randint(1, 8) if short else CUSTOMERS_A_LIFE_MAX)):
        customers.serve()
    till.close()


def begin(place: TillPlace, hq_url: str, code: str, seed: str, say: Say, customers: int) -> None:
    """The first day of a till: it enrols, hears who works here and what is sold, and sells."""
    line = HttpTransport(hq_url)
    enrol_till(place, line, code)
    line.close()
    till = Till(place, hq_url)
    till.engine.run_once()
    till.close()
    sell(place, hq_url, seed, say, customers_wanted=customers)


def settle(place: TillPlace, hq_url: str, say: Say) -> None:
    """Bring everything to HQ and give back what is above the target; sells nothing."""
    till = Till(place, hq_url)
    error = "never"
    for _ in range(SETTLE_RUNS_MAX):
        report = till.engine.run_once()
        error = report.error
        if not error and not till.ledger.sync_state().waiting_entries:
            break
        if error:
            threading.Event().wait(min(report.retry_seconds, 0.1))
        elif not report.adopted_unsaid:  # a run that begins with a hello leaves what it only adopted for the next one
            till.engine.push_soon()
    waiting, frozen = till.ledger.sync_state().waiting_entries, till.ledger.frozen()
    till.close()
    say("settled", waiting, error or "-", frozen or "-")


def serve(place: ChainPlace, port: int, planted: Plant | None = None) -> None:
    """HQ's own command."""
    plant(planted)
    place.serve(port)
