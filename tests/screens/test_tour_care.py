"""The second walk, in the variants with the least room: nothing is cut off, too small, nameless or added up wrongly.
All variants, to be looked at: `make screens`."""

import pytest

from tests.screens.conftest import PICTURES, OpenShop
from tests.screens.tour import Tour
from tests.screens.tour_care import walk_care

TILLS = [
    pytest.param("zh_CN", "light", (1024, 768), id="zh-1024"),
    pytest.param("en", "dark", (1024, 768), id="en-1024-dark"),
    pytest.param("en", "light", (1920, 1080), id="en-1920"),
]


@pytest.mark.parametrize(("language", "theme", "size"), TILLS)
def test_member_care_service_shift_and_training_can_be_read_and_hit(
    open_shop: OpenShop, language: str, theme: str, size: tuple[int, int]
) -> None:
    shop = open_shop(language, theme, size)
    tour = Tour(shop, PICTURES / f"{language}-{size[0]}-{theme}")
    walk_care(tour)
    assert tour.problems == {}
