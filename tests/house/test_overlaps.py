"""Every overlap has a name and a remedy: what HQ notes is in the register, what is in the register is noted and tested,
and the page about it says the same."""

import ast
import subprocess
import sys
from collections.abc import Iterator

from shared_models.bodies import HQ_TYPES
from shared_models.overlaps import OVERLAPS
from tests.house.sources import ROOT, python_files, shown

NOTING = {"Note", "_named", "_note", "_raise_trouble"}
"""Functions of the office that are handed an exception's name."""


def _office() -> Iterator[ast.Module]:
    for path in python_files():
        if shown(path).startswith("hq_sync_server/office/"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def _constants(node: ast.AST) -> set[str]:
    words = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    return {word for word in words if isinstance(word, str)}


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _noted() -> set[str]:
    """Names that the office's code hands to an exception, as far as they are written out."""
    found: set[str] = set()
    for module in _office():
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                name = _called(node)
                if name in NOTING:
                    found |= {word for argument in node.args[:2] if isinstance(argument, ast.Constant)
                              for word in _constants(argument)}  # fmt: skip
                if name in ("Note", "replace"):
                    codes = (word.value for word in node.keywords if word.arg == "code")
                    found |= {word for value in codes if isinstance(value, ast.Constant) for word in _constants(value)}
                of_codes = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "codes"
                if name == "append" and of_codes:
                    found |= {word for each in node.args if isinstance(each, ast.Constant) for word in _constants(each)}
    return {word for word in found if word.isidentifier()}


def test_whatever_hq_notes_is_in_the_register() -> None:
    noted = _noted() - {"at_till", "not_now", "order", "used"}  # answers to a till, no exceptions
    assert len(noted) >= 20
    assert sorted(noted - OVERLAPS.keys()) == []


def test_whatever_is_in_the_register_is_noted_somewhere() -> None:
    said = set[str]().union(*(_constants(module) for module in _office())) | HQ_TYPES
    assert sorted(OVERLAPS.keys() - said) == []


def test_every_overlap_has_a_test() -> None:
    written = [
        path.read_text(encoding="utf-8")
        for path in python_files()
        if shown(path).startswith("tests/") and not shown(path).startswith("tests/house/")
    ]
    untried = [code for code in OVERLAPS if not any(f'"{code}"' in text or f"={code}" in text for text in written)]
    assert untried == []


def test_the_page_about_overlaps_is_the_registers() -> None:
    outcome = subprocess.run(
        [sys.executable, "packaging/tools/make_overlaps.py", "--check"], cwd=ROOT, check=False, env={"PYTHONPATH": "."}
    )
    assert outcome.returncode == 0, "run packaging/tools/make_overlaps.py"
