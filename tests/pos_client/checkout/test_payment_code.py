"""The member's own payment code: set with proof, typed instead of a card, locked by the fifth wrong one."""

import pytest

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.member_care import ProfileEdit
from pos_client.checkout.payment_code import WRONG_CODES_MAX
from shared_models.bodies import MemberEdited, MemberLookup, Sale
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import ALL_OF_ZHOU, BREAD, MANAGER_PIN, ZHOU, ZHOU_CARD, ZHOU_PHONE, Bakery

CODE, WRONG = "530917", "530918"


def refused(bakery: Bakery, code: str) -> Refusal:
    with pytest.raises(Refusal) as told:
        bakery.checkout.payment_code.prove(code)
    return told.value


def with_a_code(bakery: Bakery) -> Checkout:
    """Zhou sets her code with her card, goes, and is found again by her number."""
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.care.edit(ProfileEdit(payment_code=CODE))
    checkout.members.detach()
    checkout.members.attach(ZHOU, "phone")
    return checkout


def state_of(bakery: Bakery) -> str:
    panel = bakery.checkout.members.panel()
    assert panel is not None
    return panel.payment_code


def test_the_code_proves_that_the_member_is_here(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU)
    checkout = with_a_code(bakery)
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 15_000)
    with pytest.raises(Refusal) as told:
        checkout.payment.pay_stored_value()
    assert told.value.code == "presence_needed"
    checkout.payment_code.prove(CODE)
    checkout.payment.pay_stored_value()
    checkout.payment.complete()

    (sale,) = bakery.written(Sale)
    assert sale.member is not None
    assert sale.member.presence == "payment_code"


def test_neither_chain_nor_ledger_holds_the_code(bakery: Bakery) -> None:
    with_a_code(bakery)
    (edited,) = bakery.written(MemberEdited)
    kept = bakery.ledger.attachment(edited.attachments["payment_code"])
    assert kept is not None
    assert kept.startswith(b"$argon2id$")
    assert not any(CODE.encode() in entry.body for entry in bakery.ledger.entries(("member_edited",)))


@pytest.mark.parametrize("code", ["12345", "1234567", "12a456", "111111", "345678", "876543", "１２３４５７"])
def test_a_code_that_is_none_or_guessed_at_once_is_refused(bakery: Bakery, code: str) -> None:
    bakery.selling()
    bakery.checkout.basket.scan(ZHOU_CARD)
    with pytest.raises(Refusal) as told:
        bakery.checkout.care.edit(ProfileEdit(payment_code=code))
    assert told.value.code == "payment_code_shape"
    assert bakery.written(MemberEdited) == []


def test_without_proof_a_new_code_needs_a_manager(bakery: Bakery) -> None:
    checkout = with_a_code(bakery)
    with pytest.raises(Refusal) as told:
        checkout.care.edit(ProfileEdit(payment_code="246802"))
    assert (told.value.code, told.value.fields["action"]) == ("approval_needed", "new_code")
    checkout.care.edit(
        ProfileEdit(payment_code="246802"), approval=checkout.staff.approve("new_code", "m1", MANAGER_PIN)
    )
    assert refused(bakery, CODE).code == "payment_code_wrong"
    checkout.payment_code.prove("246802")


def test_the_fifth_wrong_code_locks_it_and_a_new_one_opens_it(bakery: Bakery) -> None:
    checkout = with_a_code(bakery)
    lefts = [refused(bakery, WRONG).fields["attempts_left"] for _ in range(WRONG_CODES_MAX - 1)]
    assert lefts == [4, 3, 2, 1]
    assert refused(bakery, WRONG).code == "payment_code_locked"
    assert state_of(bakery) == "locked"
    assert refused(bakery, CODE).code == "payment_code_locked"

    checkout.care.edit(ProfileEdit(payment_code=CODE), approval=checkout.staff.approve("new_code", "m1", MANAGER_PIN))
    assert refused(bakery, WRONG).fields["attempts_left"] == WRONG_CODES_MAX - 1
    checkout.payment_code.prove(CODE)
    assert refused(bakery, WRONG).fields["attempts_left"] == WRONG_CODES_MAX - 1


def test_a_restart_forgives_no_wrong_code(bakery: Bakery) -> None:
    with_a_code(bakery)
    for _ in range(3):
        refused(bakery, WRONG)
    bakery.checkout.members.detach()
    bakery.again()
    bakery.cashier()
    bakery.checkout.members.attach(ZHOU, "phone")
    assert refused(bakery, WRONG).fields["attempts_left"] == 1
    tries = [each for body in bakery.written(MemberLookup) for each in body.lookups if each.means == "payment_code"]
    assert [each.outcome for each in tries] == ["refused"] * 4


def test_looking_the_member_up_in_between_forgives_no_wrong_code(bakery: Bakery) -> None:
    with_a_code(bakery)
    for left in (4, 3, 2):
        assert refused(bakery, WRONG).fields["attempts_left"] == left
        for _ in range(25):
            bakery.checkout.members.find(ZHOU_PHONE)
            bakery.ledger.flush_lookups()
    assert refused(bakery, WRONG).fields["attempts_left"] == 1


def test_who_has_no_code_is_told_where_to_set_one(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.members.attach(ZHOU, "phone")
    assert state_of(bakery) == ""
    assert refused(bakery, CODE).code == "payment_code_none"
