"""A till on a machine with two screens, for the test that looks where the customer's display stands.

    QT_QPA_PLATFORM=offscreen:configfile=... python -m tests.screens.two_screens FOLDER

Prints the display's place, and whether the keyboard is still the till's after a scan, as one line of JSON.
"""

import json
import sys
from pathlib import Path

from pos_client.app import application
from tests.pos_client.checkout.bakery import BREAD
from tests.screens.conftest import Shop


def main() -> None:
    """Open the till, scan one loaf, look."""
    application()
    shop = Shop(Path(sys.argv[1]), "zh_CN", "light", (1366, 768))
    shop.open_shift()
    shop.hands.scan(BREAD)
    display = shop.till.window.devices.display
    assert display is not None
    place = display.geometry()
    is_sold = display.view.state == "basket" and shop.till.window.screens.sell.scan_box.hasFocus()
    shop.close()
    print(json.dumps({"display": [place.x(), place.y(), place.width(), place.height()], "till_has_keys": is_sold}))


if __name__ == "__main__":
    main()
