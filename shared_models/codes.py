"""What is scanned decides what happens: one reading of every code that reaches the scan box.

Our own codes are upper-case Crockford Base32 behind a letter that says what they are, closed by a check character
(ISO 7064's hybrid system over 32 characters), at most 220 characters, and read case-blind after NFKC, so that an input
method's full-width letters do no harm:

    M + 12 + check    member card or QR          S + 12 + check    staff badge
    C + token + check, or C + signed content + check (`printed_coupons`)    coupon QR
    R + receipt number + mark of its store + check    receipt; without the mark of whoever reads it
    O + order + check             an order's slip, good in every store
    H + ticket + check            the slip of a thing that one store hands to another

Everything else is read by `shared_models.barcodes`. Pure; the till's checkout and HQ's services may call it.
"""

import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models import barcodes
from shared_models.refusals import Refusal

CODE_LENGTH_MAX = 220
CARD_BITS = 60
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_CARD_CHARACTERS = 12
_TOKEN_BYTES = 16
_MARK_CHARACTERS = 5

ScanKind = Literal["goods", "scale_label", "member", "coupon", "receipt", "order", "handoff", "staff", "unknown"]


class Scan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a scan is. `value` is the code as we write it (goods: as scanned; receipt: its number and the mark of its
    store); for goods and scale labels `codes` are the spellings to look for, in that order; a coupon brings its token,
    or what HQ signed (`printed_coupons.read`); an order's slip the order, a hand-off's its ticket."""

    kind: ScanKind
    value: str
    codes: tuple[str, ...] = ()
    label: barcodes.ScaleLabel | None = None
    token: UUID | None = None
    order_id: UUID | None = None
    ticket_id: UUID | None = None
    signed: bytes = b""
    expires_on: str = ""


def clean_scan(text: str) -> str:
    """The text without what scanners and input methods add: NFKC, no control characters, no blanks around, and upper
    case. The separators of a GS1 code (ASCII 29) stay."""
    folded = unicodedata.normalize("NFKC", text)
    kept = "".join(each for each in folded if each == barcodes.GS1_SEPARATOR or unicodedata.category(each)[0] != "C")
    return kept.strip().upper()


def parse_scan(text: str, scale_patterns: Sequence[str] = ()) -> Scan:
    """What was scanned or typed.

    Refuses `barcode_check_digit` for a code of a retail length whose last digit is wrong, and `code_check_character`
    for one of ours that was misread. What cannot be anything is of kind `unknown`.
    """
    code = clean_scan(text)
    if not code or len(code) > CODE_LENGTH_MAX:
        return Scan(kind="unknown", value=code[:CODE_LENGTH_MAX])
    identifier = _SYMBOLOGY.match(code)
    if identifier is not None:
        if identifier[0] in _GS1_SYMBOLOGIES:
            return _read_gs1(code[3:])
        code = code[3:] or code
    own = _OWN.get(code[0])
    if own is not None:
        pattern, read = own
        if pattern.fullmatch(code):
            return read(code)
    if barcodes.GS1_SEPARATOR in code:
        return _read_gs1(code)
    if code.isdecimal() and code.isascii():
        return _read_digits(code, scale_patterns)
    if re.fullmatch(r"[A-Z0-9][A-Z0-9 ./+_-]{0,47}", code):
        return Scan(kind="goods", value=code, codes=(code,))
    return Scan(kind="unknown", value=code)


def member_code(number: int) -> str:
    """The code of a member card or QR for a random number of 60 bits."""
    return _card("M", number)


def staff_code(number: int) -> str:
    """The code of a staff badge for a random number of 60 bits."""
    return _card("S", number)


def coupon_code(token: UUID) -> str:
    """The code of a coupon that its till or HQ knows: its token alone."""
    return _closed("C" + to_base32(token.bytes))


def printed_coupon_code(content: bytes) -> str:
    """The code of a printed coupon's QR: what `printed_coupons.make` made."""
    code = _closed("C" + to_base32(content))
    if len(content) <= _TOKEN_BYTES or len(code) > CODE_LENGTH_MAX:
        raise ValueError("not the content of a printed coupon")
    return code


def receipt_code(receipt_number: str, store_id: UUID | None = None) -> str:
    """What the barcode of a receipt holds. The number consists of digits and one hyphen, and is a store's own: with no
    store named it is that of whoever reads it."""
    if not re.fullmatch(r"[0-9]{1,19}-[0-9]{1,19}", receipt_number):
        raise ValueError(f"not a receipt number: {receipt_number!r}")
    return _closed(f"R{receipt_number}" if store_id is None else f"R{receipt_number}-{store_mark(store_id)}")


def store_mark(store_id: UUID) -> str:
    """25 bits that tell the receipts of a chain's stores apart: of 500 stores two share one once in 270 chains."""
    return to_base32(sha256(store_id.bytes).digest())[:_MARK_CHARACTERS]


def order_code(order_id: UUID) -> str:
    """What the QR of an order's slip holds: receipt numbers are a store's own, orders are collected in others too."""
    return _closed("O" + to_base32(order_id.bytes))


