"""What a till on the wire does when HQ was restored from a backup: deliver again, then report what it holds."""

from collections import defaultdict
from uuid import UUID

from msgspec import structs

from shared_models import bodies
from shared_models.bodies import TokenMove
from shared_models.rights import rights_moves
from shared_models.sync import ControlAnswer, CountersReport, HelloRequest, LotCounters
from shared_models.tokens import token_effects
from tests.hq_sync_server.people import WireTill

_NAMES = {"T": "credited", "K": "risk", "S": "spent", "R": "released"}


def deliver(till: WireTill) -> ControlAnswer:
    """Everything from where HQ now stands."""
    answer = till.hello()
    while till.acked_seq < len(till.entries):
        answer = till.push()
        assert answer.outcome == "ok", answer
    return answer


def report(till: WireTill, *, last: bool = True) -> ControlAnswer:
    """All it holds, as one page."""
    position = structs.replace(till.position(), hq_epoch=till.hq.desk.hq_epoch())
    page = CountersReport(counters=counters_of(till), tokens=tokens_of(till), last=last)
    return till.control("hello", HelloRequest(lane=position, report=page))


def heal(till: WireTill) -> ControlAnswer:
    """Deliver, then report."""
    deliver(till)
    return report(till)


def counters_of(till: WireTill) -> tuple[LotCounters, ...]:
    """Its counters, from its entries alone."""
    sums: dict[tuple[UUID, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for body in _bodies(till):
        if isinstance(body, bodies.RightsAdopted):
            for grant in body.grants:
                of_lot = sums[grant.subject, grant.lot]
                of_lot["granted"] = max(of_lot["granted"], grant.granted_total)
        for move in rights_moves(body):
            sums[move.subject, move.lot][_NAMES[move.counter]] += move.amount
    return tuple(LotCounters(subject=key[0], lot=key[1], **of_lot) for key, of_lot in sorted(sums.items()))


def tokens_of(till: WireTill) -> tuple[TokenMove, ...]:
    """The tokens it owns, from its entries alone."""
    owned: dict[UUID, TokenMove] = {}
    for body in _bodies(till):
        effects = token_effects(body)
        for move in (*effects.acquired, *effects.created):
            owned[move.token] = move
        for token in (*effects.spent, *(move.token for move in effects.released)):
            owned.pop(token, None)
    return tuple(owned.values())


def _bodies(till: WireTill) -> list[bodies.Body]:
    read = (bodies.decode_body(entry.entry_type, entry.type_version, entry.body) for entry in till.entries)
    return [body for body in read if body is not None]
