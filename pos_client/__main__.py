"""The till's command line: opens the window, or does one thing without it.

Called by the command `pos-client` and by `python -m pos_client`.
"""

import sys
from collections.abc import Sequence

from pos_client.commands import run_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is what the shell sees."""
    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
