"""What each step of a plan does at a till: trading, talking to HQ, and time.

A process that dies in the middle of a step is started again on whatever its disk holds; the step is then over.
"""

from collections.abc import Callable
from random import Random
from uuid import UUID

from shared_models.refusals import Refusal
from shared_models.sync import SaleWanted
from tests.simulation import crediting, returning
from tests.simulation.cashier import WithoutRules
from tests.simulation.moments import Crash
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.till import SimTill
from tests.simulation.world import Paper, Person

NOT_THIS_PAPER = frozenset(
    {"coupon_other_store", "coupon_expired", "coupon_not_yet_valid", "coupon_key_unknown", "coupon_template_unknown"}
)
"""Why a till takes no coupon of ours: it is another store's, its clock is wild, or its mirror is gone."""

Act = Callable[[Stage, SimTill, Step, Random], None]


def known_person(stage: Stage, chance: Random) -> Person:
    """Somebody with a card: mostly one of few, so that tills want the same lots."""
    known = [person for person in stage.template.people if person.member_id is not None]
    return known[min(chance.randrange(len(known)), chance.randrange(len(known)))]


def member(stage: Stage, till: SimTill, chance: Random) -> UUID | None:
    """Somebody with a card, or now and then a stranger who takes one."""
    if chance.random() < 0.1:
        stranger = chance.choice([person for person in stage.template.people if person.member_id is None])
        return stage.cashier.member_at(till, stranger) or stage.cashier.register(till, stranger)
    return stage.cashier.member_at(till, known_person(stage, chance))


def sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody without a card."""
    stage.cashier.sell(till, chance.randint(100, 3000), chance.randint(1, 3), None, None, coupon=False)


def member_sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A member at a till that asks nobody: what is here may be spent."""
    member_id = member(stage, till, chance)
    coupon = chance.random() < 0.5
    stage.cashier.sell(till, chance.randint(100, 3000), chance.randint(1, 3), member_id, None, coupon=coupon)


