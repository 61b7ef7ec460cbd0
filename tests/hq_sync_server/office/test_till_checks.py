"""A ledger that does not verify is somebody's business at once."""

from sqlalchemy import text

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.inbox import alerts
from hq_sync_server.office.shops import till_watch
from hq_sync_server.office.upkeep import till_checks, verify
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import TODAY, WireTill


def _checked(hq: Hq) -> list[str]:
    with hq.desk.read() as connection:
        report = verify.verify(connection)
    hq.desk.run(lambda work: till_checks.keep(work, report))
    with hq.desk.read() as connection:
        seen = till_watch.stores_seen(connection, Scope(), hq.desk.clock.now_ms(), 1)
        return [alert.code for alert in alerts.alerts(connection, Scope(), seen, TODAY)]


def test_a_faulty_chain_is_an_alert_and_a_sound_one_is_none(hq: Hq, till_a: WireTill, breaks_books: None) -> None:
    till_a.append(sale_body(till_a, 1_280))
    till_a.push()
    assert "ledger_faulty" not in _checked(hq)

    hq.desk.run(lambda work: work.connection.execute(text("UPDATE entries SET type_version = 2 WHERE seq = 2")))

    assert "ledger_faulty" in _checked(hq)

    hq.desk.run(lambda work: work.connection.execute(text("UPDATE entries SET type_version = 1 WHERE seq = 2")))
    assert "ledger_faulty" not in _checked(hq), "what is mended is gone with the next walk"
