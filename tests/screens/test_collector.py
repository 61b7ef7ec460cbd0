"""The program's own collector of garbage, which other tests here have a shorter one for."""

import gc
import weakref

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from pos_client.ui.collector import GuiCollector


class _Standing(QObject):
    """Something of a window that only the collector finds."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def test_a_standing_window_is_spared_and_collected_once_it_is_gone(qapp: QApplication) -> None:
    assert gc.isenabled()
    collector = GuiCollector()
    assert not gc.isenabled()
    standing = _Standing()
    watched = weakref.ref(standing)
    collector.spare()
    assert gc.get_freeze_count() > 0

    del standing
    gc.collect()
    assert watched() is not None

    collector.stop()
    assert watched() is None
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()
