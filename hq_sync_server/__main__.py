"""HQ's command line: serves the tills, or does one thing and ends.

Called by the command `hq-sync-server` and by `python -m hq_sync_server`.
"""

import gc
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is what the shell sees."""
    # Loading makes many objects and no garbage, and what is loaded stays: a fifth of the time of a short command.
    gc.disable()
    import structlog

    from hq_sync_server.commands import running

    gc.freeze()
    gc.enable()
    # What is logged is no part of what a command prints; drawn tracebacks would cost seconds for a poisoned entry.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[*structlog.get_config()["processors"][:-1], plain],
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    return running.run(sys.argv[1:] if arguments is None else list(arguments))


if __name__ == "__main__":
    sys.exit(main())
