"""A process in which the printer's thread and the window want the library of barcodes at the same moment.

    python -m tests.pos_client.devices.two_loaders

The printer's thread is held up in the middle of loading until the window's thread wants the library too. Prints what
went wrong, nothing when nothing did.
"""

import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from PySide6.QtGui import QGuiApplication

from pos_client.devices.receipt_document import Barcode, ReceiptDocument
from pos_client.ui.receipt_painter import slip_picture

STUCK_SECONDS = 60
STANDING_SAMPLES = 5
SLIP = ReceiptDocument("sale", (Barcode("R011-1X"),))
halfway, both_want_it = threading.Event(), threading.Event()


def _hold_up_halfway(event: str, details: tuple[object, ...]) -> None:
    """The package of barcodes begins with this module of its own. An audit hook, as it is called with no lock held."""
    if event == "import" and details[0] == "barcode.codabar":
        halfway.set()
        assert both_want_it.wait(STUCK_SECONDS)


def _print_it() -> None:
    from pos_client.devices.escpos_painter import paint  # as the printer does: at its first slip

    paint(SLIP, 48)


def _tell(who: str, does: Callable[[], object]) -> None:
    try:
        does()
    except BaseException as problem:
        print(who, repr(problem), flush=True)
        raise


def _let_go_when_both_want_it(window: threading.Thread) -> None:
    stands_since: FrameType | None = None
    samples = 0
    while window.is_alive() and samples < STANDING_SAMPLES:
        time.sleep(0.001)  # there is nothing to wait on: it stands in a lock of the interpreter's own
        waits_in = _lock_of_imports(sys._current_frames().get(window.ident or 0))
        samples = samples + 1 if waits_in is not None and waits_in is stands_since else 0
        stands_since = waits_in
    both_want_it.set()


def _lock_of_imports(frame: FrameType | None) -> FrameType | None:
    """Where a thread that paints a barcode stands in a lock of the machinery of imports."""
    top = frame
    while frame is not None and frame.f_code.co_name != "_paint_barcode":
        frame = frame.f_back
    is_waiting = top is not None and "importlib" in top.f_code.co_filename and top.f_code.co_name == "acquire"
    return top if frame is not None and is_waiting else None


def main() -> None:
    """Both at once."""
    application = QGuiApplication([])
    assert "barcode" not in sys.modules, "it is not loaded late any more: this test says nothing"
    sys.addaudithook(_hold_up_halfway)
    printer = threading.Thread(target=_tell, args=("printer", _print_it))
    printer.start()
    assert halfway.wait(STUCK_SECONDS)
    threading.Thread(target=_let_go_when_both_want_it, args=(threading.main_thread(),), daemon=True).start()
    _tell("window", lambda: slip_picture(SLIP))
    printer.join()
    del application


if __name__ == "__main__":
    main()
