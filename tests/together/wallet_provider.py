"""A wallets' provider for the demo and for tests: real HTTP on loopback, an account book of its own, and bad manners.

    python -m tests.together.wallet_provider        prints its address, serves until its standard input ends

It keeps what it took and gave back under the numbers it was given, each once, and answers as it was told to behave
(`Behaviour`). `WalletProvider` runs one in a process of its own; `simulated_provider` in this process. Whoever drives
it asks `/control/...`, which no till does.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args
from urllib.request import Request, urlopen

from pos_client.sync.wallet_http import SIGNATURE_HEADER, signature

KEY = b"the merchant's own key"
MERCHANT = "mai-xiang"
STUCK_SECONDS = 240
ROOT = Path(__file__).resolve().parents[2]
Behaviour = Literal[
    "pays", "password", "refuses", "silent_after_taking", "never_arrives", "fails", "slow", "nonsense", "other_amount",
    "silent",
]  # fmt: skip
"""`password`: the customer confirms after some polls. `silent_after_taking`: the money is taken and nothing is said.
`never_arrives`: nothing is taken and nothing is said. `silent`: as `silent_after_taking`, and no question about it is
answered until `speak`. `fails`: 500, nothing taken."""


@dataclass(slots=True)
class Account:
    """One payment as the provider has it."""

    amount_fen: int
    state: str = "waiting"
    polls_left: int = 0
    is_silent: bool = False
    returned: dict[str, int] = field(default_factory=dict)
    times_taken: int = 0

    @property
    def held_fen(self) -> int:
        """What the merchant has of it."""
        return self.amount_fen * (self.state == "paid") - sum(self.returned.values())


class Simulator:
    """The provider's book. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.accounts: dict[str, Account] = {}
        self.behaviour: Behaviour = "pays"
        self.polls = 2
        self.seconds = 0.5
        self.requests: list[str] = []

    def statement(self) -> dict[str, Any]:
        """What a merchant reads the next morning."""
        with self._lock:
            return {
                "held_fen": sum(account.held_fen for account in self.accounts.values()),
                "payments": {
                    number: {"state": one.state, "held_fen": one.held_fen, "taken": one.times_taken}
                    for number, one in self.accounts.items()
                },
                "requests": list(self.requests),
            }

    def behave(self, behaviour: Behaviour, polls: int = 2, seconds: float = 0.5) -> None:
        """How the payments asked for from now on go."""
        self.behaviour, self.polls, self.seconds = behaviour, polls, seconds

    def speak(self) -> None:
        """Silent payments are answered about again."""
        with self._lock:
            for account in self.accounts.values():
                account.is_silent = False

    def confirm(self) -> None:
        """Whoever was asked for a password has given it."""
        with self._lock:
            for account in self.accounts.values():
                account.polls_left = min(account.polls_left, 0)

    def answer(self, method: str, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any] | str] | None:
        """(status, answer); None: hang up without a word."""
        with self._lock:
            self.requests.append(f"{method} {path}")
        parts = path.strip("/").split("/")
        if (method, parts) == ("POST", ["v1", "payments"]):
            return self._pay(asked)
        with self._lock:
            account = self.accounts.get(parts[2]) if len(parts) > 2 else None
            if account is not None and account.is_silent:
                return None
            if parts[3:] == ["reverse"]:
                return self._reverse(parts[2], account)
            if account is None:
                return 404, {"state": "refused"}
            if parts[3:] == ["refunds"]:
                return self._refund(account, asked)
            return self._query(account)

    def _pay(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any] | str] | None:
        behaviour = self.behaviour
        if behaviour == "slow":
            time.sleep(self.seconds)
        with self._lock:
            account = self.accounts.get(asked["payment_id"])
            if account is not None:  # asked again under the same number: nothing is taken twice
                return self._query(account)
            if behaviour == "never_arrives":
                return None
            account = self.accounts[asked["payment_id"]] = Account(int(asked["amount_fen"]))
            if behaviour in ("refuses", "fails"):
                account.state = "refused"
                return (500, "out of order") if behaviour == "fails" else (200, _said(account, code="not_enough_money"))
            if behaviour == "password":
                account.polls_left = self.polls
                return 200, _said(account)
            account.state = "paid"
            account.times_taken += 1
            if behaviour in ("silent_after_taking", "silent"):
                account.is_silent = behaviour == "silent"
                return None
            if behaviour == "nonsense":
                return 200, "<html>please log in</html>"
            if behaviour == "other_amount":
                return 200, _said(account) | {"amount_fen": account.amount_fen - 1}
            return 200, _said(account)

    @staticmethod
    def _query(account: Account) -> tuple[int, dict[str, Any]]:
        if account.state == "waiting":
            account.polls_left -= 1
            if account.polls_left < 0:
                account.state = "paid"
                account.times_taken += 1
        return 200, _said(account)

    def _reverse(self, number: str, account: Account | None) -> tuple[int, dict[str, Any]]:
        if account is None:  # closed before it ever arrives: it never will be taken
            account = self.accounts[number] = Account(0)
        if account.returned:
            return 200, {"state": "not_reversed", "code": "refunded"}
        account.state = "reversed"
        return 200, _said(account)

    @staticmethod
    def _refund(account: Account, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number, amount_fen = asked["refund_id"], int(asked["amount_fen"])
        if number not in account.returned:
            if amount_fen > account.held_fen:
                return 200, {"state": "not_returned", "code": "more_than_paid"}
            account.returned[number] = amount_fen
        return 200, {"state": "returned", "amount_fen": account.returned[number]}


def _said(account: Account, code: str = "") -> dict[str, Any]:
    return {"state": account.state, "trade_number": "T1", "code": code, "amount_fen": account.amount_fen}


class _Handler(BaseHTTPRequestHandler):
    simulator: Simulator

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = json.loads(body) if body else {}
        if self.path.startswith("/control/"):
            self._say(200, self._control(self.path.removeprefix("/control/"), asked))
            return
        if self.headers.get(SIGNATURE_HEADER) != signature(KEY, method, self.path, body):
            self._say(401, {"state": "refused", "code": "signature"})
            return
        answer = self.simulator.answer(method, self.path, asked)
        if answer is None:
            self.close_connection = True
            return
        self._say(*answer)

    def _control(self, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        if what == "behave":
            assert asked["behaviour"] in get_args(Behaviour)
            self.simulator.behave(**asked)
        elif what == "speak":
            self.simulator.speak()
        elif what == "confirm":
            self.simulator.confirm()
        return self.simulator.statement()

    def _say(self, status: int, said: dict[str, Any] | str) -> None:
        content = (said if isinstance(said, str) else json.dumps(said)).encode()
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library names it so
        """Nothing: a request may hold a payment code."""


def _server(simulator: Simulator) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"simulator": simulator}))
    server.daemon_threads = True
    return server


