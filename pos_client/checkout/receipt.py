"""Receipts as documents, from what is on disk."""

from collections.abc import Callable

from pos_client.devices.receipt_document import ReceiptDocument

__all__ = ["ReceiptDocument", "Translate"]

Translate = Callable[[str], str]
"""A sentence of the code (English) -> the same in the language receipts are printed in."""
