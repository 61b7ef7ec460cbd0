"""The walk through wallets, exchange and orders: nothing is cut off, too small, without a name, or added up wrongly."""

import pytest

from tests.screens.conftest import PICTURES, OpenShop
from tests.screens.tour import Tour
from tests.screens.tour_counter import walk_counter
from tests.together.wallet_provider import simulated_provider


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [
        pytest.param("zh_CN", "light", (1024, 768), id="zh-1024"),
        pytest.param("en", "dark", (1024, 768), id="en-1024-dark"),
    ],
)
def test_the_counter_can_be_read_hit_and_added_up(
    open_shop: OpenShop, language: str, theme: str, size: tuple[int, int]
) -> None:
    with simulated_provider() as provider:
        shop = open_shop(language, theme, size, wallet_url=provider.url)
        tour = Tour(shop, PICTURES / f"{language}-{size[0]}-{theme}")
        walk_counter(tour, provider)
    assert tour.problems == {}
