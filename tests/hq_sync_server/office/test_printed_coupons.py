"""Printed coupons at HQ: the till with the store's home token redeems them; another one gets one coupon from it."""

from functools import partial
from uuid import UUID

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import select, update

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.rights import coupon_keys, coupons, home_tokens, printed
from hq_sync_server.office.rights.coupons import CouponTemplate
from hq_sync_server.records import office_tables, tables
from shared_models import bodies, printed_coupons
from shared_models.bodies import TokenMove
from shared_models.catalog import StoreRow
from shared_models.codes import parse_scan
from shared_models.moments import ManualClock
from shared_models.printed_coupons import CouponKeyRow
from shared_models.refusals import Refusal
from shared_models.sales import Reduction
from shared_models.sync import ControlAnswer, FeedRow, RightsRequest
from shared_models.tokens import HomeTerms, HomeTokenRow, PrintedGone, home_token
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill

TEMPLATE = CouponTemplate(
    template_id="spring", name="满30减8", kind="amount_off", amount_fen=800, minimum_fen=3_000, valid_days=30
)


@pytest.fixture
def till_c(hq: Hq, stores: list[StoreRow]) -> WireTill:
    """The first store's second till."""
    return WireTill.enrolled(hq, stores[0].store_id)


def issue(hq: Hq, store: StoreRow, count: int = 1) -> list[bytes]:
    """The signed contents of freshly printed coupons."""

    def do(work: Work) -> list[printed.PrintedCode]:
        coupons.save_template(work, TEMPLATE)
        return printed.issue(work, TEMPLATE, store, count)

    return [parse_scan(one.code).signed for one in hq.desk.run(do)]


def token_of(content: bytes) -> UUID:
    return printed_coupons.read(content).token


def ask(till: WireTill, *tokens: UUID) -> ControlAnswer:
    """Ask for tokens by name, all entries delivered."""
    if till.acked_seq < len(till.entries):
        till.push()
    return till.control("rights", RightsRequest(lane=till.position(), tokens=tokens))


def become_home(till: WireTill, store: StoreRow) -> None:
    till.adopt(ask(till, home_token(store.store_id)))


def redeem(till: WireTill, content: bytes, *, proof: bool = True) -> bodies.Sale:
    """A sale with this coupon."""
    token = token_of(content)
    plain = sale_body(till, 5_000, coupons=[token])
    off = (Reduction(kind="coupon", source=token.hex, name="满30减8", amount_fen=800),)
    sale = structs.replace(
        plain,
        lines=(structs.replace(plain.lines[0], list_amount_fen=5_800, reductions=off),),
        printed_coupons=(content,) if proof else (),
    )
    till.append(sale)
    return sale


def codes(hq: Hq) -> list[tuple[str, int]]:
    """(name, money effect) of every exception."""
    columns = office_tables.exceptions.c
    with hq.desk.read() as connection:
        found = connection.execute(select(columns.code, columns.amount).order_by(columns.exception_id)).all()
    return [(code, amount) for code, amount in found if code != "not_repriced"]


def rows(till: WireTill, kind: str) -> list[FeedRow]:
    return [row for row in till.changes().rows if row.kind == kind and not row.deleted]


def gone(till: WireTill) -> dict[str, str]:
    """Coupons the feed says the home token does not cover any more."""
    found = rows(till, "printed_coupon")
    return {row.key: msgspec.msgpack.decode(row.payload, type=PrintedGone).how for row in found}


