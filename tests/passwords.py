"""Passwords that cost nothing to check: HQ's own take a sixth of a second each time, and most tests log somebody in.

What the program itself takes is tried in the tests about accounts, and wherever HQ is a process of its own.
"""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher

from hq_sync_server.office.access import accounts

OWN_HASHER = accounts._hasher
"""What the program takes."""


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """For every test of a folder whose conftest imports this."""
    with patch.object(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield
