"""Money: integer minor units (fen), and the few ways in which a fraction of a fen is decided.

Amounts are plain `int`; there is no float and no Decimal anywhere behind a border. Quantities are integer thousandths
(`quantity_milli`: 1,000 is one piece; for weighed goods thousandths of a kilogram, that is grams).
"""

from collections.abc import Sequence
from enum import StrEnum


class Rounding(StrEnum):
    """Named ways to round a quotient."""

    DOWN = "down"
    UP = "up"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """`numerator / denominator` as an integer. The direction speaks of the magnitude: -1.5 half up is -2.

    Raises ZeroDivisionError for a zero denominator.
    """
    if numerator >= 0 and denominator > 0 and rounding is Rounding.HALF_UP:  # nearly always: the short way
        return (2 * numerator + denominator) // (2 * denominator)
    negative = (numerator < 0) != (denominator < 0)
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    twice = remainder * 2
    divisor = abs(denominator)
    if remainder and (
        rounding is Rounding.UP
        or (rounding is Rounding.HALF_UP and twice >= divisor)
        or (rounding is Rounding.HALF_EVEN and (twice > divisor or (twice == divisor and quotient % 2 == 1)))
    ):
        quotient += 1
    return -quotient if negative else quotient


def line_amount_fen(price_fen: int, per_milli: int, quantity_milli: int) -> int:
    """Price times quantity, rounded half up to the fen. `price_fen` is for `per_milli` thousandths of the unit."""
    if quantity_milli == per_milli > 0:
        return price_fen
    return divide(price_fen * quantity_milli, per_milli, Rounding.HALF_UP)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` >= 0 in proportion to `weights` >= 0 by the largest remainder (Hamilton's method).

    The shares sum to `total` exactly; ties go to the earlier weight; where all weights are zero the first share takes
    everything. If `total <= sum(weights)`, no share exceeds its weight. Raises ValueError for negative figures or
    when there is something to share and nobody to share it with.
    """
    if total < 0 or (weights and min(weights) < 0):
        raise ValueError("share() takes figures >= 0")
    if not weights:
        if total:
            raise ValueError("nobody to share with")
        return []
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)  # of equal ones the earlier
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def round_cash(due_fen: int, step_fen: int, nearest: bool) -> int:
    """What is given away (> 0) or gained (< 0) when a cash amount is rounded (抹零) to a multiple of `step_fen`.

    `nearest` False rounds down to the customer's good; True rounds half up.
    """
    if step_fen <= 1:
        return 0
    rounding = Rounding.HALF_UP if nearest else Rounding.DOWN
    return due_fen - divide(due_fen, step_fen, rounding) * step_fen
