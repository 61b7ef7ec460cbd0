"""A till's window whose every key is written down, for whoever has to understand afterwards what went wrong."""

import json
import time
from pathlib import Path
from typing import Any

from tests.together.till_process import TillPlace, TillProcess

_DULL = frozenset({"busiest"})


def keys_log(place: TillPlace) -> Path:
    """What was done at this till and what was then on its screen, one line a deed."""
    return place.folder / "keys.jsonl"


def last_screen(place: TillPlace) -> Path:
    """The picture of its last moment."""
    return place.folder / "last-screen.png"


class WatchedTill(TillProcess):
    """Writes down what hands do and what eyes see; keeps a picture of the end."""

    def __init__(self, place: TillPlace) -> None:
        super().__init__(place)
        self._keys = keys_log(place)
        self._began = time.monotonic()

    def photograph(self) -> None:
        """What is on the screen now."""
        super()._ask(do="shot", path=str(last_screen(self.place)))

    def _ask(self, **command: object) -> dict[str, Any]:
        asked_at = time.monotonic() - self._began
        try:
            answer = super()._ask(**command)
        except AssertionError as problem:
            self._write(asked_at, command, {"problem": str(problem)})
            raise
        self._write(asked_at, command, {name: value for name, value in answer.items() if name not in _DULL})
        return answer

    def _write(self, asked_at: float, command: dict[str, object], seen: dict[str, Any]) -> None:
        took = time.monotonic() - self._began - asked_at
        line = {"at": round(asked_at, 3), "took": round(took, 3), **command, "seen": seen}
        with self._keys.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
