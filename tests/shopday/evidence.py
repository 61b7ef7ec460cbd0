"""What a day that did not come out leaves behind: everybody's book beside everybody else's, in files people read."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from tests.pos_client.devices.escpos_reader import Reader
from tests.shopday.counter import Counter
from tests.shopday.shop import Shop
from tests.shopday.watched import keys_log, last_screen
from tests.together.reconciliation import reconcile


def leave_evidence(folder: Path, shop: Shop, counters: Sequence[Counter], story: Sequence[str]) -> None:
    """Both ledgers' entries and wallet payments, HQ's entries and sums, the provider's book, the pencil's book, what
    is on paper, every key that was pressed, and the last screens. `story`: what was said on the way, failures last."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "story.txt").write_text("\n".join(story) + "\n", encoding="utf-8")
    _write(folder / "provider.json", _provider(shop))
    _write(folder / "pencil.json", [_pencil(counter) for counter in counters])
    for till in shop.tills:
        name = till.place.folder.name
        _dump(till.place.ledger_file, folder, {"entries": f"{name}-entries", "wallet_payments": f"{name}-wallets"})
        (folder / f"{name}-paper.txt").write_text(_paper(till.printer.printed), encoding="utf-8")
        for kept in (keys_log(till.place), last_screen(till.place), till.place.folder / "till.log"):
            if kept.exists():
                shutil.copyfile(kept, folder / f"{name}-{kept.name}")
    database = shop.folder / "hq.db"
    _dump(database, folder, {"entries": "hq-entries"})
    with suppress(sqlite3.Error):
        agreed = reconcile({till.place.folder.name: till.place.ledger_file for till in shop.tills}, database)
        (folder / "both-ends.json").write_bytes(agreed.as_json())


def _provider(shop: Shop) -> object:
    with suppress(OSError):
        return shop.wallets.statement()
    return "the provider does not answer any more"


def _pencil(counter: Counter) -> object:
    return {
        "till": counter.till.place.folder.name,
        "wallet_fen": counter.wallet_fen,
        "shifts": [msgspec.to_builtins(count) for count in counter.counts],
        "deeds": counter.deeds,
    }


def _dump(database: Path, folder: Path, tables: dict[str, str]) -> None:
    """Each table as lines of JSON. A copy is read: nobody is waited for."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as book:
        for table, name in tables.items():
            rows = book.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in rows.description]
            with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
                for row in rows:
                    told = {column: _readable(value) for column, value in zip(columns, row, strict=True)}
                    file.write(json.dumps(told, ensure_ascii=False) + "\n")


def _readable(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    if value[:1] == b"{":
        with suppress(ValueError):
            return json.loads(value)
    return value.hex()


def _paper(printed: bytes) -> str:
    """As far as it can be read."""
    reader = Reader(printed)
    problem = ""
    try:
        reader.read()
    except AssertionError as unreadable:
        problem = f"\n--- from here on nobody can read it: {unreadable}"
    return reader.paper.text + problem


def _write(path: Path, told: object) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
