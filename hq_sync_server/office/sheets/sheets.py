"""Files that people bring: CSV as spreadsheets write it, read row by row, with the number of every row that is wrong.

For the imports of members, goods and staff. A file may be UTF-8 or GB18030 (what spreadsheets here save), with English
or Chinese headings. A row that cannot be read is told by its number, as the spreadsheet shows it, and the rest goes on.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from shared_models.refusals import Refusal

FILE_BYTES_MAX = 512 * 1024 * 1024
CELL_LETTERS_MAX = 10_000
SEVERAL = re.compile(r"[|;；、]")
YES = frozenset({"1", "y", "yes", "true", "是", "√"})
NO = frozenset({"", "0", "n", "no", "false", "否"})

_MONEY = re.compile(r"[¥￥]?(?P<yuan>\d{1,3}(,\d{3})+|\d{1,12})(\.(?P<fen>\d{1,2}))?元?", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}|\d{1,3}(,\d{3})+", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was not taken, and why."""

    row_number: int
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row by the names of its columns; columns that the file does not have are ''."""

    row_number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """The cell without blanks around it."""
        return self.cells.get(column, "")

    def several(self, column: str) -> tuple[str, ...]:
        """The words of a cell that holds several, with | ; or 、 between."""
        return tuple(word.strip() for word in SEVERAL.split(self.text(column)) if word.strip())

    def amount_fen(self, column: str) -> int:
        """An amount of money written in yuan; empty is 0. Refuses `amount_invalid`."""
        return read_amount_fen(self.text(column), column)

    def whole_number(self, column: str) -> int:
        """A whole number >= 0; empty is 0. Refuses `number_invalid`."""
        return read_whole_number(self.text(column), column)

    def yes(self, column: str) -> bool:
        """Yes or no in either language; empty is no. Refuses `yes_or_no_invalid`."""
        word = self.text(column).lower()
        if word not in YES | NO:
            raise Refusal("yes_or_no_invalid", column=column, value=word)
        return word in YES

    def day(self, column: str) -> str:
        """A date as YYYY-MM-DD; empty stays empty. Refuses `date_invalid`."""
        text = narrow(self.text(column))
        if not text:
            return ""
        found = _DAY.fullmatch(text)
        try:
            return date(*(int(part) for part in found.groups())).isoformat() if found else _no_date(column, text)
        except ValueError:
            return _no_date(column, text)

    def month(self, column: str) -> str:
        """A month YYYY-MM; empty stays empty. Refuses `month_invalid`."""
        text = narrow(self.text(column))
        if text and not _MONTH.fullmatch(text):
            raise Refusal("month_invalid", column=column, value=text)
        return text


def _no_date(column: str, text: str) -> str:
    raise Refusal("date_invalid", column=column, value=text)


def narrow(text: str) -> str:
    """Digits and signs as an input method's full-width ones are meant."""
    return unicodedata.normalize("NFKC", text)


def read_amount_fen(text: str, column: str = "") -> int:
    """Fen of an amount in yuan such as `1,234.5` or `¥12`. Refuses `amount_invalid`; there is no float on the way."""
    if not text:
        return 0
    found = _MONEY.fullmatch(narrow(text))
    if not found:
        raise Refusal("amount_invalid", column=column, value=text)
    return int(found["yuan"].replace(",", "")) * 100 + int((found["fen"] or "0").ljust(2, "0"))


def read_whole_number(text: str, column: str = "") -> int:
    """A whole number >= 0, perhaps with commas. Refuses `number_invalid`."""
    if not text:
        return 0
    figure = narrow(text)
    if not _WHOLE.fullmatch(figure):
        raise Refusal("number_invalid", column=column, value=text)
    return int(figure.replace(",", ""))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file read into memory, and the SHA-256 (hex) of its bytes, by which the same file is known again."""

    name: str
    text: str
    digest: str


def open_sheet(path: Path) -> Sheet:
    """The file's text. Refuses `file_not_found`, `file_too_large`, `file_unreadable`."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise Refusal("file_too_large", path=str(path), limit_mib=FILE_BYTES_MAX // 1024**2)
        content = path.read_bytes()
    except FileNotFoundError:
        raise Refusal("file_not_found", path=str(path)) from None
    except OSError as error:
        raise Refusal("file_unreadable", path=str(path), reason=error.strerror or "") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return Sheet(name=path.name, text=text, digest=hashlib.sha256(content).hexdigest())
    raise Refusal("file_unreadable", path=str(path), reason="neither UTF-8 nor GB18030")


def sheet_rows(
    sheet: Sheet, columns: Mapping[str, tuple[str, ...]], required: tuple[str, ...]
) -> Iterator[SheetRow | Problem]:
    """The rows in order; the heading is row 1. `columns`: our name -> other headings it may have.

    Refuses `columns_missing` when a required column is not there. Empty rows are passed over.
    """
    reader = csv.reader(io.StringIO(sheet.text, newline=""), strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
    except csv.Error:
        raise Refusal("columns_missing", columns=", ".join(required)) from None
    names = {word.lower(): name for name, words in columns.items() for word in (name, *words)}
    found = [names.get(cell, "") for cell in heading]
    missing = [name for name in required if name not in found]
    if missing:
        raise Refusal("columns_missing", columns=", ".join(missing))
    row_number = 1
    while True:
        row_number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Problem(row_number, Refusal("row_unreadable", reason=str(error)))
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _row(row_number, found, cells)


def _row(row_number: int, names: list[str], cells: list[str]) -> SheetRow | Problem:
    if len(cells) != len(names):
        return Problem(row_number, Refusal("cells_miscounted", found=len(cells), expected=len(names)))
    if any(len(cell) > CELL_LETTERS_MAX or "\0" in cell for cell in cells):
        return Problem(row_number, Refusal("row_unreadable", reason="a cell is too long or holds a NUL"))
    return SheetRow(row_number, {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name})


Taken = TypeVar("Taken")


def read_each(
    rows: Iterator[SheetRow | Problem], read: Callable[[SheetRow], Taken], problems: list[Problem]
) -> Iterator[tuple[int, Taken]]:
    """(row number, what `read` makes of the row) of each row that can be read; the others join `problems`."""
    for row in rows:
        if isinstance(row, Problem):
            problems.append(row)
            continue
        try:
            yield row.row_number, read(row)
        except Refusal as refusal:
            problems.append(Problem(row.row_number, refusal))
