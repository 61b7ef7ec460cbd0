"""What the README tells a newcomer to type exists, what the papers point at is there, and the repository stands on its
own feet."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT, shown, tracked_files

READ_MES = ("README.md", "README.zh.md")
PAPERS = [path for path in tracked_files() if path.suffix == ".md"]


@pytest.mark.parametrize("name", READ_MES)
def test_every_make_command_of_the_read_me_is_in_the_makefile(name: str) -> None:
    told = set(re.findall(r"(?:`|^ {4})make ([a-z]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test", "replay", "bench"} <= told
    assert told - targets == set()


@pytest.mark.parametrize("name", READ_MES)
@pytest.mark.parametrize("program", ["pos-client", "hq-sync-server"])
def test_every_command_of_the_programs_is_one_they_know(name: str, program: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = re.findall(rf"^ {{4}}{program} (.*?)(?:  |$)", text, re.MULTILINE)
    told = {word for line in lines for word in line.split() if re.fullmatch(r"[a-z]+(-[a-z]+)*", word)}
    usage = subprocess.run(
        [Path(sys.executable).parent / program, "--help"], capture_output=True, text=True, check=True
    ).stdout
    known = set(re.findall(r"^ {4}([a-z-]+) ", usage, re.MULTILINE))
    assert told & known
    assert told - known <= {"east"}


@pytest.mark.parametrize("name", READ_MES)
def test_every_room_of_the_read_me_s_map_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    rooms = re.findall(r"^ {4}( {4})?([a-z_]+/(?:[a-z]+/)?)  ", text, re.MULTILINE)
    assert len(rooms) >= 15
    inside = {f"{program}/{room}" for indent, room in rooms if indent for program in ("pos_client", "hq_sync_server")}
    assert [room for indent, room in rooms if not indent and not (ROOT / room).is_dir()] == []
    assert len([place for place in inside if (ROOT / place).is_dir()]) == len([1 for indent, _ in rooms if indent])


def _anchors(page: Path) -> set[str]:
    """What its headings are called as places within the page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def test_every_place_a_paper_links_to_exists() -> None:
    lost, found = [], 0
    for paper in PAPERS:
        for link in re.findall(r"\]\(([^)\s]+)\)", paper.read_text(encoding="utf-8")):
            place, _, anchor = link.partition("#")
            target = paper.parent / place if place else paper
            found += 1
            if not target.exists() or (anchor and anchor not in _anchors(target)):
                lost.append(f"{shown(paper)}: {link}")
    assert found > 50
    assert lost == []


def test_every_test_a_paper_names_exists() -> None:
    tests = [path for path in tracked_files() if path.suffix == ".py" and shown(path).startswith("tests/")]
    files = {shown(path) for path in tests} | {path.name for path in tests}
    functions = set(
        re.findall(r"^ *def (test_\w+)", "\n".join(path.read_text("utf-8") for path in tests), re.MULTILINE)
    )
    lost, named = [], 0
    for paper in PAPERS:
        for word in re.findall(r"`((?:tests/|test_)[\w/.:]+)`", paper.read_text(encoding="utf-8")):
            file, _, function = word.partition("::")
            if not file.endswith((".py", "/")) and "/" not in file:
                file, function = "", file
            named += 1
            is_there = not file or file in files or (ROOT / file).is_dir()
            begins = function.removesuffix("...")
            if not is_there or (begins.startswith("test_") and not any(each.startswith(begins) for each in functions)):
                lost.append(f"{shown(paper)}: {word}")
    assert named > 100
    assert lost == []


def test_the_list_of_decisions_names_each_by_its_number_and_its_heading() -> None:
    folder = ROOT / "docs" / "decisions"
    headings = {page.name: page.read_text(encoding="utf-8").splitlines()[0] for page in folder.glob("0*.md")}
    listed = re.findall(
        r"^- (\d+)\. \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {place: f"# {number}. {title}" for number, title, place in listed} == headings
    assert len(listed) == len(headings)
    assert [name for name, heading in headings.items() if not heading.startswith(f"# {int(name[:4])}. ")] == []


@pytest.mark.parametrize("name", ["requirements.lock", "packaging/development.lock"])
def test_a_lock_file_names_versions_and_hashes_and_no_place_to_fetch_them_from(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert lock.count("--hash=sha256:") > 100
    assert "://" not in lock
    assert re.findall(r"^-.*", lock, re.MULTILINE) == []
    unpinned = [line for line in lock.splitlines() if line and line[0].isalpha() and "==" not in line]
    assert unpinned == []


def test_nothing_in_the_repository_needs_what_lies_beside_it() -> None:
    """A clone must work anywhere: no file speaks of a neighbouring folder or of one machine's places."""
    outside = re.compile("|".join((r"\.\./" + "shared", r"(?<![\w.])/" + "work/", "/ho" + "me/", "/ro" + "ot/")))
    needy = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        needy += [f"{shown(path)}: {found.group()}" for found in outside.finditer(text)]
    assert needy == []
