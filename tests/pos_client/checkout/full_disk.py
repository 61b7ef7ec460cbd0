"""A cashier who sells while no file may grow any more: run as a process of its own, for the limit is the process's.

Prints what the sale was refused with, and what became of it once there was room again.
"""

import resource
import sys
from pathlib import Path

from shared_models.bodies import Sale
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, Bakery
from tests.pos_client.checkout.wallet_bakery import CODE, WalletBakery


def main(folder: Path) -> None:
    """One sale, refused and then made."""
    bakery = Bakery(folder)
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.basket.set_note("x" * 200)
    checkout.payment.pay_cash()
    without_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / "ledger.db-wal").stat().st_size, without_limit[1]))
    try:
        checkout.payment.complete()
    except Refusal as refusal:
        resource.setrlimit(resource.RLIMIT_FSIZE, without_limit)
        print(refusal.code, len(bakery.written(Sale)))
    print(checkout.payment.view().can_complete, checkout.payment.complete().total_fen, len(bakery.written(Sale)))
    bakery.close()


def wallet(folder: Path) -> None:
    """A wallet's payment that cannot be written down first is not asked for; then it is."""
    bakery = WalletBakery(folder)
    bakery.selling()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.basket.set_note("x" * 200)
    without_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / "ledger.db-wal").stat().st_size, without_limit[1]))
    try:
        bakery.checkout.wallets.pay("wechat", CODE)
    except Refusal as refusal:
        resource.setrlimit(resource.RLIMIT_FSIZE, without_limit)
        print(refusal.code, len(bakery.wire.asked))
    bakery.checkout.wallets.pay("wechat", CODE)
    print(*bakery.wire.words(), *(amount for _word, _number, amount in bakery.wire.asked))
    bakery.close()


if __name__ == "__main__":
    (wallet if "wallet" in sys.argv else main)(Path(sys.argv[1]))
