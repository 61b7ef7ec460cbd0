"""Import: a file, its columns matched to ours, looked over, taken in the background."""

from typing import Any
from uuid import UUID

from fastapi.responses import Response

from hq_sync_server.console import words
from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import Visit, go_to
from hq_sync_server.console.words import IMPORT_KINDS
from hq_sync_server.office.access import background
from hq_sync_server.office.access.background import Progress
from hq_sync_server.office.imports import import_desk, member_import
from hq_sync_server.office.imports.import_desk import Upload
from hq_sync_server.office.imports.member_import import ControlTotal
from hq_sync_server.office.sheets import sheets, workbooks
from hq_sync_server.office.shops import store_desk, sync_files
from shared_models.refusals import Refusal
from shared_models.sync_file import SyncFile


def show(visit: Visit) -> Response:
    """Choose a file."""
    return _page(visit, {})


def _page(visit: Visit, errors: dict[str, str]) -> Response:
    return visit.page(
        "imports.html",
        status_code=422 if errors else 200,
        kinds=[(kind, visit.texts.word(IMPORT_KINDS, kind)) for kind in import_desk.COLUMNS],
        columns=import_desk.COLUMNS,
        errors=errors,
        values=dict(visit.sent.fields),
    )


def bring(visit: Visit) -> Response:
    """A file came."""
    form = Form(visit.sent, visit.texts)
    kind = form.choice("kind", import_desk.COLUMNS)
    file = visit.sent.files.get("file")
    if file is None or not file.content:
        form.refuse("file", Refusal("file_missing"))
    if form.errors or file is None:
        return _page(visit, form.errors)
    try:
        upload_id = visit.desk.run(lambda work: import_desk.keep(work, visit.viewer, kind, file.name, file.content))
    except Refusal as refusal:
        form.refuse("file", refusal)
        return _page(visit, form.errors)
    return go_to(f"imports/{upload_id.hex}")


def show_file(visit: Visit) -> Response:
    """Match the columns; once they are, what would be taken."""
    return _file_page(visit, _file(visit), None, {})


def _file(visit: Visit) -> Upload:
    try:
        upload_id = UUID(hex=visit.path("upload_id"))
    except ValueError:
        raise Refusal("not_found") from None
    with visit.desk.read() as connection:
        return import_desk.upload(connection, visit.viewer, upload_id)


def _file_page(visit: Visit, file: Upload, looked: Any, errors: dict[str, str]) -> Response:
    table = workbooks.table_of(file.name, file.content)
    guessed = workbooks.guess(table[0], import_desk.COLUMNS[file.kind])
    values = {f"column:{name}": str(place) for name, place in guessed.items()}
    with visit.desk.read() as connection:
        stores = [
            (row.store_id.hex, f"{row.code} {row.name}") for row in store_desk.stores_seen(connection, visit.viewer)
        ]
    return visit.page(
        "import_file.html",
        status_code=422 if errors else 200,
        file=file,
        heading=list(enumerate(table[0])),
        sample=table[1 : 1 + workbooks.SHOWN_ROWS],
        rows=len(table) - 1,
        names=list(import_desk.COLUMNS[file.kind]),
        required=import_desk.REQUIRED[file.kind],
        looked=looked,
        stores=stores,
        errors=errors,
        values={**values, **dict(visit.sent.fields)},
    )


def take(visit: Visit) -> Response:
    """Look it over, try a hundred members of it elsewhere, or take it."""
    file, form = _file(visit), Form(visit.sent, visit.texts)
    deed = form.choice("deed", ("look", "take", "try"))
    width = len(workbooks.table_of(file.name, file.content)[0])
    mapping = {}
    for name in import_desk.COLUMNS[file.kind]:
        place = visit.sent.get(f"column:{name}")
        if place:
            mapping[name] = form.whole_number(f"column:{name}", 0, width - 1)
    try:
        looked = import_desk.look_over(visit.desk, file, mapping) if not form.errors else None
    except Refusal as refusal:
        form.errors["mapping"] = words.row_said(visit.texts, refusal)
        looked = None
    total = ControlTotal()
    store_id: UUID | None = None
    if deed == "take" and file.kind == "members":
        total = ControlTotal(
            principal_fen=form.amount_fen("principal"),
            bonus_fen=form.amount_fen("bonus"),
            points=form.read("points", lambda text: sheets.read_whole_number(text, "points"), 0),
        )
        if looked is not None and not form.errors:
            found = ControlTotal(**looked.sums)
            form.read("principal", lambda _text: member_import.check_total(found, total), None)
    if deed == "take" and file.kind in ("prices", "grid"):
        store_id = form.read("store", _id_of, None)
    if deed == "look" or form.errors or looked is None:
        return _file_page(visit, file, looked, form.errors)
    desk, viewer = visit.desk, visit.viewer
    if deed == "try":
        told = {"kind": file.kind, "file": file.name, "upload": file.upload_id.hex}
        job_id = background.begin(
            desk,
            viewer,
            "trial",
            told,
            lambda progress: import_desk.try_out(desk, viewer, file, mapping, progress.tell),
        )
        return go_to(f"jobs/{job_id.hex}")

    def do(progress: Progress) -> dict[str, Any]:
        return import_desk.take(desk, viewer, file, mapping, progress.tell, total=total, store_id=store_id)

    job_id = background.begin(desk, viewer, "import", {"kind": file.kind, "file": file.name}, do)
    return go_to(f"jobs/{job_id.hex}")


# --- files of tills without a line ------------------------------------------------------------------------------------


def bring_sync_file(visit: Visit) -> Response:
    """A file that a till wrote because it has no line."""
    form = Form(visit.sent, visit.texts)
    file = visit.sent.files.get("sync_file")
    if file is None or not file.content:
        form.refuse("sync_file", Refusal("file_missing"))
        return _page(visit, form.errors)
    try:
        upload_id = visit.desk.run(lambda work: sync_files.keep(work, visit.viewer, file.name, file.content))
    except Refusal as refusal:
        form.refuse("sync_file", refusal)
        return _page(visit, form.errors)
    return go_to(f"sync-files/{upload_id.hex}")


def show_sync_file(visit: Visit) -> Response:
    """What the file holds, before it is taken."""
    return _sync_page(visit, "", None)


def _sync_page(visit: Visit, error: str, taken: sync_files.Taken | None) -> Response:
    name, file = _sync_file(visit)
    with visit.desk.read() as connection:
        looked = sync_files.look_over(connection, file)
    return visit.page(
        "sync_file.html", status_code=422 if error else 200, name=name, looked=looked, error=error, taken=taken
    )


def _sync_file(visit: Visit) -> tuple[str, SyncFile]:
    try:
        upload_id = UUID(hex=visit.path("upload_id"))
    except ValueError:
        raise Refusal("not_found") from None
    with visit.desk.read() as connection:
        name, content = sync_files.upload(connection, visit.viewer, upload_id)
    return name, sync_files.read(visit.desk.keys, content)


def take_sync_file(visit: Visit) -> Response:
    """Take it into the books."""
    name, file = _sync_file(visit)
    upload_id = UUID(hex=visit.path("upload_id"))
    try:
        taken = visit.desk.run(lambda work: sync_files.take(work, visit.viewer, upload_id, file))
    except Refusal as refusal:
        return _sync_page(visit, visit.texts.refusal(refusal), None)
    with visit.desk.read() as connection:
        looked = sync_files.look_over(connection, file)
    return visit.page("sync_file.html", name=name, looked=looked, error="", taken=taken)


def _id_of(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise Refusal("choice_unknown") from None