def test_the_home_token_is_given_once_with_a_position_and_its_owner_redeems(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_b: WireTill, till_c: WireTill
) -> None:
    (content,) = issue(hq, stores[0])
    answer = ask(till_a, home_token(stores[0].store_id))
    till_a.adopt(answer)
    refused = [ask(till, home_token(stores[0].store_id)) for till in (till_b, till_c)]
    redeem(till_a, content)
    till_a.push()

    (move,) = answer.tokens
    assert (move.kind, move.version, move.subject) == ("home", 1, stores[0].store_id)
    assert msgspec.msgpack.decode(move.terms, type=HomeTerms).position.position > 0
    assert [one.tokens for one in refused] == [(), ()]
    assert [(held.code, held.till_number) for held in refused[1].held] == [("at_till", 1)]
    assert codes(hq) == []
    assert gone(till_c) == {token_of(content).hex: "used"}
    assert gone(till_b) == {}  # another store's
    (row,) = rows(till_c, "home_token")
    home = msgspec.msgpack.decode(row.payload, type=HomeTokenRow)
    assert (home.owner_till_id, home.version) == (till_a.till_id, 1)


def test_a_coupon_redeemed_without_the_home_token_is_named_with_what_it_took_off(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_c: WireTill
) -> None:
    first, second = issue(hq, stores[0], 2)
    become_home(till_a, stores[0])
    redeem(till_c, first)
    till_c.push()
    redeem(till_a, first)
    redeem(till_a, second)
    till_a.push()

    assert codes(hq) == [("coupon_not_owned", 800), ("coupon_twice", 800)]


def test_another_till_gets_a_coupon_after_the_home_till_gave_it_back(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_c: WireTill
) -> None:
    (content,) = issue(hq, stores[0])
    token = token_of(content)
    become_home(till_a, stores[0])
    till_a.push()
    refused = ask(till_c, token)
    nudged = till_a.changes().nudge
    recalls = till_a.hello().recalls
    till_a.append(bodies.TokenReleased(head=till_a.head(), tokens=(TokenMove(token=token, kind="coupon", version=1),)))
    till_a.push()
    asked_again = till_c.changes().nudge
    given = ask(till_c, token)
    till_c.adopt(given)
    redeem(till_c, content, proof=False)
    till_c.push()

    assert [(held.code, held.till_number) for held in refused.held] == [("at_till", 1)]
    assert (nudged, asked_again) == (True, True)
    assert [(recall.token, recall.kind) for recall in recalls] == [(token, "coupon")]
    assert not till_a.changes().nudge
    assert till_a.hello().recalls == ()
    assert [(move.token, move.version) for move in given.tokens] == [(token, 2)]
    assert codes(hq) == []
    assert gone(till_a) == {token.hex: "moved"}


def test_hq_gives_out_coupons_itself_while_no_till_has_the_home_token(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_c: WireTill
) -> None:
    (content,) = issue(hq, stores[0])
    given = ask(till_c, token_of(content))
    become_home(till_a, stores[0])
    redeem(till_a, content)
    till_a.push()

    assert [move.version for move in given.tokens] == [1]
    assert gone(till_a) == {token_of(content).hex: "moved"}
    assert codes(hq) == [("coupon_not_owned", 800)]


def test_the_home_token_goes_where_hq_wants_it_once_it_is_given_up(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_c: WireTill
) -> None:
    issue(hq, stores[0])
    token = home_token(stores[0].store_id)
    become_home(till_a, stores[0])
    till_a.push()
    hq.desk.run(lambda work: home_tokens.set_home(work, stores[0].store_id, 2))
    too_early = ask(till_c, token)
    recalled = till_a.hello().recalls
    till_a.append(
        bodies.TokenReleased(
            head=till_a.head(),
            tokens=(TokenMove(token=token, kind="home", version=2, subject=stores[0].store_id),),
        )
    )
    till_a.push()

    assert too_early.tokens == ()
    assert [recall.kind for recall in recalled] == ["home"]
    assert ask(till_a, token).tokens == ()
    assert till_c.changes().nudge
    assert [move.version for move in ask(till_c, token).tokens] == [3]
    with pytest.raises(Refusal, match="till_unknown"):
        hq.desk.run(lambda work: home_tokens.set_home(work, stores[0].store_id, 9))


