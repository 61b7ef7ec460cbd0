"""Rules travel as bytes, are named by their hash for ever, and are checked where they enter."""

from pathlib import Path

import msgspec
import pytest

from shared_models import rules as rules_module
from shared_models.rules import StoreRules, decode_rules, encode_rules, rule_hash
from tests.shared_models.baskets import ALL_PROMOTIONS, rules_with

GOLDEN = Path(__file__).parent / "golden"


def test_rules_survive_the_wire_and_keep_their_name() -> None:
    rules = rules_with(*ALL_PROMOTIONS)
    received = decode_rules(encode_rules(rules))
    assert received == rules
    assert rule_hash(received) == rule_hash(rules)
    assert len(rule_hash(rules)) == 64


def test_the_same_bytes_give_the_same_object_so_that_what_is_derived_is_kept() -> None:
    encoded = encode_rules(rules_with(*ALL_PROMOTIONS))
    assert decode_rules(encoded) is decode_rules(bytes(bytearray(encoded)))


def test_any_change_gives_another_name() -> None:
    rules = rules_with()
    assert rule_hash(msgspec.structs.replace(rules, version=2)) != rule_hash(rules)


def test_so_many_rules_as_a_chain_has_in_years_do_not_fill_the_memory() -> None:
    for version in range(rules_module._REMEMBERED_MAX + 5):
        decode_rules(encode_rules(rules_with(version=version)))
    assert len(rules_module._by_hash) <= rules_module._REMEMBERED_MAX
    assert len(rules_module._hash_of) <= rules_module._REMEMBERED_MAX


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ('"cash_rounding":{"step_fen":7}', "cash_rounding.step_fen"),
        ('"earn":{"milli_points_per_yuan":-1}', "earn.milli_points_per_yuan"),
        ('"tiers":[{"code":"g","name":"g","discount_basis_points":10001}]', "discount_basis_points"),
        ('"promotions":[{"kind":"percent","promotion_id":"p","name":"p","percent_off":101}]', "percent_off"),
        ('"promotions":[{"kind":"free_lunch","promotion_id":"p","name":"p"}]', "kind"),
        ('"promotions":[{"kind":"percent","promotion_id":"p","name":"p","percent_off":1,"scope":["x"]}]', "scope"),
        ('"tender_kinds":["barter"]', "tender_kinds"),
        ('"stored_value":{"order":"richest_first"}', "order"),
    ],
)
def test_a_wrong_figure_is_refused_with_its_place(wrong: str, where: str) -> None:
    encoded = f'{{"version":1,"store_id":"00000000-0000-0000-0000-000000000001",{wrong}}}'.encode()
    with pytest.raises(msgspec.ValidationError, match=where.rsplit(".", maxsplit=1)[-1]):
        decode_rules(encoded)


def test_rules_of_a_later_program_are_still_read() -> None:
    later = b'{"version":1,"store_id":"00000000-0000-0000-0000-000000000001","moon_phase":"full"}'
    assert decode_rules(later) == StoreRules(version=1, store_id=rules_with().store_id)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("downtown", "8328f7d277890bd334b8f025b747e8c20b960bfcb61c16bb761eff8897196820"),
        ("community", "158dc170ffd23439aa3748234623f6ae73c6785f5917186cb4b6540a7e27ff7f"),
    ],
)
def test_the_name_of_published_rules_never_changes(name: str, digest: str) -> None:
    rules = msgspec.json.decode((GOLDEN / f"{name}_rules.json").read_bytes(), type=StoreRules)
    assert rule_hash(rules) == digest
