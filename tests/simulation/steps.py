"""What each step of a plan does at a till: trading, talking to HQ, and time.

A process that dies in the middle of a step is started again on whatever its disk holds; the step is then over.
"""

from collections.abc import Callable
from random import Random
from uuid import UUID

from tests.simulation.cashier import WithoutRules
from tests.simulation.moments import Crash
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.till import SimTill
from tests.simulation.world import Person

Act = Callable[[Stage, SimTill, Step, Random], None]


def known_person(stage: Stage, chance: Random) -> Person:
    """Somebody with a card: mostly one of few, so that tills want the same lots."""
    known = [person for person in stage.template.people if person.member_id is not None]
    return known[min(chance.randrange(len(known)), chance.randrange(len(known)))]


def _member(stage: Stage, till: SimTill, chance: Random) -> UUID | None:
    if chance.random() < 0.1:
        stranger = chance.choice([person for person in stage.template.people if person.member_id is None])
        return stage.cashier.member_at(till, stranger) or stage.cashier.register(till, stranger)
    return stage.cashier.member_at(till, known_person(stage, chance))


def sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody without a card."""
    stage.cashier.sell(till, chance.randint(100, 3000), chance.randint(1, 3), None, None, coupon=False)


def member_sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A member at a till that asks nobody: what is here may be spent."""
    member_id = _member(stage, till, chance)
    coupon = chance.random() < 0.5
    stage.cashier.sell(till, chance.randint(100, 3000), chance.randint(1, 3), member_id, None, coupon=coupon)


def online_sale(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A member whose rights are fetched while the goods are scanned, and go back after the sale or stay for a while."""
    member_id = _member(stage, till, chance)
    if member_id is None:
        return
    basket = stage.cashier.attach(till, member_id)
    talk(stage, till)
    stage.cashier.sell(till, chance.randint(100, 3000), chance.randint(1, 3), member_id, basket, coupon=True)
    if chance.random() < 0.4:
        talk(stage, till)


def top_up(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Money is paid in."""
    member_id = _member(stage, till, chance)
    if member_id is not None:
        stage.cashier.top_up(till, member_id, chance.choice((1000, 5000, 10_000, 20_000)))


def refund(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A piece of a sale of this till comes back; when none can, money changes hands the other way round."""
    own = [sale_id for name, sale_id in stage.cashier.people.sales if name == till.name]
    if not own or not stage.cashier.refund(till, chance.choice(own[-12:]), 1):
        sale(stage, till, step, chance)


def refund_without_receipt(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Goods without a receipt."""
    stage.cashier.refund_without_receipt(till, chance.randint(100, 900))


def cancel_top_up(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A top-up of this till is voided if all of it is still here."""
    own = [each for each in stage.cashier.people.top_ups if each[0] == till.name]
    if not own or not stage.cashier.cancel_top_up(till, own[-1]):
        sale(stage, till, step, chance)


def exchange(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Points for a mug."""
    member_id = _member(stage, till, chance)
    if member_id is None or not stage.cashier.exchange(till, member_id, chance.randint(1, 40)):
        sale(stage, till, step, chance)


def talk(stage: Stage, till: SimTill, *, pull: bool = False) -> str:
    """One contact with HQ; the code of what went wrong, or ''."""
    error = till.engine.run_once(pull=pull).error
    till.scan()
    return error


def sync(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The engine runs."""
    talk(stage, till, pull=chance.random() < 0.6)


TRADES: dict[str, Act] = {
    "sale": sale,
    "member_sale": member_sale,
    "online_sale": online_sale,
    "top_up": top_up,
    "refund": refund,
    "refund_without_receipt": refund_without_receipt,
    "cancel_top_up": cancel_top_up,
    "exchange": exchange,
    "sync": sync,
}


def act(stage: Stage, till: SimTill, step: Step, do: Act) -> None:
    """Do it; a process that dies on the way is started again."""
    try:
        do(stage, till, step, stage.chance(step.number))
    except Crash:
        till.restart(till.image(), machine=False)
    except WithoutRules:
        return  # a closed counter sells nothing
