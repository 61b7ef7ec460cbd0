"""The files the house rules speak about: what git knows or would take, and nothing that a command made."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("shared_models", "pos_client", "hq_sync_server")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file of the repository, committed or about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = (ROOT / name for name in sorted(set(listing.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def python_files() -> list[Path]:
    """Source and tests alike."""
    return [path for path in tracked_files() if path.suffix == ".py"]


def shown(path: Path) -> str:
    """A path as people speak of it."""
    return path.relative_to(ROOT).as_posix()
