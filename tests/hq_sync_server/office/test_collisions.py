"""Overlaps of people and balances: two edits of one profile, a frozen or united member who spends, a cap exceeded."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import select, update

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.rights import tokens
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import office_tables, tables
from shared_models import bodies, rule_engine
from shared_models.catalog import StoreRow
from shared_models.entries import Attachment, Head
from shared_models.moments import ManualClock
from shared_models.postings import with_digest
from shared_models.rights import principal_lot
from shared_models.rule_engine import BasketLine
from shared_models.rules import StoreRules, TopUpRules, rule_hash
from shared_models.sales import CouponTerms, LotAmount, MemberOnSale, Price, QuoteInputs, Tender
from shared_models.sync import CountersReport, HelloRequest
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import register, sale_body, top_up
from tests.hq_sync_server.people import TODAY, WireTill, member_rows
from tests.hq_sync_server.reports import counters_of, deliver


def noted(hq: Hq) -> list[tuple[str, int, str]]:
    """(name, amount, unit) of every exception."""
    columns = office_tables.exceptions.c
    with hq.desk.read() as connection:
        rows = connection.execute(
            select(columns.code, columns.amount, columns.unit).order_by(columns.exception_id)
        ).all()
    return [(code, amount, unit) for code, amount, unit in rows if code != "not_repriced"]


def edit(till: WireTill, member: UUID, name: str, made_at_ms: int) -> None:
    """A new name, written down at a till at that moment."""
    called = Attachment(kind="name", salt=till.till_id.bytes * 2, content=name.encode())
    plain = till.head(member)
    head = Head(
        business_id=plain.business_id, business_date=TODAY, subjects=(member,), till_time_ms=made_at_ms,
    )  # fmt: skip
    body = bodies.MemberEdited(head=head, member_id=member, attachments={"name": called.attachment_hash})
    till.append(body, [called])


def name_of(till: WireTill, member: UUID) -> str:
    return member_rows(till.changes().rows)[member].name


@pytest.mark.parametrize("a_is_heard_first", [True, False])
def test_of_two_blind_edits_the_later_one_stands_whoever_is_heard_first(
    hq: Hq, till_a: WireTill, till_b: WireTill, clock: ManualClock, a_is_heard_first: bool
) -> None:
    member = register(till_a, "13800005678", name="王小明")
    till_a.push()
    cut_off_at_ms = clock.now_ms()
    edit(till_a, member, "王晓明", cut_off_at_ms + 2_000)
    edit(till_b, member, "王小鸣", cut_off_at_ms + 1_000)
    clock.advance(3_600_000)
    for till in (till_a, till_b) if a_is_heard_first else (till_b, till_a):
        till.push()

    assert name_of(till_a, member) == "王晓明"
    assert noted(hq) == [("profile_edited_twice", 0, "")]


def test_an_edit_made_after_hq_knew_of_the_other_one_just_follows_it(
    hq: Hq, till_a: WireTill, till_b: WireTill, clock: ManualClock
) -> None:
    member = register(till_a, "13800005678")
    edit(till_a, member, "王晓明", clock.now_ms())
    till_a.push()
    clock.advance(60_000)
    edit(till_b, member, "王小鸣", clock.now_ms())
    till_b.push()
    edit(till_b, member, "王小明", clock.now_ms() - 30_000)  # the same till corrects itself, whatever its clock says
    till_b.push()

    assert name_of(till_a, member) == "王小明"
    assert noted(hq) == []


def test_two_blind_edits_to_the_same_word_are_none(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    member = register(till_a, "13800005678")
    now_ms = hq.desk.clock.now_ms()
    for till in (till_a, till_b):
        edit(till, member, "王晓明", now_ms - 5_000)
        till.push()
    assert noted(hq) == []


def test_what_a_frozen_member_still_spends_at_a_till_is_listed(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "13800005678")
    paid_in = top_up(till_a, member, 10_000)
    till_a.push()

    def freeze(work: Work) -> None:
        members = tables.members
        work.connection.execute(update(members).where(members.c.member_id == member).values(status="frozen"))

    hq.desk.run(freeze)
    till_a.append(sale_body(till_a, 4_000, member_id=member, stored=[LotAmount(member, principal_lot(paid_in), 3_000)]))
    till_a.append(sale_body(till_a, 500, member_id=member))
    order_id = hq.desk.ids.new_id()
    lots = (LotAmount(member, principal_lot(paid_in), 2_000),)
    deposit = bodies.OrderTaken(
        head=structs.replace(till_a.head(member), business_id=order_id), order_id=order_id, deposit_fen=2_000,
        tenders=(Tender(kind="stored_value", amount_fen=2_000, lots=lots),),
    )  # fmt: skip
    till_a.append(deposit)
    till_a.push()

    assert noted(hq) == [("frozen_member_spends", 3_000, "fen"), ("frozen_member_spends", 2_000, "fen")]


def test_what_is_spent_of_a_united_members_old_account_is_counted_and_no_work(
    hq: Hq, till_a: WireTill, till_b: WireTill
) -> None:
    first = register(till_a, "13800005678")
    till_a.push()
    second = register(till_b, "13800005678", name="王晓明")
    paid_in = top_up(till_b, second, 10_000)
    till_b.push()
    lot = principal_lot(paid_in)
    till_b.append(sale_body(till_b, 2_500, member_id=second, stored=[LotAmount(second, lot, 2_500)]))
    till_b.push()

    united = member_rows(till_a.changes().rows)
    entries = tables.entries.c
    with hq.desk.read() as connection:
        facts = connection.scalars(select(entries.entry_type).where(entries.entry_type == "members_united")).all()
        said = connection.scalars(select(entries.verdict_codes).where(entries.entry_type == "sale")).all()
    assert united[second].canonical_id == first
    assert len(facts) >= 1
    assert [sorted(codes.split(",")) for codes in said] == [["merged_member_spends", "not_repriced"]]
    assert noted(hq) == []


def test_two_top_ups_cut_off_may_exceed_the_cap_together(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_b: WireTill
) -> None:
    rules = publish(hq, stores[0], 15_000)
    member = register(till_a, "13800005678")
    till_a.push()
    for till, fen in ((till_a, 10_000), (till_b, 12_000), (till_a, 1_000)):
        body = bodies.TopUp(
            head=till.head(member), receipt_number="T", member_id=member, principal_fen=fen,
            rule_hash=rule_hash(rules), tenders=(Tender(kind="cash", amount_fen=fen),),
        )  # fmt: skip
        till.append(body)
        till.push()

    assert noted(hq) == [("balance_cap_exceeded", 7_000, "fen"), ("balance_cap_exceeded", 1_000, "fen")]


def test_a_sale_by_the_rules_of_before_an_outage_is_counted_and_no_work(
    hq: Hq, stores: list[StoreRow], till_a: WireTill
) -> None:
    old = publish(hq, stores[0], 15_000)
    new = publish(hq, stores[0], 16_000)
    for rules in (old, new):
        till_a.append(sale_body(till_a, 1_000, rule_hash=rule_hash(rules)))
    verdicts = till_a.push().verdicts
    entries = tables.entries.c
    with hq.desk.read() as connection:
        said = connection.scalars(
            select(entries.verdict_codes).where(entries.entry_type == "sale").order_by(entries.seq)
        ).all()

    assert (verdicts, noted(hq)) == ((), [])
    assert list(said) == ["stale_inputs", ""]


def test_a_coupon_with_other_terms_than_issued_is_named(hq: Hq, stores: list[StoreRow], till_a: WireTill) -> None:
    rules = publish(hq, stores[0], 15_000)
    member = register(till_a, "13800005678")
    till_a.push()
    terms = CouponTerms(
        token=hq.desk.ids.new_id(), template_id="t", name="满10减2", kind="amount_off", amount_fen=200,
    )  # fmt: skip
    hq.desk.run(lambda work: tokens.issue(work, [(terms, member)]))
    till_a.adopt(till_a.ask(member))
    line = BasketLine(line_number=1, goods_id="cake", name="蛋糕", quantity_milli=1000, price=Price(1_000))
    generous = msgspec.structs.replace(terms, amount_fen=900)
    asked = QuoteInputs(
        rule_hash=rule_hash(rules), engine_version=1, business_date=TODAY, member_id=member, coupons=(generous,)
    )
    quote = rule_engine.quote(rules, [line], asked)
    plain = sale_body(till_a, quote.total_fen, member_id=member, coupons=[terms.token])
    till_a.append(msgspec.structs.replace(plain, inputs=asked, lines=quote.lines))
    assert [verdict.code for verdict in till_a.push().verdicts] == ["coupon_terms_differ"]


def test_a_till_that_reports_other_counters_than_its_entries_say_is_named(
    hq: Hq, till_a: WireTill, tmp_path: Path
) -> None:
    member = register(till_a, "13800005678")
    top_up(till_a, member, 10_000)
    till_a.push()
    backup = Backup(hq, tmp_path)
    backup.restore()
    deliver(till_a)
    (told,) = counters_of(till_a)
    wrong = (msgspec.structs.replace(told, credited=told.credited + 1),)
    position = msgspec.structs.replace(till_a.position(), hq_epoch=hq.desk.hq_epoch())
    till_a.control("hello", HelloRequest(lane=position, report=CountersReport(counters=wrong, last=True)))

    assert "counters_differ" in [code for code, _amount, _unit in noted(hq)]


def publish(hq: Hq, store: StoreRow, cap_fen: int) -> StoreRules:
    """Rules of a store with a balance cap."""
    rules = StoreRules(version=1, store_id=store.store_id, top_up=TopUpRules(balance_cap_fen=cap_fen))
    document = msgspec.json.decode(msgspec.json.encode(rules), type=dict[str, object])
    return hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, store.store_id, document, effective_from="2020-01-01", author="test"
        )
    )


def test_a_lost_card_stops_everywhere_and_its_use_at_a_till_that_had_not_heard_is_named(
    hq: Hq, till_a: WireTill, till_b: WireTill
) -> None:
    old, new = "M1111", "M2222"
    member = register(till_a, "13800005678", card=old)
    till_a.push()
    known_to_b = till_b.changes().cursor
    paid_in = top_up(till_b, member, 10_000)
    now_ms = hq.desk.clock.now_ms()
    head = structs.replace(till_a.head(member), till_time_ms=now_ms)
    till_a.append(bodies.MemberEdited(head=head, member_id=member, cards_stopped=(old,), cards_added=(new,)))
    till_a.push()

    stored = [LotAmount(member, principal_lot(paid_in), 3_000)]
    sale = sale_body(till_b, 4_000, member_id=member, stored=stored)
    assert sale.member is not None
    by_card = structs.replace(
        sale,
        head=structs.replace(sale.head, till_time_ms=now_ms + 60_000),
        member=structs.replace(sale.member, identified_by="card", presence="card"),
        inputs=structs.replace(sale.inputs, mirror_cursor=known_to_b),
    )
    till_b.append(with_digest(by_card))
    till_b.push()

    assert noted(hq) == [("lost_card_used", 3_000, "fen")]
    row = member_rows(till_b.changes().rows)[member]
    assert (row.card_codes, row.cards_stopped) == ((new,), (old,))
    heard = structs.replace(
        by_card,
        head=structs.replace(by_card.head, business_id=hq.desk.ids.new_id()),
        inputs=structs.replace(by_card.inputs, mirror_cursor=till_b.changes().cursor),
    )
    till_b.append(with_digest(heard))  # by the new card
    till_b.push()
    assert noted(hq) == [("lost_card_used", 3_000, "fen")]


def test_a_new_card_that_somebody_else_has_is_named(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    first = register(till_a, "13800005678", card="M1111")
    till_a.push()
    second = register(till_b, "13900005678")
    till_b.append(bodies.MemberEdited(head=till_b.head(second), member_id=second, cards_added=("M1111",)))
    till_b.push()

    assert noted(hq) == [("card_taken", 0, "")]
    rows = member_rows(till_b.changes().rows)
    assert (rows[first].card_codes, rows[second].card_codes) == (("M1111",), ())


def test_the_last_purchases_go_with_the_member(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "13800005678")
    for total_fen in (100, 200, 300, 400):
        till_a.append(sale_body(till_a, total_fen, member_id=member))
    till_a.push()

    bought = member_rows(till_a.changes().rows)[member].purchases
    assert [one.total_fen for one in bought] == [400, 300, 200]
    assert bought[0].store_id == till_a.enrolment.store_id


def test_a_sale_is_credited_once_and_its_refund_takes_the_points_back(hq: Hq, till_a: WireTill) -> None:
    member, other = register(till_a, "13800005678"), register(till_a, "13900005678")
    sale = sale_body(till_a, 4_000)
    till_a.append(sale)

    def credited(to: UUID, points: int) -> None:
        body = bodies.SaleCredited(
            head=till_a.head(to), sale_id=sale.head.business_id, inputs=structs.replace(sale.inputs, member_id=to),
            member=MemberOnSale(member_id=to, identified_by="card"),
            points_earned=(LotAmount(to, "points:2027-05", points),),
        )  # fmt: skip
        till_a.append(with_digest(body))

    credited(member, 40)
    till_a.push()
    assert noted(hq) == []
    row = member_rows(till_a.changes().rows)[member]
    assert (sum(lot.balance for lot in row.lots), row.visits) == (40, 1)
    assert row.purchases[0].total_fen == 4_000

    credited(other, 40)
    till_a.push()
    assert noted(hq) == [("sale_credit_wrong", 40, "points")]
    assert member_rows(till_a.changes().rows)[other].visits == 0
