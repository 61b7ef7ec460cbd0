"""The audit log in words: whom or what a line is about, and the values before and after as people read them."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hq_sync_server.console import rule_words, words
from hq_sync_server.console.form_words import FORM_FIELDS
from hq_sync_server.console.member_words import PURSES
from hq_sync_server.console.texts import N_, Texts, money
from hq_sync_server.office.access.audit import AuditLine
from hq_sync_server.office.access.roles import Permission, Viewer

_KINDS: Mapping[str, str] = {
    "account": N_("Account"),
    "alert": N_("Alert"),
    "article": N_("Article"),
    "exception": N_("Exception"),
    "import": N_("Import"),
    "member": N_("Member"),
    "region": N_("Region"),
    "rules": N_("Rules"),
    "store": N_("Store"),
    "ticket": N_("Service ticket"),
    "till": N_("Till"),
}
_PAGES: Mapping[str, tuple[str, Permission]] = {
    "member": ("members", "members.see"),
    "exception": ("exceptions", "exceptions.see"),
    "article": ("goods", "goods.see"),
    "rules": ("rules", "rules.see"),
}
_FIELDS: Mapping[str, str] = {
    "file": N_("File name"),
    "name": N_("Called"),
    "day_cut_minute": N_("Day cut, minutes"),
    "rows": N_("Rows"),
    "version": N_("Version"),
    "from": N_("From"),
    "stores": N_("Stores"),
    "code": N_("Code"),
    "till_name": N_("Name of the till"),
    "valid_minutes": N_("Valid for, in minutes"),
    "region_name": N_("Region"),
    "store_type": N_("Type"),
    "legal_entity": N_("Legal entity"),
    "time_zone": N_("Time zone"),
    "kept": N_("Stays"),
    "united": N_("United with"),
    "principal": N_("Principal"),
    "points": N_("Points"),
    "bonus": N_("Bonus"),
    "status": N_("State"),
}
_MONEY = frozenset({"price", "member_price"})
_UNSAID = frozenset({"store_id", "region_id", "currency"})
"""What another field of the same line says better."""


def about(texts: Texts, line: AuditLine, stores: Mapping[UUID, str], viewer: Viewer) -> tuple[str, str]:
    """(whom or what a line is about, its page under the console; nothing where there is none for the viewer)."""
    kind, _, name = line.about.partition(":")
    if line.action in ("article_saved", "article_removed"):
        return name, f"articles?article={name}" if viewer.may("knowledge.edit") else ""
    called = name
    place, _, number = name.rpartition(":")
    if kind in ("store", "rules", "member", "exception", "ticket"):
        called = _called(stores, number) if kind in ("store", "rules") and place in ("", "store") else number[:8]
        called = texts.say(N_("HQ")) if name == "hq" else called
    called = texts.word(words.IMPORT_KINDS, called)
    page, permission = _PAGES.get(kind, ("", None))
    page = f"{page}/{name}" if permission is not None and viewer.may(permission) else ""
    return f"{texts.word(_KINDS, kind)} {called}", page


def _called(stores: Mapping[UUID, str], name: str) -> str:
    try:
        return stores.get(UUID(hex=name), name[:8])
    except ValueError:
        return name


def values(texts: Texts, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields and values of one side of a line, without the empty ones."""
    names = {**rule_words.FIELDS, **words.COLUMNS, **FORM_FIELDS, **_FIELDS}
    kept = {name: value for name, value in told.items() if value not in (None, "", [], {}) and name not in _UNSAID}
    return [(texts.word(names, name.removesuffix(" #")), _value(texts, name, value)) for name, value in kept.items()]


def _value(texts: Texts, name: str, value: Any) -> str:
    if name in rule_words.FIELDS or name.endswith(" #"):
        path = name.removesuffix(" #")
        return words.rule_value(texts, path, value, path != name) if path in rule_words.FIELDS else str(value)
    if isinstance(value, bool):
        return texts.say(N_("yes")) if value else texts.say(N_("no"))
    if isinstance(value, int) and (name.endswith("_fen") or name in _MONEY):
        return money(value)
    if isinstance(value, str):
        chosen = {**PURSES, **rule_words.OPTIONS, **words.ROLES, **words.STORE_TYPES, **words.IMPORT_KINDS}
        return texts.word(chosen, value)
    return json.dumps(value, ensure_ascii=False)
