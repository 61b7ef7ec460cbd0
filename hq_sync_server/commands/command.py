"""What every command is handed, and the sheets and documents that several of them read."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from hq_sync_server.app import Hq
from hq_sync_server.commands.voice import Voice
from hq_sync_server.office.desk import Desk
from hq_sync_server.settings import HqSettings
from shared_models.refusals import Refusal

DONE = 0
FOUND_WRONG = 1
REFUSED = 2


@dataclass(frozen=True, slots=True)
class Command:
    """One call of one command. `hq` is open and closed by the caller."""

    arguments: argparse.Namespace
    settings: HqSettings
    hq: Hq
    voice: Voice

    @property
    def desk(self) -> Desk:
        return self.hq.desk


def read_document(path: Path) -> bytes:
    """The bytes of a small document. Refuses `file_not_found`, `file_unreadable`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal("file_not_found", path=str(path)) from None
    except OSError as error:
        raise Refusal("file_unreadable", path=str(path), reason=error.strerror or "") from None
