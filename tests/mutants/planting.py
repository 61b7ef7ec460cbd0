"""How a bug is planted: a function's source or a statement's text is changed, compiled and put in its place, and put
back afterwards. The files stay as they are."""

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

PACKAGES = ("shared_models", "pos_client", "hq_sync_server")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old` by `new` in one function or one constant text: `package.module:name` or `...:Class.method`."""

    target: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug by name, told in a sentence, and the edits that plant it. `within` seeds it must be found; or, where only
    an attack shows it, by tests of a file that fail: `killed_by`."""

    name: str
    told: str
    edits: tuple[Edit, ...]
    within: int = 200
    killed_by: str = ""


class NotPlantedError(Exception):
    """The product's text is another one by now: the mutant must be written anew."""


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """The product with this bug in it."""
    with ExitStack() as stack:
        for target in dict.fromkeys(edit.target for edit in mutant.edits):
            stack.enter_context(_edited(target, [edit for edit in mutant.edits if edit.target == target]))
        yield


@contextmanager
def _edited(target: str, edits: Sequence[Edit]) -> Iterator[None]:
    module_name, _, path = target.partition(":")
    module = importlib.import_module(module_name)
    owner, name = _owner(module, path)
    found = inspect.getattr_static(owner, name)
    if isinstance(found, str):
        with _constant(module, name, found, edits):
            yield
        return
    function = _plain(found)
    before = function.__code__
    function.__code__ = _compiled(function, edits)
    try:
        yield
    finally:
        function.__code__ = before


def _owner(module: ModuleType, path: str) -> tuple[Any, str]:
    *outer, name = path.split(".")
    owner: Any = module
    for part in outer:
        owner = getattr(owner, part)
    return owner, name


def _plain(found: Any) -> FunctionType:
    """The function itself, without what decorates it."""
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    if isinstance(found, property):
        found = found.fget
    found = inspect.unwrap(found)
    assert isinstance(found, FunctionType)
    return found


def _changed(text: str, edits: Sequence[Edit]) -> str:
    for edit in edits:
        if edit.old not in text:
            raise NotPlantedError(f"{edit.target} has no {edit.old!r}")
        text = text.replace(edit.old, edit.new)
    return text


def _compiled(function: FunctionType, edits: Sequence[Edit]) -> Any:
    lines = _changed(textwrap.dedent(inspect.getsource(function)), edits).splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("def "))
    text = "from __future__ import annotations\n" + "\n".join(lines[first:])
    place = dict(function.__globals__)
    exec(compile(text, f"<mutant of {function.__qualname__}>", "exec"), place)
    made = place[function.__name__]
    assert isinstance(made, FunctionType)
    if made.__code__.co_freevars != function.__code__.co_freevars:
        raise NotPlantedError(f"{function.__qualname__} closes over what is around it")
    return made.__code__


@contextmanager
def _constant(module: ModuleType, name: str, found: str, edits: Sequence[Edit]) -> Iterator[None]:
    """A text of a module, also where other modules have imported it."""
    changed = _changed(found, edits)
    places = [
        (other, key)
        for other_name, other in list(sys.modules.items())
        if other_name.partition(".")[0] in PACKAGES
        for key, value in list(vars(other).items())
        if value is found
    ]
    assert (module, name) in places
    for other, key in places:
        setattr(other, key, changed)
    try:
        yield
    finally:
        for other, key in places:
            setattr(other, key, found)
