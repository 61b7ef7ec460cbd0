"""Barcodes on goods: retail codes with their check digits, and the labels that a store's scales print.

Check digits are GS1 General Specifications 7.9.1. Rarer forms (UPC-E, GS1 element strings) are left to the library
`biip`, which is loaded when the first such code is met: it takes longer to import than a cashier waits for a scan.
Called through `shared_models.codes`; the checkout also asks `read_label` what a label's amount and weight mean.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from shared_models.money import Rounding, divide, line_amount_fen
from shared_models.refusals import Refusal
from shared_models.sales import Price, Unit

GS1_SEPARATOR = "\x1d"
_RETAIL_LENGTHS = frozenset({8, 12, 13})
_SCALE_PREFIXES = range(20, 30)
LABEL_TOLERANCE_FEN = 1


class ScaleLabel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a scale printed: the article's PLU, grams, fen. None where the pattern has no such field."""

    plu: str
    weight_grams: int | None = None
    amount_fen: int | None = None

    @property
    def plu_spellings(self) -> tuple[str, ...]:
        """The PLU as printed and without leading zeros."""
        bare = self.plu.lstrip("0") or "0"
        return (self.plu, bare) if bare != self.plu else (self.plu,)


class LabelReading(Struct, frozen=True, kw_only=True):
    """What a label means for a line. `difference_fen` is amount minus weight times price where it is more than one
    fen, else 0: such a line is the exception `label_amount_differs`, and the printed amount wins all the same."""

    quantity_milli: int
    amount_fen: int
    difference_fen: int = 0


class Gs1Code(Struct, frozen=True, kw_only=True):
    """What we take from a GS1 element string."""

    gtin: str
    expires_on: str = ""


def check_digit(digits: str) -> str:
    """The GS1 check digit that follows these digits."""
    total = sum((3 if place % 2 == 0 else 1) * int(digit) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def check_digit_is_right(code: str) -> bool:
    """Whether the last digit is the check digit of those before."""
    return check_digit(code[:-1]) == code[-1]


def goods_spellings(code: str) -> tuple[str, ...]:
    """The ways the same article code may be stored: UPC-A and EAN-13 differ by a leading zero only; a GTIN-14 of a
    single piece by one more. Digits of other lengths are PLUs or codes of the chain.

    Refuses `barcode_check_digit` for a code of 8, 12 or 13 digits whose last one is wrong.
    """
    length = len(code)
    if length in _RETAIL_LENGTHS and not check_digit_is_right(code):
        expanded = _expand_upc_e(code) if length == 8 else None
        if expanded is None:
            raise Refusal("barcode_check_digit", barcode=code)
        return (code, expanded, "0" + expanded)
    if length == 12:
        return (code, "0" + code)
    if length == 13 and code[0] == "0":
        return (code, code[1:])
    if length == 14 and code[0] == "0" and check_digit_is_right(code):
        return (code[1:], code, code[2:]) if code[1] == "0" else (code[1:], code)
    return (code,)


def parse_scale_label(code: str, patterns: Sequence[str]) -> ScaleLabel | None:
    """The label that these digits are by the first pattern that fits; None when they are no label of this store.

    A pattern such as `2 D PPPPP WWWWW AAAAA C` has one character a digit (blanks are for the eye): a digit stands for
    itself, D for any department, P for the PLU, W for grams, A for fen, N for anything, C for the check digit. Labels
    begin with 20 to 29. Refuses `barcode_check_digit` when a pattern fits but for its check digit.
    """
    if len(code) < 10 or int(code[:2]) not in _SCALE_PREFIXES:
        return None
    wrong_check = False
    for pattern in patterns:
        fields = _pattern_fields(pattern)
        if len(fields) != len(code) or any(
            field.isdecimal() and field != digit for field, digit in zip(fields, code, strict=True)
        ):
            continue
        if fields[-1] == "C" and not check_digit_is_right(code):
            wrong_check = True
            continue
        weight = _field(fields, code, "W")
        amount = _field(fields, code, "A")
        return ScaleLabel(
            plu=_field(fields, code, "P"),
            weight_grams=int(weight) if weight else None,
            amount_fen=int(amount) if amount else None,
        )
    if wrong_check:
        raise Refusal("barcode_check_digit", barcode=code)
    return None


def pattern_is_sound(pattern: str) -> bool:
    """Whether HQ may publish a pattern: known fields, 13 or 18 digits, a PLU, and a weight or an amount."""
    fields = _pattern_fields(pattern)
    return (
        len(fields) in {13, 18}
        and fields[0] == "2"
        and all(field.isdecimal() or field in "DPWACN" for field in fields)
        and "P" in fields
        and ("W" in fields or "A" in fields)
        and fields.count("C") <= 1
        and ("C" not in fields or fields[-1] == "C")
    )


def read_label(label: ScaleLabel, price: Price, unit: Unit) -> LabelReading:
    """Quantity and amount of a line by its label. The printed amount wins; without one it is weight times price;
    without a weight the quantity is what the amount buys."""
    by_piece = unit == "piece"
    if label.amount_fen is None:
        quantity = 1000 if by_piece else (label.weight_grams or 0)
        return LabelReading(
            quantity_milli=quantity, amount_fen=line_amount_fen(price.amount_fen, price.per_milli, quantity)
        )
    if by_piece:
        return LabelReading(quantity_milli=1000, amount_fen=label.amount_fen)
    if label.weight_grams is None:
        bought = (
            divide(label.amount_fen * price.per_milli, price.amount_fen, Rounding.HALF_UP) if price.amount_fen else 0
        )
        return LabelReading(quantity_milli=max(1, bought), amount_fen=label.amount_fen)
    difference = label.amount_fen - line_amount_fen(price.amount_fen, price.per_milli, label.weight_grams)
    return LabelReading(
        quantity_milli=label.weight_grams,
        amount_fen=label.amount_fen,
        difference_fen=difference if abs(difference) > LABEL_TOLERANCE_FEN else 0,
    )


def parse_gs1(elements: str) -> Gs1Code | None:
    """The article number and expiry of GS1 element strings, without symbology identifier; None if there is none.

    Refuses `barcode_check_digit` for an article number whose last digit is wrong.
    """
    import biip  # here: 90 ms that only a store with such codes should pay
    from biip.gs1_messages import GS1Message

    try:
        message = GS1Message.parse(elements)
    except (biip.BiipException, ValueError):
        return None
    article = message.element_strings.get(ai="01")
    if article is None:
        return None
    if article.gtin is None:
        raise Refusal("barcode_check_digit", barcode=article.value)
    expiry = message.element_strings.get(ai="17")
    expires_on = expiry.date.isoformat() if expiry is not None and expiry.date is not None else ""
    return Gs1Code(gtin=article.gtin.as_gtin_14(), expires_on=expires_on)


@lru_cache(maxsize=64)
def _pattern_fields(pattern: str) -> str:
    return "".join(pattern.split()).upper()


def _field(fields: str, code: str, name: str) -> str:
    return "".join(digit for field, digit in zip(fields, code, strict=True) if field == name)


def _expand_upc_e(code: str) -> str | None:
    """The UPC-A of a zero-suppressed code of 8 digits, None when it is not one."""
    if code[0] not in "01":
        return None
    import biip
    from biip.upc import Upc

    try:
        return Upc.parse(code).as_upc_a()
    except biip.ParseError:
        return None
