"""HQ's command line: serves the tills, or does one thing and ends.

Called by the command `hq-sync-server` and by `python -m hq_sync_server`.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is what the shell sees."""
    parser = argparse.ArgumentParser(prog="hq-sync-server")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('tillbook')}")
    parser.parse_args(arguments)
    parser.print_help()
    return 2


if __name__ == "__main__":
    sys.exit(main())
