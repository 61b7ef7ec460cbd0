"""Keeps the two catalogues in step with the sentences in the code. Run by `make translations`.

Extracts every `_()` and `ngettext()` of the programs and their templates, adds what is new to both catalogues, drops
what is gone, fills English with the sentence itself, compiles, and lists what still has no Chinese (exit code 1).
The compiled catalogues are committed, so that a checkout and a wheel both speak without a step of their own.
"""

import re
import sys
import tomllib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shared_models", "pos_client", "hq_sync_server")
LANGUAGES = ("zh_CN", "en")
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
FIGURE = re.compile(r"\{\w*\}|%\(\w+\)s")
HEADER = """# Tillbook: what people read on the till, on receipts and in the console.
# Kept in step with the code by 'make translations'."""


def extracted() -> Catalog:
    """Every sentence of the code. Not where it stands: that would change the catalogues whenever code moves."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    catalog = Catalog(project="Tillbook", charset="utf-8")
    for package in PACKAGES:
        for _file, _line, message, _comments, context in extract_from_dir(ROOT / package, methods, {}):
            catalog.add(message, context=context)
    return catalog


def catalogue_file(language: str) -> Path:
    """Where a language's sentences are kept."""
    return ROOT / "resources" / "locale" / language / "LC_MESSAGES" / "tillbook.po"


def read_catalogue(language: str) -> Catalog:
    """A language's catalogue as committed, or an empty one."""
    path = catalogue_file(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def sentences(catalog: Catalog) -> list[Message]:
    """All messages but the header."""
    return [message for message in catalog if message.id]


def untranslated(catalog: Catalog) -> list[str]:
    """The sentences without a translation, or with only one of their plural forms."""
    missing = []
    for message in sentences(catalog):
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if not all(forms) or len(forms) == 0:
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def torn(catalog: Catalog) -> list[str]:
    """The sentences whose translation names other figures than they do: nothing could be put into those."""
    found = []
    for message in sentences(catalog):
        ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if any(form and sorted(FIGURE.findall(form)) != sorted(FIGURE.findall(ids[-1])) for form in forms):
            found.append(ids[0])
    return found


def updated(language: str, template: Catalog) -> Catalog:
    """The committed catalogue with what is new in the code added and what is gone from it dropped."""
    catalog = read_catalogue(language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = HEADER
    catalog.fuzzy = False
    # Dates and names of tools would change the file at every run and say nothing.
    catalog.creation_date = catalog.revision_date = WRITTEN
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "the Tillbook maintainers"
    catalog.project, catalog.version = "Tillbook", "1"
    for message in sentences(catalog) if language == "en" else []:
        message.string = message.id
    return catalog


def main(arguments: list[str]) -> int:
    """Update, compile and report; with --check only say what an update would change."""
    template = extracted()
    complaints = []
    for language in LANGUAGES:
        catalog = updated(language, template)
        text = BytesIO()
        write_po(text, catalog, width=120, sort_output=True, no_location=True)
        source = catalogue_file(language)
        for path, content in ((source, text.getvalue()), (source.with_suffix(".mo"), compiled(catalog))):
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            elif not path.exists() or path.read_bytes() != content:
                complaints.append(f"{path.relative_to(ROOT)} is behind the code: run 'make translations'")
        complaints += [f"{language}: no translation of {sentence!r}" for sentence in untranslated(catalog)]
        complaints += [f"{language}: other figures in the translation of {sentence!r}" for sentence in torn(catalog)]
    print("\n".join([f"{len(sentences(template))} sentences, {len(complaints)} complaints", *complaints]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
