"""The page of rules as a form: what is typed counts, a range is whole, and what is wrong is named as people call it."""

from typing import Any

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.rules import rule_drafts
from tests.hq_sync_server.console.conftest import Browser, hidden

POINTS = "earn.milli_points_per_yuan"
MONTHS = "points_life.expiry_months"


@pytest.fixture
def token(browser: Browser, password: str) -> dict[str, str]:
    """The administrator is in."""
    browser.log_in("admin", password)
    return {"csrf_token": hidden(browser.get("/console/rules/hq").text, "csrf_token"), "revision": "0"}


def _values(hq: Hq) -> dict[str, Any]:
    with hq.desk.read() as connection:
        return dict(rule_drafts.draft(connection, "hq").config.values)


def test_who_types_over_an_inherited_value_means_it(browser: Browser, token: dict[str, str], hq: Hq) -> None:
    typed = {"field": POINTS, f"was:{POINTS}": "0", f"v:{POINTS}": "3"}
    page = browser.post("/console/rules/hq", {**token, **typed})
    assert "The draft is saved." in page.text
    assert _values(hq) == {POINTS: 3_000}


def test_a_value_that_was_left_as_it_was_is_still_inherited(browser: Browser, token: dict[str, str], hq: Hq) -> None:
    browser.post("/console/rules/hq", {**token, "field": POINTS, f"was:{POINTS}": "0", f"v:{POINTS}": "0"})
    assert _values(hq) == {}


def test_a_range_without_ends_is_no_range(browser: Browser, token: dict[str, str], hq: Hq) -> None:
    page = browser.post("/console/rules/hq", {**token, "field": MONTHS, f"c:{MONTHS}": "range", f"v:{MONTHS}": "12"})
    assert page.status_code == 422
    assert "Say from where to where." in page.text
    assert f'href="#r-{MONTHS}"' in page.text, "the field may be far below"


def test_a_range_is_compared_in_the_figures_that_were_typed(browser: Browser, token: dict[str, str]) -> None:
    ends = {f"c:{POINTS}": "range", f"min:{POINTS}": "1", f"max:{POINTS}": "2.5"}
    page = browser.post(
        "/console/rules/hq", {**token, "field": POINTS, f"was:{POINTS}": "0", f"v:{POINTS}": "0", **ends}
    )
    assert "1 – 2.5" in page.text


def test_a_wrong_figure_is_said_without_the_name_that_programs_give_it(browser: Browser, token: dict[str, str]) -> None:
    page = browser.post("/console/rules/hq", {**token, "field": MONTHS, "own": MONTHS, f"v:{MONTHS}": "abc"})
    assert "abc is not a whole number." in page.text
    assert f"({MONTHS})" not in page.text


def test_the_second_of_two_people_is_told_which_fields_the_first_changed(
    browser: Browser, token: dict[str, str]
) -> None:
    browser.post("/console/rules/hq", {**token, "field": MONTHS, "own": MONTHS, f"v:{MONTHS}": "6"})
    page = browser.post("/console/rules/hq", {**token, "field": POINTS, "own": POINTS, f"v:{POINTS}": "4"})
    assert "admin changed this draft meanwhile: Months until they expire (0: never)." in page.text
    assert 'value="4"' in page.text


NTH = {"deed": "add", "item_kind": "nth_piece_percent", "promotion_id": "half", "name": "第二件半价"}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("scope", "bread", "bread names no goods."),
        ("weekdays", "8", "8 cannot be used here."),
        ("minute_from", "25:00", "25:00 is no time of day."),
        ("date_from", "soon", "soon is not a date."),
        ("percent_off", "150", "100 at most."),
        ("nth", "1", "2 at least."),
        ("tiers", "platinum", "There is no tier platinum."),
        ("name", "", "Please fill this in."),
    ],
)
def test_what_no_promotion_can_be_is_said_beside_its_field(
    browser: Browser, token: dict[str, str], hq: Hq, field: str, typed: str, said: str
) -> None:
    page = browser.post("/console/rules/hq/promotions", {**token, **NTH, field: typed})
    assert page.status_code == 422
    assert said in page.text
    assert 'value="half"' in page.text, "nothing typed is lost"
    assert _values(hq) == {}


def test_hours_of_a_promotion_are_typed_as_a_clock_shows_them(browser: Browser, token: dict[str, str], hq: Hq) -> None:
    hours = {"minute_from": "20:00", "minute_to": "24:00", "weekdays": "1 7", "date_from": "2026-05-01"}
    page = browser.post("/console/rules/hq/promotions", {**token, **NTH, **hours})
    (item,) = _values(hq)["promotions"]
    assert (item["minute_from"], item["minute_to"], item["weekdays"]) == (1200, 1440, [1, 7])
    assert 'value="20:00"' in page.text


def test_two_promotions_of_one_code_are_one_too_many(browser: Browser, token: dict[str, str], hq: Hq) -> None:
    browser.post("/console/rules/hq/promotions", {**token, **NTH})
    page = browser.post("/console/rules/hq/promotions", {**token, **NTH, "revision": "1"})
    assert "There is another one of this code already." in page.text
    assert len(_values(hq)["promotions"]) == 1
