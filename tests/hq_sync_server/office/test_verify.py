"""HQ's verify believes no table: whatever was changed behind its back is named."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Connection, Update, delete, update

from hq_sync_server.app import Hq
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import tables
from tests.hq_sync_server.facts import register, sale_body, top_up
from tests.hq_sync_server.people import WireTill

Change = Callable[[Connection], object]


@pytest.fixture
def busy(hq: Hq, till_a: WireTill) -> Hq:
    """A till that sent two batches: a member, a top-up, a sale."""
    member = register(till_a, "13800005678")
    top_up(till_a, member, 5_000)
    till_a.push()
    till_a.append(sale_body(till_a, 1_000, member_id=member))
    till_a.push()
    return hq


def _entry(seq: int) -> Update:
    return update(tables.entries).where(tables.entries.c.seq == seq)


_BATCHES, _ENTRIES = tables.batches, tables.entries


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param(
            lambda db: db.execute(update(_BATCHES).where(_BATCHES.c.last_seq == 3).values(signature=bytes(64))),
            {"batch_signature_wrong"},
            id="a signature of nobody",
        ),
        pytest.param(
            lambda db: db.execute(delete(_BATCHES).where(_BATCHES.c.last_seq == 3)), {"batch_missing"}, id="unsigned"
        ),
        pytest.param(
            lambda db: db.execute(delete(_BATCHES).where(_BATCHES.c.last_seq == 4)),
            {"batch_missing"},
            id="the last batch unsigned",
        ),
        pytest.param(
            lambda db: db.execute(update(tables.till_keys).values(public_key=bytes(32))),
            {"batch_signature_wrong"},
            id="another key",
        ),
        pytest.param(
            lambda db: db.execute(update(tables.attachments).values(content=b"+8613900000000")),
            {"attachment_differs"},
            id="another number",
        ),
        pytest.param(
            lambda db: db.execute(_entry(4).values(business_date="2026-01-02")), {"columns_differ"}, id="another day"
        ),
        pytest.param(lambda db: db.execute(_entry(4).values(member_id=None)), {"columns_differ"}, id="a visit hidden"),
        pytest.param(
            lambda db: db.execute(update(tables.postings).where(tables.postings.c.account == "cash").values(amount=1)),
            {"postings_differ"},
            id="less cash",
        ),
        pytest.param(
            lambda db: db.execute(update(tables.members).values(canonical_id=UUID(int=7))),
            {"member_of_another"},
            id="somebody else's purse",
        ),
        pytest.param(
            lambda db: db.execute(update(tables.holders).values(credited=9_000)),
            {"counter_wrong", "balance_not_covered"},
            id="rights minted",
        ),
        pytest.param(
            lambda db: db.execute(delete(_ENTRIES).where(_ENTRIES.c.seq == 4)),
            {"head_wrong", "batch_missing"},
            id="the last sale gone",
        ),
        pytest.param(lambda db: db.execute(update(tables.heads).values(seq=2)), {"head_wrong"}, id="another head"),
    ],
)
def test_what_was_changed_behind_hqs_back_is_found(
    busy: Hq, change: Change, codes: set[str], breaks_books: None
) -> None:
    with busy.desk.read() as connection:
        assert verify.verify(connection).faults == ()
    with busy.desk.database.write() as connection:
        change(connection)

    with busy.desk.read() as connection:
        report = verify.verify(connection)

    assert {fault.code for fault in report.faults} == codes
