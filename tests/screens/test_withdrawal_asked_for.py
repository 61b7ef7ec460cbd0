"""A withdrawal chosen before the right has come from HQ: said to be on its way, and it goes on by itself."""

from dataclasses import dataclass, field

from msgspec import json, structs

from hq_sync_server.office.desk import Work
from hq_sync_server.office.rules import rule_configs
from pos_client.ui.parts.cards import FigureCard, ListCard, MenuCard
from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.sell import SellPresenter
from pos_client.ui.top_up_returns import TopUpReturns
from tests.pos_client.checkout.bakery import ZHOU_CARD
from tests.pos_client.checkout.chain_of_two import Chain, Till
from tests.screens.test_asked_for import Screen, chain, counter_of

__all__ = ["chain"]


@dataclass
class Panels:
    """Cards that are open, the newest last."""

    sell_presenter: SellPresenter
    cards: list[Card] = field(default_factory=list)

    @property
    def screens(self) -> "Panels":
        return self

    def open(self, card: Card) -> None:
        self.cards.append(card)

    def close(self) -> None:
        self.cards.clear()


def places_nothing(chain: Chain) -> None:
    """From now on the store keeps nothing at its tills for whoever never spent there."""

    def publish(work: Work) -> None:
        store_id = chain.tills[0].ledger.identity.store_id  # type: ignore[union-attr]  # it was enrolled
        rules = rule_configs.newest_of(work.connection, [store_id])[store_id]
        changed = structs.replace(rules, escrow=structs.replace(rules.escrow, minimum_fen=0, minimum_points=0))
        document = json.decode(json.encode(changed), type=dict[str, object])
        rule_configs.publish_rules(work, store_id, document, effective_from="2020-01-02", author="test")

    chain.hq.desk.run(publish)


def topped_up(till: Till) -> None:
    till.checkout.basket.scan(ZHOU_CARD)
    till.checkout.top_ups.start()
    till.checkout.top_ups.choose(30_000)
    till.checkout.top_ups.pay_cash()
    till.checkout.top_ups.complete()


def test_a_withdrawal_waits_for_its_right_and_asks_for_the_amount_by_itself(chain: Chain, qapp: object) -> None:
    assert qapp is not None
    places_nothing(chain)
    till = chain.tills[0]
    topped_up(till)
    till.sync()
    till.sync()  # she left: what is hers went home
    till.checkout.basket.scan(ZHOU_CARD)
    (lot,) = till.checkout.top_ups.lots()
    assert (lot.can_withdraw, lot.why_not_withdraw) == (False, "lot_asked_for")
    screen = Screen()
    counter = counter_of(till, screen)
    panels = Panels(SellPresenter(counter))
    returns = TopUpReturns(panels, counter)

    returns.offer()
    assert isinstance(panels.cards[-1], ListCard)
    returns._choose(lot)
    menu = panels.cards[-1]
    assert isinstance(menu, MenuCard)
    menu._press_function(0)
    panels.cards.clear()
    panels.sell_presenter.asked_for.rights_came()
    assert panels.cards == []
    till.sync()
    till.sync()
    panels.sell_presenter.asked_for.rights_came()

    assert isinstance(panels.cards[-1], FigureCard)
    planned = till.checkout.top_ups.plan_withdrawal(lot.top_up_id, 10_000)
    assert (planned.forfeited_fen, planned.payout_fen) == (800, 10_000)


def test_cut_off_it_says_that_the_line_is_needed(chain: Chain) -> None:
    places_nothing(chain)
    till = chain.tills[0]
    topped_up(till)
    till.sync()
    till.sync()
    till.wire.down = True
    till.engine.run_once(pull=True)
    till.checkout.basket.scan(ZHOU_CARD)
    (lot,) = till.checkout.top_ups.lots()
    assert lot.why_not_withdraw == "lot_not_here"


def test_of_what_is_here_in_part_the_rest_comes_while_she_stands_here(chain: Chain) -> None:
    till = chain.tills[0]
    topped_up(till)
    till.sync()
    till.sync()
    till.checkout.basket.scan(ZHOU_CARD)
    (lot,) = till.checkout.top_ups.lots()
    assert (lot.can_withdraw, lot.principal_here_fen) == (True, 3_000)
    till.sync()
    assert till.checkout.top_ups.plan_withdrawal(lot.top_up_id, 30_000).payout_fen == 30_000
