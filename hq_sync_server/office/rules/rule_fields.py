"""The fields of a store's rules as people see and type them: one flat list by path, read off the rules' own types.

A new field of `StoreRules` is in the console by itself, with its range; what it is called is the screen's matter.
Values are as in the rules' JSON (fen, basis points, thousandths); people type yuan, percent and points.
"""

import re
import types
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct, structs

from hq_sync_server.office.sheets import sheets
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import Price

FieldKind = Literal[
    "money", "percent", "milli", "whole", "clock", "day", "flag", "choice", "text", "words", "lines", "list", "rows"
]
_SET_BY_HQ = frozenset({"version", "store_id", "author", "effective_from", "locked"})
_LINES = frozenset({"receipt_header", "receipt_footer", "scale_patterns"})


class Field(Struct, frozen=True, kw_only=True):
    """One field. `options` of a choice; `items` the struct kinds a list may hold (name -> type)."""

    path: str
    kind: FieldKind
    default: Any = None
    options: tuple[str, ...] = ()
    items: dict[str, Any] = {}
    annotation: Any = Any

    @property
    def group(self) -> str:
        """The part of the rules it belongs to."""
        return self.path.partition(".")[0]

    @property
    def can_have_range(self) -> bool:
        """Whether HQ may leave it open between two figures."""
        return self.kind in ("money", "percent", "milli", "whole")


@cache
def fields() -> dict[str, Field]:
    """Every field by its path, in the order of the rules."""
    found: dict[str, Field] = {}
    for part in structs.fields(StoreRules):
        if part.name in _SET_BY_HQ:
            continue
        if isinstance(part.type, type) and issubclass(part.type, Struct):
            for inner in structs.fields(part.type):
                path = f"{part.name}.{inner.name}"
                found[path] = _field(path, inner)
        else:
            found[part.name] = _field(part.name, part)
    return found


@cache
def item_fields(item: type[Struct]) -> tuple[Field, ...]:
    """The fields of one item of a list."""
    return tuple(_field(part.name, part) for part in structs.fields(item))


def _field(path: str, part: structs.FieldInfo) -> Field:
    kind, options, items = _kind(path.rpartition(".")[2], part.type)
    default = None if part.default is NODEFAULT else _as_json(part.default)
    if kind in ("list", "rows", "words", "lines"):
        default = default or []
    return Field(path=path, kind=kind, default=default, options=options, items=items, annotation=part.type)


def _kind(name: str, annotation: Any) -> tuple[FieldKind, tuple[str, ...], dict[str, Any]]:
    while get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(one) for one in get_args(annotation)), {}
    if get_origin(annotation) is tuple:
        inner = get_args(annotation)[0]
        while hasattr(inner, "__metadata__"):
            inner = get_args(inner)[0]
        kinds = _structs(inner)
        if kinds:
            return ("rows" if name in ("steps", "parts", "prices") else "list"), (), kinds
        return ("lines" if name in _LINES else "words"), (), {}
    if annotation is bool:
        return "flag", (), {}
    if annotation is int:
        return _figure(name), (), {}
    if annotation is Price:
        return "money", (), {}
    return ("day" if name in ("date_from", "date_to") else "text"), (), {}


def _as_json(value: Any) -> Any:
    """A value as the rules' JSON has it: lists, never tuples, so that what was stored compares equal."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _structs(annotation: Any) -> dict[str, Any]:
    union = get_origin(annotation) in (Union, types.UnionType)
    kinds = get_args(annotation) if union else (annotation,)
    if not all(isinstance(one, type) and issubclass(one, Struct) for one in kinds):
        return {}
    return {str(one.__struct_config__.tag or ""): one for one in kinds}


def _figure(name: str) -> FieldKind:
    if name.endswith("_fen"):
        return "money"
    if name.endswith("basis_points"):
        return "percent"
    if name.startswith("minute_"):
        return "clock"
    return "milli" if name.startswith("milli_") else "whole"


def flatten(rules: StoreRules) -> Mapping[str, Any]:
    """Path -> value of every field, also where it is as by default. Remembered by hash: not to be changed."""
    digest = rule_hash(rules)
    known = _flat.get(digest)
    if known is None:
        if len(_flat) >= _FLAT_MAX:
            _flat.clear()
        known = _flat[digest] = {path: _value_at(rules, path) for path in fields()}
    return known


_FLAT_MAX = 500
_flat: dict[str, Mapping[str, Any]] = {}


def _value_at(rules: StoreRules, path: str) -> Any:
    head, _, tail = path.partition(".")
    value = getattr(rules, head)
    return _as_json(getattr(value, tail) if tail else value)


def document(values: Mapping[str, Any]) -> dict[str, Any]:
    """The rules' JSON of flat values."""
    nested: dict[str, Any] = {}
    for path, value in values.items():
        head, _, tail = path.partition(".")
        if tail:
            nested.setdefault(head, {})[tail] = value
        else:
            nested[head] = value
    return nested