@dataclass(frozen=True, slots=True)
class Served:
    """A provider in this process."""

    simulator: Simulator
    url: str


@contextmanager
def simulated_provider() -> Iterator[Served]:
    """One on a free loopback port until the end of the block."""
    simulator = Simulator()
    server = _server(simulator)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(simulator, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class WalletProvider:
    """One in a process of its own, driven from outside; ends with the block, or with this process."""

    def __init__(self) -> None:
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.together.wallet_provider"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self.url
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def behave(self, behaviour: Behaviour, **how: float) -> None:
        """How the next payments go."""
        self._control("behave", {"behaviour": behaviour, **how})

    def speak(self) -> None:
        """Silent payments are answered about again."""
        self._control("speak", {})

    def confirm(self) -> None:
        """Whoever was asked for a password has given it."""
        self._control("confirm", {})

    def statement(self) -> dict[str, Any]:
        """What it took and holds."""
        return self._control("statement", {})

    def _control(self, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        request = Request(f"{self.url}/control/{what}", data=json.dumps(asked).encode(), method="POST")
        with urlopen(request, timeout=STUCK_SECONDS) as answer:
            said: dict[str, Any] = json.load(answer)
        return said


def main() -> int:
    """The process: its address on standard output, until standard input ends."""
    server = _server(Simulator())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
