"""Commands for tills that went back, were copied or lost: each says what it costs, and refuses what must not be."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.organisation import stores
from tests.hq_sync_server.commands.conftest import Typist
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill


@pytest.fixture
def hq(typed: Typist) -> Iterator[Hq]:
    """The HQ the commands speak of, open beside them as a server would have it."""
    opened = open_hq(typed.database_url, typed.key_folder)
    yield opened
    opened.close()


@pytest.fixture
def till(hq: Hq) -> WireTill:
    """Till 1 of store 001, which holds 50.00 of a member."""
    with hq.desk.read() as connection:
        store_id = stores.store_by_code(connection, "001").store_id
    till = WireTill.enrolled(hq, store_id)
    top_up(till, UUID(int=7), 5_000)
    till.push()
    return till


def test_a_live_till_cannot_be_written_off_and_hears_why(typed: Typist, till: WireTill) -> None:
    for told in (typed("write-off", "001/1"), typed("write-off", "001/1", "--yes")):
        assert told.exit_code == 2
        assert "alive" in told.err, "nobody is asked to confirm what cannot be done"
        assert "revoke-till" in told.err

    assert typed("revoke-till", "001/1").exit_code == 2, "not without --yes"
    revoked = typed("revoke-till", "001/1", "--yes")
    assert revoked.exit_code == 0
    assert "¥50.00" in revoked.out
    assert "come home, and" not in revoked.out, "they stay out until it is enrolled again or written off"

    recent = typed("write-off", "001/1", "--yes")
    assert recent.exit_code == 2
    assert "may still spend" in recent.err
    assert "¥50.00" in recent.out, "the effect is said before"


def test_what_came_under_a_revoked_key_waits_for_somebody(typed: Typist, hq: Hq, till: WireTill) -> None:
    assert "Nothing" in typed("accept-kept", "001/1", "--yes").err
    typed("revoke-till", "001/1", "--yes")
    top_up(till, UUID(int=7), 700)
    answer = till.control("entries", till.batch())
    assert (answer.outcome, answer.common_seq) == ("kept", 3)

    asked = typed("accept-kept", "001/1")
    assert (asked.exit_code, "1 entries in 1 batches" in asked.out) == (2, True)
    assert "1 entries taken" in typed("accept-kept", "001/1", "--yes").out
    assert "Sent under a revoked key and accepted" in typed("status").out


def test_a_code_for_a_till_that_exists(typed: Typist, till: WireTill) -> None:
    assert typed("re-enrol", "001/1", "--disk-gone").exit_code == 2, "what is declared gone is said and confirmed"
    told = typed("re-enrol", "001/1", "--disk-gone", "--yes")
    assert told.exit_code == 0
    assert "¥50.00" in told.out
    quiet = typed("re-enrol", "001/1", "--quiet")
    assert len(quiet.out.strip()) == 14
    assert typed("re-enrol", "001/9").exit_code == 2
    assert "no till nonsense" in typed("open-epoch", "nonsense").err


def test_a_new_epoch_is_for_frozen_tills(typed: Typist, till: WireTill) -> None:
    sound = typed("open-epoch", "001/1", "--yes")
    assert (sound.exit_code, "not frozen" in sound.err) == (2, True)
    till.entries, till.acked_seq = till.entries[:1], 1
    till.acked_hash = till.entries[0].entry_hash
    assert till.hello().outcome == "rollback"

    assert "Gone back, rights frozen" in typed("status").out
    assert typed("open-epoch", "001/1").exit_code == 2
    opened = typed("open-epoch", "001/1", "--yes", language="zh_CN")
    assert opened.exit_code == 0
    assert "纪元" in opened.out
