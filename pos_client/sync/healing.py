"""What a till says to HQ when its disk went back or it was copied, and what it owes of earlier epochs.

Whatever it wrote is delivered first, as a branch where need be; then, once somebody who may has said so, it asks for a
new epoch; then it fetches what it lost. Used by the engine alone.
"""

from pos_client.ledger import Ledger
from pos_client.ledger.epochs import ENROL_AGAIN
from pos_client.sync.hq_api import HqApi
from pos_client.sync.lane import Draft, LaneArguments, lane_position
from shared_models.sync import BATCH_BYTES_MAX, ControlAnswer


def next_batch(ledger: Ledger, api: HqApi, count_max: int) -> Draft:
    """The next entries HQ does not have: of the earliest epoch that it does not have to its end."""
    lane = lane_position(ledger)
    owed = ledger.owed()
    if owed is not None:
        arguments = LaneArguments(lane=lane, epoch=owed.epoch)
        after, last = owed.acked_seq, owed.last_seq
    else:
        arguments = LaneArguments(lane=lane, branch=bool(ledger.frozen()))
        after, last = ledger.delivered_seq(), lane.seq
    draft = Draft("entries", arguments, after + 1)
    # The head may move on meanwhile: never more than the position says.
    load(draft, ledger, api, after, min(count_max, last - after), BATCH_BYTES_MAX)
    return draft


def load(draft: Draft, ledger: Ledger, api: HqApi, after_seq: int, count_max: int, bytes_max: int) -> None:
    """Put the entries that follow `after_seq` into a batch, with what lies beside them."""
    epoch = draft.arguments.epoch or draft.arguments.lane.epoch
    entries = ledger.entries_after(after_seq, count_max, bytes_max, epoch)
    draft.last_seq = entries[-1].seq
    draft.carry(entries, ledger.attachments_of([entry.seq for entry in entries], epoch), api)


def heal(ledger: Ledger, *, allowed_at_hq: bool) -> Draft | None:
    """Ask for a new epoch, when all of this one is at HQ and somebody has allowed it."""
    frozen, approvals = ledger.frozen(), ledger.new_epoch_approvals()
    if frozen is None or frozen in ENROL_AGAIN or not (approvals or allowed_at_hq):
        return None
    if ledger.head().seq != ledger.acked()[0] or ledger.owed() is not None:
        return None
    return Draft("heal", LaneArguments(lane=lane_position(ledger), reason=frozen, approvals=approvals))


def delivered(ledger: Ledger) -> tuple[object, ...]:
    """What HQ has, of the present epoch and of earlier ones: whether an answer moved anything."""
    return ledger.acked(), ledger.delivered_seq(), ledger.owed()


def was_not_looked_at(answer: ControlAnswer, number: int) -> bool:
    """Whether HQ had met the number before and looked no further: it has yet to hear where this till stands, and one
    that was put back to its backup finds out by nothing else. The next number will be new to it."""
    return answer.outcome in ("stale", "clone") and answer.hq_last_request >= number


def stands_still(answer: ControlAnswer, draft: Draft, *, frozen: bool) -> bool:
    """Whether going on at once after an answer that moved nothing would only bring the same answer. A till that has
    just learnt that it is on a branch has something new to say."""
    if draft.kind == "entries" and (answer.outcome == "ok" or draft.arguments.branch or draft.arguments.epoch):
        return True
    if draft.kind == "heal" and answer.outcome != "ok":
        return True
    return answer.outcome == "resend_from" and not frozen


def fetch_lost(ledger: Ledger, api: HqApi) -> int:
    """Fetch the entries that HQ has and this till lost, when a new epoch was opened; how many came. Raises Unreachable
    or Refusal, and goes on the next time."""
    count = 0
    while (end := ledger.history_wanted()) is not None:
        after = 0
        while True:
            page = api.history(end.epoch, end.seq, end.entry_hash, after)
            count += ledger.take_lost(page.entries)
            if not page.more or page.after <= after:
                break
            after = page.after
        ledger.history_taken(end.epoch)
    return count
