"""What a replay says in the end: one JSON object with every figure."""

import resource
from collections import Counter

from tests.replay.account import Account
from tests.replay.comparison import Findings
from tests.replay.service import Service
from tests.replay.spool import Spool

_OF_ACCOUNT = (
    "sales", "refunds", "sale_lines", "refund_lines", "refund_lines_with_receipt", "refund_lines_without",
    "gross_minor", "refund_minor", "paid_minor", "returned_minor", "topped_up_minor",
)  # fmt: skip
_OF_COMPARISON = (
    "united_members", "entries_at_tills", "entries_at_hq", "missing", "duplicated", "balance_mismatches", "overdrawn",
    "exceptions", "parked", "chains_verified", "chains_broken",
)  # fmt: skip
_OF_THE_WAY = (
    "stored_value_tried_offline_minor", "stored_value_paid_offline_minor", "stored_value_paid_minor",
    "points_spent_offline", "coupons_redeemed_offline", "coupons_redeemed", "sales_offline", "outages", "requests",
    "answers_lost", "doubled", "engine_restarts", "registrations",
)  # fmt: skip


def report(
    spool: Spool, account: Account, told: Counter[str], service: Service, findings: Findings, seconds: float
) -> dict[str, object]:
    """All figures; `peak_memory_mib` is that of this process, the only one of a replay on SQLite."""
    return {
        "rows_read": spool.rows_read,
        **{name: account.sums[name] for name in _OF_ACCOUNT},
        "gross_minor_by_store": dict(sorted(account.gross_by_store.items())),
        "excluded": dict(sorted(spool.excluded.items())),
        "unreadable": len(spool.unreadable),
        "members": len(account.members),
        "stores": len(account.stores),
        **{name: findings.figures[name] for name in _OF_COMPARISON},
        "exceptions_by_code": dict(sorted(findings.exceptions.items())),
        **service.figures(),
        **{name: told[name] for name in _OF_THE_WAY},
        "seconds": round(seconds, 1),
        "peak_memory_mib": peak_memory_mib(),
    }


def peak_memory_mib() -> int:
    """The most memory this process and its ended children ever had."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + children) // 1024
