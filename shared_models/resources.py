"""Where fonts, translations, sounds and pictures come from: the one door to the folder `resources`.

Both programs and their tests may call it. The folder holds no code and lies beside this package, in the checkout as in
an installed wheel, and is found from here: the name `resources` is too common to be looked up on the import path.
"""

import gettext
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

_HERE = files("shared_models")
LANGUAGES = ("zh_CN", "en")


def resource_path(name: str) -> Path:
    """The file of a resource such as `fonts/tillbook-sans-regular.otf`, for those who can only open files (Qt's fonts).

    Raises FileNotFoundError where there is none, so that a wrong name fails at once and not as an empty picture.
    """
    with as_file(_HERE) as package:
        root = package.parent / "resources"
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.exists():
        raise FileNotFoundError(f"no resource named {name!r}")
    return path


def resource_bytes(name: str) -> bytes:
    """The content of a resource; FileNotFoundError where there is none."""
    return resource_path(name).read_bytes()


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of one of LANGUAGES; the sentences in the code are English, and an unknown language shows those."""
    if language not in LANGUAGES:
        return gettext.NullTranslations()
    with resource_path(f"locale/{language}/LC_MESSAGES/tillbook.mo").open("rb") as catalogue:
        return gettext.GNUTranslations(catalogue)
