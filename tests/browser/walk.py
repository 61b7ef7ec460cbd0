"""Walking through the console by its own links, one page of each kind."""

import re
from urllib.parse import urlsplit

from tests.browser.visitor import Visitor

_IDS = re.compile(
    r"(?<=(?:rules|grids)/)[^/?]+(/[^/?]+)?|(?<=stores/)[^/?]+|(?<=goods/)[^/?]+|[0-9a-f]{32}|(?<=/)\d+(?=/|$)"
)


def kind_of(path: str) -> str:
    """Pages that differ only in whose they are are of one kind."""
    return _IDS.sub(lambda found: "/".join("*" for _ in found[0].split("/")), urlsplit(path).path)


def pages_of(visitor: Visitor) -> list[str]:
    """One page of each kind that can be reached by links, beginning at home."""
    found = {"/": "/"}
    waiting = ["/"]
    while waiting:
        visitor.open(waiting.pop(0))
        for path in visitor.links():
            kind = kind_of(path)
            if kind in found or "/export" in kind:
                continue
            found[kind] = path
            waiting.append(path)
    return list(found.values())
