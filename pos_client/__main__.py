"""The till's command line: opens the window, or does one thing without it.

Called by the command `pos-client` and by `python -m pos_client`.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is what the shell sees."""
    parser = argparse.ArgumentParser(prog="pos-client")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('tillbook')}")
    parser.parse_args(arguments)
    parser.print_help()
    return 2


if __name__ == "__main__":
    sys.exit(main())
