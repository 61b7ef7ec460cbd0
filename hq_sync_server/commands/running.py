"""Running one command: settings, an open HQ, and a sentence for whatever is refused."""

from argparse import Namespace

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.commands.command import REFUSED, Command
from hq_sync_server.commands.parsing import parser
from hq_sync_server.commands.voice import Voice, language_wanted
from hq_sync_server.console.texts import Texts
from hq_sync_server.office.healing import copies
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.upkeep import trouble
from hq_sync_server.settings import HqSettings, load_settings
from shared_models.moments import DEFAULT_TIME_ZONE
from shared_models.refusals import Refusal

INTERRUPTED = 130
SETTINGS_GIVEN = ("database_url", "key_folder", "host", "port")


def run(words: list[str]) -> int:
    """Do what was typed; the exit code."""
    language = language_wanted(words)
    arguments = parser(Texts(language, DEFAULT_TIME_ZONE)).parse_args(words)
    voice = Voice(Texts(language, DEFAULT_TIME_ZONE))
    try:
        settings = load_settings({name: getattr(arguments, name, None) for name in SETTINGS_GIVEN})
        voice = Voice(Texts(language, settings.time_zone))
        return _with_hq(arguments, settings, voice)
    except Refusal as refusal:
        voice.refuse(refusal)
        return REFUSED
    except Exception as error:
        trouble_met = trouble.refusal_of(error)
        if trouble_met is None:
            raise
        voice.refuse(trouble_met)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _with_hq(arguments: Namespace, settings: HqSettings, voice: Voice) -> int:
    if not arguments.is_new and not (settings.key_folder / "signing.key").exists():
        raise Refusal("not_set_up")  # before anything is made that looks like an HQ and is none
    hq = open_hq(settings.database_url, settings.key_folder)
    try:
        if not arguments.is_new:
            _check_set_up(hq, takes_copies=arguments.takes_copies)
        return int(arguments.do(Command(arguments, settings, hq, voice)))
    finally:
        hq.close()


def _check_set_up(hq: Hq, *, takes_copies: bool) -> None:
    with hq.desk.read() as connection:
        if not chain.setting(connection, chain.CHAIN_NAME):
            raise Refusal("not_set_up")
        if not takes_copies and copies.are_a_copy(connection, hq.desk.keys):
            raise Refusal("records_are_a_copy")
