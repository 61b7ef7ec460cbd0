"""Surnames that are read otherwise than the same character elsewhere: 曾 is Zeng in a name and ceng in a word.

For whoever finds members by the initials of their names, at HQ and at tills. Both readings find: people type either.
"""

_INITIALS = {
    "曾": "z",
    "单": "s",
    "解": "x",
    "仇": "q",
    "查": "z",
    "翟": "z",
    "覃": "q",
    "乐": "y",
    "区": "o",
    "盖": "g",
    "缪": "m",
    "尉": "y",
    "种": "c",
    "员": "y",
    "召": "s",
    "冼": "x",
    "适": "k",
}


def initials_as_surname(name: str, initials: str) -> str:
    """The initials with the surname's own reading in front; the same ones where there is no other."""
    surname = _INITIALS.get(name[:1], "")
    return surname + initials[1:] if surname and initials else initials
