"""The till's command line: opens the window, or does one thing without it.

Called by the command `pos-client` and by `python -m pos_client`.
"""

import gc
import sys
from collections.abc import Sequence

import structlog


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is what the shell sees."""
    # Loading makes many objects and no garbage: a collector that looked through them all the time would take a fifth
    # of the time until the window stands there, and what is loaded stays.
    gc.disable()
    from pos_client.commands import run_command

    gc.freeze()
    gc.enable()
    # What is logged is no part of what a command prints.
    structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))
    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
