"""Keeps `None`, `True` and `False` alive under a Qt binding that gives them away.

PySide6 6.12.0 is built as if these three were immortal, as they are from Python 3.12 on (PEP 683): on 3.11 each call of
a Qt function that answers None takes one reference too many, about eight hundred a sale, until the interpreter ends
with `none_dealloc` in the middle of a shift. (6.11.3 does not; `tests/screens/test_long_day.py` measures it.) A count
that no till can use up does for 3.11 what PEP 683 did for 3.12. Called once by whoever makes the QApplication.
"""

import ctypes
import sys

ENOUGH = 1 << 40
"""A thousand a second for thirty-five years."""


def hold_constants() -> None:
    """Give each of the three constants references enough; more than once does no harm."""
    if sys.version_info >= (3, 12):
        return
    for constant in (None, True, False):
        if sys.getrefcount(constant) < ENOUGH // 2:
            # CPython keeps the count in the first word of an object; `id` is its address.
            ctypes.c_ssize_t.from_address(id(constant)).value += ENOUGH
