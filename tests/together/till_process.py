"""A till in a process of its own, with its real window, worked by keystrokes from outside: for the demo and tests."""

import json
import os
import queue
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from tests.together.busiest import Busiest

STUCK_SECONDS = 240.0
"""No deadline that a machine with much to do could miss."""
ANSWER_SECONDS = STUCK_SECONDS + 60
COMMAND_SECONDS = 240


@dataclass(frozen=True, slots=True)
class TillPlace:
    """Where one till keeps its book and keys, and where it is told HQ is. `display`: an X server's, where the window
    is to stand on a real screen."""

    folder: Path
    hq_url: str
    language: str = "zh_CN"
    pace: str = ""
    printer: str = ""
    display: str = ""
    wallet_url: str = ""

    @property
    def ledger_folder(self) -> Path:
        return self.folder / "ledger"

    @property
    def ledger_file(self) -> Path:
        return self.ledger_folder / "ledger.db"

    @property
    def key_folder(self) -> Path:
        return self.folder / "keys"

    def last_receipt(self) -> tuple[str, str, dict[str, Any]]:
        """Of the newest entry with a receipt, as the book on disk has it: its type, its number, its body."""
        with closing(sqlite3.connect(f"file:{self.ledger_file}?mode=ro", uri=True)) as book:
            entry_type, number, body = book.execute(
                "SELECT entry_type, receipt_number, body FROM entries WHERE receipt_number IS NOT NULL "
                "ORDER BY position DESC LIMIT 1"
            ).fetchone()
        return entry_type, number, json.loads(body)

    def receipts(self) -> int:
        """How many entries with a receipt the book on disk has."""
        with closing(sqlite3.connect(f"file:{self.ledger_file}?mode=ro", uri=True)) as book:
            (count,) = book.execute("SELECT count(*) FROM entries WHERE receipt_number IS NOT NULL").fetchone()
        return int(count)

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """One headless command of `pos-client` on this till, to its end."""
        return subprocess.run(
            [
                *(sys.executable, "-m", "pos_client", "--ledger-folder", str(self.ledger_folder)),
                *("--key-folder", str(self.key_folder), "--hq-url", self.hq_url, "--language", "en"),
                *(str(word) for word in words),
            ],
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def must(self, *words: str | Path) -> str:
        """One command that must succeed; what it printed."""
        outcome = self.run(*words)
        if outcome.returncode != 0:
            raise AssertionError(f"{words} ended with {outcome.returncode}: {outcome.stdout}{outcome.stderr}")
        return outcome.stdout


class TillProcess:
    """The window of a place. Each method sends one command and answers with what is then on the screen."""

    def __init__(self, place: TillPlace) -> None:
        self.place = place
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._log: IO[str] | None = None
        self.windows: dict[int, Busiest] = {}
        """How busy each of its windows' threads was, by the process."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Open the window and wait until it can be worked with."""
        assert self._process is None, "it runs already"
        place = self.place
        self._log = (place.folder / "till.log").open("a", encoding="utf-8")
        self._answers = queue.Queue()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.together.remote_till"),
                *(str(place.ledger_folder), str(place.key_folder), place.hq_url, place.language),
                *(place.pace, place.printer),
            ],
            env={**os.environ, **_settings(place), "PYTHONUTF8": "1", "PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True).start()
        self._hear()

    def kill(self) -> None:
        """SIGKILL, as a power cut would: nothing is asked, nothing is finished."""
        assert self._process is not None
        self._process.kill()
        self.stop()

    def close(self) -> None:
        """The window is closed as people close it: what waits is printed, and the program ends by itself."""
        process = self._process
        assert process is not None
        self._ask(do="close")
        assert process.wait(STUCK_SECONDS) == 0, f"the till ended with {process.returncode}"
        self.stop()

    def set_clock(self, *, ahead_ms: int) -> dict[str, Any]:
        """The machine's clock is wrong by this much from now on; 0: right."""
        return self._ask(do="set_clock", ahead_ms=ahead_ms)

    def stop(self) -> None:
        """End it: closing its input is the sign."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        if self._log:
            self._log.close()

    # --- hands and eyes --------------------------------------------------------------------------------------------

    def scan(self, *codes: str) -> dict[str, Any]:
        """The scanner reads one code after the other."""
        seen: dict[str, Any] = {}
        for code in codes:
            seen = self._ask(do="scan", text=code)
        return seen

    def type(self, text: str) -> dict[str, Any]:
        """A person types."""
        return self._ask(do="type", text=text)

    def press(self, *keys: str) -> dict[str, Any]:
        """A person presses keys, by Qt's names without `Key_`."""
        return self._ask(do="press", keys=keys)

    def menu(self, words: str) -> dict[str, Any]:
        """The key beside these words on the menu that is open."""
        return self._ask(do="menu", words=words)

    def touch(self, words: str) -> dict[str, Any]:
        """A finger on the button that bears these words."""
        return self._ask(do="touch", words=words)

    def wait(
        self, seconds: float = STUCK_SECONDS, *, at_least: dict[str, int] | None = None, **equal: object
    ) -> dict[str, Any]:
        """Until the screen shows these values."""
        return self._ask(do="wait", seconds=seconds, equal=equal, at_least=at_least or {})

    def look(self) -> dict[str, Any]:
        """What the screen shows now."""
        return self._ask(do="look")

    def shot(self, path: Path) -> None:
        """A picture of the window."""
        self._ask(do="shot", path=str(path))

    def _ask(self, **command: object) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command, ensure_ascii=False) + "\n")
        self._process.stdin.flush()
        answer = self._hear()
        if "error" in answer:
            raise AssertionError(f"{command}: {answer['error']}")
        if answer.get("busiest"):
            self.windows[self._process.pid] = msgspec.convert(answer["busiest"], type=Busiest)
        if answer.get("faults"):
            raise AssertionError(f"{command}: a fault at the till: {answer['faults']}")
        return answer

    def _hear(self) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise AssertionError("the till does not answer") from None
        if not line:
            assert self._process is not None
            code = self._process.wait()
            raise AssertionError(f"the till ended with {code}: {(self.place.folder / 'till.log').read_text()[-3000:]}")
        told: dict[str, Any] = json.loads(line)
        return told


def _settings(place: TillPlace) -> dict[str, str]:
    return {**_screen(place.display), "TILLBOOK_TILL_WALLET_URL": place.wallet_url}


def _screen(display: str) -> dict[str, str]:
    return {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display} if display else {"QT_QPA_PLATFORM": "offscreen"}


def _read(stream: IO[str], lines: "queue.Queue[str]") -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:  # closed while it was read: the till is being stopped
        pass
    lines.put("")
