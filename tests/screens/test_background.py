"""The ledger worker and the bridge: in order, never in the GUI thread, and no failure is silent."""

import threading

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_client.ui.background import LedgerWorker
from pos_client.ui.bridge import Bridge
from shared_models.refusals import Refusal


@pytest.fixture
def told() -> list[object]:
    """What arrived on the screen, in order."""
    return []


def test_answers_arrive_in_the_order_they_were_asked_and_in_the_gui_thread(
    qapp: QApplication, qtbot: QtBot, told: list[object]
) -> None:
    worker = LedgerWorker(Bridge(), told.append)
    here = threading.get_ident()
    threads: set[int] = set()

    def operation(number: int) -> int:
        threads.add(threading.get_ident())
        return number

    for number in range(50):
        worker.ask(
            lambda asked=number: operation(asked),  # type: ignore[misc]  # mypy cannot infer a default of a lambda
            lambda answer: told.append((answer, threading.get_ident() == here)),
            told.append,
        )
    qtbot.waitUntil(lambda: worker.is_idle)
    worker.stop()

    assert told == [(number, True) for number in range(50)]
    assert here not in threads


def test_a_refusal_and_a_fault_each_find_their_way(qapp: QApplication, qtbot: QtBot, told: list[object]) -> None:
    worker = LedgerWorker(Bridge(), lambda fault: told.append(("fault", type(fault).__name__)))

    def refuse() -> None:
        raise Refusal("disk_full")

    def fail() -> None:
        raise KeyError("ours")

    worker.ask(refuse, told.append, lambda refusal: told.append(refusal.code))
    worker.ask(fail, told.append, lambda refusal: told.append(refusal.code))
    worker.ask(lambda: "goes on", told.append, told.append)
    qtbot.waitUntil(lambda: worker.is_idle)
    worker.stop()

    assert told == ["disk_full", ("fault", "KeyError"), "goes on"]


def test_what_arrives_after_the_window_is_gone_is_dropped(qapp: QApplication, told: list[object]) -> None:
    bridge = Bridge()
    bridge.carry(lambda: told.append("late"))
    bridge.close()
    bridge.carry(lambda: told.append("too late"))
    QApplication.processEvents()
    assert told == []
