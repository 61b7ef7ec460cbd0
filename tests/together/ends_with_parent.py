"""Runs one of the two programs and ends with whoever started it, however that one ends.

    python ends_with_parent.py hq_sync_server serve --port 0

Started with a pipe as standard input: the pipe's other end closes with the parent, be it by SIGKILL, and then this
process tells itself to stop.
"""

import importlib
import os
import signal
import sys
import threading


def _stop_when_input_ends() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_stop_when_input_ends, daemon=True).start()
    program = importlib.import_module(f"{sys.argv[1]}.__main__")
    sys.exit(program.main(sys.argv[2:]))
