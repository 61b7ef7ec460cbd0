"""Imports from the console: a file is kept, its columns matched, looked over, and taken in the background.

What is wrong with a row is told by the number the spreadsheet shows, and the rest goes on; members come whole, under a
control total, or not at all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Viewer
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.goods import goods, goods_desk
from hq_sync_server.office.imports import member_import, trial_import
from hq_sync_server.office.imports.member_import import ControlTotal
from hq_sync_server.office.sheets import sheets, workbooks
from hq_sync_server.office.sheets.sheets import Problem, Sheet
from hq_sync_server.records import console_tables
from shared_models.catalog import GridKey
from shared_models.moments import DAY_MS
from shared_models.refusals import Refusal

Kind = Literal["members", "goods", "prices", "grid"]
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "members": member_import.COLUMNS,
    "goods": goods.COLUMNS,
    "prices": goods.PRICE_COLUMNS,
    "grid": goods.GRID_COLUMNS,
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "members": ("phone",),
    "goods": ("goods_id", "name"),
    "prices": ("goods_id", "price"),
    "grid": ("page", "goods_id"),
}
PROBLEMS_SHOWN = 200
_NOTHING = ControlTotal()
_uploads = console_tables.uploads
Tell = Callable[[int, int], None]


class Upload(Struct, frozen=True, kw_only=True):
    """A file that waits for its columns."""

    upload_id: UUID
    kind: str
    name: str
    content: bytes


class LookedOver(Struct, frozen=True, kw_only=True):
    """What would be taken, and what not."""

    rows: int
    sums: dict[str, int]
    problems: tuple[Problem, ...]


def keep(work: Work, viewer: Viewer, kind: str, name: str, content: bytes) -> UUID:
    """Keep a file for a day. Refuses `choice_unknown`, `file_unreadable`, `file_empty`."""
    viewer.require("imports.do")
    if kind not in COLUMNS:
        raise Refusal("choice_unknown")
    content = workbooks.as_kept(name, content)
    work.connection.execute(delete(_uploads).where(_uploads.c.at_ms < work.now_ms - DAY_MS))
    upload_id = work.ids.new_id()
    work.connection.execute(
        insert(_uploads).values(
            upload_id=upload_id, kind=kind, name=name, content=content, who=viewer.login, at_ms=work.now_ms
        )
    )
    return upload_id


def upload(connection: Connection, viewer: Viewer, upload_id: UUID) -> Upload:
    """A file of one's own. Refuses `not_found`."""
    viewer.require("imports.do")
    wanted = select(_uploads).where(_uploads.c.upload_id == upload_id, _uploads.c.who == viewer.login)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return Upload(upload_id=row.upload_id, kind=row.kind, name=row.name, content=bytes(row.content))


def matched(file: Upload, mapping: Mapping[str, int]) -> Sheet:
    """The file under our headings. Refuses `columns_missing`."""
    missing = [name for name in REQUIRED[file.kind] if name not in mapping]
    if missing:
        raise Refusal("columns_missing", columns=", ".join(missing))
    return workbooks.sheet_of(file.name, file.content, mapping)


def look_over(desk: Desk, file: Upload, mapping: Mapping[str, int]) -> LookedOver:
    """Read every row as the import would; nothing is changed."""
    sheet = matched(file, mapping)
    if file.kind == "members":
        found = member_import.read_members(desk, sheet)
        total = found.total
        sums = {"principal_fen": total.principal_fen, "bonus_fen": total.bonus_fen, "points": total.points}
        return LookedOver(rows=len(found.members), sums=sums, problems=tuple(found.problems))
    rows, problems = _read(desk, file.kind, sheet)
    return LookedOver(rows=len(rows), sums={}, problems=tuple(problems))


def take(
    desk: Desk,
    viewer: Viewer,
    file: Upload,
    mapping: Mapping[str, int],
    tell: Tell,
    *,
    total: ControlTotal = _NOTHING,
    store_id: UUID | None = None,
) -> dict[str, Any]:
    """Import it; what came of it, for the job. Refuses `control_total_differs`, `members_changed`."""
    viewer.require("imports.do")
    sheet = matched(file, mapping)
    tell(0, 3)
    if file.kind == "members":
        found = member_import.read_members(desk, sheet)
        tell(1, 3)
        count = desk.run(lambda work: _members(work, viewer, file, found, total))
        problems = found.problems
        sums = {"principal_fen": total.principal_fen, "bonus_fen": total.bonus_fen, "points": total.points}
    else:
        rows, problems = _read(desk, file.kind, sheet)
        tell(1, 3)
        count = desk.run(lambda work: _goods(work, viewer, file, rows, store_id))
        sums = {}
    tell(3, 3)
    return {"taken": count, "sums": sums, "problems_count": len(problems), "problems": told(problems)}


