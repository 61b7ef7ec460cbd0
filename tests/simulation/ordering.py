"""Orders with a deposit: taken here, and collected, changed or cancelled here or wherever the customer comes.

Written straight into the ledger, like all that cashiers do; the till that does not have an order asks HQ for it.
"""

from random import Random
from uuid import UUID

from msgspec.structs import replace

from pos_client.ledger.orders import OrderKnown
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.orders import deposit_tenders
from shared_models.rule_engine import eligible_paid_fen, points_earned, points_lot_for, quote
from shared_models.sales import LotAmount, MemberOnSale, Tender
from shared_models.tokens import order_token
from tests.simulation import steps
from tests.simulation.account import Fact, Move
from tests.simulation.cashier import CASHIER, drawn_from, line_of, tenders_of
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.steps import Act
from tests.simulation.till import SimTill

PIECES = 2
NEWEST = 12
"""So many orders somebody may still come for."""


def order_taken(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody orders two loaves and pays a part of them: in cash, or a member by stored value as far as that goes."""
    member_id = steps.member(stage, till, chance) if chance.random() < 0.6 else None
    figure = till.ledger.member_figure(member_id) if member_id is not None else None
    head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ())
    rules = stage.cashier.rules(till, head.business_date)
    inputs = replace(stage.cashier.inputs(till, rules, head.business_date, figure, coupon=False), points_to_spend=0)
    quoted = quote(rules, [line_of(chance.randint(100, 3000), PIECES)], inputs)
    deposit_fen = chance.randint(1, quoted.total_fen)
    paid_by = drawn_from(figure, ("principal", "bonus"), deposit_fen // 2)
    stored_fen = sum(part.amount for part in paid_by)
    body = bodies.OrderTaken(
        head=head,
        order_id=head.business_id,
        receipt_number=till.next_receipt(),
        member_id=member_id,
        member=MemberOnSale(member_id=member_id, identified_by="card", presence="card") if member_id else None,
        inputs=inputs,
        lines=quoted.lines,
        total_fen=quoted.total_fen,
        deposit_fen=deposit_fen,
        tenders=tenders_of(paid_by, deposit_fen - stored_fen),
        collect_store_id=till.store_id,
        collect_at_ms=till.clock.now_ms(),
    )
    moves = tuple(Move(part.subject, part.lot, -part.amount) for part in paid_by)
    fact = Fact(head.business_id, "order_taken", moves, deposit_fen - stored_fen, deposit_fen=deposit_fen)
    if stage.cashier.write(till, body, fact):
        stage.cashier.people.orders.append((till.name, head.business_id))
        stage.deeds["order_taken"] += 1


def order_ended(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody comes for an order, to this till or to the one that took it, or does not want it as it was."""
    open_ones = [each for each in stage.cashier.people.orders[-NEWEST:] if chance.random() < 0.7]
    here = [each for each in open_ones if each[0] == till.name]
    for name, order_id in reversed(here if here and chance.random() < 0.5 else open_ones):
        known = _known_here(stage, till, order_id, may_ask=name != till.name)
        if known is None:
            continue
        end = chance.choice((_collect, _collect, _cancel, _change))
        if end(stage, till, known.taken, known):
            stage.deeds["order_ended_elsewhere" if known.taken_elsewhere else "order_ended"] += 1
        return
    steps.sale(stage, till, step, chance)


def _known_here(stage: Stage, till: SimTill, order_id: UUID, *, may_ask: bool) -> OrderKnown | None:
    """The order, if it may be ended here; who has it is asked for it."""
    known = till.ledger.order_known(order_id)
    is_open = known is None or not (known.is_here or known.is_done)
    if is_open and may_ask and not till.is_cut_off and not till.frozen:
        till.engine.wants.want_token(order_token(order_id))
        steps.talk(stage, till)
        if till.ledger.owned_token(order_token(order_id)) is None:
            steps.come_over(stage, till, [each for each in stage.tills if _has(each, order_id)])
        known = till.ledger.order_known(order_id)
    return known if known is not None and known.is_here else None


def _has(till: SimTill, order_id: UUID) -> bool:
    return till.ledger.owned_token(order_token(order_id)) is not None


def _paid(taken: bodies.OrderTaken) -> tuple[Tender, ...]:
    return tuple(replace(tender, handed_over_fen=0, change_fen=0) for tender in deposit_tenders(taken))


def _collect(stage: Stage, till: SimTill, taken: bodies.OrderTaken, known: OrderKnown) -> bool:
    """The goods are handed over at the price that was said; the rest of it is paid in cash."""
    member_id = taken.member.member_id if taken.member else None
    head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ())
    rules = known.rules or stage.cashier.rules(till, head.business_date)
    inputs = taken.inputs
    assert inputs is not None
    rest_fen = taken.total_fen - taken.deposit_fen
    deposit = tuple(replace(tender, kind="deposit") for tender in _paid(taken))
    tenders = (*deposit, *tenders_of((), rest_fen))
    earned = points_earned(rules, taken.lines, inputs, eligible_paid_fen(rules, tenders)) if member_id else 0
    lot = points_lot_for(rules, head.business_date)
    sale = bodies.Sale(
        head=head,
        receipt_number=till.next_receipt(),
        channel="training",
        member=taken.member,
        inputs=inputs,
        lines=taken.lines,
        total_fen=taken.total_fen,
        tenders=tenders,
        points_earned=(LotAmount(member_id, lot, earned),) if member_id and earned else (),
        stored_value_order=rules.stored_value.order,
        order_id=taken.order_id,
    )
    moves = (Move(member_id, lot, earned),) if member_id and earned else ()
    sold = Fact(head.business_id, "sale", moves, rest_fen, pieces=((1, 1000 * PIECES),))
    done = bodies.OrderCollected(
        head=till.ledger.new_head(cashier_id=CASHIER),
        order_id=taken.order_id,
        sale_id=head.business_id,
        deposit_fen=taken.deposit_fen,
    )
    return stage.cashier.write_all(till, [(sale, sold), (done, _ended(done, taken, -taken.deposit_fen))])


