"""Points exchanged for something of the store's list."""

from pos_client.checkout.day_tally import points_worth_fen
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftMember
from pos_client.checkout.member_panel import PROVING, member_panel, refuse_without_presence, spending_blocked
from pos_client.checkout.money_views import ExchangeItemView, ExchangeView
from pos_client.checkout.quoting import member_figure
from pos_client.checkout.receipt_people import receipt_member
from pos_client.checkout.slips import for_exchange
from pos_client.checkout.stored_value import draw_points, usable_points
from pos_client.checkout.views import DoneView
from pos_client.ledger.answers import MemberFigure
from shared_models.bodies import PointsExchange
from shared_models.refusals import Refusal
from shared_models.rule_engine import exchange_item
from shared_models.rules import rule_hash

QUANTITY_MAX = 99


class Exchanges:
    """For the member on the basket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def start(self) -> ExchangeView:
        """The list for the member's tier and the points usable now. Refuses `no_member`."""
        member, figure = self._member()
        rules = self._desk.rules()
        usable = usable_points(figure.lots, self._desk.business_date())
        return ExchangeView(
            member=member_panel(self._desk, rules, member, figure),
            items=tuple(
                ExchangeItemView(
                    item_id=item.item_id, name=item.name, points=item.points, affordable=item.points <= usable
                )
                for item in rules.exchange_list
                if not item.tiers or figure.canonical.tier in item.tiers
            ),
        )

    def exchange(self, item_id: str, quantity: int = 1) -> DoneView:
        """Writes it. Refuses `rights_short`, `presence_needed`, `member_frozen`, `rights_frozen`, `lease_over`,
        `exchange_unknown`, `exchange_not_for_tier`, `quantity_invalid`, `no_shift`."""
        self._desk.need_shift()
        member, figure = self._member()
        if not 0 < quantity <= QUANTITY_MAX:
            raise Refusal("quantity_invalid", quantity_milli=quantity * 1000, who="cashier")
        rules = self._desk.rules()
        item = exchange_item(rules, item_id, figure.canonical.tier)
        points = item.points * quantity
        blocked = spending_blocked(self._desk, figure)  # also where points are worth no money
        if blocked:
            raise Refusal(blocked, who="hq")
        worth_fen = points_worth_fen(rules, points)
        refuse_without_presence(self._desk, rules, member, figure, worth_fen)
        spent = draw_points(figure.lots, points, self._desk.business_date())
        body = PointsExchange(
            head=self._desk.head(subjects=(member.member_id, *(part.subject for part in spent))),
            receipt_number=self._desk.receipt_number(),
            member_id=member.member_id,
            item_id=item.item_id,
            item_name=item.name,
            quantity=quantity,
            points_spent=spent,
            rule_hash=rule_hash(rules),
            presence=member.presence if member.presence in PROVING else "small_amount",
            approvals=tuple(one for one in self._desk.draft.approvals if one.action == "presence"),
        )
        entry = self._desk.write_for_member(body)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, PointsExchange), "what was written is what was meant"
        slip = for_exchange(self._desk.letterhead(), written, receipt_member(self._desk, member.member_id))
        return DoneView(
            entry_type="points_exchange",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            documents=(slip,),
        )

    def _member(self) -> tuple[DraftMember, MemberFigure]:
        member = self._desk.draft.member
        figure = member_figure(self._desk, self._desk.draft, fresh=True)
        if member is None or figure is None:
            raise Refusal("no_member", who="member")
        return member, figure
