"""What the day's paper says: every slip cut from the roll, read back from the printer's bytes.

The words are the receipt's own, read as an auditor with a ruler would: nothing here asks the till what it meant.
"""

import re
from dataclasses import dataclass, field

from tests.pos_client.devices.escpos_reader import Paper, Reader

_AMOUNT = re.compile(r"-?\d+\.\d\d$")


@dataclass(slots=True)
class Slip:
    """One piece of paper."""

    lines: list[str] = field(default_factory=list)
    barcodes: list[str] = field(default_factory=list)

    def amount_fen(self, words: str) -> int | None:
        """The amount at the right end of the line that begins with these words; None where there is none."""
        for line in self.lines:
            if line.strip().startswith(words):
                found = _AMOUNT.search(line.strip())
                if found:
                    return fen_of(found.group())
        return None

    def text(self, words: str) -> str:
        """What stands behind these words."""
        return next((line.strip()[len(words) :].strip() for line in self.lines if line.strip().startswith(words)), "")

    def says(self, words: str) -> bool:
        """Whether a line is these words."""
        return any(line.strip() == words for line in self.lines)


class _Roll(Reader):
    """A whole day's bytes: a new slip begins after each cut."""

    def __init__(self, job: bytes) -> None:
        super().__init__(job)
        self.slips: list[Slip] = []

    def _group(self) -> None:
        cuts = self.paper.cuts
        super()._group()
        if self.paper.cuts > cuts:
            self.slips.append(Slip(self.paper.lines, self.paper.barcodes))
            self.paper = Paper()


def slips_of(printed: bytes) -> list[Slip]:
    """Every slip of a roll. Raises AssertionError for bytes that no printer would understand."""
    roll = _Roll(printed)
    roll.read()
    assert not roll.paper.lines, "paper hangs out of the printer: the last slip was not cut"
    return roll.slips


def fen_of(text: str) -> int:
    """`12.80` -> 1280."""
    sign = -1 if text.startswith("-") else 1
    whole, rest = text.lstrip("-").split(".")
    return sign * (int(whole) * 100 + int(rest))
