"""What is placed at tills is right again before anything of it is lent, whatever happened while nothing could be."""

from pathlib import Path

from hq_sync_server.app import Hq
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.office.test_placing import placed, regular, shops, tills
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import deliver, report

__all__ = ["shops", "tills"]


def test_who_was_frozen_while_hq_recovered_is_lent_nothing_when_it_has(
    hq: Hq, tills: list[WireTill], tmp_path: Path
) -> None:
    member, _lot = regular(hq, tills[0])
    tills[0].push()
    hq.desk.sequence()
    before = placed(hq, member)
    backup = Backup(hq, tmp_path)
    backup.restore()

    def freeze(work: Work) -> None:
        books = Books(work)
        books.open({member})
        page = books.members[member]
        page.status, page.changed, page.touched = "frozen", True, True
        books.close()

    hq.desk.run(freeze)
    told = []
    for till in tills:
        deliver(till)
        told.append(report(till))
    told += [till.hello() for till in tills]

    assert before[tills[0].till_id][0] == 4_000
    assert [answer.grants for answer in told if answer.grants] == []
    assert [target.amount for answer in told for target in answer.targets if target.amount] == []
    assert placed(hq, member) == {}
