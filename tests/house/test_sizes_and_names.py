"""Files and functions stay small enough to be read at one sitting, and names are words of the trade."""

import ast
import re
import tokenize
from pathlib import Path

from tests.house.sources import python_files, shown, tracked_files

LINES_IN_A_FILE_MAX = 400
LINES_IN_A_FUNCTION_MAX = 60
# Names that say nothing about what is inside, so that everything ends up there.
EMPTY_NAMES = {"utils", "util", "common", "helper", "helpers", "base", "data", "info", "misc"}
EMPTY_LAST_WORDS = {"utils", "util", "helper", "helpers", "info", "misc"}
EXCUSE = re.compile(r"#\s*(type:\s*ignore|noqa)\b(?P<codes>\[[\w\-, ]+\]|:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?(?P<reason>.*)")


def _is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        shown(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
        if not _is_migration(path)
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LINES_IN_A_FILE_MAX} == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    long_functions = {}
    for path in python_files():
        if _is_migration(path):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LINES_IN_A_FUNCTION_MAX:
                    long_functions[f"{shown(path)}:{node.lineno} {node.name}"] = lines
    assert long_functions == {}


def test_no_module_has_an_empty_name() -> None:
    empty = []
    for path in python_files():
        for part in [*path.relative_to(path.parents[-1]).parts[:-1], path.stem][-3:]:
            words = part.strip("_").split("_")
            if part in EMPTY_NAMES or words[-1] in EMPTY_LAST_WORDS:
                empty.append(shown(path))
    assert empty == []


def test_every_module_says_why_it_exists() -> None:
    """The folders of tests mirror the rooms they test and need no words of their own."""
    silent = [
        shown(path)
        for path in python_files()
        if not _is_migration(path)
        and not (path.name == "__init__.py" and path.stat().st_size == 0 and "tests" in path.parts)
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_exception_from_a_check_names_the_check_and_gives_its_reason() -> None:
    unexplained = []
    for path in python_files():
        with path.open("rb") as file:
            comments = [token for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
        for comment in comments:
            found = EXCUSE.search(comment.string)
            if found and not (found["codes"] and re.search(r"\w{3}", found["reason"])):
                unexplained.append(f"{shown(path)}:{comment.start[0]} {comment.string}")
    assert unexplained == []


def test_no_python_lies_at_the_top_of_the_folders_named_like_libraries() -> None:
    """A folder `packaging` or `resources` with Python in it shadows the library of that name for the whole process."""
    shadows = [
        shown(path)
        for path in python_files()
        if shown(path.parent) in {"packaging", "resources"} or path.parent == Path()
    ]
    assert shadows == []


def test_nothing_is_left_to_be_done_later() -> None:
    promise = re.compile("|".join(("TO" + "DO", "FIX" + "ME", r"\b" + "X" * 3 + r"\b")))
    promises = [
        f"{shown(path)}:{number}"
        for path in tracked_files()
        if path.suffix in {".py", ".md", ".sh", ".toml", ".html", ".js", ".css", ""}
        and "static" not in path.parts
        and path.name != "LICENSE"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if promise.search(line)
    ]
    assert promises == []
