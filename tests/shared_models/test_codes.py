"""What is scanned decides what happens: our own codes, retail codes, scale labels."""

import random
import subprocess
import sys
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import barcodes, codes
from shared_models.barcodes import ScaleLabel, check_digit, pattern_is_sound, read_label
from shared_models.codes import parse_scan
from shared_models.refusals import Refusal
from shared_models.sales import Price, Unit

PATTERNS = ("2 D PPPPP AAAAA C", "2 D PPPPP WWWWW AAAAA C")
TOKEN = UUID("01890000-0000-7000-8000-00000000abcd")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
card_numbers = st.integers(0, (1 << codes.CARD_BITS) - 1)


@given(card_numbers)
def test_a_card_is_read_as_it_was_made(number: int) -> None:
    for code, kind in ((codes.member_code(number), "member"), (codes.staff_code(number), "staff")):
        scan = parse_scan(code)
        assert (scan.kind, scan.value) == (kind, code)
        assert len(code) == 14


@given(card_numbers, st.integers(1, 13), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_of_a_card_is_refused(number: int, place: int, wrong: str) -> None:
    code = codes.member_code(number)
    misread = code[:place] + wrong + code[place + 1 :]
    if misread != code:
        with pytest.raises(Refusal, match="code_check_character kind=member"):
            parse_scan(misread)


def test_codes_are_read_in_any_case_width_and_with_letters_taken_for_digits() -> None:
    code = codes.member_code(random.Random(4).getrandbits(60))
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in code)
    for spelled in (code.lower(), f" {code}\r\n", full_width, code[0] + code[1:].replace("0", "O").replace("1", "l")):
        assert parse_scan(spelled).value == code


def test_a_coupon_carries_its_token_or_what_was_signed() -> None:
    scan = parse_scan(codes.coupon_code(TOKEN).lower())
    assert (scan.kind, scan.token, scan.signed) == ("coupon", TOKEN, b"")
    content = bytes(range(136))
    code = codes.printed_coupon_code(content)
    scan = parse_scan(code.lower())
    assert (scan.kind, scan.token, scan.signed) == ("coupon", None, content)
    assert len(code) == codes.CODE_LENGTH_MAX


def test_a_misread_coupon_is_refused() -> None:
    code = codes.coupon_code(TOKEN)
    with pytest.raises(Refusal, match="code_check_character kind=coupon"):
        parse_scan(code[:5] + ("A" if code[5] != "A" else "B") + code[6:])


def test_a_receipt_is_found_by_its_number() -> None:
    scan = parse_scan(codes.receipt_code("023-1047"))
    assert (scan.kind, scan.value) == ("receipt", "023-1047")
    with pytest.raises(Refusal, match="kind=receipt"):
        parse_scan(codes.receipt_code("023-1047")[:-1] + "Z")


@given(st.binary(max_size=90))
def test_base32_loses_nothing(content: bytes) -> None:
    assert codes.from_base32(codes.to_base32(content)) == content


def test_what_does_not_fit_a_code_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="60 bits"):
        codes.member_code(1 << 60)
    for content in (TOKEN.bytes, bytes(137)):
        with pytest.raises(ValueError, match="printed coupon"):
            codes.printed_coupon_code(content)
    with pytest.raises(ValueError, match="receipt number"):
        codes.receipt_code("A1")
    with pytest.raises(ValueError, match="left over"):
        codes.from_base32("0Z")


@pytest.mark.parametrize(
    ("scanned", "spellings"),
    [
        ("6901234567892", ("6901234567892",)),
        ("６９０１２３４５６７８９２\r", ("6901234567892",)),
        ("036000291452", ("036000291452", "0036000291452")),
        ("0036000291452", ("0036000291452", "036000291452")),
        ("96385074", ("96385074",)),
        ("01201303", ("01201303", "012000000133", "0012000000133")),
        ("16901234567899", ("16901234567899",)),
        ("06901234567892", ("6901234567892", "06901234567892")),
        ("00036000291452", ("0036000291452", "00036000291452", "036000291452")),
        ("1047", ("1047",)),
        ("85123A", ("85123A",)),
        ("]E06901234567892", ("6901234567892",)),
        ("]C1010690123456789217261231\x1d10AB", ("6901234567892", "06901234567892")),
    ],
)
def test_goods_are_looked_for_in_every_spelling_of_their_code(scanned: str, spellings: tuple[str, ...]) -> None:
    scan = parse_scan(scanned, PATTERNS)
    assert (scan.kind, scan.codes) == ("goods", spellings)


def test_a_gs1_code_brings_its_expiry() -> None:
    assert parse_scan("]d2010690123456789217261231").expires_on == "2026-12-31"
    assert parse_scan("\x1d0106901234567892\x1d10AB").codes[0] == "6901234567892"
    assert parse_scan("]d2199999").kind == "unknown"
    assert parse_scan("]d210AB").kind == "unknown"
    with pytest.raises(Refusal, match="barcode_check_digit"):
        parse_scan("]C10106901234567893")


