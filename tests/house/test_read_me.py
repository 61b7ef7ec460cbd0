"""What the README tells a newcomer to type exists, and the repository stands on its own feet."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT, shown, tracked_files

READ_MES = ("README.md", "README.zh.md")


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
def test_every_place_the_read_me_links_to_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    rooms = re.findall(r"^ {4}( {4})?([a-z_]+/(?:[a-z]+/)?)  ", text, re.MULTILINE)
    assert len(links) >= 4
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
    inside = {f"{program}/{room}" for indent, room in rooms if indent for program in ("pos_client", "hq_sync_server")}
    assert [room for indent, room in rooms if not indent and not (ROOT / room).is_dir()] == []
    assert len([place for place in inside if (ROOT / place).is_dir()]) == len([1 for indent, _ in rooms if indent])


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
