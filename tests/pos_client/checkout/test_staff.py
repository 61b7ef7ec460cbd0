"""Who may work here, who may say yes, and what five wrong PINs do."""

import pytest

from pos_client.checkout.approvals import GOOD_FOR_MS
from pos_client.checkout.staff import LOCKED_MS
from shared_models.bodies import Sale
from shared_models.codes import staff_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CASHIER_PIN, MANAGER_BADGE, MANAGER_PIN, Bakery


def test_only_those_who_work_here_are_offered(bakery: Bakery) -> None:
    assert [(person.staff_id, person.role) for person in bakery.checkout.staff.names()] == [
        ("c1", "cashier"),
        ("m1", "manager"),
    ]
    with pytest.raises(Refusal, match="staff_unknown"):
        bakery.checkout.staff.login("x9", CASHIER_PIN)


def test_a_pin_opens_the_till_and_logging_out_keeps_the_basket(bakery: Bakery) -> None:
    staff, basket = bakery.checkout.staff, bakery.checkout.basket
    assert staff.login("c1", CASHIER_PIN).name == "林"
    basket.scan(BREAD)
    staff.log_out()
    assert staff.current() is None

    staff.login("m1", MANAGER_PIN)

    assert basket.view().due_fen == 1680


def test_five_wrong_pins_lock_that_person_for_a_while(bakery: Bakery) -> None:
    staff = bakery.checkout.staff
    left = []
    for _ in range(4):
        with pytest.raises(Refusal) as wrong:
            staff.login("c1", "0000")
        left.append(wrong.value.fields["attempts_left"])
    assert left == [4, 3, 2, 1]
    with pytest.raises(Refusal) as locked:
        staff.login("c1", "0000")
    assert (locked.value.code, locked.value.fields["seconds"]) == ("staff_locked", 300)

    with pytest.raises(Refusal, match="staff_locked"):
        staff.login("c1", CASHIER_PIN)
    assert staff.login("m1", MANAGER_PIN).staff_id == "m1"

    bakery.clock.advance(LOCKED_MS)
    assert staff.login("c1", CASHIER_PIN).locked_until_ms == 0


def test_a_badge_does_not_open_what_wrong_pins_have_locked(bakery: Bakery) -> None:
    staff = bakery.checkout.staff
    for _ in range(5):
        with pytest.raises(Refusal):
            staff.login("m1", "0000")

    with pytest.raises(Refusal, match="staff_locked"):
        staff.login_by_badge(MANAGER_BADGE)


def test_setting_the_clock_forward_unlocks_nobody(bakery: Bakery) -> None:
    staff = bakery.checkout.staff
    for _ in range(5):
        with pytest.raises(Refusal):
            staff.login("c1", "0000")

    bakery.clock.set_wall(bakery.clock.now_ms() + 86_400_000)

    with pytest.raises(Refusal, match="staff_locked"):
        staff.login("c1", CASHIER_PIN)


def test_a_badge_is_as_good_as_a_pin(bakery: Bakery) -> None:
    assert bakery.checkout.staff.login_by_badge(MANAGER_BADGE.lower()).staff_id == "m1"
    with pytest.raises(Refusal, match="badge_unknown"):
        bakery.checkout.staff.login_by_badge(staff_code(43))


def test_a_cashier_approves_nothing_and_a_manager_only_what_was_asked(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    with pytest.raises(Refusal, match="not_a_manager"):
        checkout.staff.approve("line_discount", "c1", CASHIER_PIN)

    other = checkout.staff.approve("drawer_open", "m1", MANAGER_PIN)
    with pytest.raises(Refusal, match="approval_invalid"):
        checkout.basket.discount_line(1, percent_off=50, approval=other)


def test_an_approval_is_good_for_five_minutes(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    approval = checkout.staff.approve("line_discount", "m1", MANAGER_PIN)
    bakery.clock.advance(GOOD_FOR_MS + 1)

    with pytest.raises(Refusal, match="approval_needed"):
        checkout.basket.discount_line(1, percent_off=50, approval=approval)


def test_a_manager_at_the_till_needs_nobody_and_is_written_down_all_the_same(bakery: Bakery) -> None:
    bakery.manager()
    bakery.checkout.shifts.open(0)
    bakery.checkout.basket.scan(BREAD)

    view = bakery.checkout.basket.discount_line(1, percent_off=50)

    assert view.due_fen == 840
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    (sale,) = bakery.written(Sale)
    assert [(one.action, one.approver_id) for one in sale.approvals] == [("line_discount", "m1")]
