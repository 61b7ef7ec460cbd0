"""Commands about printed coupons: a sheet whose QR codes a scanner reads, the home till, the keys that sign."""

import csv
import json
from pathlib import Path

import msgspec
import zxingcpp
from PIL import Image
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.records import tables
from shared_models import printed_coupons
from shared_models.codes import CODE_LENGTH_MAX, parse_scan
from shared_models.printed_coupons import CouponKeyRow
from tests.hq_sync_server.commands.conftest import Typist, heard

TEMPLATE = {
    "template_id": "spring-8", "name": "满30减8", "kind": "amount_off", "amount_fen": 800, "minimum_fen": 3_000,
    "valid_days": 30,
}  # fmt: skip


def template(typed: Typist) -> Path:
    return typed.file("spring.json", json.dumps(TEMPLATE))


def issued(hq: Hq) -> list[str]:
    """Tokens of all printed coupons."""
    columns = tables.tokens.c
    with hq.desk.read() as connection:
        found = connection.scalars(select(columns.token).where(columns.home_store_id.is_not(None))).all()
    return sorted(token.hex for token in found)


def test_a_printed_sheet_holds_codes_that_a_scanner_reads(typed: Typist, tmp_path: Path) -> None:
    picture = typed("issue-coupons", template(typed), "--printed", "3", "--store", "001", "--sheet", tmp_path / "c.png")
    pages = typed("issue-coupons", "spring-8", "--printed", "16", "--store", "001", "--sheet", tmp_path / "c.pdf")
    listed = typed("issue-coupons", "spring-8", "--printed", "2", "--store", "001", "--sheet", tmp_path / "c.csv")

    assert [one.exit_code for one in (picture, pages, listed)] == [0, 0, 0]
    assert "3 printed coupons" in picture.out
    with Image.open(tmp_path / "c.png") as page:
        codes = [found.text for found in zxingcpp.read_barcodes(page.convert("L"))]
    assert len(codes) == 3
    assert (tmp_path / "c.pdf").read_bytes().count(b"/Type /Page\n") == 2
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    codes += [row["code"] for row in rows]
    assert all(len(code) <= CODE_LENGTH_MAX for code in codes)
    tokens = {printed_coupons.read(parse_scan(code).signed).token.hex for code in codes}
    assert len(tokens) == 5
    assert tokens <= set(typed.look(issued))
    assert len(typed.look(issued)) == 21
    assert {row["store"] for row in rows} == {rows[0]["store"]}


def test_nothing_is_issued_that_cannot_be_printed(typed: Typist, tmp_path: Path) -> None:
    file, there = template(typed), tmp_path / "there.pdf"
    there.write_text("the only copy")
    for arguments, said in (
        (("--printed", "3"), "Say which store"),
        (("--printed", "3", "--store", "009", "--sheet", tmp_path / "a.csv"), "There is no store 009"),
        (("--printed", "3", "--store", "001", "--sheet", tmp_path / "a.doc"), "ends in none of"),
        (("--printed", "3", "--store", "001", "--sheet", there), "There is a file"),
        (("--printed", "16", "--store", "001", "--sheet", tmp_path / "a.png"), "A picture holds 15"),
        (("--printed", "3", "--store", "001", "--sheet", tmp_path / "no" / "a.pdf"), "cannot be used"),
        (("--printed", "99999", "--store", "001", "--sheet", tmp_path / "a.csv"), "From 1 to 10,000"),
    ):
        refused = typed("issue-coupons", file, *arguments)
        assert (refused.exit_code, said in refused.err) == (2, True), refused.err

    assert typed.look(issued) == []
    assert there.read_text() == "the only copy"


def test_the_home_till_is_said_and_asked(typed: Typist) -> None:
    nobody = typed("home-till", "001")
    unknown = typed("home-till", "001", "--till", "7")

    assert (nobody.exit_code, "no till redeems" in nobody.out) == (0, True)
    assert (unknown.exit_code, "There is no till 7" in unknown.err) == (2, True)


def test_coupon_keys_are_renewed_and_revoked(typed: Typist, tmp_path: Path) -> None:
    typed("issue-coupons", template(typed), "--printed", "1", "--store", "001", "--sheet", tmp_path / "a.csv")
    renewed = typed("new-coupon-key")
    careful = typed("revoke-coupon-key", "1")
    revoked = typed("revoke-coupon-key", "1", "--yes")
    unknown = typed("revoke-coupon-key", "5", "--yes")
    rows = [msgspec.msgpack.decode(row.payload, type=CouponKeyRow) for row in typed.look(heard)
            if row.kind == "coupon_key"]  # fmt: skip

    assert "Coupon key 2 signs" in renewed.out
    assert (careful.exit_code, revoked.exit_code, unknown.exit_code) == (2, 0, 2)
    assert {row.key_id: row.revoked for row in rows} == {1: True, 2: False}