def try_out(desk: Desk, viewer: Viewer, file: Upload, mapping: Mapping[str, int], tell: Tell) -> dict[str, Any]:
    """A hundred members of the file through the whole cycle in a throw-away HQ; what came of it, for the job. Refuses
    what `trial_import.run` refuses."""
    viewer.require("imports.do")
    if file.kind != "members":
        raise Refusal("choice_unknown")
    trial = trial_import.run(desk, member_import.read_members(desk, matched(file, mapping)), tell)
    shown = sorted(trial.tried, key=lambda one: one.agrees)
    return {
        "trial": {
            "members": len(trial.tried),
            "agree": sum(one.agrees for one in trial.tried),
            "rows": [{**msgspec.to_builtins(one), "agrees": one.agrees} for one in shown],
            "sales_fen": trial.sales_fen,
            "stored_fen": trial.stored_fen,
            "points_spent": trial.points_spent,
            "points_earned": trial.points_earned,
            "coupons": trial.coupons,
            "exceptions": list(trial.exceptions),
            "faults": trial.faults,
        }
    }


def told(problems: list[Problem]) -> list[dict[str, Any]]:
    """The first of the problems, as a job keeps them."""
    return [
        {"row": one.row_number, "code": one.refusal.code, "fields": one.refusal.fields}
        for one in problems[:PROBLEMS_SHOWN]
    ]


def _members(work: Work, viewer: Viewer, file: Upload, found: member_import.MembersFile, total: ControlTotal) -> int:
    count = member_import.take_members(work, found, total)
    _done(work, viewer, file, count)
    return count


def _goods(work: Work, viewer: Viewer, file: Upload, rows: list[Any], store_id: UUID | None) -> int:
    if file.kind == "goods":
        count = goods.save_goods(work, rows)
    elif store_id is None:
        raise Refusal("store_missing_here")
    elif file.kind == "grid":
        goods.save_grid(work, store_id, goods_desk.pages_of(store_id, rows))
        count = len(rows)
    else:
        count = goods.save_prices(work, store_id, dict(rows))
    _done(work, viewer, file, count)
    return count


def _done(work: Work, viewer: Viewer, file: Upload, count: int) -> None:
    work.connection.execute(delete(_uploads).where(_uploads.c.upload_id == file.upload_id))
    audit.note(work, viewer, "imported", f"import:{file.kind}", {}, {"file": file.name, "rows": count})


def _read(desk: Desk, kind: str, sheet: Sheet) -> tuple[list[Any], list[Problem]]:
    """Articles, or (article, price): those that can be read, each article once and each barcode one article's."""
    problems: list[Problem] = []
    rows = sheets.sheet_rows(sheet, COLUMNS[kind], REQUIRED[kind])
    if kind == "grid":
        return _keys(desk, rows, problems), problems
    if kind == "prices":
        with desk.read() as connection:
            known = goods.known_goods(connection)
        read = []
        for number, (goods_id, price) in sheets.read_each(rows, goods.read_price_row, problems):
            if goods_id in known:
                read.append((goods_id, price))
            else:
                problems.append(Problem(number, Refusal("goods_unknown", goods_id=goods_id)))
        return read, problems
    with desk.read() as connection:
        owners = goods.barcode_owners(connection)
    articles = []
    for number, article in sheets.read_each(rows, goods.read_goods_row, problems):
        taken = next((code for code in article.barcodes if owners.get(code, article.goods_id) != article.goods_id), "")
        if taken:
            problems.append(Problem(number, Refusal("barcode_twice", barcode=taken, goods_id=owners[taken])))
            continue
        owners.update(dict.fromkeys(article.barcodes, article.goods_id))
        articles.append(article)
    return articles, problems


def _keys(desk: Desk, rows: Iterator[sheets.SheetRow | Problem], problems: list[Problem]) -> list[tuple[str, GridKey]]:
    """The keys of touch-grid pages, each an article there is, as many as a page holds."""
    with desk.read() as connection:
        known = goods.known_goods(connection)
    read: list[tuple[str, GridKey]] = []
    on_page: Counter[str] = Counter()
    for number, (title, key) in sheets.read_each(rows, goods_desk.read_key_row, problems):
        if key.goods_id not in known:
            problems.append(Problem(number, Refusal("goods_unknown", goods_id=key.goods_id)))
        elif on_page[title] >= goods.GRID_KEYS_MAX:
            problems.append(Problem(number, Refusal("grid_too_large", page=title, keys_max=goods.GRID_KEYS_MAX)))
        else:
            on_page[title] += 1
            read.append((title, key))
    return read
