"""Folders whose names outlive a power cut: that they do is what the images of `tests/crash` show."""

from pathlib import Path

import pytest

from shared_models.folders import make_folder, sync_folder


def test_a_folder_is_made_with_all_above_it_and_only_the_last_one_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "till" / "ledger"
    make_folder(folder, 0o700)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o077 == tmp_path.joinpath("shop").stat().st_mode & 0o077


def test_one_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    folder.mkdir(mode=0o750)
    (folder / "ledger.db").write_bytes(b"book")
    make_folder(folder, 0o700)
    assert (folder / "ledger.db").read_bytes() == b"book"
    assert folder.stat().st_mode & 0o777 == 0o750


def test_a_file_in_its_place_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_bytes(b"")
    with pytest.raises(OSError, match="ledger"):
        make_folder(tmp_path / "ledger")


def test_a_folder_that_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "nowhere")