def credit_late(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A sale of this till was a member's after all: its points go there, once; when none can, one more is made."""
    member_id = member(stage, till, chance)
    own = [sale_id for name, sale_id in stage.cashier.people.sales if name == till.name]
    for sale_id in reversed(own[-8:] if member_id is not None else []):
        assert member_id is not None
        if crediting.credit(stage.cashier, till, sale_id, member_id):
            stage.deeds["sale_credited"] += 1
            return
    sale(stage, till, step, chance)


def online_sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A member whose rights are fetched while the goods are scanned, and go back after the sale or stay for a while."""
    member_id = member(stage, till, chance)
    if member_id is None:
        return
    basket = stage.cashier.attach(till, member_id)
    talk(stage, till)
    stage.cashier.sell(till, chance.randint(100, 3000), chance.randint(1, 3), member_id, basket, coupon=True)
    if chance.random() < 0.4:
        talk(stage, till)


def top_up(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Money is paid in."""
    member_id = member(stage, till, chance)
    if member_id is not None:
        stage.cashier.top_up(till, member_id, chance.choice((1000, 5000, 10_000, 20_000)))


def refund(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A piece of a sale of this till comes back; when none can, money changes hands the other way round."""
    own = [sale_id for name, sale_id in stage.cashier.people.sales if name == till.name]
    if not own or not returning.refund(stage.cashier, till, chance.choice(own[-12:]), 1):
        sale(stage, till, step, chance)


def refund_without_receipt(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Goods without a receipt."""
    returning.refund_without_receipt(stage.cashier, till, chance.randint(100, 900))


def cancel_top_up(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A top-up of this till is voided if all of it is still here."""
    own = [each for each in stage.cashier.people.top_ups if each.at == till.name]
    if not own or not returning.cancel_top_up(stage.cashier, till, own[-1]):
        sale(stage, till, step, chance)


def withdraw(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A part of what was paid in here is paid out again."""
    own = [each for each in stage.cashier.people.top_ups if each.at == till.name]
    if own and returning.withdraw(stage.cashier, till, chance.choice(own[-6:]), chance.uniform(0.05, 0.6)):
        stage.deeds["withdrawal"] += 1
    else:
        sale(stage, till, step, chance)


def refund_elsewhere(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A piece of a sale of another till comes back here: HQ is asked for the right, and asks who has it."""
    others = [(name, sale_id) for name, sale_id in stage.cashier.people.sales[-30:] if name != till.name]
    if not others or till.is_cut_off:
        sale(stage, till, step, chance)
        return
    name, sale_id = chance.choice(others)
    sellers = [other for other in stage.tills if other.name == name]
    till.engine.wants.want_sale(SaleWanted(sale_id=sale_id))
    talk(stage, till)
    if till.ledger.refundable(sale_id) is None:
        come_over(stage, till, sellers)
    if returning.refund(stage.cashier, till, sale_id, 1):
        stage.deeds["refund_elsewhere"] += 1
        for seller in sellers:  # the customer goes there too
            returning.refund(stage.cashier, seller, sale_id, 1)


def come_over(stage: Stage, till: SimTill, others: list[SimTill]) -> None:
    """Who has what this till asked for hears of it and gives it up, and this till asks once more."""
    for other in others:
        if other is not till:
            other.engine.push_soon()
            talk(stage, other)
    talk(stage, till, pull=True)
    talk(stage, till)


def sale_above_rights(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """More than may be spent here, and a manager approves of the rest."""
    member_id = member(stage, till, chance)
    usable_fen, room_fen = stage.cashier.room_to_lend(till, member_id) if member_id is not None else (0, 0)
    if member_id is None or room_fen <= 0:
        member_sale(stage, till, step, chance)
        return
    lent_fen = chance.randint(1, room_fen)
    if stage.cashier.sell(till, usable_fen + lent_fen, 1, member_id, None, lent_fen=lent_fen):
        stage.deeds["sale_above_rights"] += 1


def printed_sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody brings a printed coupon, mostly one of this store; it counts where this till may redeem it, which it
    may ask HQ for."""
    papers = [paper for paper in stage.template.papers if paper.store_id == till.store_id or chance.random() < 0.1]
    paper = chance.choice(papers)
    if not till.is_cut_off and chance.random() < 0.5:
        till.engine.wants.want_token(paper.token)
        talk(stage, till)
        if (
            not till.frozen
            and till.ledger.owned_token(paper.token) is None
            and till.ledger.home_token_unwanted() is None
        ):
            come_over(stage, till, [each for each in stage.tills if each.store_id == till.store_id])
    member_id = member(stage, till, chance) if chance.random() < 0.5 else None
    redeem(stage, till, paper, chance, member_id)


def redeem(stage: Stage, till: SimTill, paper: Paper, chance: Random, member_id: UUID | None = None) -> bool:
    """Sell with a printed coupon if this till takes it, else without."""
    try:
        here = till.ledger.printed_coupon(paper.content)
    except Refusal as refusal:
        if refusal.code not in NOT_THIS_PAPER:
            stage.watch.wrong.append(f"{till.name}: a coupon of ours is refused: {refusal}")
        here = None
    if here is not None and (here.why_not is not None or till.frozen):
        here = None
    redeemed = stage.cashier.sell(till, chance.randint(400, 3000), 1, member_id, None, paper=here) and here is not None
    if here is not None and redeemed:
        stage.deeds["printed_by_home_token" if here.by_home_token else "printed_by_own_token"] += 1
    return redeemed


def exchange(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Points for a mug."""
    member_id = member(stage, till, chance)
    if member_id is None or not stage.cashier.exchange(till, member_id, chance.randint(1, 40)):
        sale(stage, till, step, chance)


def talk(stage: Stage, till: SimTill, *, pull: bool = False, whole: bool = False) -> str:
    """One contact with HQ; the code of what went wrong, or ''. `whole`: what it adopted at last is said too, as the
    schedule would a moment later."""
    try:
        report = till.engine.run_once(pull=pull)
        if whole and report.adopted_unsaid and not report.error:
            report = till.engine.run_once(pull=pull)
    except Crash as crash:
        crash.whose = till.name
        raise
    till.scan()
    return report.error


def sync(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The engine runs."""
    talk(stage, till, pull=chance.random() < 0.6)


TRADES: dict[str, Act] = {
    "sale": sale,
    "member_sale": member_sale,
    "credit_late": credit_late,
    "online_sale": online_sale,
    "top_up": top_up,
    "refund": refund,
    "refund_without_receipt": refund_without_receipt,
    "cancel_top_up": cancel_top_up,
    "withdraw": withdraw,
    "refund_elsewhere": refund_elsewhere,
    "sale_above_rights": sale_above_rights,
    "printed_sale": printed_sale,
    "exchange": exchange,
    "sync": sync,
}


def act(stage: Stage, till: SimTill, step: Step, do: Act) -> None:
    """Do it; a process that dies on the way is started again."""
    try:
        do(stage, till, step, stage.chance(step.number))
    except Crash as crash:
        dead = next((each for each in stage.machines if each.name == crash.whose), till)
        dead.restart(dead.image(), machine=False)
    except WithoutRules:
        return  # a closed counter sells nothing
