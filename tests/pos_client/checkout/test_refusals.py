"""A refusal at the counter is never a dead end: it says who could do it."""

import ast
from pathlib import Path

import pos_client.checkout

WHO = {"cashier", "manager", "member", "hq", "till", "nobody"}


def _refusals() -> list[tuple[str, ast.Call]]:
    (folder,) = pos_client.checkout.__path__
    return [
        (f"{path.name}:{node.lineno}", node)
        for path in sorted(Path(folder).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal"
    ]


def test_every_refusal_of_the_checkout_names_who_could_do_it() -> None:
    nameless = []
    for place, call in _refusals():
        said = {keyword.arg: keyword.value for keyword in call.keywords}
        who = said.get("who")
        if not (isinstance(who, ast.Constant) and who.value in WHO):
            nameless.append(place)

    assert len(_refusals()) > 60
    assert nameless == []


def test_the_checkout_speaks_in_codes_only() -> None:
    sentences = [
        place
        for place, call in _refusals()
        if call.args and isinstance(call.args[0], ast.Constant) and not str(call.args[0].value).isidentifier()
    ]

    assert sentences == []
