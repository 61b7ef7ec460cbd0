"""Folders whose names must outlive a power cut: a file's own sync promises its content, not that it has a name.

Called by both programs wherever they make, rename or begin a file that matters. SQLite does the same for its own.
"""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows the names in this folder. Does nothing where a system has no such call (Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it where they are missing; their names are on disk when this returns."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=mode)
    sync_folder(folder.parent)
