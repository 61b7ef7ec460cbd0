"""The scan torture: hundreds of goods scans in a row with real X key events, and not one lost, doubled or leaked.

    python -m tests.screens.scan_storm [--scans 500] [--gap-ms 1]

Under Xvfb, one key a millisecond, while panels open and close and the sync engine works against a live HQ; then with
Caps Lock on; then as an input method's commits with a composition open; and a person who types as fast as people do,
who is never taken for a scanner. Exit code 1 when a figure is not zero.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.screens.x_keyboard import XKeyboard, XServer
from tests.together.demo_chain import DOWNTOWN, set_stage
from tests.together.till_process import TillPlace

PANEL_EVERY_MS = 45
SETTLE_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What a storm came to. `person` is how often a typing person was taken for a scanner."""

    name: str
    scans: int
    lost: int
    doubled: int
    leaked: int
    panels: int
    seconds: float
    person: int = 0
    misread: tuple[str, ...] = ()

    @property
    def calm(self) -> bool:
        """Whether nothing happened that must not."""
        return self.lost == self.doubled == self.leaked == self.person == 0

    def line(self) -> str:
        """For the terminal."""
        return (
            f"{'ok' if self.calm else 'FAILED':7} {self.name:38} {self.scans:5} scans, {self.lost} lost, "
            f"{self.doubled} doubled, {self.leaked} characters leaked, {self.panels} panels, {self.seconds:.1f} s"
            + (f", read as {', '.join(self.misread)}" if self.misread else "")
        )


