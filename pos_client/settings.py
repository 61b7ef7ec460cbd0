"""How a till is set up on its machine: where its books and keys are, and where HQ is.

Read from the environment (`TILLBOOK_TILL_HQ_URL`, ...) and overridden by the command line; asked by the commands and
the composition root alone. What a shop decides (rules, staff, layout) comes from HQ and is not a setting.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from shared_models.refusals import Refusal

DEFAULT_HQ_URL = "http://127.0.0.1:8750"
_ENVIRONMENT = "tillbook_till_"


def _home() -> Path:
    from platformdirs import user_data_path  # here: a till that was told its folders starts without looking for more

    return user_data_path("tillbook", appauthor=False) / "till"


class TillSettings(Struct, frozen=True, kw_only=True):
    """One till's settings. Books, keys and anchor lie apart: a copied or restored book folder brings neither along."""

    ledger_folder: Path = msgspec.field(default_factory=lambda: _home() / "ledger")
    key_folder: Path = msgspec.field(default_factory=lambda: _home() / "keys")
    hq_url: str = DEFAULT_HQ_URL
    language: str = "zh_CN"
    printer: str = ""
    """An address as people write it (`devices.printer_ports`); empty: nothing is printed, slips are only shown."""
    printer_columns: Literal[32, 48] = 48
    """Characters a line: 32 on 58 mm paper, 48 on 80 mm."""

    wallet_url: str = ""
    """Where the wallets' provider is asked; empty: wallets are recorded. Its key is `wallet.key` in the key
    folder."""
    wallet_merchant: str = ""
    """The shop's number at that provider."""

    @property
    def wallet_key_path(self) -> Path:
        """The merchant's key lies with the till's own."""
        return self.key_folder / "wallet.key"

    @property
    def devices_path(self) -> Path:
        """What stands at this till: beside the ledger's folder, so that a restored book brings no devices along."""
        return self.ledger_folder.parent / "devices.json"

    @property
    def printing_folder(self) -> Path:
        """What its printers owe."""
        return self.ledger_folder.parent / "printing"

    @property
    def fault_log_path(self) -> Path:
        """Where our own faults are written down: no part of the book."""
        return self.ledger_folder.parent / "log" / "faults.log"

    @property
    def anchor_path(self) -> Path:
        """The anchor lies with the keys: a restored ledger folder must not bring its own anchor along."""
        return self.key_folder / "anchor"


def load_settings(given: Mapping[str, Any]) -> TillSettings:
    """The environment's settings with those given (not None) put over them; an empty one is none, or the book would be
    where the till happens to be started. Refuses `setting_invalid` by name."""
    values: dict[str, Any] = {
        name.lower().removeprefix(_ENVIRONMENT): value
        for name, value in os.environ.items()
        if name.lower().startswith(_ENVIRONMENT) and value
    }
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        # Not strict: the environment knows no figures, only words.
        return msgspec.convert(values, TillSettings, strict=False, dec_hook=_as_path)
    except msgspec.ValidationError as error:
        named = re.search(r"\$\.(\w+)", str(error))
        raise Refusal("setting_invalid", name="" if named is None else named[1]) from None


def _as_path(kind: type, value: object) -> object:
    """The one type of a setting that msgspec does not know."""
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise TypeError
