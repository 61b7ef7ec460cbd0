"""What a scan is before anybody acts on it: so that a panel takes only what is meant for it and lets the rest pass."""

from typing import Literal

from pos_client.ui.presenters.wallets import wallet_of
from shared_models.codes import ScanKind, parse_scan
from shared_models.refusals import Refusal

_OWN_KINDS = frozenset({"member", "staff", "coupon", "receipt", "order", "handoff"})
_RETAIL_LENGTHS = frozenset({8, 12, 13, 14})
_LONG_DIGITS_MIN = 16


def kind_of(text: str) -> ScanKind | Literal["payment", "misread"]:
    """The kind of a scan; `payment` for a wallet's code, `misread` where a check character does not fit."""
    if wallet_of(text) is not None:
        return "payment"
    try:
        return parse_scan(text).kind
    except Refusal:
        return "misread"


def is_certainly_a_code(text: str) -> bool:
    """Whether a text that arrived in one piece, from an input method or the clipboard, can only be a scan: a code of
    ours, or digits of a length that goods and wallets have and phone numbers do not."""
    text = text.strip()
    if text.isdecimal():
        return (len(text) in _RETAIL_LENGTHS and kind_of(text) != "misread") or len(text) >= _LONG_DIGITS_MIN
    return kind_of(text) in _OWN_KINDS