@pytest.mark.parametrize("wrong", ["6901234567893", "036000291453", "96385075", "01201304", "21123450125060"[:13]])
def test_a_wrong_check_digit_is_said_by_name(wrong: str) -> None:
    right = check_digit(wrong[:-1])
    code = wrong if right != wrong[-1] else wrong[:-1] + str((int(right) + 1) % 10)
    with pytest.raises(Refusal, match="barcode_check_digit"):
        parse_scan(code, PATTERNS)


@pytest.mark.parametrize("text", ["", "  \r\n", "中文", "A" * 300, "?=;", "\x00\x01"])
def test_what_cannot_be_a_code_is_unknown(text: str) -> None:
    assert parse_scan(text, PATTERNS).kind == "unknown"


@given(st.text(max_size=230))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    try:
        scan = parse_scan(text, PATTERNS)
    except Refusal:
        return
    assert len(scan.value) <= codes.CODE_LENGTH_MAX


@given(st.integers(0, 9), st.integers(0, 99_999), st.integers(0, 99_999), st.integers(0, 99_999))
def test_a_scale_label_of_either_length_is_read_by_its_pattern(
    department: int, plu: int, grams: int, amount: int
) -> None:
    short = f"2{department}{plu:05d}{amount:05d}"
    long = f"2{department}{plu:05d}{grams:05d}{amount:05d}"
    first = parse_scan(short + check_digit(short), PATTERNS)
    second = parse_scan(long + check_digit(long), PATTERNS)
    assert first.label == ScaleLabel(plu=f"{plu:05d}", amount_fen=amount)
    assert second.label == ScaleLabel(plu=f"{plu:05d}", amount_fen=amount, weight_grams=grams)
    assert str(plu) in second.codes
    assert second.kind == "scale_label"


def test_a_label_whose_check_digit_is_wrong_is_refused() -> None:
    body = "21123450098701234"
    with pytest.raises(Refusal, match="barcode_check_digit"):
        parse_scan(body + str((int(check_digit(body)) + 1) % 10), PATTERNS)


def test_a_store_without_scales_sells_such_codes_as_goods() -> None:
    assert parse_scan("2112345012506").kind == "goods"
    assert parse_scan("2012345012506"[:12] + check_digit("201234501250"), ("21 PPPPP AAAAA C",)).kind == "goods"


@pytest.mark.parametrize(
    ("grams", "amount_fen", "unit", "expected"),
    [
        (987, 1263, "kg", (987, 1263, 0)),
        (987, 1264, "kg", (987, 1264, 0)),
        (987, 1265, "kg", (987, 1265, 2)),
        (987, 1260, "kg", (987, 1260, -3)),
        (None, 1250, "kg", (977, 1250, 0)),
        (500, None, "kg", (500, 640, 0)),
        (500, 999, "piece", (1000, 999, 0)),
    ],
)
def test_the_printed_amount_wins_and_more_than_a_fen_apart_is_named(
    grams: int | None, amount_fen: int | None, unit: Unit, expected: tuple[int, int, int]
) -> None:
    """12.80 a kilogram: 987 g are 12.63."""
    reading = read_label(ScaleLabel(plu="1", weight_grams=grams, amount_fen=amount_fen), Price(1280), unit)
    assert (reading.quantity_milli, reading.amount_fen, reading.difference_fen) == expected


def test_free_goods_on_a_label_do_not_divide_by_their_price() -> None:
    assert read_label(ScaleLabel(plu="1", amount_fen=100), Price(0), "kg").amount_fen == 100


@pytest.mark.parametrize(
    ("pattern", "sound"),
    [
        ("2 D PPPPP WWWWW AAAAA C", True),
        ("2 D PPPPP AAAAA C", True),
        ("21 PPPPP WWWWW C", True),
        ("2 D PPPPP AAAAA", False),
        ("6 D PPPPP AAAAA C", False),
        ("2 D NNNNN AAAAA C", False),
        ("2 D PPPPP NNNNN C", False),
        ("2 C PPPPP AAAAA D", False),
        ("2 D PPPPP QQQQQ C", False),
    ],
)
def test_hq_can_tell_a_sound_pattern(pattern: str, sound: bool) -> None:
    assert pattern_is_sound(pattern) == sound


def test_the_library_for_rare_codes_is_not_loaded_before_one_is_met() -> None:
    script = (
        "import sys; from shared_models import codes; codes.parse_scan('6901234567892');"
        "assert 'biip' not in sys.modules; codes.parse_scan(']C10106901234567892'); assert 'biip' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_check_digits_agree_with_the_library() -> None:
    from biip.checksums import gs1_standard_check_digit

    for digits in ("690123456789", "03600029145", "9638507", "21123450098701234"):
        assert barcodes.check_digit(digits) == str(gs1_standard_check_digit(digits))
