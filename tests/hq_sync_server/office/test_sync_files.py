"""Files of tills without a line, as HQ takes them beside the lane."""

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import OFFICE
from hq_sync_server.office.shops import sync_files
from shared_models.sync_file import SyncFile
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.restored import exceptions, known_member


def _file(till: WireTill) -> SyncFile:
    return SyncFile(till_id=till.till_id, made_at_ms=till.hq.desk.clock.now_ms(), batches=(till.batch(),))


def _take(hq: Hq, file: SyncFile) -> sync_files.Taken:
    return hq.desk.run(lambda work: sync_files.take(work, OFFICE, hq.desk.ids.new_id(), file))


def test_an_adoption_that_came_in_a_file_is_not_missed_on_the_line(hq: Hq, till_a: WireTill) -> None:
    """The till had named it while it still waited behind others; then the line was cut."""
    member = known_member(hq, 10_000)
    till_a.push()
    till_a.adopt(till_a.ask(member))
    till_a.hello()

    _take(hq, _file(till_a))
    told = till_a.hello()
    top_up(till_a, member, 1_000)
    taken = till_a.push()

    assert (told.outcome, told.acked_seq, taken.acked_seq) == ("resend_from", 2, 3)
    assert exceptions(hq) == []


def test_a_file_with_an_entry_that_cannot_be_read_is_looked_over_and_taken(hq: Hq, till_a: WireTill) -> None:
    till_a.append_raw("sale", 1, b"not json")
    file = _file(till_a)

    with hq.desk.read() as connection:
        looked = sync_files.look_over(connection, file)

    assert (looked.entries, looked.fresh, looked.sales) == (2, 2, 0)
    assert _take(hq, file).named == {"malformed_body": 1}
