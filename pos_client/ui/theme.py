"""How the till looks: the tokens, light and dark, the fonts, and the one style sheet made of them.

The style sheet itself is `resources/style/till.qss`; names after `$` are tokens. Called by the composition root, and by
the few widgets that paint with their own hands (the basket, the pill) and need a colour.
"""

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from shared_models.resources import resource_bytes, resource_path

FONT_FILES = ("fonts/tillbook-sans-regular.otf", "fonts/tillbook-sans-bold.otf")
FONT_FAMILY = "Tillbook Sans"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every colour of the product, by what it means."""

    background: str
    panel: str
    sunken: str
    ink: str
    muted: str
    line: str
    accent: str
    accent_pressed: str
    accent_soft: str
    on_accent: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    gold: str
    gold_soft: str
    blue: str
    blue_soft: str
    header: str
    on_header: str
    header_muted: str
    pill_good: str
    on_pill_good: str
    pill_wait: str
    on_pill_wait: str
    scrim: str


LIGHT = Tokens(
    background="#F4F5F3",
    panel="#FFFFFF",
    sunken="#F4F5F3",
    ink="#1C2321",
    muted="#636D69",
    line="#E1E5E2",
    accent="#0E7963",
    accent_pressed="#0A6553",
    accent_soft="#E3F2EE",
    on_accent="#FFFFFF",
    warning="#A75806",
    warning_soft="#FCF1DF",
    danger="#B3261E",
    danger_soft="#FBE9E7",
    gold="#8B6800",
    gold_soft="#FBF3D9",
    blue="#2A5DB0",
    blue_soft="#E6EEFA",
    header="#12312B",
    on_header="#F4F5F3",
    header_muted="#A9BDB7",
    pill_good="#BFE5D9",
    on_pill_good="#0B4A3D",
    pill_wait="#F6D9A8",
    on_pill_wait="#5A3200",
    scrim="rgba(18, 49, 43, 110)",
)

DARK = Tokens(
    background="#121715",
    panel="#1C2321",
    sunken="#252D2A",
    ink="#EEF2F0",
    muted="#9DAAA5",
    line="#36403C",
    accent="#22B596",
    accent_pressed="#188E76",
    accent_soft="#173D35",
    on_accent="#04140F",
    warning="#F0B060",
    warning_soft="#3D2D14",
    danger="#F28B82",
    danger_soft="#43211F",
    gold="#E3BE57",
    gold_soft="#3A3115",
    blue="#8FB4F2",
    blue_soft="#1F2D47",
    header="#0B1F1B",
    on_header="#EEF2F0",
    header_muted="#8FA59E",
    pill_good="#1E4A3E",
    on_pill_good="#BFE5D9",
    pill_wait="#5A431A",
    on_pill_wait="#F6D9A8",
    scrim="rgba(0, 0, 0, 150)",
)


def tokens_named(name: str) -> Tokens:
    """`dark`, or light for every other name."""
    return DARK if name == "dark" else LIGHT


def style_sheet(tokens: Tokens) -> str:
    """The whole style sheet; KeyError where it names a token that does not exist."""
    names = {**asdict(tokens), "font_family": FONT_FAMILY}
    return Template(resource_bytes("style/till.qss").decode()).substitute(names)


def load_fonts() -> None:
    """Bring the bundled fonts in: offscreen there is none, and a fresh Windows may lack a Chinese one."""
    if FONT_FAMILY in QFontDatabase.families():
        return
    for file in FONT_FILES:
        if QFontDatabase.addApplicationFont(str(resource_path(file))) < 0:
            raise FileNotFoundError(file)


def till_font(pixels: int, bold: bool = False) -> QFont:
    """A font of the house for those who paint."""
    font = QFont(FONT_FAMILY)
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


def dress(application: QApplication, tokens: Tokens) -> None:
    """Fusion, the house font, the palette and the style sheet. Once is enough: it touches every widget there is."""
    load_fonts()
    sheet = style_sheet(tokens)
    if application.styleSheet() == sheet:
        return
    application.setStyle("Fusion")
    application.setFont(till_font(15))
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, tokens.background),
        (QPalette.ColorRole.Base, tokens.panel),
        (QPalette.ColorRole.AlternateBase, tokens.sunken),
        (QPalette.ColorRole.Text, tokens.ink),
        (QPalette.ColorRole.WindowText, tokens.ink),
        (QPalette.ColorRole.ButtonText, tokens.ink),
        (QPalette.ColorRole.Button, tokens.panel),
        (QPalette.ColorRole.PlaceholderText, tokens.muted),
        (QPalette.ColorRole.Highlight, tokens.accent),
        (QPalette.ColorRole.HighlightedText, tokens.on_accent),
    ):
        palette.setColor(role, QColor(colour))
    application.setPalette(palette)
    application.setStyleSheet(sheet)
