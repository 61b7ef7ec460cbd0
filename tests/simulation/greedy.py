"""Cashiers who ask for too much: what the ledger must refuse, whatever the checkout above it would have said."""

from collections.abc import Callable
from random import Random
from uuid import UUID

from shared_models import bodies
from shared_models.bodies import Body
from shared_models.moments import DAY_MS
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rights import is_expired
from shared_models.rule_engine import ENGINE_VERSION
from shared_models.sales import LotAmount, Price, QuoteInputs, SaleLine, Tender
from shared_models.tokens import order_token
from tests.simulation import crediting
from tests.simulation.account import Fact, Move
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.till import SimTill
from tests.simulation.world import GOODS_ID

_HELD = """
    SELECT subject, lot, granted + credited + risk - spent - released FROM rights
    WHERE epoch = ? AND granted + credited + risk - spent - released > 0 ORDER BY subject, lot
"""
_OWNED = "SELECT 1 FROM tokens WHERE token = ? AND state = 'owned'"
_HOME = "SELECT 1 FROM tokens WHERE kind = 'home' AND state = 'owned'"
LEASE_MS = 15 * DAY_MS
SLACK_MS = 3_600_000


def greedy(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """One of the ways to ask for too much."""
    chance.choice(WAYS)(stage, till, chance)


def _held(till: SimTill) -> list[LotAmount]:
    rows = till.ledger._database.driver.execute(_HELD, (till.ledger.head().epoch,)).fetchall()
    kinds = ("principal", "bonus", "points")
    return [LotAmount(UUID(bytes=row[0]), row[1], row[2]) for row in rows if lot_account(row[1]) in kinds]


def _refused(till: SimTill, make: Callable[[], Body]) -> bool:
    """Whether the ledger says no."""
    try:
        till.ledger.append(make())
    except Refusal:
        return True
    return False


def too_much_of_a_lot(stage: Stage, till: SimTill, chance: Random) -> None:
    """A fen more than may be spent here."""
    held = _held(till)
    if held:
        part = chance.choice(held)
        wanted = LotAmount(part.subject, part.lot, part.amount + 1)
        if not _refused(till, lambda: _spending(stage, till, wanted)):
            stage.watch.wrong.append(f"{till.name}: {wanted.amount} of {part.lot} was spent, {part.amount} was here")


def while_it_is_forbidden(stage: Stage, till: SimTill, chance: Random) -> None:
    """A fen of what is here: not while rights are frozen, not after the lease, not of a lot that has expired."""
    held = _held(till)
    if not held:
        return
    today = till.ledger.new_head().business_date
    part = chance.choice([each for each in held if is_expired(each.lot, today)] or held)
    wanted = LotAmount(part.subject, part.lot, 1)
    body = _spending(stage, till, wanted)
    silent_ms = stage.clock.now_ms() - till.heard_at_ms
    why = ""
    if till.frozen:
        why = "rights were frozen"
    elif not till.clock.was_touched and silent_ms > LEASE_MS + SLACK_MS:
        why = "the lease was over"
    elif is_expired(part.lot, body.head.business_date):
        why = "the lot had expired"
    if not why:
        fact = Fact(body.head.business_id, "exact_spend", (Move(part.subject, part.lot, -1),))
        stage.cashier.write(till, body, fact)
    elif not _refused(till, lambda: body):
        stage.watch.wrong.append(f"{till.name}: {part.lot} was spent although {why}")


def more_than_was_sold(stage: Stage, till: SimTill, chance: Random) -> None:
    """More pieces come back than were sold, or some of a sale of another till."""
    sales = stage.cashier.people.sales
    if not sales:
        return
    name, sale_id = chance.choice(sales[-20:])
    sold = dict(stage.account.sold.get(sale_id, {})).get(1, 0)
    left = sold - stage.account.came_back[sale_id, 1]
    owner = next(each for each in stage.tills if each.name == name) if name in {t.name for t in stage.tills} else till
    if not _refused(till, lambda: _returning(till, owner, sale_id, left + 1000)):
        stage.watch.wrong.append(f"{till.name}: {left + 1000} of a sale of {name} came back, {left} was left")


def a_coupon_of_others(stage: Stage, till: SimTill, chance: Random) -> None:
    """A coupon that is not owned here."""
    token = chance.choice(sorted(stage.template.tokens))
    owned = till.ledger.owned_token(token) is not None
    if not owned and not _refused(till, lambda: _sale(till, 100, coupons=(token,))):
        stage.watch.wrong.append(f"{till.name}: coupon {token.hex} was redeemed and is not owned here")


def a_paper_of_others(stage: Stage, till: SimTill, chance: Random) -> None:
    """A printed coupon at a till that is not its store's home till, or that was redeemed before."""
    paper = chance.choice(stage.template.papers)
    used = stage.account.redeemed[paper.token] > 0 and paper.token.bytes not in stage.watch.excused_tokens
    driver = till.ledger._database.driver
    owned = driver.execute(_OWNED, (paper.token.bytes,)).fetchone() is not None
    home = driver.execute(_HOME).fetchone() is not None
    forbidden = used or (not owned and (not home or paper.store_id != till.store_id))
    if forbidden and not _refused(till, lambda: _sale(till, 100, coupons=(paper.token,), papers=(paper.content,))):
        stage.watch.wrong.append(f"{till.name}: paper {paper.token.hex} was redeemed and is not good here")


def points_for_what_has_given_some(stage: Stage, till: SimTill, chance: Random) -> None:
    """A sale that is somebody's already, or of which something came back, made a member's."""
    account = stage.account
    named = {sale_id for sale_id, points in account.given.items() if points}
    named |= {sale_id for (sale_id, _), milli in account.came_back.items() if milli}
    own = [sale_id for _, sale_id in stage.cashier.people.sales[-30:] if sale_id in named - stage.excused_sales]
    person = chance.choice(stage.template.people).member_id
    if not own or person is None:
        return
    sale_id = chance.choice(own)
    known = till.ledger.refundable(sale_id)
    if known is None:
        return
    if not _refused(till, lambda: crediting.credited(stage.cashier, till, sale_id, person)):
        stage.watch.wrong.append(f"{till.name}: sale {sale_id.hex} was somebody's, and was credited once more")


def an_order_of_others(stage: Stage, till: SimTill, chance: Random) -> None:
    """An order that is not here is cancelled, or one that was collected or cancelled before."""
    orders = stage.cashier.people.orders[-20:]
    if not orders:
        return
    token = order_token(order_id := chance.choice(orders)[1])
    owned = till.ledger._database.driver.execute(_OWNED, (token.bytes,)).fetchone() is not None
    done = stage.account.redeemed[token] > 0 and token.bytes not in stage.watch.excused_tokens
    if (done or not owned) and not _refused(till, lambda: _cancelling(till, order_id)):
        stage.watch.wrong.append(f"{till.name}: order {order_id.hex} was cancelled and is not open here")


def _cancelling(till: SimTill, order_id: UUID) -> Body:
    return bodies.OrderCancelled(
        head=till.ledger.new_head(), order_id=order_id, receipt_number=till.next_receipt(), returned_fen=1,
        tenders=(Tender(kind="cash", amount_fen=1),),
    )  # fmt: skip


def _spending(stage: Stage, till: SimTill, wanted: LotAmount) -> Body:
    if lot_account(wanted.lot) == "points":
        return bodies.PointsExchange(
            head=till.ledger.new_head(subjects=(wanted.subject,)), receipt_number=till.next_receipt(),
            member_id=wanted.subject, item_id="mug", item_name="Mug", points_spent=(wanted,),
        )  # fmt: skip
    return _sale(till, wanted.amount, stored=(wanted,))


def _sale(
    till: SimTill, amount_fen: int, stored: tuple[LotAmount, ...] = (), coupons: tuple[UUID, ...] = (),
    papers: tuple[bytes, ...] = (),
) -> bodies.Sale:  # fmt: skip
    head = till.ledger.new_head(subjects=tuple({part.subject for part in stored}))
    line = SaleLine(
        line_number=1, goods_id=GOODS_ID, name="Bread", quantity_milli=1000, price=Price(amount_fen),
        price_source="open", list_amount_fen=amount_fen, amount_fen=amount_fen,
    )  # fmt: skip
    kind = Tender(kind="stored_value", amount_fen=amount_fen, lots=stored) if stored else None
    return bodies.Sale(
        head=head,
        receipt_number=till.next_receipt(),
        channel="training",
        inputs=QuoteInputs(rule_hash="", engine_version=ENGINE_VERSION, business_date=head.business_date),
        lines=(line,),
        total_fen=amount_fen,
        tenders=(kind or Tender(kind="cash", amount_fen=amount_fen),),
        coupons_redeemed=coupons,
        printed_coupons=papers,
    )


def _returning(till: SimTill, owner: SimTill, sale_id: UUID, quantity_milli: int) -> bodies.Refund:
    known = till.ledger.refundable(sale_id)
    line = bodies.RefundLine(
        line_number=1, goods_id=GOODS_ID, name="Bread", quantity_milli=quantity_milli, list_amount_fen=1, amount_fen=1
    )
    return bodies.Refund(
        head=till.ledger.new_head(), receipt_number=till.next_receipt(), channel="training", sale_id=sale_id,
        sale_till_id=owner.till_id, sale_epoch=1, sale_seq=1, right_version=known.version if known else 0,
        lines=(line,), total_fen=1,
        tenders=(Tender(kind="cash", amount_fen=1),),
    )  # fmt: skip


WAYS = (
    too_much_of_a_lot,
    while_it_is_forbidden,
    more_than_was_sold,
    a_coupon_of_others,
    a_paper_of_others,
    points_for_what_has_given_some,
    an_order_of_others,
)
