"""The port HQ serves on."""

import socket

import pytest

from hq_sync_server.commands import serving
from shared_models.refusals import Refusal


def test_an_answers_body_does_not_wait_until_its_head_was_acknowledged() -> None:
    with serving.listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as client:
        accepted, _address = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            assert client.getpeername() == listening.getsockname()


def test_a_port_that_is_taken_is_refused_by_name() -> None:
    with serving.listen("127.0.0.1", 0) as listening, pytest.raises(Refusal) as refused:
        serving.listen("127.0.0.1", listening.getsockname()[1])

    assert refused.value.code == "port_taken"
