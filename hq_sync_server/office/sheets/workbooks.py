"""Spreadsheets that people bring: xlsx read into the same rows as a CSV, and the columns of a file matched to ours.

A file is turned into CSV with our own headings once, so that everything behind reads one kind of sheet.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from hq_sync_server.office.sheets.sheets import Sheet
from shared_models.refusals import Refusal

ROWS_MAX = 1_000_000
COLUMNS_MAX = 200
UNPACKED_BYTES_MAX = 1024 * 1024 * 1024
SHOWN_ROWS = 5


def table_of(name: str, content: bytes) -> list[list[str]]:
    """Every row of the file as text, the heading first. Refuses `file_unreadable`, `file_empty`."""
    rows = list(_xlsx_rows(content) if content[:2] == b"PK" else _csv_rows(content))
    if not rows or not any(rows[0]):
        raise Refusal("file_empty", path=name)
    return rows


def as_kept(name: str, content: bytes) -> bytes:
    """The file as it is kept while somebody matches its columns: a workbook as CSV, since every look at a large one
    would take it apart again. Refuses what `table_of` refuses."""
    rows = table_of(name, content)
    if content[:2] != b"PK":
        return content
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            yield from csv.reader(io.StringIO(text, newline=""))
        except csv.Error as error:
            raise Refusal("file_unreadable", path="", reason=str(error)) from None
        return
    raise Refusal("file_unreadable", path="", reason="neither UTF-8 nor GB18030")


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # here: only who brings such a file waits for it

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED_BYTES_MAX:
                raise Refusal("file_too_large", path="", limit_mib=UNPACKED_BYTES_MAX // 1024**2)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(values_only=True)):
            if number >= ROWS_MAX:
                raise Refusal("file_too_large", path="", limit_mib=UNPACKED_BYTES_MAX // 1024**2)
            yield [_text(cell) for cell in row[:COLUMNS_MAX]]
    except Refusal:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises whatever a broken file makes of it
        raise Refusal("file_unreadable", path="", reason=str(error)[:100]) from None


def _text(cell: object) -> str:
    """A cell as a person would have typed it: numbers without a needless point, days as days."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.6f}".rstrip("0").rstrip(".")
    return str(cell).strip()


def guess(heading: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Our column -> its place in the file, where the heading is one we know."""
    known = {word.lower(): name for name, words in columns.items() for word in (name, *words)}
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = known.get(cell.strip().lower())
        if name is not None:
            found.setdefault(name, place)
    return found


def sheet_of(name: str, content: bytes, mapping: Mapping[str, int]) -> Sheet:
    """The file with our headings and only the columns that were matched. Refuses what `table_of` refuses."""
    rows = table_of(name, content)
    names = list(mapping)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(names)
    width = len(rows[0])
    for row in rows[1:]:
        if not any(row):
            writer.writerow([])
        elif len(row) > width:
            writer.writerow([*row])  # too many cells: told as such by its number
        else:
            writer.writerow([row[place] if place < len(row) else "" for place in mapping.values()])
    return Sheet(name=name, text=written.getvalue(), digest=hashlib.sha256(content).hexdigest())
