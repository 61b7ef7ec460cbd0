"""Intake: every fact once, in order; what cannot be taken is parked and holds nobody up."""

import msgspec
import pytest
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.inbox import inbox, parked_desk
from hq_sync_server.office.intake import day_figures
from hq_sync_server.records import tables
from shared_models import bodies
from shared_models.entries import Attachment, Entry, Head, entry_hash, link
from shared_models.members import Hole, TillMark
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount, Tender
from shared_models.sync import BATCH_ENTRIES_MAX
from tests.hq_sync_server.facts import sale_body, top_up
from tests.hq_sync_server.people import TODAY, WireTill, balances, member_rows, refusal_of
from tests.hq_sync_server.restored import exceptions, known_member


def _kept(hq: Hq, till: WireTill) -> list[tuple[int, str, str]]:
    table = tables.entries
    with hq.desk.read() as connection:
        rows = connection.execute(table.select().where(table.c.till_id == till.till_id).order_by(table.c.seq)).all()
    return [(row.seq, row.verdict, row.verdict_codes) for row in rows]


def test_an_unknown_type_is_parked_and_what_follows_is_taken(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    head = Head(business_id=hq.desk.ids.new_id(), business_date=TODAY, subjects=(member,))
    till_a.append_raw("haircut", 1, msgspec.json.encode({"head": head, "length_mm": 40}))
    till_a.append_raw("sale", 9, msgspec.json.encode({"head": head}))
    top_up(till_a, member, 5_000)

    answer = till_a.push()

    assert [(verdict.seq, verdict.code) for verdict in answer.verdicts] == [
        (2, "unknown_type"),
        (3, "unknown_version"),
    ]
    assert answer.acked_seq == 4
    row = member_rows(till_a.changes().rows)[member]
    assert row.marks == (TillMark(till_a.till_id, 1, 4),)
    assert row.holes == tuple(Hole(till_a.till_id, 1, seq, till_a.entries[seq - 1].entry_hash) for seq in (2, 3))


@pytest.mark.parametrize(
    ("entry_type", "body"),
    [
        ("sale", b"not json"),
        ("sale", b'{"head":{"business_id":"x","business_date":"2026-01-01"}}'),
        ("sale", b'{"head":{"business_id":"01a20128-88c4-770e-8b7c-ecbe3c6848c0","business_date":"20\\u000026"}}'),
        ("sale", b"\xff\xfe"),
        ("cash_moved", b"[]"),
        ("cash_moved", b""),
        ("cash_moved", b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
def test_a_body_that_cannot_be_read_is_parked(hq: Hq, till_a: WireTill, entry_type: str, body: bytes) -> None:
    till_a.append_raw(entry_type, 1, body)

    answer = till_a.push()

    assert [(verdict.outcome, verdict.code) for verdict in answer.verdicts] == [("parked", "malformed_body")]
    assert answer.acked_seq == 2
    with hq.desk.read() as connection:
        (parked,) = parked_desk.waiting(connection, Scope())
        _parked, shown = parked_desk.one(connection, Scope(), parked.entry_id)
    assert shown.body == inbox.readable(body), "people can look at it"


def test_a_fact_of_hqs_own_from_a_till_is_parked(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    lots = (bodies.OpeningLot(lot=principal_lot(member), amount=1_000_000),)
    till_a.append(bodies.OpeningBalance(head=till_a.head(member), member_id=member, lots=lots))

    assert [verdict.code for verdict in till_a.push().verdicts] == ["hq_type"]
    till_a.append(bodies.MembersUnited(head=till_a.head(member), alias_id=member, canonical_id=member))
    assert [verdict.outcome for verdict in till_a.push().verdicts] == ["parked"]


def test_an_entry_on_which_our_code_fails_is_parked_alone(hq: Hq, till_a: WireTill) -> None:
    """A figure no database can hold: the entry before and the one behind are taken all the same."""
    member = hq.desk.ids.new_id()
    top_up(till_a, member, 5_000)
    top_up(till_a, member, 2**64)
    top_up(till_a, member, 7_000)

    answer = till_a.push()

    assert [(verdict.seq, verdict.code) for verdict in answer.verdicts] == [(3, "code_failed")]
    assert [row[1] for row in _kept(hq, till_a)] == ["ok", "ok", "parked", "ok"]
    assert sum(balances(member_rows(till_a.changes().rows)[member]).values()) == 12_000


def test_a_cancelled_top_up_was_none_in_the_days_figures(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    top_up(till_a, member, 5_000)
    gone = top_up(till_a, member, 7_000)
    cancelled = bodies.TopUpCancelled(
        head=till_a.head(member), receipt_number="T3", member_id=member, top_up_id=gone, principal_fen=7_000,
        tenders=(Tender(kind="cash", amount_fen=7_000),),
    )  # fmt: skip
    till_a.append(cancelled)
    till_a.push()
    with hq.desk.read() as connection:
        assert day_figures.by_day(connection, Scope(), TODAY, TODAY)[TODAY].top_ups_fen == 5_000


def test_an_entry_whose_rules_cannot_even_be_looked_up_is_parked_alone(hq: Hq, till_a: WireTill) -> None:
    """A word no PostgreSQL takes: asked for once more for the parked entry, it would hold up the till for ever."""
    till_a.append(sale_body(till_a, 1_000, rule_hash="a\0b"))
    till_a.append(sale_body(till_a, 1_500))

    answer = till_a.push()

    assert (answer.acked_seq, len(_kept(hq, till_a))) == (3, 3)
    assert _kept(hq, till_a)[2][1] != "parked"


def test_an_adoption_that_cannot_be_read_is_named_and_holds_nobody_up(hq: Hq, till_a: WireTill) -> None:
    member = known_member(hq, 10_000)
    till_a.push()
    given = till_a.ask(member)
    till_a.append_raw("rights_adopted", 1, b"not json")
    till_a.adopted_request, till_a.adopted_seq = given.grant_request, len(till_a.entries)

    answer = till_a.push()

    assert (given.grants != (), answer.acked_seq) == (True, 2)
    assert exceptions(hq) == ["adoption_not_found"]


def test_a_negative_amount_moves_no_right(hq: Hq, till_a: WireTill) -> None:
    top_up(till_a, hq.desk.ids.new_id(), -5_000)

    assert [verdict.code for verdict in till_a.push().verdicts] == ["amount_negative"]


def test_the_same_business_id_counts_once(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    """A branch brings facts again; another body under the same id is an exception, and the first taken counts."""
    sale = sale_body(till_a, 1_000)
    till_a.append(sale)
    till_a.push()
    till_b.append(sale)
    till_b.append(structs.replace(sale, receipt_number="2"))

    answer = till_b.push()

    assert [(verdict.seq, verdict.code) for verdict in answer.verdicts] == [(3, "business_id_twice")]
    with hq.desk.read() as connection:
        sold = connection.execute(tables.postings.select().where(tables.postings.c.account == "sales")).all()
    assert [row.amount for row in sold] == [-1_000]


def test_a_broken_chain_is_refused_whole(hq: Hq, till_a: WireTill) -> None:
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    batch = till_a.batch()
    first, second = batch.entries
    bent = structs.replace(second, body=second.body.replace(b"5000", b"9000"))

    answer = till_a.control("entries", structs.replace(batch, entries=(first, bent)))

    assert (answer.outcome, answer.refusal, answer.acked_seq) == ("refused", "chain_broken", 0)
    assert _kept(hq, till_a) == []
    till_a.number += 1
    assert till_a.push().acked_seq == 2


def _another(till: WireTill, seq: int, prev_hash: bytes) -> Entry:
    """Some other entry at a place, with a hash that is right in itself."""
    body = bodies.encode_body(bodies.DrawerOpened(head=till.head(), reason="forged"))
    return link(
        till_id=till.till_id,
        epoch=1,
        seq=seq,
        prev_hash=prev_hash,
        entry_type="drawer_opened",
        type_version=1,
        body=body,
    )


def test_a_sound_chain_that_hangs_on_nothing_is_refused(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    till_a.entries.append(_another(till_a, 2, b"\x07" * 32))

    answer = till_a.push()

    assert (answer.outcome, answer.refusal, answer.acked_seq) == ("refused", "chain_broken", 1)


def test_another_past_sent_once_more_is_a_fork(hq: Hq, till_a: WireTill) -> None:
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    till_a.push()
    head_hash = till_a.head_hash
    till_a.entries[1] = _another(till_a, 2, till_a.entries[0].entry_hash)
    till_a.entries.append(_another(till_a, 3, till_a.head_hash))
    till_a.acked_seq = 1
    batch = till_a.batch()
    lane = structs.replace(batch.lane, acked_seq=2, acked_hash=head_hash)

    answer = till_a.control("entries", structs.replace(batch, lane=lane))

    assert (answer.outcome, answer.common_seq, answer.acked_seq) == ("fork", 1, 2)
    assert len(_kept(hq, till_a)) == 2


def test_an_entry_out_of_order_is_refused_whole(hq: Hq, till_a: WireTill) -> None:
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    top_up(till_a, hq.desk.ids.new_id(), 6_000)
    batch = till_a.batch()
    one, two, three = batch.entries

    answer = till_a.control("entries", structs.replace(batch, entries=(one, three, two)))

    assert (answer.outcome, answer.refusal) == ("refused", "chain_broken")


def test_a_batch_that_leaves_a_gap_is_not_taken(hq: Hq, till_a: WireTill) -> None:
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    batch = till_a.batch()
    gap = structs.replace(batch, first_seq=2, prev_hash=batch.entries[0].entry_hash, entries=batch.entries[1:])

    assert till_a.control("entries", gap).outcome == "resend_from"


def test_a_batch_signed_by_another_key_is_refused(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    batch = till_a.batch()

    answer = till_a.control("entries", structs.replace(batch, signature=till_b.key.sign(b"anything")))

    assert (answer.outcome, answer.refusal) == ("refused", "batch_signature_wrong")


def test_an_empty_and_an_overlong_batch_are_refused(hq: Hq, till_a: WireTill) -> None:
    batch = till_a.batch()
    assert till_a.control("entries", structs.replace(batch, entries=())).refusal == "batch_empty"
    for _ in range(BATCH_ENTRIES_MAX):
        till_a.append(bodies.DrawerOpened(head=till_a.head(), reason="change"))
    till_a.number += 1
    assert till_a.push().refusal == "batch_too_large"


def test_batches_are_kept_with_their_signature(hq: Hq, till_a: WireTill) -> None:
    till_a.push()

    with hq.desk.read() as connection:
        kept = connection.execute(tables.batches.select()).one()
    assert (kept.first_seq, kept.last_seq, bytes(kept.head_hash)) == (1, 1, till_a.head_hash)


def test_attachments_are_kept_by_hash_and_strays_are_dropped(hq: Hq, till_a: WireTill) -> None:
    note = Attachment(kind="note", salt=bytes(32), content="找零".encode())
    stray = Attachment(kind="note", salt=bytes(32), content=b"nobody names me")
    till_a.append(
        bodies.CashMoved(head=till_a.head(), amount_fen=-500, reason="change", note_attachment=note.attachment_hash),
        [note, stray],
    )
    till_a.push()

    with hq.desk.read() as connection:
        kept = connection.execute(tables.attachments.select()).all()
    assert [(row.attachment_hash, row.content.decode()) for row in kept] == [(note.attachment_hash, "找零")]


def test_a_long_backlog_comes_in_by_prefix(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    for _ in range(30):
        top_up(till_a, member, 100)
    everything = till_a.entries
    for end in (7, 8, 31):
        till_a.entries = everything[:end]
        assert till_a.push().acked_seq == end

    assert len(_kept(hq, till_a)) == 31


def test_a_request_for_another_till_is_refused(till_a: WireTill, till_b: WireTill) -> None:
    response = till_a.send("POST", "/v1/entries", msgspec.msgpack.encode(till_b.batch()))

    assert (response.status, refusal_of(response).code) == (422, "request_wrong")


def test_unknown_members_get_an_account_of_their_own(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    till_a.append(sale_body(till_a, 1_000, member_id=member))
    till_a.push()

    row = member_rows(till_a.changes().rows)[member]
    assert (row.status, row.visits, row.last_visit_date) == ("provisional", 1, TODAY)


def test_hqs_own_chain_is_linked(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    paid = top_up(till_a, member, 100)
    till_a.append(sale_body(till_a, 900, member_id=member, stored=[LotAmount(member, principal_lot(paid), 900)]))
    till_a.push()

    with hq.desk.read() as connection:
        rows = connection.execute(tables.entries.select().where(tables.entries.c.entry_type == "loss_booked")).all()
    (loss,) = rows
    assert loss.seq == 1
    digest = entry_hash(loss.till_id, 1, 1, bytes(32), "loss_booked", 1, bytes(loss.body))
    assert bytes(loss.entry_hash) == digest
    assert msgspec.json.decode(loss.body, type=bodies.LossBooked).amount == 800