class StormTill:
    """The till in its process, and the keyboard on its display."""

    def __init__(self, display: str, place: TillPlace) -> None:
        self._place = place
        self._log = (place.folder / "storm.log").open("a", encoding="utf-8")
        self.keyboard = XKeyboard(display)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.screens.storm_till"),
                *(str(place.ledger_folder), str(place.key_folder), place.hq_url),
            ],
            env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> Self:
        window = self._hear()["window"]
        self.keyboard.focus(window)
        self.wait(focus=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
        self._log.close()
        self.keyboard.close()

    def ask(self, **command: object) -> dict[str, Any]:
        """One command, and its answer once the till has come to it: after all keys that were there before."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._hear()

    def wait(self, **equal: object) -> dict[str, Any]:
        """Until the till shows these values."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            seen = self.ask(do="look")
            if all(seen[name] == value for name, value in equal.items()):
                return seen
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {equal}: {seen}")
            time.sleep(0.05)

    def scan(self, code: str, gap_ms: int = 1) -> None:
        """A scanner with Enter behind each code."""
        self.keyboard.type(code + "\r", gap_ms)

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the till ended: {(self._place.folder / 'storm.log').read_text()[-3000:]}")
        heard: dict[str, Any] = json.loads(line)
        return heard


class Weather:
    """Storms over one till. `goods` maps a code to the goods it adds."""

    def __init__(self, till: StormTill, goods: Mapping[str, str], seed: int = 1) -> None:
        self._till = till
        self._goods = goods
        self._luck = random.Random(seed)

    def scanner(self, name: str, scans: int, *, gap_ms: int = 1, caps_lock: bool = False) -> Storm:
        """Keys at a scanner's pace while panels come and go."""
        codes = self._codes(scans)
        before = self._till.ask(do="look")
        if caps_lock:
            self._till.keyboard.caps_lock()
        self._till.ask(do="dialogs", every_ms=PANEL_EVERY_MS)
        began = time.monotonic()
        for code in codes:
            self._till.scan(code, gap_ms)
        seconds = time.monotonic() - began
        seen = self._settled()
        self._till.ask(do="dialogs", every_ms=0)
        if caps_lock:
            self._till.keyboard.caps_lock()
        return self._storm(name, codes, before, self._till.ask(do="look") | {"panels": seen["panels"]}, seconds)

    def input_method(self, scans: int) -> Storm:
        """The same codes as an input method commits them, with a composition open."""
        codes = self._codes(scans)
        before = self._till.ask(do="look")
        began = time.monotonic()
        self._till.ask(do="compose", text="".join(code + "\r" for code in codes))
        seen = self._settled()
        self._till.keyboard.press("Escape")
        return self._storm("input method, composition open", codes, before, seen, time.monotonic() - began)

    def person(self, letters: int) -> Storm:
        """Somebody types fast, for a person: 60 to 160 ms a key, whole numbers, into the field of a panel."""
        before = self._till.ask(do="look")
        self._till.keyboard.press("F2")
        time.sleep(0.2)
        typed = "".join(self._luck.choice("0123456789") for _ in range(letters))
        began = time.monotonic()
        for letter in typed:
            self._till.keyboard.type(letter, self._luck.randint(60, 160))
        time.sleep(0.8)  # until the last digit is decided too: a look takes what it sees out of the field
        seen = self._till.ask(do="look")
        self._till.keyboard.press("Escape")
        arrived = "".join(seen["leaks"][len(before["leaks"]) :])
        return Storm(
            name="a person types, never a scan", scans=0, lost=int(arrived != typed), doubled=0, leaked=0,
            panels=0, seconds=time.monotonic() - began, person=len(seen["scans"]) - len(before["scans"]),
        )  # fmt: skip

    def _codes(self, scans: int) -> list[str]:
        return self._luck.choices(sorted(self._goods), k=scans)

    def _settled(self) -> dict[str, Any]:
        """Until nothing moves any more, twice in a row."""
        last: dict[str, Any] = {}
        while True:
            seen = self._till.wait(settled=True)
            moved = {name: seen[name] for name in ("goods", "scans", "leaks")}
            if moved == last:
                return seen
            last = moved
            time.sleep(0.4)

    def _storm(
        self, name: str, codes: Sequence[str], before: dict[str, Any], after: dict[str, Any], seconds: float
    ) -> Storm:
        wanted = Counter(self._goods[code] for code in codes)
        found = Counter(after["goods"])
        found.subtract(before["goods"])
        leaked = after["leaks"][len(before["leaks"]) :]
        assert after["faults"] == [], after["faults"]
        return Storm(
            name=name,
            scans=len(codes),
            lost=sum((wanted - found).values()),
            doubled=sum((found - wanted).values()),
            leaked=sum(len(text) for text in leaked),
            panels=after["panels"] - before["panels"],
            seconds=seconds,
            misread=tuple(text for text in after["scans"][len(before["scans"]) :] if text not in self._goods),
        )


@contextmanager
def stormy_till(place: TillPlace) -> Iterator[StormTill]:
    """A display, and the till on it."""
    with XServer() as server, StormTill(server.display, place) as till:
        yield till


def main(arguments: list[str]) -> int:
    """Every storm, against a live HQ; prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=500)
    parser.add_argument("--gap-ms", type=int, default=1)
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="tillbook-storm-") as folder,
        set_stage(Path(folder), members_count=2_000) as stage,
    ):
        goods = {row.barcodes[0]: row.goods_id for row in stage.seed.goods if row.barcodes and not row.weighed}
        with stormy_till(stage.till(DOWNTOWN).place) as till:
            till.wait(place="login")
            till.scan(stage.seed.staff_of(DOWNTOWN, "cashier").badge)
            till.wait(place="shift_open")
            till.keyboard.type("500", gap_ms=120)
            time.sleep(0.3)
            till.keyboard.press("Return")
            till.wait(place="sell")
            weather = Weather(till, dict(list(goods.items())[:120]))
            storms = [
                weather.scanner("one key a millisecond", given.scans, gap_ms=given.gap_ms),
                weather.scanner("the same with Caps Lock on", given.scans, gap_ms=given.gap_ms, caps_lock=True),
                weather.input_method(given.scans),
                weather.person(200),
            ]
    for storm in storms:
        print(storm.line())
    return 0 if all(storm.calm for storm in storms) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
