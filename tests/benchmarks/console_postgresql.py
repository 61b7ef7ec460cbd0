"""The measured chain on PostgreSQL: a server whose data stay beside the one on SQLite, made once. For `console`."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from tests import databases
from tests.benchmarks import console_records
from tests.together.hq_server import HqPlace

KEPT, MEASURED = "kept", "measured"


@contextmanager
def chain(folder: Path, beside: Path, members: int, sales: int) -> Iterator[tuple[HqPlace, dict[str, Any]]]:
    """A copy to be measured and changed, dropped afterwards. `beside`: the kept chain on SQLite, whose name says what
    it is made of. Raises `databases.PostgresqlMissingError`."""
    home = beside.with_name(f"{beside.name}-postgresql")
    with databases.kept_server(home) as server:
        if not (home / "told.json").exists():
            _make(server, home, members, sales)
        shutil.copytree(home / "hq-keys", folder / "hq-keys")
        with databases.database(server, MEASURED, template=KEPT) as url:
            yield HqPlace(folder, url), console_records.told(home)


def _make(server: str, home: Path, members: int, sales: int) -> None:
    plain = make_url(server).set(drivername="postgresql")
    place = HqPlace(home, plain.set(database=KEPT).render_as_string(hide_password=False))
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{KEPT}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{KEPT}"')
    shutil.rmtree(place.key_folder, ignore_errors=True)
    hq, told = console_records.build(place.url, place.key_folder, members=members, sales=sales)
    hq.close()
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # a server that runs longer than a benchmark does it by itself
    (home / "told.json").write_text(json.dumps(told), encoding="utf-8")


@contextmanager
def new_chain(folder: Path, members: int, sales: int) -> Iterator[tuple[HqPlace, dict[str, Any]]]:
    """A small one, made for this block alone."""
    with databases.own_server() as server, databases.database(server, MEASURED) as url:
        place = HqPlace(folder, url)
        hq, told = console_records.build(place.url, place.key_folder, members=members, sales=sales)
        hq.close()
        yield place, told
