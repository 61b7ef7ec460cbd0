"""What the window is handed by the composition root: everything outside the screen, behind plain calls."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pos_client.checkout.checkout import Checkout
from pos_client.devices.counter_devices import CounterDevices
from pos_client.reports.today import DayReport
from pos_client.ui.background import LedgerWorker
from pos_client.ui.parts.touch_grid import GridPageView
from shared_models.moments import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line to HQ as the sync engine sees it, since when (the till's clock)."""

    online: bool
    since_ms: int
    hq_recovering: bool = False


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """`grid`, `report` and those of training are called on the ledger worker, the others in the GUI thread. `key_clock`
    times keystrokes in place of the system's own stamps. `checkout` changes with the training, `language` and `theme`
    with the settings screen."""

    checkout: Checkout
    worker: LedgerWorker
    clock: Clock
    key_clock: Clock | None
    grid: Callable[[], tuple[GridPageView, ...]]
    report: Callable[[], DayReport]
    line: Callable[[], Line]
    retry_sync: Callable[[], object]
    devices: CounterDevices
    devices_path: Path
    set_language: Callable[[str], object]
    begin_training: Callable[[], Checkout]
    end_training: Callable[[], object]
    receipt_folder: Path
    language: str = "zh_CN"
    theme: str = "light"
