"""What a command says and where: results on standard output, refusals and problems on standard error."""

import os
import sys
from collections.abc import Mapping, Sequence

from hq_sync_server.console.texts import DEFAULT_LANGUAGE, N_, Texts, language_of
from hq_sync_server.office.sheets.sheets import Problem
from shared_models.refusals import Refusal

PROBLEMS_SHOWN_MAX = 50


class Voice:
    """Speaks one language to whoever typed the command."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def say(self, sentence: str, **fields: object) -> None:
        """A sentence marked with `N_`, as a result. At once: who reads it through a pipe may be waiting for it."""
        print(self.texts.say(sentence, **fields), flush=True)

    def value(self, value: str) -> None:
        """A bare value, for scripts."""
        print(value)

    def refuse(self, refusal: Refusal) -> None:
        """Why nothing was done."""
        print(f"hq-sync-server: {self.texts.refusal(refusal)}", file=sys.stderr)

    def problems(self, problems: Sequence[Problem]) -> None:
        """Rows that were left out, by their number."""
        for problem in problems[:PROBLEMS_SHOWN_MAX]:
            reason = self.texts.refusal(problem.refusal)
            print(self.texts.say(N_("Row {row}: {reason}"), row=problem.row_number, reason=reason), file=sys.stderr)
        if len(problems) > PROBLEMS_SHOWN_MAX:
            more = len(problems) - PROBLEMS_SHOWN_MAX
            print(self.texts.say(N_("... and {more} more rows."), more=more), file=sys.stderr)


def language_wanted(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """`--language` where it is given, else what the machine is set to; Chinese where it is set to nothing.

    Looked for before the arguments are read, because their help is in that language too.
    """
    wishes = []
    for place, argument in enumerate(arguments):
        if argument.startswith("--language="):
            wishes.append(argument.partition("=")[2])
        elif argument == "--language":
            wishes += arguments[place + 1 : place + 2]
    machine = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    if machine.split(".")[0] in {"C", "POSIX"}:
        machine = "en"
    spoken = (language_of(wish) for wish in [*wishes, machine])
    return next((language for language in spoken if language), DEFAULT_LANGUAGE)
