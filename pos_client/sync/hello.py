"""The word a till says first, and when it was silent for long: who it is, where it stands, what waits."""

from pos_client.ledger import Ledger
from pos_client.sync.lane import Draft, LaneArguments, lane_position
from pos_client.sync.reporting import ReportCursor, page_after
from shared_models.rules import rule_hash


def hello(ledger: Ledger, program_version: str, till_time_ms: int, report_after: ReportCursor | None) -> Draft:
    """A hello as things stand now; with a page of the report where HQ wants one; from a till whose rights are frozen,
    links by which a common entry is found; after more than one epoch, how each began: HQ may have lost one."""
    waiting = ledger.sync_state()
    rules = ledger.rules_for(ledger.new_head().business_date)
    arguments = LaneArguments(
        lane=lane_position(ledger),
        rule_hash=rule_hash(rules) if rules is not None else "",
        mirror_cursor=ledger.mirror_cursor(),
        program_version=program_version,
        till_time_ms=till_time_ms,
        waiting_entries=waiting.waiting_entries,
        waiting_fen=waiting.waiting_fen,
        report_after=report_after,
        ladder=ledger.ladder() if waiting.frozen else (),
        epochs=ledger.epoch_begins(),
    )
    draft = Draft("hello", arguments)
    draft.report = page_after(ledger, report_after)
    return draft
