"""The sentences of the screen in the reader's language.

Every sentence in `ui` is English inside `_()` and is looked up here when it is shown, so that a till may change its
language while it runs. Only screens and presenters call this; rooms below the screen speak in codes.
"""

import gettext

from shared_models.resources import LANGUAGES, translations


class _Reader:
    """The catalogue in use. One process shows one window, and one window speaks one language at a time."""

    def __init__(self) -> None:
        self.catalogue = gettext.NullTranslations()


_reader = _Reader()


def use_language(language: str) -> None:
    """Speak one of `shared_models.resources.LANGUAGES` from now on; an unknown language speaks English."""
    _reader.catalogue = translations(language if language in LANGUAGES else "en")


def _(sentence: str) -> str:
    """The sentence in the reader's language."""
    return _reader.catalogue.gettext(sentence)


def N_(sentence: str) -> str:  # noqa: N802 - the name by which gettext knows a sentence that is looked up later
    """A sentence of a table, collected for the catalogue here and looked up with `_` when it is shown."""
    return sentence


def ngettext(one: str, many: str, count: int) -> str:
    """The sentence for this many."""
    return _reader.catalogue.ngettext(one, many, count)
