"""Spreadsheets that people bring."""

import io

from openpyxl import Workbook

from hq_sync_server.office.sheets import workbooks


def _workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_workbook_is_taken_apart_once_and_reads_the_same_ever_after() -> None:
    content = _workbook([["手机号", "姓名", "积分"], ["13800000001", '王, "小"\n明', 12], [None, "李", 3.5]])

    kept = workbooks.as_kept("members.xlsx", content)

    assert kept[:2] != b"PK"
    assert workbooks.table_of("members.xlsx", kept) == workbooks.table_of("members.xlsx", content)


def test_a_csv_is_kept_as_it_came() -> None:
    content = "手机号,姓名\n13800000001,王\n".encode("gb18030")

    assert workbooks.as_kept("members.csv", content) == content
