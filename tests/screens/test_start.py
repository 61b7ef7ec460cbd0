"""What a till that starts does not wait for: libraries that only a later moment needs."""

import subprocess
import sys

LATER = ("httpx", "barcode", "qrcode", "PIL", "phonenumbers", "escpos", "openpyxl", "xlsxwriter", "pyqtgraph", "numpy")


def test_the_window_loads_without_the_libraries_of_later_moments() -> None:
    asked = f"import sys, pos_client.app; print([name for name in {LATER!r} if name in sys.modules])"
    outcome = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert outcome.stdout.strip() == "[]"
