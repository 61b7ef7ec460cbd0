"""What safety costs a sale: the commit with rights and anchor beside the same commit without them.

Two tills, sale by sale in turns, so that whatever else the machine does hits both. The second one's ledger writes the
same entries with the same postings and the same wait for the disk, but counts no rights and keeps no anchor.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from pos_client.ledger import rights
from pos_client.ledger.anchor import Anchor
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from tests.benchmarks.figure import Figure, percentile, seconds_of
from tests.pos_client.ledger.shop import Shop

PAIRS = 1_500
COST_MAX = 1.3
CHECKPOINT_EVERY = 200


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """The ratio of the medians: a turn of another program is longer than many sales."""
    pairs = 20 if short else PAIRS
    safe, bare = _Till(folder / "safe"), _Till(folder / "bare")
    with_them, without = list[float](), list[float]()
    for number in range(pairs):
        with_them.append(safe.sell())
        with _unguarded():
            without.append(bare.sell())
        if number % CHECKPOINT_EVERY == 0:
            safe.shop.ledger.checkpoint()
            bare.shop.ledger.checkpoint()
    safe.shop.ledger.close()
    bare.shop.ledger.close()
    ours_ms, bare_ms = percentile(with_them, 50) * 1000, percentile(without, 50) * 1000
    yield Figure(
        name="sale commit with rights and anchor, p50", value=ours_ms, unit="ms", limit=bare_ms, goal=COST_MAX,
        goal_on="ratio", better="less", beside="limit: the same commit without them, side by side",
    )  # fmt: skip


class _Till:
    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        self._member = UUID(int=7)
        top_up = self.shop.top_up(self._member, principal_fen=100_000_000, bonus_fen=0)
        self.shop.ledger.append(top_up)
        self._lot = principal_lot(top_up.head.business_id)

    def sell(self) -> float:
        """One sale of five lines, half of it from stored value; its seconds."""
        value = [LotAmount(self._member, self._lot, 2_000)]
        sale = self.shop.sale(5_000, lines=5, member=self._member, earned=35, stored_value=value)
        return seconds_of(partial(self.shop.ledger.append, sale))


@contextmanager
def _unguarded() -> Iterator[None]:
    with patch.object(rights, "apply", lambda *_: None), patch.object(Anchor, "write", lambda *_: None):
        yield
