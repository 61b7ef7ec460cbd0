"""A till's settings: from the environment, with the command line over them."""

from pathlib import Path

import pytest

from pos_client.settings import TillSettings, load_settings
from shared_models.refusals import Refusal


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEDGER_FOLDER", "HQ_URL", "PRINTER_COLUMNS", "LANGUAGE"):
        monkeypatch.delenv(f"TILLBOOK_TILL_{name}", raising=False)


def test_the_environment_counts_where_nothing_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLBOOK_TILL_HQ_URL", "http://hq.example")
    monkeypatch.setenv("TILLBOOK_TILL_PRINTER_COLUMNS", "32")
    monkeypatch.setenv("TILLBOOK_TILL_LANGUAGE", "en")
    monkeypatch.setenv("TILLBOOK_TILL_SOMETHING_ELSE", "is nobody's")

    settings = load_settings({"ledger_folder": "books", "language": "zh_CN", "hq_url": None})

    assert settings.ledger_folder == Path("books")
    assert settings.hq_url == "http://hq.example"
    assert settings.printer_columns == 32
    assert settings.language == "zh_CN"


def test_a_till_that_is_told_nothing_has_its_books_and_keys_apart() -> None:
    settings = load_settings({})

    assert settings.ledger_folder.name == "ledger"
    assert settings.key_folder.name == "keys"
    assert settings.anchor_path.parent == settings.key_folder


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEDGER_FOLDER", "HQ_URL", "PRINTER_COLUMNS"):
        monkeypatch.setenv(f"TILLBOOK_TILL_{name}", "")

    assert load_settings({}) == TillSettings()


@pytest.mark.parametrize("columns", ["40", "wide"])
def test_a_setting_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("TILLBOOK_TILL_PRINTER_COLUMNS", columns)

    with pytest.raises(Refusal) as refused:
        load_settings({})

    assert refused.value.code == "setting_invalid"
    assert refused.value.fields["name"] == "printer_columns"
