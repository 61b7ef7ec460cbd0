"""Members at the counter: every look-up leaves a trace, and a new one needs no network."""

from uuid import UUID

import pytest
from nacl.public import SealedBox

from shared_models.bodies import MemberLookup, MemberRegistered, MemberTagged, Sale
from shared_models.codes import member_code
from shared_models.members import LotBalance, MemberRow
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, HQ_SEAL, WANG, ZHOU, ZHOU_CARD, ZHOU_PHONE, Bakery


def _lookups(bakery: Bakery) -> list[tuple[str, str, str]]:
    bakery.ledger.flush_lookups()
    return [
        (lookup.means, lookup.outcome, "" if lookup.member_id is None else lookup.member_id.hex[-2:])
        for body in bakery.written(MemberLookup)
        for lookup in body.lookups
    ]


@pytest.mark.parametrize(
    ("term", "means"),
    [
        (ZHOU_CARD.lower(), "card"),
        ("138 0000 5678", "phone"),
        ("+8613800005678", "phone"),
        ("周女", "name"),
    ],
)
def test_a_member_is_found_by_card_phone_or_name(bakery: Bakery, term: str, means: str) -> None:
    bakery.cashier()

    found = bakery.checkout.members.find(term)

    assert (found.outcome, found.means, found.matches[0].member_id) == ("one", means, ZHOU)
    assert found.matches[0].phone_masked == "138****5678"


def test_what_looks_like_a_barcode_may_be_a_phone_number(bakery: Bakery) -> None:
    bakery.cashier()

    assert bakery.checkout.members.find("+852 5123 4567").outcome == "missed"
    assert bakery.checkout.members.find("Mary").means == "name"
    for short in ("", "12", "123456"):
        with pytest.raises(Refusal, match="search_too_short"):
            bakery.checkout.members.find(short)
    with pytest.raises(Refusal, match="code_check_character"):
        bakery.checkout.members.find(ZHOU_CARD[:-1] + ("A" if ZHOU_CARD[-1] != "A" else "B"))


def test_the_last_four_digits_may_fit_several(bakery: Bakery) -> None:
    bakery.cashier()

    found = bakery.checkout.members.find("5678")

    assert (found.outcome, {match.member_id for match in found.matches}) == ("several", {ZHOU, WANG})


def test_every_lookup_and_every_miss_is_recorded_once(bakery: Bakery) -> None:
    bakery.cashier()
    members = bakery.checkout.members
    found = members.find(ZHOU_PHONE)
    members.attach(ZHOU, found.means)
    members.find("5678")
    members.attach(WANG, "phone_tail")
    members.find("13911112222")
    with pytest.raises(Refusal, match="member_unknown"):
        bakery.checkout.basket.scan(member_code(99))

    assert _lookups(bakery) == [
        ("phone", "shown", "b1"),
        ("phone_tail", "several", "b1"),
        ("phone_tail", "several", "b2"),
        ("phone_tail", "shown", "b2"),
        ("phone", "missed", ""),
        ("card", "missed", ""),
    ]


def test_what_was_asked_in_vain_is_kept_as_a_keyed_hash_only(bakery: Bakery) -> None:
    bakery.cashier()
    bakery.checkout.members.find("13911112222")
    bakery.ledger.flush_lookups()

    (body,) = bakery.written(MemberLookup)
    (lookup,) = body.lookups
    kept = bakery.ledger.attachment(lookup.term_attachment)

    assert kept is not None
    assert len(kept) == 64
    assert b"13911112222" not in kept


def test_the_panel_tells_freshness_and_what_can_be_used_now(bakery: Bakery) -> None:
    bakery.grant({"points:2026-12": 120})
    bakery.selling()
    panel = bakery.checkout.basket.scan(ZHOU_CARD).basket.member

    assert panel is not None
    assert (panel.name, panel.tier_name, panel.is_birthday_month, panel.home_store_name) == (
        "周女士",
        "黄金",
        True,
        "滨江店",
    )
    assert (panel.points, panel.points_usable, panel.why_not_more) == (1_284, 120, "at_hq")
    assert [(part.last_month, part.points) for part in panel.points_expiring] == [("2026-12", 120)]
    assert (panel.confirmed_at_ms, panel.own_entries_after) == (bakery.clock.now_ms() - 60_000, 0)

    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    after = bakery.checkout.basket.scan(ZHOU_CARD).basket.member
    assert after is not None
    assert (after.points, after.own_entries_after, after.own_points_after) == (1_299, 1, 15)


