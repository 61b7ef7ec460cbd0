from hq_sync_server.app import Hq
from tests.hq_sync_server.people import WireTill, found_chain


def test_x(hq: Hq) -> None:
    store = found_chain(hq)[0]
    till = WireTill.enrolled(hq, store.store_id)
    a = till.push()
    assert a.outcome == "ok" and a.acked_seq == 1