def handoff_code(ticket_id: UUID) -> str:
    """What the QR on a hand-off's slips holds."""
    return _closed("H" + to_base32(ticket_id.bytes))


def to_base32(content: bytes) -> str:
    """Crockford's Base32, without padding, most significant bits first."""
    bits = len(content) * 8
    characters = -(-bits // 5)
    value = int.from_bytes(content, "big") << (characters * 5 - bits)
    return "".join(_ALPHABET[value >> (5 * place) & 31] for place in range(characters - 1, -1, -1))


def from_base32(text: str) -> bytes:
    """The bytes again; raises KeyError for a character that is none, ValueError for bits left over."""
    value = 0
    for character in text:
        value = value << 5 | _VALUES[character]
    spare = len(text) * 5 % 8
    if value & ((1 << spare) - 1):
        raise ValueError("bits left over")
    return (value >> spare).to_bytes(len(text) * 5 // 8, "big")


def check_character(text: str) -> str:
    """ISO/IEC 7064 hybrid system (modulus 33 over 32) of all letters and digits of a code; the leading letter counts
    by its place in the alphabet. Finds every single wrong character."""
    remainder = 32
    for character in text:
        if character == "-":
            continue
        value = _VALUES.get(character, ord(character) & 31)
        remainder = (remainder + value) % 32 or 32
        remainder = remainder * 2 % 33
    return _ALPHABET[(33 - remainder) % 32]


def _closed(text: str) -> str:
    return text + check_character(text)


def _card(letter: str, number: int) -> str:
    if not 0 <= number < 1 << CARD_BITS:
        raise ValueError("a card's number has 60 bits")
    digits = "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(_CARD_CHARACTERS - 1, -1, -1))
    return _closed(letter + digits)


def _canonical(code: str) -> str:
    """As we would have written it: O is zero, I and L are one. Refuses a wrong check character."""
    body = "".join(each if each == "-" else _ALPHABET[_VALUES[each]] for each in code[1:])
    written = code[0] + body
    if check_character(written[:-1]) != written[-1]:
        raise Refusal("code_check_character", kind=_KIND_OF[code[0]])
    return written


def _read_member(code: str) -> Scan:
    return Scan(kind="member", value=_canonical(code))


def _read_staff(code: str) -> Scan:
    return Scan(kind="staff", value=_canonical(code))


def _read_receipt(code: str) -> Scan:
    return Scan(kind="receipt", value=_canonical(code)[1:-1])


def _read_coupon(code: str) -> Scan:
    written = _canonical(code)
    content = _content(written)
    if len(content) == _TOKEN_BYTES:
        return Scan(kind="coupon", value=written, token=UUID(bytes=content))
    return Scan(kind="coupon", value=written, signed=content)


def _read_order(code: str) -> Scan:
    written = _canonical(code)
    return Scan(kind="order", value=written, order_id=UUID(bytes=_content(written)))


def _read_handoff(code: str) -> Scan:
    written = _canonical(code)
    return Scan(kind="handoff", value=written, ticket_id=UUID(bytes=_content(written)))


def _content(written: str) -> bytes:
    try:
        return from_base32(written[1:-1])
    except ValueError:
        raise Refusal("code_check_character", kind=_KIND_OF[written[0]]) from None


def _read_digits(code: str, scale_patterns: Sequence[str]) -> Scan:
    label = barcodes.parse_scale_label(code, scale_patterns)
    if label is not None:
        return Scan(kind="scale_label", value=code, codes=label.plu_spellings, label=label)
    return Scan(kind="goods", value=code, codes=barcodes.goods_spellings(code))


def _read_gs1(code: str) -> Scan:
    found = barcodes.parse_gs1(code.strip(barcodes.GS1_SEPARATOR))
    if found is None:
        return Scan(kind="unknown", value=code)
    return Scan(kind="goods", value=found.gtin, codes=barcodes.goods_spellings(found.gtin), expires_on=found.expires_on)


_SYMBOLOGY = re.compile(r"\][A-Z][0-9A-Z]")  # what some scanners send in front: ISO/IEC 15424
_GS1_SYMBOLOGIES = frozenset({"]C1", "]D2", "]Q3", "]J1"})
_BASE32 = "[0-9A-TV-Z]"
_OWN = {
    "M": (re.compile(f"M{_BASE32}{{13}}"), _read_member),
    "S": (re.compile(f"S{_BASE32}{{13}}"), _read_staff),
    "C": (re.compile(f"C{_BASE32}{{27,219}}"), _read_coupon),
    "R": (re.compile(f"R[0-9]{{1,19}}-[0-9]{{1,19}}(?:-{_BASE32}{{{_MARK_CHARACTERS}}})?{_BASE32}"), _read_receipt),
    "O": (re.compile(f"O{_BASE32}{{27}}"), _read_order),
    "H": (re.compile(f"H{_BASE32}{{27}}"), _read_handoff),
}
_KIND_OF = {"M": "member", "S": "staff", "C": "coupon", "R": "receipt", "O": "order", "H": "handoff"}
