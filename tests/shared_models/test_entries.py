"""The chain: hashes by test vectors that never change, heads of bodies nobody knows, attachments."""

from uuid import UUID

import msgspec
import pytest

from shared_models.bodies import BODY_TYPES, ShiftOpened
from shared_models.entries import (
    GENESIS_HASH,
    Attachment,
    Head,
    batch_signature_input,
    entry_hash,
    hash_is_right,
    link,
    read_head,
)
from shared_models.postings import with_digest

TILL = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
BODY = '{"head":{"business_id":"01890a5d-ac97-7000-8000-000000000001","business_date":"2026-03-02"},"figure":"一"}'


def test_the_hash_of_an_entry_is_the_same_for_ever() -> None:
    """Vectors: a program of any age must agree with these, or no chain verifies."""
    first = entry_hash(TILL, 1, 1, GENESIS_HASH, "epoch_opened", 1, b"{}")
    second = entry_hash(TILL, 4_294_967_295, 18_446_744_073_709_551_615, first, "sale", 65_535, BODY.encode())
    assert first.hex() == "caa47ea903b9f617336721c8f2d6f97f530a9d77c74eebd0eab0f0a7a26a0630"
    assert second.hex() == "5069be45769b9faccc91a082e7720f2b71e737fce375679d0edcf501a654af62"


def test_every_part_of_an_entry_is_under_its_hash() -> None:
    entry = link(
        till_id=TILL,
        epoch=1,
        seq=2,
        prev_hash=GENESIS_HASH,
        entry_type="sale",
        type_version=1,
        body=BODY.encode(),
    )
    assert hash_is_right(entry)
    for change in (
        {"till_id": UUID(int=1)},
        {"epoch": 2},
        {"seq": 3},
        {"prev_hash": bytes(31) + b"\x01"},
        {"entry_type": "refund"},
        {"type_version": 2},
        {"body": BODY.encode() + b" "},
        {"entry_hash": GENESIS_HASH},
    ):
        assert not hash_is_right(msgspec.structs.replace(entry, **change))


def test_type_and_body_cannot_flow_into_each_other() -> None:
    assert entry_hash(TILL, 1, 1, GENESIS_HASH, "sale", 1, b"s") != entry_hash(
        TILL, 1, 1, GENESIS_HASH, "sales", 1, b""
    )


def test_the_head_of_an_unknown_body_can_be_read() -> None:
    assert read_head(BODY.encode()).business_date == "2026-03-02"
    with pytest.raises(msgspec.DecodeError):
        read_head(b"\x00")
    with pytest.raises(msgspec.ValidationError):
        read_head(b'{"figure":1}')


def test_the_bytes_of_a_body_are_the_same_for_ever() -> None:
    body = with_digest(
        ShiftOpened(
            head=Head(business_id=UUID(int=3), business_date="2026-03-02", cashier_id="c1"),
            shift_id=UUID(int=4),
            float_fen=50_000,
        )
    )
    encoded = msgspec.json.encode(body)
    assert encoded.decode() == (
        '{"head":{"business_id":"00000000-0000-0000-0000-000000000003","business_date":"2026-03-02",'
        '"cashier_id":"c1","postings_digest":'
        '"3796e71283cbf13c9fb32d20da49af0b493aaf19e8c70534313bc87dc9bf4d6d"},'
        '"shift_id":"00000000-0000-0000-0000-000000000004","float_fen":50000}'
    )
    assert msgspec.json.decode(encoded, type=ShiftOpened) == body


def test_every_body_opens_with_its_head() -> None:
    for (entry_type, _), body_type in BODY_TYPES.items():
        assert msgspec.structs.fields(body_type)[0].name == "head", entry_type


def test_a_body_of_a_later_program_is_still_read() -> None:
    """Fields are only ever added: what an older program does not know it leaves alone."""
    later = (
        b'{"head":{"business_id":"00000000-0000-0000-0000-000000000003","business_date":"2026-03-02","new":1},'
        b'"shift_id":"00000000-0000-0000-0000-000000000004","float_fen":1,"also_new":[]}'
    )
    assert msgspec.json.decode(later, type=ShiftOpened).float_fen == 1


def test_an_attachment_is_named_by_its_salted_hash() -> None:
    attachment = Attachment(kind="name", salt=bytes(range(32)), content="王小明".encode())
    assert attachment.attachment_hash == "316e927f574e0232df6a6b413997050c5002646da84cf189bd9278161a808603"
    assert attachment.attachment_hash != msgspec.structs.replace(attachment, salt=bytes(32)).attachment_hash


def test_a_batch_is_signed_over_till_epoch_last_seq_and_head() -> None:
    assert batch_signature_input(TILL, 2, 77, bytes(32)).hex() == (
        "74696c6c626f6f6b2d62617463682d31" + TILL.hex + "00000002" + "000000000000004d" + "00" * 32
    )
