"""Every package a shop installs has a licence that lets us pass it on under Apache-2.0.

LGPL is fine for what is imported and not changed (Qt, psycopg); GPL without a choice is not: that is why there is no
Qt Charts here. Looked up in what is installed, so a new version under a new licence fails the day it is locked.
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from tests.house.sources import ROOT

ALLOWED = {
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
}
IN_OTHER_WORDS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def _installed_for_a_shop() -> dict[str, Distribution]:
    """Tillbook's run-time dependencies and theirs."""
    found: dict[str, Distribution] = {}
    waiting = ["tillbook", "psycopg-binary"]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # for another system or another Python
            continue
        for requirement in found[name].requires or []:
            bare_name = re.match(r"[\w.-]+", requirement)
            if bare_name and "extra ==" not in requirement:
                waiting.append(bare_name.group())
    return found


def _licence_choices(package: Distribution) -> set[str]:
    """The licences among which one may choose."""
    metadata = package.metadata
    stated = next(iter([*metadata.get_all("License-Expression", []), *metadata.get_all("License", [])]), "")
    if not stated or len(stated) > 60:  # the whole text, or nothing: then the classifier says it
        classifiers = [line for line in metadata.get_all("Classifier", []) if line.startswith("License :: OSI")]
        stated = " OR ".join(line.rsplit(" :: ", 1)[1] for line in classifiers)
    return {IN_OTHER_WORDS.get(choice, choice) for choice in stated.split(" OR ")}


def test_every_package_a_shop_installs_may_be_passed_on() -> None:
    packages = _installed_for_a_shop()
    assert len(packages) > 40
    refused = {
        name: sorted(_licence_choices(package))
        for name, package in packages.items()
        if not _licence_choices(package) & ALLOWED
    }
    assert refused == {}


def test_the_locked_versions_are_the_installed_ones() -> None:
    locked = dict(
        re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    installed = {name: package.version for name, package in _installed_for_a_shop().items() if name != "tillbook"}
    assert installed
    assert {name: version for name, version in installed.items() if locked.get(name) != version} == {}
