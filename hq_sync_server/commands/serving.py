"""The command that stays: HQ on a port, until it is told to stop."""

import gc
import ipaddress
import signal
import socket

import uvicorn

from hq_sync_server.app import create_web_app
from hq_sync_server.commands import recovering
from hq_sync_server.commands.command import DONE, Command
from hq_sync_server.commands.voice import Voice
from hq_sync_server.console.texts import N_
from hq_sync_server.office.access import background
from hq_sync_server.office.healing import copies
from hq_sync_server.office.members import forgetting
from hq_sync_server.schedule import HqSchedule
from shared_models.refusals import Refusal

STOP_SECONDS = 3
BACKLOG = 2048


class _Server(uvicorn.Server):
    """Says where it listens once it does: whoever started it may wait for that line."""

    def __init__(self, config: uvicorn.Config, voice: Voice, address: str) -> None:
        super().__init__(config)
        self._voice = voice
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._voice.say(N_("HQ listens on {address}"), address=self._address)


def serve(command: Command) -> int:
    """Serve tills and the console; port 0 takes a free one."""
    host, port = command.settings.host, command.settings.port
    if copies.recover_if_copied(command.desk):
        recovering.say_state(command)
    copies.renew_mark(command.desk)
    command.desk.run(forgetting.forget_again)
    command.desk.run(background.stop_all)
    listening = listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    if not _is_loopback(host):
        command.voice.say(N_("Other machines can reach this port: put a proxy with TLS before it."))
    config = uvicorn.Config(
        create_web_app(command.hq),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    # The server ends by itself when told to, and then hands the signal on: being told to stop is no accident.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda _number, _frame: None)
    # What is loaded by now stays: a full collection that went through it again and again would stop everybody for a
    # tenth of a second each time.
    gc.collect()
    gc.freeze()
    schedule = HqSchedule(command.desk)
    schedule.start()
    try:
        with listening:
            _Server(config, command.voice, address).run(sockets=[listening])
    finally:
        schedule.stop()
    command.voice.say(N_("HQ has stopped."))
    return DONE


def listen(host: str, port: int) -> socket.socket:
    """A port to serve on. Refuses `port_taken`."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError:
        raise Refusal("port_taken", port=str(port)) from None
    # Those that are accepted inherit it. An answer goes out as head and body: held back by Nagle's algorithm, the body
    # waits 40 ms for the other end to acknowledge the head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
