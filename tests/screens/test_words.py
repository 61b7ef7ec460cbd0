"""Every code that a room below the screen may raise has a sentence, and the sentence finds its fields."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from pos_client.checkout.approvals import ApprovalAction
from pos_client.sync.hq_api import REPEATED_STATUSES
from pos_client.ui.refusal_texts import SENTENCES
from pos_client.ui.screens.flow_cards import action_words
from pos_client.ui.texts import refusal_words, sentence_of
from pos_client.ui.words import use_language
from shared_models.refusals import Refusal

ROOT = Path(__file__).resolve().parents[2]
SAID = ("Refusal", "Notice", "Unreachable")


def _calls() -> Iterator[tuple[str, set[str]]]:
    """Every `Refusal("code", field=...)` and `Notice(code=...)` of the till and the shared language."""
    for room in ("pos_client", "shared_models"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID:
                    words = [*node.args, *(word.value for word in node.keywords if word.arg == "code")]
                    if words and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str):
                        yield words[0].value, _fields_of(node)


def _fields_of(call: ast.Call) -> set[str]:
    fields = {word.arg for word in call.keywords if word.arg is not None}
    for word in call.keywords:
        if word.arg == "fields" and isinstance(word.value, ast.Dict):
            fields |= {str(key.value) for key in word.value.keys if isinstance(key, ast.Constant)}
    return fields


def test_every_code_has_a_sentence() -> None:
    codes = {code for code, _fields in _calls() if code}
    assert len(codes) > 80
    assert sorted(codes - SENTENCES.keys()) == []


def test_whatever_a_server_in_between_says_has_a_sentence() -> None:
    assert {f"hq_status_{status}" for status in REPEATED_STATUSES} - SENTENCES.keys() == set()


def test_every_approval_says_what_is_to_be_approved() -> None:
    for language in ("zh_CN", "en"):
        use_language(language)
        assert [action for action in get_args(ApprovalAction) if action_words(action) == action] == []


def test_every_field_that_a_sentence_names_is_given_somewhere() -> None:
    given: dict[str, set[str]] = {}
    for code, fields in _calls():
        given.setdefault(code, set()).update(fields)
    named = {
        code: {field for _text, field, _spec, _how in string.Formatter().parse(sentence) if field}
        for code, sentence in SENTENCES.items()
        if code in given
    }
    missing = {code: fields - given[code] for code, fields in named.items() if fields - given[code]}
    # These take their fields from a variable.
    missing.pop("label_amount_differs", None)
    assert missing == {}


def test_amounts_in_a_refusal_are_written_as_money_and_points_as_numbers() -> None:
    use_language("en")
    assert refusal_words(Refusal("not_paid", left_fen=1250)) == "¥12.50 is still to be paid."
    money = refusal_words(Refusal("rights_short", lot="principal:1", wanted=5000, available=200, who="hq"))
    points = refusal_words(Refusal("rights_short", lot="points:2026-12", wanted=5000, available=200, who="hq"))
    assert "¥2.00 of ¥50.00" in money
    assert "200 of 5000" in points
    assert money.endswith("It works once the line to HQ is back.")


def test_an_unknown_code_is_still_said() -> None:
    use_language("en")
    assert sentence_of("from_the_future", {}) == "This cannot be done now (from_the_future)."
