"""The service against what it costs: the same file again and again, each time with another share placed at tills.

    python -m tests.replay FILE --curve 0,1000,3000,5000,10000 [--multiples 4,8] [--tills 1,2]

One line of JSON a run on standard output, from the smallest placement to the largest.
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from msgspec.structs import replace

from tests.replay.chain import ESCROW
from tests.replay.run import replay_file

_SHOWN = (
    "offline_spend_served_ratio", "offline_spend_served_ratio_by_money", "placed_ratio",
    "placed_ratio_with_tills_cut_off", "seconds",
)  # fmt: skip


def curve(
    path: Path,
    *,
    seed: int,
    outage_share: float,
    shares: Iterable[int],
    multiples: Iterable[int],
    tills: Iterable[int] = (1,),
) -> bool:
    """Replay the file with each number of tills, multiple and share (basis points); whether all runs agreed."""
    agrees = True
    for tills_per_store, usual_multiples, share in product(tills, multiples, shares):
        point = {"share_basis_points": share, "usual_multiples": usual_multiples, "tills_per_store": tills_per_store}
        escrow = replace(ESCROW, **point)
        with tempfile.TemporaryDirectory(prefix="tillbook-curve-") as folder:
            outcome = replay_file(path, Path(folder), seed=seed, outage_share=outage_share, escrow=escrow)
        agrees = agrees and outcome.agrees
        print(json.dumps(point | {name: outcome.figures[name] for name in _SHOWN}), flush=True)
        for sentence in outcome.sentences:
            print(sentence, file=sys.stderr)
    return agrees
