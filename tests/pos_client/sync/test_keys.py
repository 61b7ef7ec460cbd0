"""The till's keys: made once, read back, and closed to everybody else."""

from pathlib import Path

import msgspec
import pytest

from pos_client.sync.keys import KEY_FILE_NAME, load_keys, new_keys, save_keys
from shared_models.refusals import Refusal


def test_keys_come_back_as_they_were_saved(tmp_path: Path) -> None:
    keys = msgspec.structs.replace(new_keys(), phone_key=b"\x01" * 32, phone_key_id="k1")

    save_keys(tmp_path / "keys", keys)
    again = load_keys(tmp_path / "keys")

    assert (again.public_key, again.phone_key, again.phone_key_id) == (keys.public_key, b"\x01" * 32, "k1")


def test_only_the_owner_may_read_the_key_file(tmp_path: Path) -> None:
    save_keys(tmp_path, new_keys())

    assert (tmp_path / KEY_FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE_NAME]


def test_missing_and_damaged_keys_have_names(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="keys_missing"):
        load_keys(tmp_path)

    for content in (b"", b"{}", b'{"device_key": "AAAA"}', b'{"device_key": "!"}', b"\xff\xfe"):
        (tmp_path / KEY_FILE_NAME).write_bytes(content)
        with pytest.raises(Refusal, match="keys_damaged"):
            load_keys(tmp_path)