def typed(field: Field, value: Any) -> str:
    """A value as a form shows it."""
    if value is None:
        return ""
    match field.kind:
        case "money":
            fen = value["amount_fen"] if isinstance(value, dict) else value
            return f"{fen / 100:.2f}".removesuffix(".00")
        case "percent":
            return f"{value / 100:g}"
        case "milli":
            return f"{value / 1000:g}"
        case "clock":
            return f"{value // 60:02d}:{value % 60:02d}" if value else ""
        case "flag":
            return "1" if value else ""
        case "words":
            return " ".join(str(one) for one in value)
        case "lines":
            return "\n".join(value)
        case "rows":
            return "\n".join(_row_typed(field, row) for row in value)
        case "list":
            return str(len(value))
        case _:
            return str(value)


def _row_typed(field: Field, row: dict[str, Any]) -> str:
    (item,) = field.items.values()
    return " ".join(typed(one, row.get(one.path, one.default)).replace(" ", "|") for one in item_fields(item))


def read(field: Field, text: str) -> Any:
    """What was typed as a value that rules can have.

    Refuses `amount_invalid`, `number_invalid`, `clock_invalid`, `date_invalid`, `choice_unknown`, `row_unreadable`,
    `value_too_small(minimum)`, `value_too_large(maximum)`, `scope_invalid`, `value_impossible(value)`.
    """
    value = _read(field, text)
    try:
        msgspec.convert(value, type=field.annotation)
    except msgspec.ValidationError as error:
        raise _refused(field, text, str(error)) from None
    return value


def _refused(field: Field, text: str, why: str) -> Refusal:
    """Why a value cannot be one of the rules, in the figures that people type."""
    limit = _LIMIT.match(why)
    if limit and field.kind not in ("rows", "words"):
        code, name = ("value_too_small", "minimum") if limit[1] == ">=" else ("value_too_large", "maximum")
        return Refusal(code, **{name: typed(field, int(limit[2])) or limit[2]})
    if "goods|category|tag" in why:
        return Refusal("scope_invalid", value=text[:60])
    return Refusal("value_impossible", value=text[:60])


_LIMIT = re.compile(r"Expected `int` (>=|<=) (-?\d+)")


def _read(field: Field, text: str) -> Any:
    match field.kind:
        case "money":
            return sheets.read_amount_fen(text, field.path)
        case "percent":
            return sheets.read_amount_fen(text.removesuffix("%").strip(), field.path)  # two places, as money has
        case "milli":
            return _thousandths(field, text)
        case "whole":
            return sheets.read_whole_number(text, field.path)
        case "clock" | "day":
            return _minute(text) if field.kind == "clock" else _day(field, text)
        case "flag":
            return text != ""
        case "choice":
            if text not in field.options:
                raise Refusal("choice_unknown")
            return int(text) if text.isdigit() else text
        case "words":
            return [int(word) if word.isdigit() and field.path in _NUMBERS else word for word in text.split()]
        case "lines" | "rows":
            lines = [line.rstrip() for line in text.splitlines() if line.strip()]
            return [_read_row(field, line) for line in lines] if field.kind == "rows" else lines
        case _:
            return text


_NUMBERS = frozenset({"weekdays", "days_of_month"})


def _minute(text: str) -> int:
    """`20:30`, up to `24:00`, as the minute of the day; nothing is 0."""
    found = _CLOCK.fullmatch(text or "0:00")
    minute = int(found[1]) * 60 + int(found[2]) if found else 1441
    if minute > 1440:
        raise Refusal("clock_invalid", value=text)
    return minute


_CLOCK = re.compile(r"(\d{1,2})[:：]([0-5]\d)", re.ASCII)


def _day(field: Field, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise Refusal("date_invalid", column=field.path, value=text) from None


def _thousandths(field: Field, text: str) -> int:
    whole, _, part = text.partition(".")
    digits = whole + part
    if not (digits.isascii() and digits.isdigit() and whole and len(part) <= 3 and len(whole) <= 9):
        raise Refusal("number_invalid", column=field.path, value=text)
    return int(whole) * 1000 + int(part.ljust(3, "0") or "0")


def _read_row(field: Field, line: str) -> dict[str, Any]:
    (item,) = field.items.values()
    parts = item_fields(item)
    words = line.split()
    required = [one for one in parts if one.default is None]
    if not len(required) <= len(words) <= len(parts):
        raise Refusal("row_unreadable", reason=line[:60])
    row = {}
    for part, word in zip(parts, words, strict=False):
        value = read(part, word.replace("|", " "))
        row[part.path] = {"amount_fen": value} if part.path == "price" else value
    return row
