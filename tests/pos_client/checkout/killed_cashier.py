"""A cashier who scans until somebody kills the process: each line is told on standard output once its view is back."""

import sys
from pathlib import Path

from tests.pos_client.checkout.bakery import ZHOU_CARD, Bakery

LINES = 60


def main(folder: Path) -> None:
    """One basket that never ends."""
    bakery = Bakery(folder)
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    for number in range(1, LINES + 1):
        checkout.basket.add_goods("cake", open_price_fen=100 * number)
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
