"""A till's printer in a process of its own, to be killed.

    python -m tests.pos_client.devices.printing_till PORT SPOOL

Prints one long receipt and says on standard output whatever the printer says is wrong.
"""

import sys
import threading
from pathlib import Path

from pos_client.devices.print_spool import PrintSpool
from pos_client.devices.printer import PrinterState, ReceiptPrinter
from pos_client.devices.printer_ports import NetworkPort
from pos_client.devices.receipt_document import Columns, Cut, ReceiptDocument, Text


def main() -> None:
    """Until killed."""

    def hear(state: PrinterState) -> None:
        if state.code:
            print(state.code, flush=True)

    rows = tuple(Columns((f"全麦吐司 {place}", "1", "16.80")) for place in range(40))
    printer = ReceiptPrinter(
        NetworkPort("127.0.0.1", int(sys.argv[1])), on_state=hear, spool=PrintSpool(Path(sys.argv[2])),
        again_words=lambda: "补打",
    )  # fmt: skip
    printer.submit([ReceiptDocument("sale", (*rows, Text("应付 35.60"), Cut()))])
    threading.Event().wait()


if __name__ == "__main__":
    main()
