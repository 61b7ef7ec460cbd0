"""Caring for a member at the counter: tags, an edited profile, a lost card, the file; all of it without a network."""

import pytest

from pos_client.checkout.member_care import ProfileEdit
from pos_client.checkout.views import MemberPanel
from pos_client.ledger import verify
from shared_models.bodies import MemberEdited, MemberTagged, Refund
from shared_models.codes import member_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WANG_CARD, ZHOU, ZHOU_CARD, Bakery

NEW_CARD = member_code(99_887_766)


def panel_of(bakery: Bakery) -> MemberPanel:
    panel = bakery.checkout.members.panel()
    assert panel is not None
    return panel


def with_zhou(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.basket.scan(ZHOU_CARD)


def test_tags_are_put_on_and_taken_off_and_seen_at_once(bakery: Bakery) -> None:
    with_zhou(bakery)
    assert bakery.checkout.care.file().tags_known == ("宝妈", "低糖")

    bakery.checkout.care.tag(["宝妈", "低糖"])
    assert panel_of(bakery).tags == ("宝妈", "低糖")
    bakery.checkout.care.tag(["低糖"])
    assert panel_of(bakery).tags == ("低糖",)
    bakery.checkout.care.tag(["低糖"])

    written = bakery.written(MemberTagged)
    assert [(body.added, body.removed) for body in written] == [(("宝妈", "低糖"), ()), ((), ("宝妈",))]
    with pytest.raises(Refusal) as refused:
        bakery.checkout.care.tag(["贵宾"])
    assert refused.value.code == "tag_unknown"


def test_an_edited_profile_is_found_by_its_new_name_and_number_at_once(bakery: Bakery) -> None:
    with_zhou(bakery)
    bakery.checkout.care.edit(
        ProfileEdit(phone="13700001111", name="周小姐", birthday="03-09", own_fields={"口味": "少糖"})
    )

    panel = panel_of(bakery)
    assert (panel.name, panel.birthday, panel.phone_masked) == ("周小姐", "03-09", "137****1111")
    assert panel.own_fields == {"口味": "少糖"}
    members = bakery.checkout.members
    assert [match.member_id for match in members.find("13700001111").matches] == [ZHOU]
    assert [match.name for match in members.find("周小").matches] == ["周小姐"]
    assert members.find("13800005678").outcome == "missed"
    (edited,) = bakery.written(MemberEdited)
    assert edited.coded == {"birthday_month": "3"}
    told = b"".join(entry.body for entry in bakery.ledger.entries(("member_edited",)))
    assert not any(text.encode() in told for text in ("周小姐", "13700001111", "少糖", "03-09"))


def test_nothing_changed_is_no_entry_and_a_number_of_somebody_else_is_refused(bakery: Bakery) -> None:
    with_zhou(bakery)
    for wanted, code in (
        (ProfileEdit(name="周女士", phone="13800005678"), "nothing_changed"),
        (ProfileEdit(phone="13900005678"), "phone_known"),
        (ProfileEdit(birthday="31-31"), "birthday_invalid"),
    ):
        with pytest.raises(Refusal) as refused:
            bakery.checkout.care.edit(wanted)
        assert refused.value.code == code
    assert bakery.written(MemberEdited) == []


def test_without_presence_another_number_needs_a_manager(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.members.attach(ZHOU, "phone")
    wanted = ProfileEdit(phone="13700001111")
    with pytest.raises(Refusal) as refused:
        bakery.checkout.care.edit(wanted)
    assert (refused.value.code, refused.value.fields["action"]) == ("approval_needed", "new_phone")

    bakery.checkout.care.edit(wanted, approval=bakery.checkout.staff.approve("new_phone", "m1", "9999"))

    assert [one.action for one in bakery.written(MemberEdited)[0].approvals] == ["new_phone"]


def test_a_lost_card_stops_at_once_and_a_new_one_opens_the_same_balance(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.members.attach(ZHOU, "phone")
    with pytest.raises(Refusal) as needed:
        bakery.checkout.care.lost_card(NEW_CARD)
    assert needed.value.fields["action"] == "new_card"
    approval = bakery.checkout.staff.approve("new_card", "m1", "9999", "lost")
    bakery.checkout.care.lost_card(NEW_CARD, approval=approval)

    with pytest.raises(Refusal) as refused:
        bakery.checkout.basket.scan(ZHOU_CARD)
    assert refused.value.code == "card_stopped"
    checkout = bakery.again()  # it is on disk
    bakery.cashier()
    checkout.basket.restore()
    member = checkout.basket.scan(NEW_CARD).basket.member
    assert member is not None
    assert (member.member_id, member.stored_value_fen, member.presence) == (ZHOU, 36_800, "card")
    assert checkout.care.file().cards == (NEW_CARD,)


def test_a_card_that_was_lost_or_is_somebody_elses_is_bound_to_nobody(bakery: Bakery) -> None:
    bakery.manager()
    bakery.checkout.shifts.open(0)
    bakery.checkout.basket.scan(ZHOU_CARD)
    with pytest.raises(Refusal) as taken:
        bakery.checkout.care.lost_card(WANG_CARD)
    assert taken.value.code == "card_known"
    bakery.checkout.care.lost_card()
    with pytest.raises(Refusal) as none:
        bakery.checkout.care.lost_card()
    assert none.value.code == "no_card_to_stop"
    with pytest.raises(Refusal) as stopped:
        bakery.checkout.members.register("13611112222", consents=["membership"], card_code=ZHOU_CARD)
    assert stopped.value.code == "card_stopped"


def test_the_file_tells_the_last_purchases_made_here(bakery: Bakery) -> None:
    with_zhou(bakery)
    for codes in ((BREAD, CROISSANT), (BREAD,)):
        bakery.checkout.basket.scan(ZHOU_CARD)
        for code in codes:
            bakery.checkout.basket.scan(code)
        bakery.checkout.payment.pay_cash()
        bakery.checkout.payment.complete()
    bakery.checkout.basket.scan(ZHOU_CARD)

    file = bakery.checkout.care.file()

    assert [(one.store_name, one.goods, one.lines) for one in file.purchases] == [
        ("滨江店", ("全麦吐司 450g",), 1),
        ("滨江店", ("全麦吐司 450g", "法式可颂"), 2),
    ]
    assert file.often[0] == "全麦吐司 450g"


def test_what_was_changed_here_is_verified_and_forgotten_with_the_person(bakery: Bakery) -> None:
    with_zhou(bakery)
    bakery.checkout.care.edit(ProfileEdit(name="周小姐"))
    bakery.checkout.basket.cancel()
    assert verify(bakery.ledger.folder).ok
    bakery.ledger.forget(ZHOU)
    assert b"\xe5\x91\xa8\xe5\xb0\x8f\xe5\xa7\x90" not in b"".join(
        path.read_bytes() for path in bakery.ledger.folder.glob("ledger.db*")
    )
    assert verify(bakery.ledger.folder).ok


def test_a_sale_just_made_is_credited_once_to_a_member_identified_afterwards(bakery: Bakery) -> None:
    bakery.selling()
    for code in (BREAD, CROISSANT):
        bakery.checkout.basket.scan(code)
    bakery.checkout.payment.pay_cash()
    sold = bakery.checkout.payment.complete()
    bakery.checkout.basket.scan(ZHOU_CARD)
    before = panel_of(bakery).points

    done = bakery.checkout.care.credit_last_sale()

    assert (done.receipt_number, done.points_earned) == (sold.receipt_number, 26)
    assert panel_of(bakery).points == before + 26
    assert panel_of(bakery).points_usable == 26  # earned here, so it can be used here
    with pytest.raises(Refusal, match="sale_credited_already"):
        bakery.checkout.care.credit_last_sale()
    assert bakery.checkout.shifts.x_report().points_earned == 26
    assert verify(bakery.ledger.folder).ok
    view = bakery.checkout.refunds.find(sold.receipt_number)
    bakery.checkout.refunds.refund(view.sale_id, {1: 1000, 2: 1000})
    (refund,) = bakery.written(Refund)
    assert (refund.member_id, sum(part.amount for part in refund.points_taken_back)) == (ZHOU, 26)


def test_a_members_own_sale_a_refunded_one_and_none_are_credited_to_nobody(bakery: Bakery) -> None:
    with_zhou(bakery)
    with pytest.raises(Refusal, match="nothing_to_credit"):
        bakery.checkout.care.credit_last_sale()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    bakery.checkout.basket.scan(WANG_CARD)
    with pytest.raises(Refusal, match="sale_credited_already"):
        bakery.checkout.care.credit_last_sale()
    bakery.checkout.members.detach()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_cash()
    sold = bakery.checkout.payment.complete()
    view = bakery.checkout.refunds.find(sold.receipt_number)
    bakery.checkout.refunds.refund(view.sale_id, {1: 1000})
    bakery.checkout.basket.scan(ZHOU_CARD)
    with pytest.raises(Refusal, match="sale_credited_already"):
        bakery.checkout.care.credit_last_sale()