def test_what_is_not_placed_in_the_feed_yet_holds_the_home_token_back(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, till_c: WireTill
) -> None:
    """Else the position given with it would be before a coupon that somebody used."""
    (content,) = issue(hq, stores[0])
    ask(till_c, token_of(content))
    till_a.push()
    feed = office_tables.feed

    def unplace(work: Work) -> None:
        work.connection.execute(update(feed).where(feed.c.kind == "printed_coupon").values(position=None))

    hq.desk.run(unplace)
    answer = ask(till_a, home_token(stores[0].store_id))

    assert answer.tokens == ()
    assert [held.code for held in answer.held] == ["not_now"]
    hq.desk.sequence()
    assert len(ask(till_a, home_token(stores[0].store_id)).tokens) == 1


def test_a_coupon_hq_forgot_in_a_restore_is_known_by_its_signature_and_a_forged_one_is_not(
    hq: Hq, stores: list[StoreRow], till_a: WireTill
) -> None:
    lost, spare = issue(hq, stores[0], 2)
    become_home(till_a, stores[0])
    table = tables.tokens

    def forget(work: Work) -> None:
        work.connection.execute(table.delete().where(table.c.token.in_([token_of(lost), token_of(spare)])))

    hq.desk.run(forget)
    redeem(till_a, lost)
    redeem(till_a, spare[:-1] + bytes([spare[-1] ^ 1]))
    till_a.push()

    assert codes(hq) == [("coupon_unknown", 800)]
    assert gone(till_a)[token_of(lost).hex] == "used"


def test_coupon_keys_are_certified_change_and_are_revoked(hq: Hq, stores: list[StoreRow], till_a: WireTill) -> None:
    (old,) = issue(hq, stores[0])
    new_id = hq.desk.run(coupon_keys.renew)
    (new,) = issue(hq, stores[0])
    hq.desk.run(lambda work: coupon_keys.revoke(work, 1))
    found = {
        row.key_id: row
        for one in rows(till_a, "coupon_key")
        for row in [msgspec.msgpack.decode(one.payload, type=CouponKeyRow)]
    }

    assert (printed_coupons.read(old).key_id, printed_coupons.read(new).key_id, new_id) == (1, 2, 2)
    assert {key_id: row.revoked for key_id, row in found.items()} == {1: True, 2: False}
    assert printed_coupons.signature_is_right(new, found[2].verify_key)
    assert not printed_coupons.signature_is_right(old, found[2].verify_key)
    with pytest.raises(Refusal, match="coupon_key_unknown"):
        hq.desk.run(lambda work: coupon_keys.revoke(work, 7))


def test_what_cannot_be_printed_is_refused(hq: Hq, stores: list[StoreRow]) -> None:
    of_another = structs.replace(TEMPLATE, stores=(stores[1].code,))
    endless = structs.replace(TEMPLATE, template_id="t" * 64, name="券" * 64)
    for template, count, code in (
        (TEMPLATE, 0, "count_invalid"),
        (TEMPLATE, 10_001, "count_invalid"),
        (of_another, 1, "coupon_store_excluded"),
        (endless, 1, "template_too_long"),
    ):
        with pytest.raises(Refusal, match=code):
            hq.desk.run(partial(printed.issue, template=template, store=stores[0], count=count))


def test_withdrawn_coupons_are_told_and_used_ones_leave_the_feed_long_after_they_expired(
    hq: Hq, stores: list[StoreRow], till_a: WireTill, clock: ManualClock
) -> None:
    withdrawn, used = issue(hq, stores[0], 2)
    become_home(till_a, stores[0])
    redeem(till_a, used)
    till_a.push()
    assert hq.desk.run(lambda work: printed.withdraw(work, [token_of(withdrawn), token_of(used)])) == 1
    told = gone(till_a)
    clock.advance((TEMPLATE.valid_days - 1 + printed.KEPT_DAYS) * 86_400_000)
    kept = hq.desk.run(printed.drop_expired)
    clock.advance(86_400_000)

    assert told == {token_of(withdrawn).hex: "withdrawn", token_of(used).hex: "used"}
    assert (kept, hq.desk.run(printed.drop_expired)) == (0, 2)
    assert gone(till_a) == {}
