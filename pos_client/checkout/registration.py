"""A new member at the counter, in twenty seconds and without the network.

The full number leaves the till only sealed for HQ (libsodium sealed box); here stay a masked one to show and a keyed
hash to find by. Until HQ has united it by the unsealed number the member is provisional and earns all the same.
"""

import re
from dataclasses import dataclass
from datetime import date

from nacl.public import PublicKey, SealedBox

from pos_client.checkout.desk import Desk
from shared_models.bodies import MemberRegistered
from shared_models.codes import parse_scan
from shared_models.entries import Attachment, AttachmentKind
from shared_models.members import MemberRow, mask_phone, normalise_phone, phone_hash
from shared_models.refusals import Refusal

LEAP_YEAR = 2000
NAME_LENGTH_MAX = 60
_BIRTHDAY = re.compile(r"((?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the cashier typed."""

    phone: str
    name: str
    birthday: str
    card_code: str
    consents: tuple[str, ...]
    consent_text_version: str


def register(desk: Desk, wanted: Registration) -> MemberRow:
    """Write the registration; the member is known here at once. Refusals: see `Members.register`."""
    if not wanted.consents:
        raise Refusal("consent_missing", who="member")
    if len(wanted.name) > NAME_LENGTH_MAX:
        raise Refusal("name_too_long", length_max=NAME_LENGTH_MAX, who="cashier")
    e164 = normalise_phone(wanted.phone)
    hashed = phone_hash(e164, desk.keys.phone_key)
    known = desk.ledger.member_by_phone_hash(hashed)
    if known is not None:
        raise Refusal("phone_known", member_id=known.member_id.hex, who="cashier")
    card_code = new_card(desk, wanted.card_code)
    month = birthday_month(wanted.birthday)
    sealed = SealedBox(PublicKey(desk.identity.hq_seal_key)).encrypt(e164.encode())
    told: dict[AttachmentKind, str] = {
        "phone_masked": mask_phone(e164),
        "phone_hash": hashed,
        "name": wanted.name.strip(),
        "birthday": wanted.birthday,
    }
    beside: dict[AttachmentKind, Attachment] = {
        kind: desk.attachment(kind, text) for kind, text in told.items() if text
    }
    beside["phone_sealed"] = Attachment(kind="phone_sealed", salt=desk.ids.new_salt(), content=sealed)
    named = {kind: attachment.attachment_hash for kind, attachment in beside.items()}
    member_id = desk.ids.new_id()
    body = MemberRegistered(
        head=desk.head(subjects=(member_id,)),
        member_id=member_id,
        card_code=card_code,
        phone_sealed=named["phone_sealed"],
        phone_masked=named["phone_masked"],
        phone_hash=named["phone_hash"],
        name=named.get("name", ""),
        birthday=named.get("birthday", ""),
        birthday_month=month,
        home_store_id=desk.identity.store_id,
        consents=wanted.consents,
        consent_text_version=wanted.consent_text_version,
    )
    desk.write(body, tuple(beside.values()))
    row = desk.ledger.member_row(member_id)
    assert row is not None, "a member registered here is known here"
    return row


def birthday_month(birthday: str) -> int:
    """The month of `YYYY-MM-DD` or `MM-DD`; 0 for ''. Refuses `birthday_invalid`."""
    if not birthday:
        return 0
    found = _BIRTHDAY.fullmatch(birthday)  # other ways to write a date are one too, but nobody finds the month in them
    try:
        if found is not None:
            return date(int(found["year"] or LEAP_YEAR), int(found["month"]), int(found["day"])).month
    except ValueError:
        pass
    raise Refusal("birthday_invalid", who="cashier")


def new_card(desk: Desk, card_code: str) -> str:
    """A card's code as it may be bound to somebody; '' for none. Refuses `not_a_member_card`, `card_known`,
    `card_stopped`."""
    if not card_code:
        return ""
    scan = parse_scan(card_code)
    if scan.kind != "member":
        raise Refusal("not_a_member_card", who="cashier")
    if desk.ledger.member_by_card(scan.value) is not None:
        raise Refusal("card_known", who="cashier")
    if desk.ledger.card_is_stopped(scan.value):
        raise Refusal("card_stopped", who="cashier")
    return scan.value
