"""`python -m tests.shopday.film`: the day's first forty sales on a real X screen, a picture after every key and touch.

Leaves the pictures and a page that plays them in build/film: for people who want to see before they believe.
"""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tests.screens.x_keyboard import XServer
from tests.shopday.day import Day
from tests.shopday.judging import judge
from tests.shopday.shop import open_shop
from tests.shopday.watched import WatchedTill
from tests.together.till_process import TillPlace

FOLDER = Path("build/film")
HANDS = {"scan", "type", "press", "menu", "touch"}
PAGE = """<!doctype html><meta charset="utf-8"><title>Tillbook: a morning</title>
<style>body{margin:0;font:15px sans-serif;background:#222;color:#eee}img{display:block;max-width:100%;margin:auto}
p{text-align:center}button{font-size:16px;min-width:5em;min-height:2.4em}</style>
<p><button onclick="step(-1)">&larr;</button>
<button onclick="playing=!playing">&#9654;&#8201;/&#8201;&#10074;&#10074;</button>
<button onclick="step(1)">&rarr;</button> <span id="words"></span></p><img id="shown" alt="">
<script>const frames=FRAMES;let at=0,playing=true;
function step(by){at=(at+by+frames.length)%frames.length;shown.src=frames[at][0];
words.textContent=(at+1)+"/"+frames.length+"  "+frames[at][1]}
setInterval(()=>{if(playing)step(1)},700);step(0)</script>
"""


class Film:
    """The pictures in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.frames: list[tuple[str, str]] = []

    def next_picture(self, words: str) -> Path:
        """Where the next one goes; `words` say what was pressed."""
        name = f"{len(self.frames):04d}.jpg"
        self.frames.append((name, words))
        return self.folder / name

    def write_page(self) -> None:
        """The page that plays it."""
        frames = json.dumps(self.frames, ensure_ascii=False).replace("</", "<\\/")
        (self.folder / "index.html").write_text(PAGE.replace("FRAMES", frames), encoding="utf-8")


class FilmedTill(WatchedTill):
    """Takes a picture after each thing that hands do."""

    def __init__(self, place: TillPlace, film: Film) -> None:
        super().__init__(place)
        self._film = film

    def _ask(self, **command: object) -> dict[str, Any]:
        answer = super()._ask(**command)
        if command["do"] in HANDS:
            told = command.get("text") or command.get("words") or command.get("keys")
            what = told if isinstance(told, str) else " ".join(told) if isinstance(told, tuple) else ""
            words = f"{self.place.folder.name}: {command['do']} {what}"
            super()._ask(do="shot", path=str(self._film.next_picture(words)))
        return answer


def main() -> int:
    """The exit code: 0 when the filmed morning agrees to the fen."""
    parser = argparse.ArgumentParser(prog="make film")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sales", type=int, default=40)
    asked = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    film = Film(FOLDER.absolute())
    began = time.monotonic()
    with XServer() as server, open_shop(FOLDER.absolute(), seed=asked.seed, display=server.display) as shop:
        day = Day(
            shop,
            asked.seed,
            asked.sales,
            lambda words: print(f"{time.monotonic() - began:6.1f} s  {words}", flush=True),
            open_window=lambda place: FilmedTill(place, film),
        )
        day.work()
        differences = judge(shop, day.counters).differences
    film.write_page()
    print(f"{len(film.frames)} pictures: open {FOLDER / 'index.html'}; {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
