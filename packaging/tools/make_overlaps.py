"""Writes docs/overlaps.md from the register of overlaps. Run after a change of `shared_models/overlaps.py`.

With --check it writes nothing and ends with 1 where the page is not the register's.
"""

import sys
from pathlib import Path

from shared_models.overlap import MONEY
from shared_models.overlaps import OVERLAPS
from shared_models.resources import translations

PAGE = Path(__file__).resolve().parents[2] / "docs" / "overlaps.md"
KINDS = {"exception": "exception", "counted": "counted only", "fact": "a fact of HQ's own"}


def page() -> str:
    """The page, in English with the Chinese names."""
    chinese = translations("zh_CN").gettext
    lines = [
        "# Overlaps: what can collide, and what becomes of it",
        "",
        "Tills work while they are cut off, so two of them may do what only one should have done. HQ accepts every",
        "fact: the goods have left the shop. What does not fit is named, never dropped and never silently mended.",
        "Here is every name that HQ gives, with the outcome that does not depend on luck or on who was heard",
        "first, what it can cost, and what to do. The names are those of the exceptions in `hq-sync-server status`",
        "and in the console.",
        "",
        "This page is made by `packaging/tools/make_overlaps.py` from `shared_models/overlaps.py`; a test compares",
        "them.",
        "",
        "| name | money | what becomes of it | what to do |",
        "|---|---|---|---|",
    ]
    for overlap in OVERLAPS.values():
        kind = "" if overlap.kind == "exception" else f" ({KINDS[overlap.kind]})"
        name = f"**{overlap.name}** {chinese(overlap.name)} `{overlap.code}`{kind}"
        lines.append(f"| {name} | {MONEY[overlap.money]} | {overlap.outcome} | {overlap.remedy} |")
    return "\n".join((*lines, ""))


def main() -> int:
    """Write the page, or only look at it."""
    if "--check" in sys.argv:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
