"""Phone numbers: one spelling, shown masked, found by a keyed hash."""

import phonenumbers
import pytest

from shared_models.members import mask_phone, normalise_phone, phone_hash
from shared_models.refusals import Refusal


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800005678", "+8613800005678"),
        ("138 0000 5678", "+8613800005678"),
        ("+86 138-0000-5678", "+8613800005678"),
        ("0086 13800005678", "+8613800005678"),
        ("１３８００００５６７８", "+8613800005678"),
        ("+852 5123 4567", "+85251234567"),
        ("+1 202 555 0143", "+12025550143"),
    ],
)
def test_a_number_has_one_spelling(written: str, number: str) -> None:
    assert normalise_phone(written) == number


def _as_the_library_reads(written: str) -> str:
    try:
        number = phonenumbers.parse(written, "CN")
    except phonenumbers.NumberParseException:
        return ""
    is_valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_valid else ""


def test_a_plain_mobile_number_is_read_the_short_way_just_as_the_library_reads_it() -> None:
    short = 0
    for prefix in range(1000, 2000):
        written = f"{prefix}{prefix * 7919 % 10**7:07d}"
        number = _as_the_library_reads(written)
        short += number == f"+86{written}"
        if number:
            assert normalise_phone(written) == number
        else:
            with pytest.raises(Refusal, match="phone_invalid"):
                normalise_phone(written)
    assert short > 300


@pytest.mark.parametrize("written", ["", "5678", "12345678901", "abc", "+999 1", "138000056789012345"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(Refusal, match="phone_invalid"):
        normalise_phone(written)


def test_a_screen_shows_only_the_ends() -> None:
    assert mask_phone("+8613800005678") == "138****5678"
    assert mask_phone("+85251234567") == "+85*****4567"
    assert mask_phone("+861234567") == "***4567"


def test_the_hash_is_keyed_by_the_chain() -> None:
    first = phone_hash("+8613800005678", b"k" * 32)
    assert first == "d857b7dcec60751f2b0e1bbb78cf0303baa8d23b2009b2fb2c14e80dd37b4ca5"
    assert phone_hash("+8613800005678", b"j" * 32) != first
