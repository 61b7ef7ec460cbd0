"""The till's commands without a window: see how it is, check its book, sync once, save it, hand it out, enrol it.

Called by `__main__`. Each command prints what it found and answers with an exit code: 0 as it should be, 1 something
is wrong with the till or its book, 2 it could not be done (and why).
"""

import argparse
import errno
import gc
import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec

from pos_client.devices.device_settings import load_device_settings
from pos_client.devices.print_spool import PrintSpool
from pos_client.devices.printer_ports import port_named
from pos_client.ledger import Ledger, backup, restore, verify
from pos_client.settings import TillSettings, load_settings
from pos_client.sync import sync_file
from pos_client.sync.engine import SyncEngine
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi, HttpTransport, Unreachable
from pos_client.sync.keys import load_keys
from pos_client.ui.texts import refusal_words, sentence_of
from pos_client.ui.words import _, use_language
from shared_models.entries import Entry
from shared_models.ids import IdSource
from shared_models.moments import SystemClock
from shared_models.refusals import Refusal
from shared_models.sales import Cursor

FREE_BYTES_MIN = 200 * 1024 * 1024
CLOCK_OFF_MAX_MS = 10 * 60_000
EXPORT_ENTRIES_AT_ONCE = 500
EXPORT_BYTES_AT_ONCE = 16 * 1024 * 1024

Command = Callable[[TillSettings, argparse.Namespace], int]


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Parse and run one command; the exit code is what the shell sees."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 2
    try:
        settings = load_settings(
            {
                "ledger_folder": given.ledger_folder,
                "key_folder": given.key_folder,
                "hq_url": given.hq_url,
                "language": given.language,
                "printer": given.printer,
                "printer_columns": given.printer_columns,
            }
        )
        use_language(settings.language)
        command: Command = given.command
        return command(settings, given)
    except Refusal as refusal:
        print(f"{refusal_words(refusal)} [{refusal}]", file=sys.stderr)
        return 2
    except Unreachable as silence:
        print(f"{sentence_of(silence.code, {})} [{silence.code}]", file=sys.stderr)
        return 2
    except OSError as trouble:  # a file or folder that cannot be used is no fault of the program: it is named
        named = _as_refusal(trouble)
        print(f"{refusal_words(named)} [{named}]", file=sys.stderr)
        return 2


def _as_refusal(trouble: OSError) -> Refusal:
    if trouble.errno == errno.ENOSPC:
        return Refusal("disk_full")
    return Refusal("folder_not_writable", folder=str(trouble.filename or ""))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pos-client", description="Tillbook at the till.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('tillbook')}")
    parser.add_argument("--ledger-folder", type=Path, help="where the till's book is")
    parser.add_argument("--key-folder", type=Path, help="where the till's keys are")
    parser.add_argument("--hq-url", help="where HQ is")
    parser.add_argument("--language", help="zh_CN or en")
    parser.add_argument("--printer", help="tcp://host[:9100], serial:COM3, spooler:Name, or a device's path")
    parser.add_argument("--printer-columns", type=int, choices=(32, 48), help="32 on 58 mm paper, 48 on 80 mm")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands")
    for name, command, sentence in (
        ("run", _run, "open the till's window"),
        ("doctor", _doctor, "look at everything this till needs and say how it is"),
        ("verify", _verify, "walk the book's chain and compute every balance again"),
        ("sync-once", _sync_once, "say everything to HQ that waits, and read what is new"),
        ("backup", _backup, "copy the book, whole and consistent, while the till may go on"),
        ("restore", _restore, "put a copy in the book's place; what is there is set aside"),
        ("export", _export, "write all entries, one JSON object a line"),
        ("sync-file", _sync_file, "write what waits for HQ into a sealed file, where there is no line"),
        ("enrol", _enrol, "become a till of the chain, by a code from HQ"),
    ):
        one = commands.add_parser(name, help=sentence, description=sentence)
        one.set_defaults(command=command)
        if name in {"backup", "export", "sync-file"}:
            one.add_argument("target", type=Path)
        if name == "restore":
            one.add_argument("copy", type=Path)
        if name == "enrol":
            one.add_argument("code")
    return parser


