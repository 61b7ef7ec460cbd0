"""A walk through every screen in both languages and at the sizes of real tills: nothing is cut off, too small for a
finger or an eye, without a name, or added up wrongly. All variants, to be looked at: `make screens`.
"""

import pytest

from tests.screens.conftest import PICTURES, OpenShop
from tests.screens.gallery import GOLDEN_STOPS, GOLDENS
from tests.screens.tour import Tour, walk

TILLS = [
    pytest.param("zh_CN", "light", (1366, 768), id="zh-1366"),
    pytest.param("zh_CN", "light", (1024, 768), id="zh-1024"),
    pytest.param("en", "dark", (1024, 768), id="en-1024-dark"),
    pytest.param("zh_CN", "dark", (1920, 1080), id="zh-1920-dark"),
]


@pytest.mark.parametrize(("language", "theme", "size"), TILLS)
def test_everything_can_be_read_hit_and_added_up(
    open_shop: OpenShop, language: str, theme: str, size: tuple[int, int]
) -> None:
    shop = open_shop(language, theme, size)
    tour = Tour(shop, PICTURES / f"{language}-{size[0]}-{theme}")
    walk(tour)
    assert tour.problems == {}
    if (language, theme, size) == ("zh_CN", "light", (1366, 768)):
        kept = {stop: (GOLDENS / f"{stop}.txt").read_text(encoding="utf-8") for stop in GOLDEN_STOPS}
        assert {stop: tour.texts[stop] + "\n" for stop in GOLDEN_STOPS} == kept
