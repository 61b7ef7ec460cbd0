"""The window's garbage collector: a library that is loaded while it stands is no waste to look through."""

import gc

import pytest
from PySide6.QtWidgets import QApplication

from pos_client.ui.collector import GuiCollector


@pytest.mark.parametrize(("objects", "is_spared"), [(40_000, True), (4_000, False)])
def test_so_many_new_objects_at_once_are_a_library(qapp: QApplication, objects: int, is_spared: bool) -> None:
    assert qapp is not None
    collector = GuiCollector()
    try:
        collector.spare()
        frozen = gc.get_freeze_count()
        held: list[list[int]] = [[] for _ in range(objects)]

        collector._collect()

        assert len(held) == objects
        assert (gc.get_freeze_count() - frozen >= objects) is is_spared
    finally:
        collector.stop()


def test_nobody_who_waits_for_an_answer_waits_for_a_collection_but_it_comes(qapp: QApplication) -> None:
    assert qapp is not None
    collector = GuiCollector(is_idle=lambda: False)
    try:
        held: list[list[int]] = [[] for _ in range(4_000)]
        for _ in range(10):
            collector._collect()
        assert gc.get_count()[0] >= len(held)
        collector._collect()
        assert gc.get_count()[0] < len(held)
    finally:
        collector.stop()