@contextmanager
def open_ledger(settings: TillSettings) -> Iterator[Ledger]:
    """The till's book, closed again in any case."""
    clock = SystemClock()
    ledger = Ledger.open(settings.ledger_folder, clock, IdSource(clock), anchor_path=settings.anchor_path)
    try:
        yield ledger
    finally:
        ledger.close()


def _run(settings: TillSettings, _: argparse.Namespace) -> int:
    gc.disable()  # as when the program was loaded; the window has a collector of its own
    # Only here: a command without a window starts without Qt.
    from pos_client.ui.plain_imports import import_plainly

    import_plainly()
    from pos_client.app import run

    return run(settings)


# --- doctor -----------------------------------------------------------------------------------------------------------


class _Findings:
    """What the doctor says, one line a look."""

    def __init__(self) -> None:
        self.failed = False

    def say(self, good: bool, subject: str, told: str) -> None:
        self.failed = self.failed or not good
        print(f"{'ok  ' if good else 'FAIL'}  {subject:<10} {told}")


def _doctor(settings: TillSettings, _: argparse.Namespace) -> int:
    findings = _Findings()
    settings.ledger_folder.mkdir(parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(settings.ledger_folder).free
    findings.say(free_bytes >= FREE_BYTES_MIN, "disk", f"{free_bytes // 2**20} MiB free at {settings.ledger_folder}")
    try:
        with open_ledger(settings) as ledger:
            _look_at_ledger(ledger, findings)
            _look_at_hq(ledger, settings, findings)
    except Refusal as refusal:
        findings.say(False, "book", f"{refusal_words(refusal)} [{refusal}]")
    _look_at_printers(settings, findings)
    return 1 if findings.failed else 0


def _look_at_ledger(ledger: Ledger, findings: _Findings) -> None:
    identity, head, state = ledger.identity, ledger.head(), ledger.sync_state()
    if identity is None:
        findings.say(False, "identity", "not enrolled: pos-client enrol CODE")
        return
    findings.say(True, "identity", f"{identity.chain_name}, till {identity.till_number}, {identity.till_id}")
    findings.say(True, "book", f"epoch {head.epoch}, {head.seq} entries, {state.waiting_entries} wait for HQ")
    findings.say(not state.frozen, "rights", _frozen_words(state.frozen) if state.frozen else "can be spent")
    days = state.lease_left_ms // 86_400_000
    findings.say(not state.lease_over, "lease", f"{days} days left" if not state.lease_over else "over: sync first")
    clock = ledger.clock_state()
    is_right = not clock.suspect and abs(clock.offset_ms) <= CLOCK_OFF_MAX_MS
    findings.say(is_right, "clock", clock.reason or f"{-clock.offset_ms / 1000:+.1f} s from HQ's")


def _frozen_words(code: str) -> str:
    return f"{sentence_of(code, {})} [{code}]"


def _look_at_hq(ledger: Ledger, settings: TillSettings, findings: _Findings) -> None:
    identity = ledger.identity
    if identity is None:
        return
    try:
        keys = load_keys(settings.key_folder)
    except Refusal as refusal:
        findings.say(False, "keys", f"{refusal_words(refusal)} [{refusal}]")
        return
    findings.say(True, "keys", str(settings.key_folder))
    wire = HttpTransport(settings.hq_url)
    try:
        # A look at the feed changes nothing here or there.
        page = HqApi(wire, identity.till_id, keys.device_key, SystemClock()).changes(Cursor(), 0)
        findings.say(True, "HQ", f"{settings.hq_url} answers, feed at {page.cursor.position}")
    except Unreachable as silence:
        findings.say(False, "HQ", f"{settings.hq_url}: {sentence_of(silence.code, {})} [{silence.code}]")
    except Refusal as refusal:
        findings.say(False, "HQ", f"{settings.hq_url}: {refusal_words(refusal)} [{refusal}]")
    finally:
        wire.close()


def _look_at_printers(settings: TillSettings, findings: _Findings) -> None:
    """Whether each answers, and what it still owes."""
    devices = load_device_settings(settings.devices_path)
    printers = (("printer", settings.printer or devices.receipt.address, "receipts"),
                ("printer 2", devices.kitchen.address, "kitchen"))  # fmt: skip
    for name, address, folder in printers:
        if not address:
            continue
        waiting = PrintSpool(settings.printing_folder / folder).count_waiting()
        told = f"{address}, {waiting} slips wait"
        try:
            port_named(address).look()
        except Refusal as refusal:
            findings.say(False, name, f"{told}: {refusal_words(refusal)} [{refusal}]")
        else:
            findings.say(True, name, told)


# --- the book ---------------------------------------------------------------------------------------------------------


def _verify(settings: TillSettings, _: argparse.Namespace) -> int:
    report = verify(settings.ledger_folder, anchor_path=settings.anchor_path)
    print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=2))
    return 0 if report.sound else 1


