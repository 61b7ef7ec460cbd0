"""How long an import of members takes as somebody at HQ does it: the file sent, looked over with every conflict, taken
under its control total, until the job says that it is done. For `console`."""

import csv
import io
import random
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
from openpyxl import Workbook

from shared_models.moments import SystemClock, business_date_of
from tests.benchmarks.console_visitor import Visitor, hidden
from tests.benchmarks.figure import Figure
from tests.together.hq_server import HqPlace, HqServer
from tests.together.seed_people import SeedMember, make_members

GOAL_SECONDS = 60.0
CONFLICTS_IN_A_THOUSAND = 10
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_figures(
    place: HqPlace, told: dict[str, Any], *, rows: int, kinds: Sequence[str] = ("csv", "xlsx"), on: str = ""
) -> Iterable[Figure]:
    """A CSV and then a workbook of other members; one row of a hundred is somebody who is there, or is twice in it."""
    today = business_date_of(SystemClock().now_ms())
    there = make_members(random.Random(11), told["members"], ("001",), today)
    with (
        HqServer(place) as server,
        Visitor.of(server.base_url, "hq_admin", told["passwords"]["hq_admin"], language="en") as visitor,
    ):
        for seed, kind in enumerate(kinds, start=101):
            people = make_members(random.Random(seed), rows, ("001", "002", "003"), today)
            table = _table(people, there)
            content = _as_csv(table) if kind == "csv" else _as_xlsx(table)
            steps, taken = _imported(visitor.client, f"members.{kind}", content)
            yield Figure(
                name=f"import of {rows:,} members, {kind}{on}",
                value=sum(steps.values()),
                unit="s",
                goal=GOAL_SECONDS,
                better="less",
                beside=f"{taken:,} taken; " + ", ".join(f"{step} {took:.1f} s" for step, took in steps.items()),
            )


def _table(people: Sequence[SeedMember], there: Sequence[SeedMember]) -> list[list[str]]:
    rows = [
        ["手机号", "姓名", "生日", "会员等级", "卡号", "开卡门店", "标签", "储值本金", "赠送金", "积分", "积分到期月"]
    ]
    for number, one in enumerate(people):
        phone = one.phone
        if number % 1000 < CONFLICTS_IN_A_THOUSAND // 2:
            phone = there[number % len(there)].phone
        elif number % 1000 < CONFLICTS_IN_A_THOUSAND:
            phone = people[number - CONFLICTS_IN_A_THOUSAND].phone if number > 1000 else people[-1].phone
        money = [f"{fen // 100}.{fen % 100:02d}" for fen in (one.principal_fen, one.bonus_fen)]
        named = [phone, one.name, one.birthday, one.tier, one.card, one.home_store, "|".join(one.tags)]
        rows.append([*named, *money, str(one.points), one.points_until])
    return rows


def _as_csv(table: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    return written.getvalue().encode("utf-8-sig")


def _as_xlsx(table: Sequence[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table:
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _imported(client: httpx.Client, name: str, content: bytes) -> tuple[dict[str, float], int]:
    """Seconds by step, and how many members were taken."""
    steps: dict[str, float] = {}
    clock = time.perf_counter()

    def step(what: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        steps[what], clock = now - clock, now

    token = hidden(client.get("/console/imports").text, "csrf_token")
    sent = {"csrf_token": token, "kind": "members"}
    page = client.post("/console/imports", data=sent, files={"file": (name, content, _XLSX)}, follow_redirects=True)
    page.raise_for_status()
    step("sent")
    address, chosen = page.url.path, {"csrf_token": token, **_chosen(page.text)}
    looked = client.post(address, data={**chosen, "deed": "look"})
    looked.raise_for_status()
    step("looked over")
    total = _sums(looked.text)
    job = client.post(address, data={**chosen, **total, "deed": "take"})
    assert job.status_code == 303, job.text
    step("looked over again")
    where = job.headers["location"]
    while "<progress" in (page := client.get(where)).text:
        time.sleep(0.2)
    step("taken")
    return steps, _taken(page.text)


def _chosen(page: str) -> dict[str, str]:
    """The columns as the page has matched them by their headings."""
    chosen = {}
    for name, options in re.findall(r'name="(column:\w+)">(.*?)</select>', page, re.DOTALL):
        selected = re.search(r'value="(\d*)" selected', options)
        chosen[name] = selected[1] if selected else ""
    return chosen


def _sums(page: str) -> dict[str, str]:
    """The control total: here what the page says the file sums to."""
    found = re.findall(r"the file: ([^<]+)<", page)
    return dict(zip(("principal", "bonus", "points"), found, strict=True))


def _taken(page: str) -> int:
    found = re.search(r"([\d,]+) rows taken", page)
    assert found, page
    return int(found[1].replace(",", ""))
