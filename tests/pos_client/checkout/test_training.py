"""Training: the counter as it is, over a ledger of its own; nothing of it is left and nothing real is touched."""

from pathlib import Path

import pytest

from pos_client.checkout.training import PRACTICE_CARD, Practice, stamped
from pos_client.devices.receipt_document import Barcode, DrawerPulse, QrCode, Text
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CASHIER_PIN, MANAGER_PIN, ZHOU_CARD, ZHOU_PHONE, Bakery


def practice(bakery: Bakery, tmp_path: Path) -> Practice:
    return Practice(bakery.ledger, tmp_path / "practice", bakery.clock, bakery.ids, lambda sentence: sentence)


def test_a_practised_day_leaves_the_real_book_as_it_was(bakery: Bakery, tmp_path: Path) -> None:
    bakery.selling()
    head = bakery.ledger.head()
    at_practice = practice(bakery, tmp_path)
    checkout = at_practice.checkout
    checkout.staff.login("c1", CASHIER_PIN)
    checkout.shifts.open(20_000)
    checkout.basket.scan(BREAD)
    member = checkout.basket.scan(PRACTICE_CARD).basket.member
    assert member is not None
    assert (member.name, member.stored_value_usable_fen) == ("练习 张三", 54_000)
    checkout.payment.pay_stored_value()
    done = checkout.payment.complete()
    assert checkout.shifts.close({10_000: 2}).difference_fen == 0

    printed = stamped(done.documents, lambda _sentence: "练习")[0].items
    assert (printed[0], printed[-2]) == (Text("练习", "centre", "large"),) * 2
    assert not [item for item in printed if isinstance(item, DrawerPulse | QrCode | Barcode)]
    at_practice.close()
    assert bakery.ledger.head() == head
    assert not (tmp_path / "practice").exists()
    assert list(tmp_path.glob("practice*")) == []


def test_a_practised_order_is_no_slip_for_the_kitchen(bakery: Bakery, tmp_path: Path) -> None:
    bakery.selling()
    at_practice = practice(bakery, tmp_path)
    checkout = at_practice.checkout
    checkout.staff.login("c1", CASHIER_PIN)
    checkout.shifts.open(20_000)
    checkout.basket.scan(BREAD)
    checkout.orders.begin("25 18:30", name="练习")
    checkout.payment.pay_cash()
    done = checkout.payment.complete()
    assert [document.name for document in done.documents] == ["order", "order_maker"]
    assert {document.name for document in stamped(done.documents, lambda _sentence: "练习")} == {"training"}
    at_practice.close()


def test_nobodys_real_member_is_there_to_practise_on(bakery: Bakery, tmp_path: Path) -> None:
    at_practice = practice(bakery, tmp_path)
    checkout = at_practice.checkout
    checkout.staff.login("c1", CASHIER_PIN)
    with pytest.raises(Refusal, match="member_unknown"):
        checkout.members.attach_code(ZHOU_CARD)
    assert checkout.members.find(ZHOU_PHONE).outcome == "missed"
    assert checkout.members.find("周女士").outcome == "missed"
    assert checkout.members.find("13800138000").outcome == "one"
    at_practice.close()


def test_entering_and_leaving_takes_a_manager(bakery: Bakery, tmp_path: Path) -> None:
    bakery.selling()
    with pytest.raises(Refusal) as refused:
        bakery.checkout.allow_training()
    assert refused.value.fields["action"] == "training"
    bakery.checkout.allow_training(bakery.checkout.staff.approve("training", "m1", MANAGER_PIN))
    at_practice = practice(bakery, tmp_path)
    at_practice.checkout.staff.login("c1", CASHIER_PIN)
    with pytest.raises(Refusal, match="approval_needed"):
        at_practice.checkout.allow_training()
    at_practice.close()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_external("wechat", 100)
    with pytest.raises(Refusal, match="payments_begun"):
        bakery.checkout.allow_training(bakery.checkout.staff.approve("training", "m1", MANAGER_PIN))
