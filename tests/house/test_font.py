"""The bundled font can draw what the product says, on a machine without any font of its own."""

from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont

from shared_models.resources import resource_path
from tests.house.sources import PROGRAMS, python_files, shown

SIZE_BYTES_MAX = 3_000_000


def _drawable(weight: str) -> set[str]:
    return {chr(code) for code in TTFont(resource_path(f"fonts/tillbook-sans-{weight}.otf")).getBestCmap()}


def test_both_weights_draw_the_same_characters_and_stay_small() -> None:
    assert _drawable("regular") == _drawable("bold")
    for weight in ("regular", "bold"):
        assert resource_path(f"fonts/tillbook-sans-{weight}.otf").stat().st_size < SIZE_BYTES_MAX


def test_names_goods_and_signs_can_be_drawn() -> None:
    said = "柜账储值本金赠送金小额免密第二件半价满额赠品抹零奶油蛋糕斤欧阳翀喆镕祎臺灣銀行¥·•✓⌫−×→▲▼●️".replace(
        "\ufe0f", ""
    )
    assert set(said) - _drawable("regular") == set()


def test_every_translated_sentence_and_every_sign_in_the_source_can_be_drawn() -> None:
    written: set[str] = set()
    for language in ("zh_CN", "en"):
        with resource_path(f"locale/{language}/LC_MESSAGES/tillbook.po").open("rb") as file:
            for message in read_po(file, locale=language):
                written.update(str(message.string) if message.id else "")
    for path in python_files():
        if shown(path).startswith(PROGRAMS):
            written.update(path.read_text(encoding="utf-8"))
    assert len(written) > 60
    assert {character for character in written if character.isprintable()} - _drawable("regular") == set()
