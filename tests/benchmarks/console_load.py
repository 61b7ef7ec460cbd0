"""Tills that sync while the console is measured: four of them, a batch of sales a second each. For `console`."""

import random
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import select

from hq_sync_server.api.wire import RawRequest, RawResponse
from hq_sync_server.app import open_hq
from hq_sync_server.office.organisation import stores
from hq_sync_server.records import tables
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill
from tests.together.hq_server import HqPlace

TILLS = 4
SALES_A_BATCH = 5
EVERY_SECONDS = 0.25
MEMBERS = 500


@dataclass(frozen=True, slots=True)
class _OverHttp:
    """What `WireTill` calls of an HQ, by the network."""

    client: httpx.Client
    desk: Any

    @property
    def api(self) -> "_OverHttp":
        return self

    def handle(self, request: RawRequest) -> RawResponse:
        """Send it as a till would."""
        answer = self.client.request(request.method, request.path, headers=request.headers, content=request.body)
        return RawResponse(answer.status_code, dict(answer.headers), answer.content)


class LightLoad:
    """Sells as long as the block lasts; one batch of one till each quarter of a second."""

    def __init__(self, place: HqPlace, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=60)
        self._randomness = random.Random(23)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sell, name="light-load", daemon=True)
        self._taken, self._began = 0, 0.0
        hq = open_hq(place.url, place.key_folder)
        try:
            with hq.desk.read() as connection:
                rows = stores.all_stores(connection)[:TILLS]
                wanted = select(tables.members.c.member_id).limit(MEMBERS)
                self._members = list(connection.scalars(wanted))
            over_http: Any = _OverHttp(self._client, hq.desk)
            self._tills = [WireTill.enrolled(hq, row.store_id) for row in rows]
            for till in self._tills:
                till.hq = over_http
        finally:
            hq.close()

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def sales_a_second(self) -> float:
        """What HQ has taken so far."""
        return self._taken / (time.perf_counter() - self._began)

    def _sell(self) -> None:
        number = 0
        while not self._stop.wait(EVERY_SECONDS):
            till = self._tills[number % TILLS]
            number += 1
            for _ in range(SALES_A_BATCH):
                member_id = self._randomness.choice(self._members)
                earned = (LotAmount(member_id, "points:2030-01", 3),)
                till.append(sale_body(till, 1_280, member_id=member_id, points_earned=earned))
            till.push()
            self._taken += SALES_A_BATCH