def test_one_person_with_two_ids_is_shown_and_spends_as_one(bakery: Bakery) -> None:
    alias = UUID("019371c0-0000-7000-8000-0000000000b9")
    card = member_code(555)
    top_up = UUID("019371c0-0000-7000-8000-00000000007b")
    lots = (LotBalance(f"principal:{top_up.hex}", 1_000), LotBalance("points:2027-11", 16))
    bakery.tell_member(
        MemberRow(member_id=alias, canonical_id=ZHOU, status="merged", card_codes=(card,), lots=lots)
    )  # fmt: skip
    bakery.grant({f"principal:{top_up.hex}": 1_000}, member_id=alias)
    checkout = bakery.selling()

    panel = checkout.basket.scan(card).basket.member
    assert panel is not None
    assert (panel.member_id, panel.name, panel.points, panel.own_points_after) == (ZHOU, "周女士", 1_300, 0)
    assert (panel.stored_value_fen, panel.stored_value_usable_fen) == (37_800, 1_000)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_stored_value()
    checkout.payment.pay_cash()
    checkout.payment.complete()

    (sale,) = bakery.written(Sale)
    assert [(part.subject, part.amount) for part in sale.tenders[0].lots] == [(alias, 1_000)]
    assert set(sale.head.subjects) == {ZHOU, alias}


def test_another_member_takes_nothing_over_from_the_one_before(bakery: Bakery) -> None:
    bakery.grant({"points:2026-12": 120})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.basket.use_points(100)

    view = checkout.members.attach(WANG, "name")

    assert (view.points_used, view.due_fen) == (0, 1_680)
    assert view.member is not None
    assert view.member.presence == ""
    assert checkout.members.detach().member is None


def test_looking_up_the_same_member_again_keeps_the_proof(bakery: Bakery) -> None:
    bakery.cashier()
    bakery.checkout.basket.scan(ZHOU_CARD)

    view = bakery.checkout.members.attach(ZHOU, "phone")

    assert view.member is not None
    assert (view.member.presence, view.member.identified_by) == ("card", "card")


def test_a_new_member_earns_at_once_and_only_hq_can_read_the_number(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    view = checkout.members.register("137 1234 5678", name="李雷", birthday="03-08", consents=("terms", "marketing"))
    assert view.member is not None
    assert (view.member.name, view.member.phone_masked, view.member.status) == ("李雷", "137****5678", "provisional")
    checkout.payment.pay_cash()
    checkout.payment.complete()

    (body,) = bakery.written(MemberRegistered)
    sealed = bakery.ledger.attachment(body.phone_sealed)
    assert sealed is not None
    assert SealedBox(HQ_SEAL).decrypt(sealed) == b"+8613712345678"
    assert (body.consents, body.consent_text_version, body.birthday_month) == (("terms", "marketing"), "1", 3)
    figure = bakery.ledger.member_figure(body.member_id)
    assert figure is not None
    assert figure.points == 16
    assert checkout.members.find("13712345678").matches[0].member_id == body.member_id


@pytest.mark.parametrize(
    ("phone", "birthday", "consents", "code"),
    [
        ("137", "", ("terms",), "phone_invalid"),
        (ZHOU_PHONE, "", ("terms",), "phone_known"),
        ("13712345678", "", (), "consent_missing"),
        ("13712345678", "02-30", ("terms",), "birthday_invalid"),
        ("13712345678", "19901102", ("terms",), "birthday_invalid"),  # would have been taken for January
    ],
)
def test_a_registration_that_cannot_be_says_why(
    bakery: Bakery, phone: str, birthday: str, consents: tuple[str, ...], code: str
) -> None:
    bakery.selling()

    with pytest.raises(Refusal) as refused:
        bakery.checkout.members.register(phone, birthday=birthday, consents=consents)

    assert refused.value.code == code
    assert bakery.written(MemberRegistered) == []


def test_tags_come_from_the_chain_s_list(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.members.tag(added=("低糖",))

    (body,) = bakery.written(MemberTagged)
    assert (body.member_id, body.added) == (ZHOU, ("低糖",))
    with pytest.raises(Refusal, match="tag_unknown"):
        checkout.members.tag(added=("随便",))
