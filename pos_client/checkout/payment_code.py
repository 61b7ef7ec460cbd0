"""The member's own payment code: six digits that she types, which prove that she is here without card or phone.

HQ and every till know an argon2id hash of it under the chain's key, never the code; it travels as an attachment, so
forgetting a person takes it along. Wrong ones are look-ups in the ledger, so a restart forgives nothing; the fifth in
a row locks the code, here at once and everywhere as HQ is heard, until the member sets another.
"""

import hashlib
import hmac
import re
from itertools import pairwise
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec.structs import replace

from pos_client.checkout.basket_changes import change
from pos_client.checkout.desk import Desk
from pos_client.checkout.quoting import member_figure
from pos_client.checkout.views import BasketView
from shared_models.bodies import Lookup, MemberEdited, MemberLookup
from shared_models.entries import Attachment
from shared_models.members import PAYMENT_CODE_LOCKED, MemberRow
from shared_models.refusals import Refusal

CODE_LENGTH = 6
WRONG_CODES_MAX = 5
_ENTRIES_READ = 500
"""Look-ups of other kinds stand between the tries: so many that nobody makes them in between unseen."""
_SHAPE = re.compile(rf"\d{{{CODE_LENGTH}}}", re.ASCII)
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new_code(desk: Desk, member_id: UUID, code: str) -> Attachment:
    """What an edit says of a new code. Refuses `payment_code_shape`: six digits, not one digit and no row of them."""
    is_shaped = _SHAPE.fullmatch(code) is not None
    if not is_shaped or {int(after) - int(before) for before, after in pairwise(code)} in ({0}, {1}, {-1}):
        raise Refusal("payment_code_shape", digits=CODE_LENGTH, who="member")
    return desk.attachment("payment_code", _hasher.hash(_keyed(desk, member_id, code)))


class PaymentCode:
    """The code of the member on the basket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def prove(self, code: str) -> BasketView:
        """The member typed it: she is here. Refuses `no_member`, `payment_code_none`, `payment_code_locked`,
        `payment_code_wrong(attempts_left)`."""
        desk = self._desk
        member, figure = desk.draft.member, member_figure(desk, desk.draft, fresh=True)
        if member is None or figure is None:
            raise Refusal("no_member", who="member")
        person = figure.canonical
        if not person.payment_code:
            raise Refusal("payment_code_none", who="member")
        wrong_before = self._wrong_in_a_row(person.member_id)
        if person.payment_code == PAYMENT_CODE_LOCKED:
            raise Refusal("payment_code_locked", who="member")
        is_right = _is_right(person, _keyed(desk, person.member_id, code))
        self._record(person.member_id, is_right=is_right)
        if is_right:
            return change(desk, replace(desk.draft, member=replace(member, presence="payment_code")))
        left = WRONG_CODES_MAX - wrong_before - 1
        if left > 0:
            raise Refusal("payment_code_wrong", attempts_left=left, who="member")
        self._lock(person.member_id)
        raise Refusal("payment_code_locked", who="member")

    def _wrong_in_a_row(self, member_id: UUID) -> int:
        """Wrong ones typed here since a right one, or since another code was set here."""
        wrong = 0
        types = ("member_lookup", "member_edited")
        for entry in self._desk.ledger.entries_about((member_id,), types, limit=_ENTRIES_READ):
            match self._desk.ledger.body_of(entry):
                case MemberEdited(attachments=told) if "payment_code" in told:
                    return wrong
                case MemberLookup(lookups=lookups):
                    for lookup in reversed(lookups):
                        if (lookup.member_id, lookup.means) == (member_id, "payment_code"):
                            if lookup.outcome == "shown":
                                return wrong
                            wrong += 1
        return wrong

    def _record(self, member_id: UUID, *, is_right: bool) -> None:
        """On disk at once: whoever pulls the plug after four has four."""
        tried = Lookup(
            at_ms=self._desk.clock.now_ms(),
            cashier_id=self._desk.need_cashier().staff_id,
            means="payment_code",
            member_id=member_id,
            outcome="shown" if is_right else "refused",
        )
        self._desk.ledger.append_lookup(tried)
        self._desk.ledger.flush_lookups()

    def _lock(self, member_id: UUID) -> None:
        locked = self._desk.attachment("payment_code", PAYMENT_CODE_LOCKED)
        body = MemberEdited(
            head=self._desk.head(subjects=(member_id,)),
            member_id=member_id,
            attachments={"payment_code": locked.attachment_hash},
        )
        self._desk.write(body, (locked,))


def _is_right(person: MemberRow, keyed: str) -> bool:
    try:
        return _hasher.verify(person.payment_code, keyed)
    except (VerificationError, InvalidHashError):
        return False


def _keyed(desk: Desk, member_id: UUID, code: str) -> str:
    """The code under the chain's key and bound to the member: a stolen mirror alone cannot be tried out."""
    return hmac.new(desk.keys.phone_key, member_id.bytes + code.encode(), hashlib.sha256).hexdigest()
