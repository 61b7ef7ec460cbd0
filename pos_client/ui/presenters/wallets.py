"""Tells a wallet's payment code from everything else that is scanned. It is never stored, logged or shown."""

import re
from typing import Literal

# How the two wallets number their payment codes (public integration guides of both).
_WECHAT_CODE = re.compile(r"1[0-5]\d{16}")
_ALIPAY_CODE = re.compile(r"(2[5-9]|30)\d{14,22}")


def wallet_of(scan: str) -> Literal["wechat", "alipay"] | None:
    """The wallet whose payment code this would be. Where goods are scanned, ask for goods first: some long scale
    labels look like one."""
    if _WECHAT_CODE.fullmatch(scan):
        return "wechat"
    if _ALIPAY_CODE.fullmatch(scan):
        return "alipay"
    return None
