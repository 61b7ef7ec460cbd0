"""What people press, in a real browser: a code that a camera can read, a remedy with its figure, and taking it back."""

import io
import re

import pytest
import zxingcpp
from PIL import Image

from hq_sync_server.office.healing import enrolment
from shared_models.sync import EnrolRequest
from tests.browser.console_chain import ConsoleChain
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")


def test_the_code_of_a_new_till_is_read_from_its_picture_and_enrols_it(
    visitor: Visitor, console_chain: ConsoleChain
) -> None:
    visitor.log_in("admin")
    visitor.open("/stores/003")
    visitor.page.fill("#f-till_name", "窗口机")
    visitor.page.click("form[action$='enrolment-code'] button")

    told = visitor.page.inner_text("p.code")
    picture = Image.open(io.BytesIO(visitor.page.locator(".qr").screenshot()))
    read = zxingcpp.read_barcodes(picture)

    assert [one.text for one in read] == [told]
    request = EnrolRequest(code=told, public_key=bytes(range(32)))
    answer = console_chain.hq.desk.run(lambda work: enrolment.enrol(work, request))
    assert answer.till_number == 2
    visitor.open("/stores/003")
    assert "窗口机" in visitor.page.inner_text("#live")


def test_a_remedy_says_its_figure_is_done_with_one_press_and_taken_back(visitor: Visitor) -> None:
    visitor.log_in("admin")
    visitor.open("/exceptions?code=coupon_twice")
    visitor.page.click("tbody a")

    offered = visitor.page.inner_text("section[aria-labelledby='work']")
    assert re.search(r"¥10\.00 moves from costs of exceptions to claims on stores, at once\.", offered)
    visitor.page.click("button:has-text('Claim it from the store')")
    assert "Claim it from the store · ¥10.00 · admin" in visitor.page.inner_text("section[aria-labelledby='done']")
    visitor.open("/exceptions")
    assert "001 滨江店 · ¥10.00" in visitor.page.inner_text("section[aria-labelledby='kinds']")

    visitor.page.go_back()
    visitor.page.click("button:has-text('Take it back and open it again')")
    assert "taken back" in visitor.page.inner_text("section[aria-labelledby='done']")
    visitor.open("/exceptions")
    assert "Claims on stores" not in visitor.page.inner_text("section[aria-labelledby='kinds']")


def test_a_wrong_field_keeps_what_was_typed_and_is_led_to(visitor: Visitor) -> None:
    visitor.expected_statuses.add(422)
    visitor.log_in("admin")
    visitor.open("/new-article")
    visitor.page.fill("#f-goods_id", "NEW-1")
    visitor.page.fill("#f-name", "<script>alert(1)</script>")
    visitor.page.fill("#f-price", "dear")
    visitor.page.click("button:has-text('Save and send to the tills')")

    assert visitor.page.get_attribute("#f-price", "aria-invalid") == "true"
    assert visitor.page.input_value("#f-price") == "dear"
    assert "not an amount" in visitor.page.inner_text("#f-price-said")
    visitor.page.fill("#f-price", "3.50")
    visitor.page.click("button:has-text('Save and send to the tills')")
    assert visitor.page.inner_text("h1") == "<script>alert(1)</script>"
