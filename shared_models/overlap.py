"""What an overlap is: something that can collide when tills work cut off, with its outcome, its money and its remedy.

The register is `overlaps`. Pure; sentences are looked up where they are said.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Money = Literal["none", "difference", "listed", "exposure", "loss"]
Kind = Literal["exception", "counted", "fact"]


class Overlap(Struct, frozen=True, kw_only=True):
    """A collision. `money` says what it can cost: `loss` is booked to the holder, `exposure` may have cost the chain
    the amount listed, `difference` is a price HQ would have made otherwise, `listed` is in order but above a limit,
    `none` is nobody's money. `kind`: raised as an exception, only counted beside the entry, or a fact of HQ's own."""

    code: str
    name: str
    outcome: str
    money: Money
    remedy: str
    kind: Kind = "exception"


def N_(sentence: str) -> str:  # noqa: N802 - the name by which gettext knows a sentence that is looked up later
    """A sentence of the register, collected for the catalogue here and looked up when it is said."""
    return sentence


MONEY: Mapping[Money, str] = {
    "none": N_("no money"),
    "difference": N_("a difference in price"),
    "listed": N_("in order, listed"),
    "exposure": N_("exposure"),
    "loss": N_("a loss"),
}
