"""Commands about printed coupons: issuing them on a sheet, which till redeems them with no network, and their keys."""

from pathlib import Path

from hq_sync_server.commands.command import DONE, Command, read_document
from hq_sync_server.console.texts import N_
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rights import coupon_keys, coupons, home_tokens, printed
from hq_sync_server.office.rights.printed import PrintedCode
from shared_models.refusals import Refusal


def issue_printed(command: Command) -> int:
    """Coupons on paper for one store: issued, and their QR codes on a sheet."""
    # Only who prints waits for the libraries of pictures to load.
    from hq_sync_server.commands import coupon_sheet

    given = command.arguments
    if not given.store:
        raise Refusal("store_missing_for_print")
    sheet, count = Path(given.sheet or "coupons.pdf"), given.printed
    coupon_sheet.check_place(sheet, count)
    path = Path(given.template)
    template = coupons.read_template(read_document(path)) if path.suffix == ".json" else None
    with command.desk.read() as connection:
        store = stores.store_by_code(connection, given.store)

    def issue(work: Work) -> list[PrintedCode]:
        kept = template or coupons.template_by_id(work.connection, given.template)
        if template is not None:
            coupons.save_template(work, template)
        return printed.issue(work, kept, store, count)

    made = command.desk.run(issue)
    coupon_sheet.write(sheet, made, store.name)
    command.voice.say(
        N_("{name}: {count} printed coupons for {store}, on {path}."),
        name=made[0].terms.name,
        count=len(made),
        store=store.name,
        path=str(sheet),
    )
    return DONE


def home_till(command: Command) -> int:
    """Which till of a store redeems its printed coupons with no network."""
    given = command.arguments
    with command.desk.read() as connection:
        store = stores.store_by_code(connection, given.store)
    if given.till is not None:
        command.desk.run(lambda work: home_tokens.set_home(work, store.store_id, given.till))
    wanted, owner = command.desk.run(lambda work: printed.home_till(work, store.store_id))
    sentence = (
        N_("{store}: printed coupons are redeemed with no network at till {owner}.")
        if owner
        else N_("{store}: no till redeems printed coupons with no network yet.")
    )
    command.voice.say(sentence, store=store.name, owner=owner)
    if wanted and wanted != owner:
        command.voice.say(N_("Till {wanted} takes over as soon as both were in contact with HQ."), wanted=wanted)
    return DONE


def new_coupon_key(command: Command) -> int:
    """Another key signs printed coupons from now on; those printed before stay good."""
    key_id = command.desk.run(coupon_keys.renew)
    command.voice.say(N_("Coupon key {key_id} signs from now on. Back up the key folder."), key_id=key_id)
    return DONE


def revoke_coupon_key(command: Command) -> int:
    """A key was stolen: nothing it signed is redeemed any more."""
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")
    key_id = command.arguments.key
    command.desk.run(lambda work: coupon_keys.revoke(work, key_id))
    command.voice.say(
        N_("Coupon key {key_id} is revoked. Tills refuse its coupons once they heard of it."), key_id=key_id
    )
    return DONE
