"""docs/bad-input.md tells the truth: its sentences are ones the programs say, and its proofs are tests that exist."""

import re
from typing import get_args

from hq_sync_server.console import texts as hq_texts
from pos_client.checkout.approvals import ApprovalAction
from pos_client.ui.refusal_texts import SENTENCES
from pos_client.ui.screens.flow_cards import action_words
from pos_client.ui.words import use_language
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "bad-input.md").read_text(encoding="utf-8")
ROWS = [re.split(r"\s*\|\s*", line.strip("| \n")) for line in PAGE.splitlines() if "::" in line]


def test_every_sentence_of_the_page_is_one_that_is_said() -> None:
    use_language("en")
    asked = {action_words(action) for action in get_args(ApprovalAction)}
    said = {*asked, *SENTENCES.values(), *hq_texts.REFUSALS.values(), *hq_texts.EXCEPTIONS.values()}
    told = [sentence for _what, sentence, _proof in ROWS if not sentence.startswith("nothing: ")]
    assert len(told) > 30
    assert [sentence for sentence in told if sentence not in said] == []


def test_every_proof_of_the_page_is_a_test() -> None:
    proofs = [proof for row in ROWS for proof in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[2])]
    assert all(re.search(r"`tests/", row[2]) for row in ROWS)
    assert len(proofs) >= len(ROWS)
    missing = [
        (file, name)
        for file, name in proofs
        if not (ROOT / file).exists() or f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
