"""Member care across tills: what is changed at one, cut off, is the truth at HQ and at the other once it is heard."""

import pytest
from msgspec.structs import replace

from shared_models.bodies import MemberEdited, MemberTagged, SaleCredited
from shared_models.entries import Attachment
from shared_models.members import PAYMENT_CODE_LOCKED
from shared_models.refusals import Refusal
from shared_models.rule_engine import points_lot_for
from shared_models.sales import LotAmount, MemberOnSale
from tests.replay.till import ReplayTill
from tests.together.two_tills import TwoTills

SALT = bytes(range(32))


def test_tags_a_name_and_a_lost_card_of_a_cut_off_till_reach_the_other_one(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    member_id = shop.known["12346"]
    ledger = shop.a.ledger
    row = ledger.member_row(member_id)
    assert row is not None
    old = row.card_codes[0]
    shop.plug(shop.a, pulled=True)
    name = Attachment(kind="name", salt=SALT, content="周小姐".encode())
    ledger.append(MemberTagged(head=ledger.new_head(subjects=(member_id,)), member_id=member_id, added=("宝妈",)))
    edited = MemberEdited(
        head=ledger.new_head(subjects=(member_id,)), member_id=member_id, attachments={"name": name.attachment_hash},
        cards_stopped=(old,), cards_added=("M900",),
    )  # fmt: skip
    ledger.append(edited, [name])

    def seen(till: ReplayTill) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        found = till.ledger.member_row(member_id)
        assert found is not None
        return found.name, found.tags, found.card_codes

    at_once = ("周小姐", ("宝妈",), ("M900",))
    assert seen(shop.a) == at_once
    assert ledger.card_is_stopped(old)
    assert not shop.b.ledger.card_is_stopped(old)

    shop.heal()

    assert seen(shop.a) == seen(shop.b) == at_once
    assert shop.b.ledger.card_is_stopped(old)
    assert shop.b.ledger.member_by_card(old) is None
    found = shop.b.ledger.member_by_card("M900")
    assert found is not None
    assert found.member_id == member_id
    assert shop.disagreements() == []
    assert shop.exceptions() == []


def test_a_payment_code_locked_at_a_cut_off_till_is_locked_everywhere(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    member_id = shop.known["12346"]

    def said(till: ReplayTill, content: str) -> None:
        code = Attachment(kind="payment_code", salt=SALT, content=content.encode())
        told = {"payment_code": code.attachment_hash}
        head = till.ledger.new_head(subjects=(member_id,))
        till.ledger.append(MemberEdited(head=head, member_id=member_id, attachments=told), [code])

    def known(till: ReplayTill) -> str:
        row = till.ledger.member_row(member_id)
        assert row is not None
        return row.payment_code

    said(shop.a, "$argon2id$of a code")
    shop.heal()
    assert known(shop.b) == "$argon2id$of a code"
    shop.plug(shop.a, pulled=True)
    said(shop.a, PAYMENT_CODE_LOCKED)
    assert (known(shop.a), known(shop.b)) == (PAYMENT_CODE_LOCKED, "$argon2id$of a code")
    shop.heal()
    assert known(shop.b) == PAYMENT_CODE_LOCKED
    assert shop.disagreements() == []


def test_a_sale_credited_afterwards_is_the_members_at_every_till(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    member_id = shop.known["12346"]
    sale_id, _, _ = shop.serve(shop.a, None, 10_000)
    shop.plug(shop.a, pulled=True)
    sale, _ = shop.a.sale_of(sale_id)
    ledger = shop.a.ledger
    rules = ledger.rules_by_hash(sale.inputs.rule_hash)
    assert rules is not None
    lot = LotAmount(member_id, points_lot_for(rules, sale.inputs.business_date), 100)
    credited = SaleCredited(
        head=ledger.new_head(subjects=(member_id,)),
        sale_id=sale_id,
        points_earned=(lot,),
        inputs=replace(sale.inputs, member_id=member_id),
        member=MemberOnSale(member_id=member_id, identified_by="card"),
    )
    ledger.append(credited)
    with pytest.raises(Refusal, match="sale_credited_already"):
        ledger.append(replace(credited, head=ledger.new_head(subjects=(member_id,))))

    shop.heal()

    assert shop.disagreements() == []
    assert shop.exceptions() == []
    assert shop.balance(member_id)[1] == 100
    figure = shop.b.ledger.member_figure(member_id)
    assert figure is not None
    assert figure.points == 100