def _backup(settings: TillSettings, given: argparse.Namespace) -> int:
    target: Path = given.target
    if target.exists():
        raise Refusal("file_exists", path=str(target))
    backup(settings.ledger_folder, target)
    print(f"{target} {target.stat().st_size}")
    return 0


def _restore(settings: TillSettings, given: argparse.Namespace) -> int:
    """A copy knows that it is one: its till starts with frozen rights and says what to do."""
    aside = restore(given.copy, settings.ledger_folder)
    print(_("{copy} is the till's book now.").format(copy=given.copy))
    if aside is not None:
        print(_("The book that was there is set aside: {path}").format(path=aside))
    print(sentence_of("restored_copy", {}))
    print(_('Start the till, let it reach HQ, and let a manager say yes under "What to do".'))
    return 0


def _export(settings: TillSettings, given: argparse.Namespace) -> int:
    """All entries as they are in the chain, epoch after epoch; attachments stay here."""
    target: Path = given.target
    if target.exists():
        raise Refusal("file_exists", path=str(target))
    count, unfinished = 0, target.with_name(f"{target.name}.unfinished")
    with open_ledger(settings) as ledger, unfinished.open("w", encoding="utf-8") as file:
        for entry in _every_entry(ledger):
            record = {
                "epoch": entry.epoch,
                "seq": entry.seq,
                "entry_type": entry.entry_type,
                "type_version": entry.type_version,
                "prev_hash": entry.prev_hash.hex(),
                "entry_hash": entry.entry_hash.hex(),
                "body": json.loads(entry.body),
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    unfinished.replace(target)
    print(f"{target} {count}")
    return 0


def _every_entry(ledger: Ledger) -> Iterator[Entry]:
    for epoch in range(1, ledger.head().epoch + 1):
        seq = 0
        while entries := ledger.entries_after(seq, EXPORT_ENTRIES_AT_ONCE, EXPORT_BYTES_AT_ONCE, epoch):
            yield from entries
            seq = entries[-1].seq


def _sync_file(settings: TillSettings, given: argparse.Namespace) -> int:
    """For a shop without a line: somebody carries the file to HQ. The till keeps everything and says it again."""
    with open_ledger(settings) as ledger:
        written = sync_file.write(ledger, load_keys(settings.key_folder), SystemClock(), given.target)
    for path, count in written:
        print(f"{path} {count}")
    return 0


# --- HQ ---------------------------------------------------------------------------------------------------------------


def _sync_once(settings: TillSettings, _: argparse.Namespace) -> int:
    clock = SystemClock()
    with open_ledger(settings) as ledger:
        if ledger.identity is None:
            raise Refusal("till_not_enrolled")
        keys = load_keys(settings.key_folder)
        wire = HttpTransport(settings.hq_url)
        try:
            api = HqApi(wire, ledger.identity.till_id, keys.device_key, clock)
            engine = SyncEngine(ledger, api, clock, random.SystemRandom(), program_version=version("tillbook"))
            report = engine.run_once()
        finally:
            wire.close()
        state = ledger.sync_state()
    print(
        f"requests {report.requests}, entries sent {report.entries_sent}, rows read {report.pulled.rows},"
        f" waiting {state.waiting_entries}"
    )
    if state.frozen and state.frozen != report.error:
        print(_frozen_words(state.frozen))
    if report.error:
        print(f"{sentence_of(report.error, {})} [{report.error}]", file=sys.stderr)
        return 2
    return 0


def _enrol(settings: TillSettings, given: argparse.Namespace) -> int:
    wire = HttpTransport(settings.hq_url)
    try:
        with open_ledger(settings) as ledger:
            answer = enrol(wire, given.code, ledger, settings.key_folder, program_version=version("tillbook"))
    finally:
        wire.close()
    print(f"{answer.chain_name}, till {answer.till_number}, {answer.till_id}")
    return 0