def _cancel(stage: Stage, till: SimTill, taken: bodies.OrderTaken, known: OrderKnown) -> bool:
    """All of the deposit goes back, each part to where it came from."""
    paid = _paid(taken)
    lots = [part for tender in paid for part in tender.lots]
    back_fen = taken.deposit_fen - sum(part.amount for part in lots)
    body = bodies.OrderCancelled(
        head=till.ledger.new_head(cashier_id=CASHIER, subjects=tuple({part.subject for part in lots})),
        order_id=taken.order_id,
        receipt_number=till.next_receipt(),
        member_id=taken.member_id,
        returned_fen=taken.deposit_fen,
        tenders=paid,
    )
    moves = tuple(Move(part.subject, part.lot, part.amount) for part in lots)
    return stage.cashier.write(till, body, _ended(body, taken, -taken.deposit_fen, moves, -back_fen))


def _change(stage: Stage, till: SimTill, taken: bodies.OrderTaken, known: OrderKnown) -> bool:
    """Another time: the order ends and is taken anew in one breath, and its deposit goes along."""
    subjects = tuple({part.subject for tender in _paid(taken) for part in tender.lots})
    head = till.ledger.new_head(cashier_id=CASHIER, subjects=subjects)
    anew = replace(
        taken,
        head=head,
        order_id=head.business_id,
        receipt_number=till.next_receipt(),
        tenders=(),
        carried=_paid(taken),
        replaces=taken.order_id,
        collect_store_id=till.store_id,
        collect_at_ms=till.clock.now_ms(),
    )
    ends = bodies.OrderCancelled(
        head=till.ledger.new_head(cashier_id=CASHIER),
        order_id=taken.order_id,
        receipt_number=till.next_receipt(),
        member_id=taken.member_id,
        replaced_by=anew.order_id,
        carried_fen=taken.deposit_fen,
    )
    pairs: list[tuple[Body, Fact]] = [(ends, _ended(ends, taken, 0)), (anew, Fact(anew.order_id, "order_taken"))]
    if not stage.cashier.write_all(till, pairs):
        return False
    stage.cashier.people.orders.append((till.name, anew.order_id))
    stage.deeds["order_changed"] += 1
    return True


def _ended(
    body: bodies.OrderCollected | bodies.OrderCancelled, taken: bodies.OrderTaken, deposit_fen: int,
    moves: tuple[Move, ...] = (), tendered_fen: int = 0,
) -> Fact:  # fmt: skip
    kind = "order_collected" if isinstance(body, bodies.OrderCollected) else "order_cancelled"
    ended = (order_token(taken.order_id),)
    return Fact(body.head.business_id, kind, moves, tendered_fen, coupons=ended, deposit_fen=deposit_fen)


ORDERING: dict[str, Act] = {"order_taken": order_taken, "order_ended": order_ended}
