"""How a name is found: by single characters, pairs of characters, pinyin initials and Latin words.

SQLite's own trigram index cannot find a Chinese name of two characters. Terms open with a letter that says what they
are, see the mirror's tables. pypinyin takes a third of a second to load, so it is loaded when the first Chinese name is
indexed, and each character is asked once.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from shared_models.surnames import initials_as_surname

TERMS_MAX = 4
"""So many terms are looked up at once; what is left of a long text is compared with the name itself."""

_WORD = re.compile(r"[a-z0-9]+")


def folded(text: str) -> str:
    """Full-width and capital letters as plain ones, without spaces at the ends."""
    if text.isascii():
        return text.lower().strip()
    return unicodedata.normalize("NFKC", text).casefold().strip()


def is_chinese(character: str) -> bool:
    """Whether a character is a Chinese one, by the blocks in use for names and goods."""
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


@cache
def initial_of(character: str) -> str:
    """The pinyin initial of a Chinese character, a letter or digit itself, or ''."""
    if is_chinese(character):
        from pypinyin import Style, lazy_pinyin  # heavy, and not needed to look something up

        said = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
        return said[0][:1].lower() if said else ""
    return character if character.isascii() and character.isalnum() else ""


def name_terms(name: str, *, initials: str = "", from_anywhere: bool = False) -> set[str]:
    """The terms under which a name is found. `initials` are those already known (they may differ where a character has
    several readings); `from_anywhere` lets initials match in the middle too, as goods are searched."""
    plain = folded(name)
    terms = {f"w{word}" for word in _WORD.findall(plain)}
    if plain.isascii():
        characters = []
    else:
        characters = [character for character in plain if is_chinese(character)]
        terms.update([f"c{character}" for character in characters])
        terms.update([f"c{first}{second}" for first, second in pairwise(characters)])
    said = folded(initials) or "".join([initial_of(character) for character in characters])
    if said and not from_anywhere:
        terms.add(f"i{initials_as_surname(name, said)}")
    if said:
        starts = range(len(said)) if from_anywhere else range(1)
        terms.update(f"i{said[start:]}" for start in starts)
    return terms


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody typed: terms that must all match exactly, beginnings of which one must match, and the parts that
    the name itself must hold."""

    terms: tuple[str, ...]
    beginnings: tuple[str, ...]
    parts: tuple[str, ...]

    def fits(self, *names: str) -> bool:
        """Whether one of the names holds every part."""
        plain = [folded(name) for name in names]
        return any(all(part in name for part in self.parts) for name in plain)


def search_of(text: str) -> Search:
    """How to look for a text. Latin letters may be initials as well as words, so alone they are parts of nothing."""
    plain = folded(text)
    characters = [character for character in plain if is_chinese(character)]
    words = _WORD.findall(plain)
    if not characters:
        parts = tuple(words) if len(words) > 1 else ()
        return Search((), tuple(letter + words[0] for letter in "iw") if words else (), parts)
    pairs = [f"c{first}{second}" for first, second in pairwise(characters)]
    return Search(tuple(dict.fromkeys(pairs or [f"c{characters[0]}"]))[:TERMS_MAX], (), tuple(plain.split()))
