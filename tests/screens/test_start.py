"""What a till that starts does not wait for: libraries that only a later moment needs."""

import subprocess
import sys

LATER = ("httpx", "barcode", "qrcode", "PIL", "phonenumbers", "escpos", "openpyxl", "xlsxwriter", "pyqtgraph", "numpy")


def test_the_window_loads_without_the_libraries_of_later_moments() -> None:
    asked = f"import sys, pos_client.app; print([name for name in {LATER!r} if name in sys.modules])"
    outcome = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert outcome.stdout.strip() == "[]"


def test_what_is_prepared_after_the_start_leaves_nothing_to_load_for_the_first_long_scan() -> None:
    asked = (
        "import sys; from pos_client.ui.receipt_painter import load_codes;"
        "from pos_client.ui.presenters.scans import is_certainly_a_code as judged;"
        "load_codes(); before = set(sys.modules);"
        "[judged(code) for code in ('13456789', '12345678', '134567890123456789', '6901234567892')];"
        "print(sorted(set(sys.modules) - before))"
    )
    outcome = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert outcome.stdout.strip() == "[]"
