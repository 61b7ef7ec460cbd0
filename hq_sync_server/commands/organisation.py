"""Commands that build the organisation: regions, stores, codes for new tills, staff."""

import secrets
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hq_sync_server.commands.command import DONE, FOUND_WRONG, Command
from hq_sync_server.console.texts import N_
from hq_sync_server.office.organisation import staff, stores
from hq_sync_server.office.sheets import sheets
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal

NEW_PIN_DIGITS = 6


def add_region(command: Command) -> int:
    """A region of the chain."""
    code, name = command.arguments.code, command.arguments.name
    command.desk.run(lambda work: stores.add_region(work, code, name))
    command.voice.say(N_("Region {region} {name} added."), region=code, name=name)
    return DONE


def add_store(command: Command) -> int:
    """A store, published to every till."""
    given = command.arguments
    day_cut_minute = _minute_of(given.day_cut)
    _check_time_zone(given.time_zone or command.settings.time_zone)
    with command.desk.read() as connection:
        region_id, region_name = stores.region_by_code(connection, given.region) if given.region else (None, "")
    row = StoreRow(
        store_id=command.desk.ids.new_id(),
        code=given.code,
        name=given.name,
        name_en=given.name_en,
        region_id=region_id,
        region_name=region_name,
        store_type=given.type,
        legal_entity=given.entity,
        time_zone=given.time_zone or command.settings.time_zone,
        day_cut_minute=day_cut_minute,
        address=given.address,
        phone=given.phone,
    )
    command.desk.run(lambda work: stores.save_store(work, row))
    command.voice.say(N_("Store {store} {name} added."), store=row.code, name=row.name)
    return DONE


def enrol_code(command: Command) -> int:
    """A one-time code for a new till."""
    given = command.arguments
    with command.desk.read() as connection:
        store = stores.store_by_code(connection, given.store)
    code = command.desk.run(
        lambda work: stores.new_enrolment_code(work, store.store_id, given.till_name, given.valid_minutes)
    )
    if given.quiet:
        command.voice.value(code.code)
        return DONE
    until = command.voice.texts.moment(code.expires_at_ms)
    command.voice.say(N_("Code for a new till of {name}: {code}"), name=store.name, code=code.code)
    command.voice.say(N_("It works once, until {until}. HQ does not show it again."), until=until)
    return DONE


def add_staff(command: Command) -> int:
    """Somebody who may work at tills; without a PIN one is made and told once."""
    given = command.arguments
    pin = given.pin or "".join(secrets.choice("0123456789") for _ in range(NEW_PIN_DIGITS))
    draft = staff.StaffDraft(
        staff_id=given.staff_id,
        name=given.name,
        role=given.role,
        pin=pin,
        badge=given.badge,
        stores=tuple(given.store),
    )
    command.desk.run(lambda work: staff.save_staff(work, [draft], _store_ids(command)))
    command.voice.say(N_("{staff_id} {name} may work at tills."), staff_id=draft.staff_id, name=draft.name)
    if not given.pin:
        command.voice.say(N_("PIN: {pin}. HQ does not show it again."), pin=pin)
    return DONE


def import_staff(command: Command) -> int:
    """Staff from a sheet; rows that cannot be read are left out."""
    problems: list[sheets.Problem] = []
    rows = sheets.sheet_rows(sheets.open_sheet(command.arguments.file), staff.COLUMNS, ("staff_id", "name"))
    store_ids = _store_ids(command)
    with command.desk.read() as connection:
        known = frozenset(person.staff_id for person in staff.all_staff(connection))

    def read(row: sheets.SheetRow) -> staff.StaffDraft:
        draft = staff.read_staff_row(row)
        staff.check_with(draft, draft.staff_id in known, store_ids)
        return draft

    drafts = [draft for _, draft in sheets.read_each(rows, read, problems)]
    command.voice.problems(problems)
    if command.arguments.dry_run:
        command.voice.say(N_("{count} people could be imported. Nothing was changed."), count=len(drafts))
    else:
        count = command.desk.run(lambda work: staff.save_staff(work, drafts, store_ids))
        command.voice.say(N_("{count} people imported."), count=count)
    return FOUND_WRONG if problems else DONE


def _store_ids(command: Command) -> dict[str, UUID]:
    with command.desk.read() as connection:
        return {row.code: row.store_id for row in stores.all_stores(connection)}


def _minute_of(text: str) -> int:
    try:
        time = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of day, of no day and no zone
    except ValueError:
        raise Refusal("day_cut_invalid") from None
    return time.hour * 60 + time.minute


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal("time_zone_unknown", name=name) from None
