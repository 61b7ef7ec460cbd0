"""HQ's keys: made once, kept apart, never made anew."""

import contextlib
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from nacl.public import PublicKey, SealedBox

from hq_sync_server.app import Hq
from hq_sync_server.office.rights import coupon_keys
from hq_sync_server.office.signing.keys import HqKeys
from shared_models.refusals import Refusal


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = HqKeys.open(tmp_path / "keys")
    again = HqKeys.open(tmp_path / "keys")

    assert (again.verify_key, again.seal_key, again.phone_key) == (first.verify_key, first.seal_key, first.phone_key)
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "keys").iterdir()} == {"0o600"}


def test_a_missing_key_is_never_made_anew(tmp_path: Path) -> None:
    HqKeys.open(tmp_path)
    (tmp_path / "seal.key").unlink()

    with pytest.raises(Refusal, match="keys_incomplete"):
        HqKeys.open(tmp_path)


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    HqKeys.open(tmp_path)
    (tmp_path / "phone.key").write_bytes(b"short")

    with pytest.raises(Refusal, match="keys_damaged"):
        HqKeys.open(tmp_path)


def test_a_sealed_number_is_opened_and_normalised(tmp_path: Path) -> None:
    keys = HqKeys.open(tmp_path)
    sealed = SealedBox(PublicKey(keys.seal_key)).encrypt(b"138 0000 5678")

    assert keys.unseal_phone(sealed) == "+8613800005678"
    with pytest.raises(Refusal, match="phone_unreadable"):
        keys.unseal_phone(os.urandom(80))


def test_the_forgotten_are_remembered_apart_from_the_database(tmp_path: Path) -> None:
    one, other = uuid4(), uuid4()
    HqKeys.open(tmp_path).add_forgotten(one)
    HqKeys.open(tmp_path).add_forgotten(other)

    assert HqKeys.open(tmp_path).forgotten() == {one, other}


def test_nobody_who_was_forgotten_is_lost_to_another_who_is_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL two work at once, in one process or in two: each has read where the list ends before either adds
    to it, unless one waits for the other."""
    both_have_read = threading.Barrier(2)

    class Slow(io.BufferedRandom):
        def read(self, size: int | None = -1, /) -> bytes:
            whole = super().read(size)
            with contextlib.suppress(threading.BrokenBarrierError):
                both_have_read.wait(0.5)
            return whole

    first, one, other = uuid4(), uuid4(), uuid4()
    keys = HqKeys.open(tmp_path)
    keys.add_forgotten(first)
    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as at_once:
        patch.setattr(Path, "open", lambda path, _mode: Slow(io.FileIO(path, "r+")))
        list(at_once.map(keys.add_forgotten, (one, other)))

    assert HqKeys.open(tmp_path).forgotten() == {first, one, other}


def test_a_coupon_key_that_was_not_written_to_its_end_is_none(hq: Hq, monkeypatch: pytest.MonkeyPatch) -> None:
    """HQ is stopped in the middle of it: half a key would stop all printing, and the next recovery."""

    def stopped(descriptor: int, _mode: str) -> None:
        os.close(descriptor)
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", stopped)
        with pytest.raises(InterruptedError):
            hq.desk.run(coupon_keys.renew)

    assert hq.desk.run(coupon_keys.newest)[0] == 1
    assert {path.name for path in hq.desk.keys.folder.glob("coupon*")} == {"coupon-1.key"}
