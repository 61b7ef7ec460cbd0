"""Lets Python import its modules itself again, once Qt for Python is there.

PySide6 puts a function of its own in the place of `__import__`, for its `__feature__` switches: after each import it
reads the module's whole source file to see whether the word PySide6 is in it, and the lines stay in memory. That is a
tenth of the time until the window stands there, and paid again at every import inside a function. We use none of those
switches. Called by whoever loads the window, before everything else that it needs.
"""

import builtins
import linecache

import PySide6.QtCore  # noqa: F401 - loading it changes `__import__`


def import_plainly() -> None:
    """Put Python's own `__import__` back and forget the lines; more than once does no harm."""
    own = getattr(builtins, "__orig_import__", None)
    if own is not None:
        builtins.__import__ = own
        linecache.clearcache()
