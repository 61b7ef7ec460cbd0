"""A till that starts on damaged or unusable files: it starts without them and says so, or names what keeps it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pos_client.devices.device_settings import DeviceSettings, load_device_settings, save_device_settings
from pos_client.ui.cannot_open import why_it_does_not_open
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import use_language
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD
from tests.screens.conftest import OpenShop, Shop


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "无法恢复"), ("en", "Scan the goods anew")])
def test_an_open_basket_that_cannot_be_read(open_shop: OpenShop, language: str, said: str) -> None:
    shop: Shop = open_shop(language=language)
    shop.open_shift()
    shop.hands.scan(BREAD)
    saved = shop.till.ledger.open_basket()
    assert saved is not None
    shop.till.ledger.save_basket(saved.basket_id, "open", b"\xc1 no basket")

    shop.start_again()

    assert said in shop.till.window.notice.text
    assert shop.till.ledger.open_basket() is None
    assert shop.till.faults == []


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "重新设置"), ("en", "Set them up again")])
def test_device_settings_that_cannot_be_read_are_said(open_shop: OpenShop, language: str, said: str) -> None:
    shop: Shop = open_shop(language=language)
    shop.settings.devices_path.write_text("spoilt")

    shop.start_again()
    assert said in shop.till.window.notice.text

    save_device_settings(shop.settings.devices_path, DeviceSettings())
    shop.start_again()
    assert shop.till.window.notice.text == ""


def test_device_settings_that_can_be_neither_read_nor_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "devices.json"
    path.write_text("spoilt")
    (path.with_suffix(".unreadable") / "in the way").mkdir(parents=True)
    assert load_device_settings(path) == DeviceSettings()


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "无法写入"), ("en", "cannot be written")])
def test_a_folder_that_cannot_be_used_is_named(qapp: QApplication, tmp_path: Path, language: str, said: str) -> None:
    folder = tmp_path / "printing"
    folder.write_text("a file where the folder should be")
    with pytest.raises(Refusal) as refused, why_it_does_not_open(qapp):
        (folder / "receipts").mkdir()
    use_language(language)
    try:
        words = refusal_words(refused.value)
    finally:
        use_language("zh_CN")
    assert said in words
    assert str(folder) in words
