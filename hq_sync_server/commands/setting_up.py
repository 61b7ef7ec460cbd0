"""Commands that make an HQ, and let somebody in again who lost a password."""

from hq_sync_server.commands.command import DONE, Command
from hq_sync_server.console.texts import N_
from hq_sync_server.office.access import accounts
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import chain
from shared_models.refusals import Refusal


def init(command: Command) -> int:
    """The records, the keys, and the first account, whose password is told this once."""
    given = command.arguments

    def begin(work: Work) -> str:
        there = chain.setting(work.connection, chain.CHAIN_NAME)
        if there:
            raise Refusal("already_set_up", chain=there)
        chain.set_up(work, given.name)
        return accounts.add_account(work.connection, work.ids, given.admin, "hq_admin", one_time=True)

    password = command.desk.run(begin)
    command.voice.say(N_("{chain} is set up."), chain=given.name)
    command.voice.say(N_("Keys: {folder} (back them up apart from the database)"), folder=command.settings.key_folder)
    command.voice.say(
        N_("Login {login}, password {password}. HQ does not show it again."), login=given.admin, password=password
    )
    return DONE


def renew_password(command: Command) -> int:
    """Another password for an account; its sessions end."""
    login = command.arguments.login
    password = command.desk.run(lambda work: accounts.renew_password(work.connection, login))
    command.voice.say(
        N_("Login {login}, password {password}. HQ does not show it again."), login=login, password=password
    )
    return DONE
