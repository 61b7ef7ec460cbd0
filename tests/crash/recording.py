"""What a process did to its files, read from strace's account of it: every write, cut, sync, name made and name taken.

`recording` watches processes for the length of a block; `changes_in` reads the account. One account of several
processes has one order, so that a moment of one is a moment of the other. A call that would change a file and is not
known here is an error: an account with holes proves nothing.
"""

import re
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_KNOWN = (
    "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "openat", "open", "creat", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "lseek",
)  # fmt: skip
_UNKNOWN = (
    "writev", "pwritev", "pwritev2", "truncate", "fallocate", "sync_file_range", "msync", "link", "linkat", "symlink",
    "symlinkat", "copy_file_range", "sendfile",
)  # fmt: skip
ATTACH_SECONDS = 10.0
STRING_BYTES_MAX = 1 << 20
AT_THE_END = -1
"""The offset of a write to a file that was opened for appending."""

_LINE = re.compile(r"(?P<thread>\d+)\s+(?P<rest>.*)", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)", re.DOTALL)
_WHOLE = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+|\?)(?P<file><[^>]*>)?", re.DOTALL)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FILE = re.compile(r"^(-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>")
_UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done to a file, in the order in which it was done. `path` of a sync may be a folder's.

    kind      write (content at offset) | resize (to offset) | sync | failed_sync | make (a name, empty file) |
              make_folder | remove (a name) | rename (to `target`)
    begun_at  the place in the account at which it began; it ended at its own place
    """

    kind: str
    path: str
    begun_at: int
    ended_at: int
    offset: int = 0
    content: bytes = b""
    target: str = ""


@contextmanager
def recording(account: Path, process_ids: Sequence[int], failing: str = "") -> Iterator[None]:
    """Write an account of these processes and all their threads while the block lasts; they should end in it.
    `failing` calls, in strace's words, are made to fail meanwhile."""
    watched = [word for process_id in process_ids for word in ("-p", str(process_id))]
    strace = subprocess.Popen(
        [
            *("strace", "-f", "-y", "-xx", "-s", str(STRING_BYTES_MAX), "-o", str(account)),
            *("-e", f"trace={','.join((*_KNOWN, *_UNKNOWN))}", *watched),
            *(("-e", f"inject={failing}") if failing else ()),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert strace.stderr is not None
    with strace.stderr as told:
        said = b""
        while said.count(b"attached") < len(process_ids):
            ready = select.select([told], [], [], ATTACH_SECONDS)[0]
            chunk = told.read(4096) if ready else b""
            assert chunk, f"strace does not watch: {said.decode()}"
            said += chunk
        try:
            yield
        except BaseException:
            strace.kill()
            raise
        finally:
            strace.wait()


def changes_in(account: Path, roots: Sequence[Path]) -> list[Change]:
    """What was done to files beneath these folders. What SQLite shares in memory (`-shm`) is no part of any file."""
    reader = _Reader(tuple(f"{root}/" for root in roots))
    with account.open(encoding="ascii") as lines:
        for place, line in enumerate(lines):
            reader.read(place, line.rstrip("\n"))
    return sorted(reader.changes, key=lambda change: change.ended_at)


class _Reader:
    """Puts the halves of interrupted lines together, and knows where in each open file the next write goes."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self.changes: list[Change] = []
        self._roots = roots
        self._folders = {root.rstrip("/") for root in roots}
        self._begun: dict[str, tuple[int, str]] = {}
        self._position: dict[tuple[str, str], int] = {}
        self._appending: set[tuple[str, str]] = set()

    def read(self, place: int, line: str) -> None:
        """One line of the account."""
        found = _LINE.match(line)
        assert found is not None, line[:200]
        thread, rest = found["thread"], found["rest"]
        if rest.startswith(("+++", "---")):
            return
        begun = place
        if rest.endswith(_UNFINISHED):
            self._begun[thread] = place, rest.removesuffix(_UNFINISHED)
            return
        resumed = _RESUMED.match(rest)
        if resumed is not None:
            begun, first_half = self._begun.pop(thread)
            rest = first_half + resumed["rest"]
        call = _WHOLE.match(rest)
        assert call is not None, line[:200]
        if call["result"] == "?":
            return
        if int(call["result"]) < 0:
            self._fail(call["name"], call["arguments"], begun, place)
        else:
            self._take(call["name"], call["arguments"], int(call["result"]), call["file"] or "", begun, place)

    def _take(self, name: str, arguments: str, result: int, opened: str, begun: int, ended: int) -> None:
        """A call that did what it was asked."""
        if name in {"open", "openat", "creat"}:
            self._open(arguments, str(result), _bytes(opened[1:-1]).decode(), begun, ended)
            return
        held = _FILE.match(arguments)
        path = _bytes(held[2]).decode() if held is not None else ""
        if name in {"unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir"}:
            self._name(name, [_bytes(text).decode() for text, _ in _STRING.findall(arguments)], begun, ended)
        elif self._is_ours(path):
            assert held is not None
            assert name not in _UNKNOWN, f"{name} on {path}"
            self._file(name, (held[1], path), arguments, result, (begun, ended))

    def _fail(self, name: str, arguments: str, begun: int, ended: int) -> None:
        """Most calls that fail change nothing; a sync that fails gives up what it was asked to keep."""
        held = _FILE.match(arguments)
        path = _bytes(held[2]).decode() if held is not None else ""
        if name in {"fsync", "fdatasync"} and self._is_ours(path):
            self.changes.append(Change("failed_sync", path, begun, ended))

    def _open(self, arguments: str, number: str, path: str, begun: int, ended: int) -> None:
        if not self._is_ours(path):
            return
        self._position[(number, path)] = 0
        if "O_APPEND" in arguments:
            self._appending.add((number, path))
        else:
            self._appending.discard((number, path))
        if "O_CREAT" in arguments:
            self.changes.append(Change("make", path, begun, ended))
        if "O_TRUNC" in arguments:
            self.changes.append(Change("resize", path, begun, ended))

    def _name(self, call: str, paths: list[str], begun: int, ended: int) -> None:
        if not any(self._is_ours(path) for path in paths):
            return
        assert all(path.startswith("/") for path in paths), f"{call} of {paths}"
        kind = {"mkdir": "make_folder", "mkdirat": "make_folder"}.get(call, "rename" if "rename" in call else "remove")
        target = paths[1] if kind == "rename" else ""
        self.changes.append(Change(kind, paths[0], begun, ended, target=target))

    def _file(self, call: str, held: tuple[str, str], arguments: str, result: int, places: tuple[int, int]) -> None:
        """A call on an open file of ours."""
        path = held[1]
        numbers = [int(word) for word in _STRING.sub("", arguments).split(", ")[1:] if word.lstrip("-").isdigit()]
        if call == "lseek":
            self._position[held] = result
        elif call in {"fsync", "fdatasync"}:
            self.changes.append(Change("sync", path, *places))
        elif call == "ftruncate":
            self.changes.append(Change("resize", path, *places, offset=numbers[-1]))
        else:
            text = _STRING.search(arguments)
            assert text is not None
            assert not text[2], "a write was cut short in the account"
            content = _bytes(text[1])[:result]
            offset = numbers[-1] if call == "pwrite64" else self._next(held)
            if call == "write" and offset != AT_THE_END:
                self._position[held] = offset + result
            self.changes.append(Change("write", path, *places, offset=offset, content=content))

    def _next(self, held: tuple[str, str]) -> int:
        """Where a write without a place goes."""
        return AT_THE_END if held in self._appending else self._position.get(held, 0)

    def _is_ours(self, path: str) -> bool:
        if path.endswith(("-shm", " (deleted)")):
            return False
        return path.startswith(self._roots) or path in self._folders


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
