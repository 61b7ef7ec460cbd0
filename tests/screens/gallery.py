"""Every screen and state of the till as pictures with an index to look through: `make screens`.

    python -m tests.screens.gallery [--only NAME] [--into FOLDER] [--goldens]

Each variant (language, light, size, scale) is walked in a process of its own, offscreen; the pictures and index.html
are then in build/screens, or in the folder named. What cannot be read, hit, named or added up is listed in the index
and makes the exit code 1.
`--goldens` writes the texts that tests/screens/goldens keeps, to be looked at before they are committed.
"""

import argparse
import html
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "screens"
GOLDENS = Path(__file__).with_name("goldens")
GOLDEN_STOPS = ("sell-empty", "sell-member", "pay-split", "refund-all", "done-change")


@dataclass(frozen=True, slots=True)
class Variant:
    """A till as it may stand on a counter."""

    name: str
    language: str
    theme: str
    size: tuple[int, int]
    scale: float = 1


VARIANTS = (
    Variant("zh-1366", "zh_CN", "light", (1366, 768)),
    Variant("zh-1366-dark", "zh_CN", "dark", (1366, 768)),
    Variant("en-1366", "en", "light", (1366, 768)),
    Variant("zh-1024", "zh_CN", "light", (1024, 768)),
    Variant("en-1024-dark", "en", "dark", (1024, 768)),
    Variant("zh-1920", "zh_CN", "light", (1920, 1080)),
    Variant("zh-1024-at-200", "zh_CN", "light", (1024, 768), 2),
)


class Walked(msgspec.Struct):
    """What a walk came to: its stops, what is not right at some, and what each says."""

    stops: list[str]
    problems: dict[str, list[str]]
    texts: dict[str, str]


def walk_one(variant: Variant, pictures: Path) -> int:
    """In a process of its own: the walk of one variant; prints what came of it."""
    from pos_client.app import application
    from tests.screens.conftest import Shop
    from tests.screens.tour import Tour, walk
    from tests.screens.tour_care import walk_care
    from tests.screens.tour_counter import walk_counter
    from tests.together.wallet_provider import simulated_provider

    application()
    walked = Walked([], {}, {})
    stack = ExitStack()
    provider = stack.enter_context(simulated_provider())
    for way, wallet_url in ((walk, ""), (walk_care, ""), (partial(walk_counter, provider=provider), provider.url)):
        with tempfile.TemporaryDirectory(prefix="tillbook-screens-") as folder:
            shop = Shop(Path(folder), variant.language, variant.theme, variant.size, wallet_url)
            tour = Tour(shop, pictures / variant.name)
            try:
                way(tour)
            finally:
                shop.close()
        walked.stops.extend(tour.stops)
        walked.problems.update(tour.problems)
        walked.texts.update(tour.texts)
    stack.close()
    print(msgspec.json.encode(walked).decode())
    return 0


def main(arguments: list[str]) -> int:
    """All variants, one after the other, and the index."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("--into", type=Path, default=PICTURES, help="the folder for pictures and index")
    parser.add_argument("--goldens", action="store_true")
    parser.add_argument("--here", action="store_true", help="walk in this process: for the command itself")
    given = parser.parse_args(arguments)
    chosen = [variant for variant in VARIANTS if given.only in (None, variant.name)]
    if given.here:
        return walk_one(chosen[0], given.into)
    pictures = given.into.absolute()
    walked = {variant: _walked(variant, pictures) for variant in chosen}
    if given.goldens:
        GOLDENS.mkdir(exist_ok=True)
        for stop in GOLDEN_STOPS:
            text = walked[VARIANTS[0]].texts[stop]
            (GOLDENS / f"{stop}.txt").write_text(text + "\n", encoding="utf-8")
    pictures.mkdir(parents=True, exist_ok=True)
    (pictures / "index.html").write_text(_index(walked), encoding="utf-8")
    stops = sum(len(found.stops) for found in walked.values())
    problems = sum(len(found.problems) for found in walked.values())
    print(f"{stops} pictures, {problems} with something not right: {pictures / 'index.html'}")
    return 1 if problems else 0


def _walked(variant: Variant, pictures: Path) -> Walked:
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.screens.gallery", "--here", "--only", variant.name, "--into", str(pictures)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(variant.scale), "PYTHONUTF8": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = msgspec.json.decode(outcome.stdout.splitlines()[-1], type=Walked)
    print(f"{variant.name}: {len(found.stops)} pictures, {len(found.problems)} with something not right")
    return found


def _index(walked: dict[Variant, Walked]) -> str:
    stops = list(dict.fromkeys(stop for found in walked.values() for stop in found.stops))
    rows = []
    for stop in stops:
        cells = []
        for variant, found in walked.items():
            if stop in found.stops:
                source = html.escape(f"{variant.name}/{stop}.png")
                wrong = "<br>".join(html.escape(words) for words in found.problems.get(stop, ()))
                cells.append(
                    f'<figure><a href="{source}"><img loading="lazy" src="{source}" alt="{html.escape(stop)}"></a>'
                    f"<figcaption>{html.escape(variant.name)}<b>{wrong}</b></figcaption></figure>"
                )
        rows.append(f'<h2 id="{html.escape(stop)}">{html.escape(stop)}</h2><div>{"".join(cells)}</div>')
    links = " · ".join(f'<a href="#{html.escape(stop)}">{html.escape(stop)}</a>' for stop in stops)
    style = (
        "body{font:15px sans-serif;margin:24px;background:#f4f5f3}div{display:flex;flex-wrap:wrap;gap:16px}"
        "figure{margin:0;width:480px}img{width:100%;border:1px solid #ccc}b{color:#b3261e;display:block}"
    )
    return (
        f"<!doctype html><meta charset=utf-8><title>Tillbook: every screen</title><style>{style}</style>"
        f"<h1>Every screen and state</h1><p>{links}</p>{''.join(rows)}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
