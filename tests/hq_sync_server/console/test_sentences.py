"""The templates' sentences in every language: a per cent sign that nobody doubled would break its page."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from hq_sync_server import console
from hq_sync_server.console.words import DEEDS_LOGGED
from shared_models.resources import LANGUAGES, translations

LONE_PER_CENT = re.compile(r"%(?!\(\w+\)s|%)")
TEMPLATES = Path(console.__file__).parent / "templates"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_a_page_has_a_lone_per_cent_sign(language: str) -> None:
    catalogue = translations(language)
    found = [message for _file, _line, message, *_ in extract_from_dir(TEMPLATES, [("**.html", "jinja2")], {})]
    said = [catalogue.gettext(one) if isinstance(one, str) else catalogue.ngettext(one[0], one[1], 2) for one in found]

    assert len(said) > 300
    assert [sentence for sentence in said if LONE_PER_CENT.search(sentence.replace("%%", ""))] == []


def test_every_deed_in_the_audit_log_has_a_name() -> None:
    office = Path(console.__file__).parents[1] / "office"
    written = {
        action
        for module in office.rglob("*.py")
        for call in re.findall(r"audit\.note\((?:[^()]|\([^()]*\))*", module.read_text(encoding="utf-8"))
        for action in re.findall(r'(?<!f)"([a-z]+_[a-z_]+)"(?! *:)', call)[:1]
    }
    assert len(written) > 15
    assert written - DEEDS_LOGGED.keys() == set()
