"""Cuts the bundled font out of Noto (SIL Open Font License); run by `make font SOURCE=folder`, its result is committed.

A till must show Chinese on a machine without a single Chinese font, and the whole family weighs 40 MB. What is kept:
the 6,763 characters of GB 2312 (all of daily life), the 5,401 frequent traditional ones of Big5 (names from Hong Kong
and Taiwan), and what font_characters.txt lists: characters that GB 2312 forgot and parents did not, and the signs that
the till prints. Signs that Noto Sans CJK lacks come from its sisters. SOURCE holds Debian's fonts-noto-cjk and
fonts-noto-core.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
FONTS = HERE.parents[1] / "resources" / "fonts"
SIMPLIFIED_CHINESE = 2  # its place in the collection: four countries write the same character differently
SISTERS = ("NotoSansSymbols2-Regular", "NotoSansSymbols-Regular", "NotoSansMath-Regular")
FAMILY = "Tillbook Sans"


def kept_characters() -> set[str]:
    """Everything the cut font can show."""
    simplified = [bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF)]
    low_bytes = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    traditional = [bytes((high, low)) for high in range(0xA4, 0xC7) for low in low_bytes]
    characters = {pair.decode("gb2312", errors="ignore") for pair in simplified}
    characters |= {pair.decode("big5", errors="ignore") for pair in traditional}
    characters |= {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0xFF01, 0xFF5F))}
    characters |= set((HERE / "font_characters.txt").read_text(encoding="utf-8"))
    return {character for character in characters if character.isprintable() and len(character) == 1}


def rename(font: TTFont, weight: str) -> None:
    """Gives the cut a name of its own, so that it is never taken for a whole Noto on the same machine."""
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    who_made_it_and_under_which_licence = {0, 7, 8, 9, 11, 12, 13, 14}
    for record in list(font["name"].names):
        if record.nameID not in who_made_it_and_under_which_licence:
            font["name"].removeNames(nameID=record.nameID)
    for name_id, text in ((1, FAMILY), (2, weight), (3, postscript), (4, f"{FAMILY} {weight}"), (6, postscript)):
        font["name"].setName(text, name_id, 3, 1, 0x409)
    font["CFF "].cff.fontNames = [postscript]


def borrow_glyph(font: TTFont, character: str, sister: TTFont) -> None:
    """Draws one sign of a sister font into this one; all are drawn on the same square of 1,000 units."""
    source_name = sister.getBestCmap()[ord(character)]
    width = sister["hmtx"][source_name][0]
    top = font["CFF "].cff.topDictIndex[0]
    neighbour = font.getBestCmap()[ord("→")]
    private_number = top.FDSelect[font.getGlyphID(neighbour)]
    pen = T2CharStringPen(width, sister.getGlyphSet())
    sister.getGlyphSet()[source_name].draw(pen)
    private = top.FDArray[private_number].Private
    drawing = pen.getCharString(private=private, globalSubrs=top.GlobalSubrs)
    if width != private.defaultWidthX:
        drawing.program[0] = width - private.nominalWidthX
    else:
        drawing.program.pop(0)

    name = f"cid{65000 + ord(character) % 500:05d}"
    order = [*font.getGlyphOrder(), name]
    top.CharStrings.charStringsIndex.append(drawing)
    top.CharStrings.charStrings[name] = len(order) - 1
    if name not in top.charset:
        top.charset.append(name)
    top.FDSelect.gidArray.append(private_number)
    font.setGlyphOrder(order)
    font["hmtx"][name] = (width, sister["hmtx"][source_name][1])
    font["vmtx"][name] = font["vmtx"][neighbour]
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord(character)] = name


def cut(source: Path, weight: str, characters: set[str]) -> Path:
    """One weight, without hints and without the shapes of the other countries."""
    options = subset.Options(font_number=SIMPLIFIED_CHINESE, hinting=False, layout_features=["kern"], name_IDs=["*"])
    (collection,) = source.rglob(f"NotoSansCJK-{weight}.ttc")
    font = subset.load_font(str(collection), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(characters))
    cutter.subset(font)
    rename(font, weight)
    target = FONTS / f"tillbook-sans-{weight.lower()}.otf"
    subset.save_font(font, str(target), options)

    font = TTFont(target)
    for name in SISTERS:
        (file,) = source.rglob(f"{name}.ttf")
        sister = TTFont(file)
        for character in sorted(characters - {chr(code) for code in font.getBestCmap()}):
            if ord(character) in sister.getBestCmap():
                borrow_glyph(font, character, sister)
    font.save(target)
    return target


def main(source: str) -> int:
    """Cut both weights and say how large they became and what no source could draw."""
    characters = kept_characters()
    for weight in ("Regular", "Bold"):
        target = cut(Path(source), weight, characters)
        missing = sorted(characters - {chr(code) for code in TTFont(target).getBestCmap()})
        print(f"{target.name}: {target.stat().st_size:,} bytes; not in any source: {''.join(missing)!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
