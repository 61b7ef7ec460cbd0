"""The sync panel and the settings: rows of words and a few keys."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.ui.parts.keys import KeyButton, button
from pos_client.ui.parts.labels import clear, frame, label, right, rule
from pos_client.ui.parts.sync_words import SyncPicture, panel_rows
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _


class SyncScreen(QWidget):
    """How the line stands, in words; `retry` knocks at HQ now."""

    def __init__(self, retry: Callable[[], object]) -> None:
        super().__init__()
        self._retry = retry
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        panel = frame("panel")
        panel.setFixedWidth(720)
        row.addWidget(panel, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(24, 20, 24, 24)
        whole.setSpacing(12)
        whole.addWidget(label(_("Sync"), "title"))
        whole.addWidget(
            label(_("The till sells with and without the line. What waits goes by itself."), "muted", wrap=True)
        )
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        whole.addLayout(self._rows)
        again = KeyButton(_("Try now"), _("Enter"), retry, kind="primary", text_kind="pay-text", beside=True)
        again.setFixedHeight(60)
        whole.addWidget(again)

    def show_picture(self, picture: SyncPicture, now_ms: int) -> None:
        """The state as it is."""
        clear(self._rows)
        for words, figure in panel_rows(picture, now_ms):
            row = QHBoxLayout()
            row.addWidget(label(words, "muted"))
            row.addStretch(1)
            row.addWidget(right(figure, "strong"))
            self._rows.addLayout(row)
            self._rows.addWidget(rule())

    def handle_key(self, press: Press) -> bool:
        """Enter tries again."""
        if press.is_enter and press.is_quiet:
            self._retry()
        return press.is_enter


class SettingsScreen(QWidget):
    """The language and the light; `choose(name, value)` is told."""

    def __init__(self, language: str, theme: str, choose: Callable[[str, str], object]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        panel = frame("panel")
        panel.setFixedWidth(720)
        row.addWidget(panel, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(24, 20, 24, 24)
        whole.setSpacing(14)
        whole.addWidget(label(_("Settings"), "title"))
        self._groups = []
        self._keys: dict[str, Callable[[], object]] = {}
        for name, words, now, choices in (
            ("language", _("Language"), language, (("zh_CN", "中文"), ("en", "English"))),
            ("theme", _("Light"), theme, (("light", _("Bright")), ("dark", _("Dark")))),
        ):
            whole.addWidget(label(words, "muted"))
            keys = QHBoxLayout()
            keys.setSpacing(10)
            group = QButtonGroup(self)
            for value, shown in choices:
                key = str(len(self._keys) + 1)
                self._keys[key] = partial(choose, name, value)
                made = button(f"{shown} · {key}", self._keys[key], focus=True)
                made.setCheckable(True)
                made.setChecked(value == now)
                made.setMinimumHeight(48)
                group.addButton(made)
                keys.addWidget(made)
            keys.addStretch(1)
            self._groups.append(group)
            whole.addLayout(keys)

    def handle_key(self, press: Press) -> bool:
        """Digits press the keys."""
        pressed = self._keys.get(press.text) if press.text else None
        if pressed is not None and press.is_quiet and not press.has_modifier:
            pressed()
            return True
        return False
