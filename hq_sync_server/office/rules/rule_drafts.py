"""Drafts of rules: what somebody is about to change at one place, seen and compared before any till hears of it.

One draft a place, for all who work there. Whoever saves names the revision they read: if somebody else saved meanwhile,
they are told what changed, and nothing of theirs is lost (it is still in their form).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, delete, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import ROLES_OF_A_REGION, ROLES_OF_A_STORE, Scope, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs, rule_fields, rule_tree
from hq_sync_server.office.rules.rule_tree import HQ, Config, Constraint, Place
from hq_sync_server.records import bulk, console_tables
from shared_models.moments import business_date_of
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules

INHERIT = object()
"""In place of a value: this place says nothing any more."""
_drafts = console_tables.rule_drafts
_CHANGES_KEPT = 200


class DraftChange(Struct, frozen=True, kw_only=True):
    """Who changed which field in which revision."""

    revision: int
    who: str
    path: str


class Draft(Struct, frozen=True, kw_only=True):
    """A place's draft. `revision` 0: there is none, this is what is published."""

    place: str
    revision: int
    config: Config
    author: str = ""
    changed_at_ms: int = 0
    changes: tuple[DraftChange, ...] = ()


class Difference(Struct, frozen=True, kw_only=True):
    """One field before and after."""

    path: str
    before: Any
    after: Any


def may_write(viewer: Viewer, place: Place) -> bool:
    """Whose rules these are: HQ's people write everywhere, a region's beneath itself, a store's at home."""
    if viewer.role in ROLES_OF_A_STORE:
        return place.level == "store"
    if viewer.role in ROLES_OF_A_REGION:
        return place.level != "hq"
    return True


def draft(connection: Connection, key: str) -> Draft:
    """The place's draft, or what is published."""
    row = connection.execute(select(_drafts).where(_drafts.c.place == key)).one_or_none()
    if row is None:
        return Draft(place=key, revision=0, config=rule_tree.adopted(connection).get(key, Config()))
    return Draft(
        place=key,
        revision=row.revision,
        config=msgspec.json.decode(row.document, type=Config),
        author=row.author,
        changed_at_ms=row.changed_at_ms,
        changes=tuple(msgspec.json.decode(row.changes, type=list[DraftChange])),
    )


def drafts(connection: Connection) -> dict[str, int]:
    """Place -> in how many fields its draft differs from what is published."""
    published = rule_tree.adopted(connection)
    rows = connection.execute(select(_drafts.c.place, _drafts.c.document)).all()
    found = {}
    for row in rows:
        config = msgspec.json.decode(row.document, type=Config)
        found[row.place] = len(_differences(published.get(row.place, Config()), config))
    return found


def configs_with(connection: Connection, key: str) -> dict[str, Config]:
    """All configs as they would be with this place's draft."""
    return rule_tree.adopted(connection) | {key: draft(connection, key).config}


def compare(connection: Connection, key: str) -> list[Difference]:
    """The draft against what is published."""
    published = rule_tree.adopted(connection).get(key, Config())
    return _differences(published, draft(connection, key).config)


def _differences(before: Config, after: Config) -> list[Difference]:
    found = []
    for path in rule_fields.fields():
        was, now = before.values.get(path), after.values.get(path)
        if was != now:
            found.append(Difference(path=path, before=was, after=now))
        held, holds = before.constraints.get(path, Constraint()), after.constraints.get(path, Constraint())
        if held != holds:
            found.append(Difference(path=f"{path} #", before=_said(path, held), after=_said(path, holds)))
    return found


def _said(path: str, constraint: Constraint) -> str:
    if constraint.kind != "range":
        return constraint.kind
    return " – ".join(
        rule_fields.typed(rule_fields.fields()[path], end) for end in (constraint.minimum, constraint.maximum)
    )


def save(
    work: Work,
    viewer: Viewer,
    scope: Scope,
    key: str,
    revision: int,
    values: Mapping[str, Any],
    constraints: Mapping[str, Constraint] | None = None,
) -> Draft:
    """Put values (or INHERIT) and, at HQ, constraints into the draft.

    Refuses `not_allowed`, `not_found`, `draft_changed(by, fields)`, `field_locked`, `field_out_of_range`.
    """
    place = _checked(work, viewer, scope, key, "rules.draft")
    now = draft(work.connection, key)
    if now.revision != revision:
        since = [change for change in now.changes if change.revision > revision]
        fields = ", ".join(dict.fromkeys(change.path for change in since))
        raise Refusal("draft_changed", by=now.author, fields=fields or "*")
    top = rule_tree.adopted(work.connection).get(HQ, Config())
    config = Config(values=dict(now.config.values), constraints=dict(now.config.constraints))
    changed = []
    for path, value in values.items():
        if path in config.values if value is INHERIT else config.values.get(path) != value or path not in config.values:
            changed.append(path)
        if value is INHERIT:
            config.values.pop(path, None)
        else:
            if place.level != "hq" and path in changed:
                _check_allowed(top.constraints.get(path, Constraint()), path, value)
            config.values[path] = value
    for path, constraint in (constraints or {}).items():
        if place.level == "hq" and config.constraints.get(path, Constraint()) != constraint:
            config.constraints[path] = constraint
            changed.append(path)
    made = Draft(
        place=key,
        revision=now.revision + 1,
        config=config,
        author=viewer.login,
        changed_at_ms=work.now_ms,
        changes=(
            *now.changes,
            *(DraftChange(revision=now.revision + 1, who=viewer.login, path=path) for path in changed),
        )[-_CHANGES_KEPT:],
    )
    _keep(work, made)
    return made


def _check_allowed(constraint: Constraint, path: str, value: Any) -> None:
    if constraint.kind == "locked":
        raise Refusal("field_locked", path=path)
    if not constraint.allows(value):
        raise Refusal("field_out_of_range", path=path, minimum=constraint.minimum, maximum=constraint.maximum)


def discard(work: Work, viewer: Viewer, scope: Scope, key: str) -> None:
    """The draft is thrown away."""
    _checked(work, viewer, scope, key, "rules.draft")
    work.connection.execute(delete(_drafts).where(_drafts.c.place == key))
    audit.note(work, viewer, "draft_discarded", f"rules:{key}")


def roll_back(work: Work, viewer: Viewer, scope: Scope, key: str, version: int) -> None:
    """The draft becomes what an earlier version said; it is compared and published like any other. Refuses
    `version_unknown`."""
    _checked(work, viewer, scope, key, "rules.draft")
    found = next((one for one in rule_tree.history(work.connection, key) if one.version == version), None)
    if found is None:
        raise Refusal("version_unknown", version=version)
    now = draft(work.connection, key)
    made = structs.replace(
        now, revision=now.revision + 1, config=found.config, author=viewer.login, changed_at_ms=work.now_ms
    )
    _keep(work, made)
    audit.note(work, viewer, "draft_from_version", f"rules:{key}", {}, {"version": version})


def rules_with_draft(work: Work, scope: Scope, key: str) -> dict[str, StoreRules]:
    """The rules every store beneath would have with the draft, by place. Refuses `not_found`, `rules_invalid`."""
    tree = rule_tree.places(work.connection, scope)
    if key not in tree:
        raise Refusal("not_found")
    configs = configs_with(work.connection, key)
    wanted = {f"store:{store_id.hex}" for store_id in tree[key].stores}
    return {store: rule_tree.rules_of(work, tree, configs, store) for store in tree if store in wanted}


def publish(work: Work, viewer: Viewer, scope: Scope, key: str, effective_from: str) -> int:
    """Publish the draft from a business date on: a new version of the place, and of every store it changes. What others
    published for a later day comes on that day, and what is changed here stays changed then. A draft that says nothing
    new lets all that was published begin on this day.

    How many stores have other rules from then on. Refuses `not_allowed`, `draft_missing`, `date_invalid`,
    `effective_past`, `rules_invalid`.
    """
    place = _checked(work, viewer, scope, key, "rules.publish")
    now = draft(work.connection, key)
    if now.revision == 0:
        raise Refusal("draft_missing")
    _check_future(work, place, effective_from)
    before = rule_tree.adopted(work.connection)
    told = _differences(before.get(key, Config()), now.config)
    rules = rules_with_draft(work, scope, key)
    tree = rule_tree.places(work.connection, scope)
    rules_before = {store: rule_tree.rules_of(work, tree, before, store) for store in rules} if told else {}
    rule_tree.adopt(work, viewer.login)
    version = rule_tree.keep(work, key, now.config, author=viewer.login, effective_from=effective_from)
    changed = 0
    for store, wanted in rules.items():
        store_id = UUID(hex=store.partition(":")[2])
        documents = _by_day(work.connection, store_id, rules_before.get(store), wanted, effective_from)
        for day, document in documents:
            rule_configs.publish_rules(work, store_id, document, effective_from=day, author=viewer.login)
        changed += bool(documents)
    work.connection.execute(delete(_drafts).where(_drafts.c.place == key))
    audit.note(
        work,
        viewer,
        "rules_published",
        f"rules:{key}",
        {one.path: one.before for one in told},
        {**{one.path: one.after for one in told}, "version": version, "from": effective_from, "stores": changed},
        store_id=place.stores[0] if place.level == "store" else None,
    )
    return changed


def _by_day(
    connection: Connection, store_id: UUID, before: StoreRules | None, wanted: StoreRules, effective_from: str
) -> list[tuple[str, dict[str, Any]]]:
    """What is to be published of a store, and from which day: what `wanted` changes of `before`, made to the rules that
    hold on the day and to each that comes after it. Nothing where nothing would change."""
    coming = rule_configs.coming_after(connection, store_id, effective_from)
    held = rule_configs.rules_in_force(connection, store_id, effective_from)
    if before is None or not coming:
        newest = rule_configs.newest_rules(connection, store_id)
        begun = newest is not None and newest.effective_from <= effective_from
        same = newest is not None and begun and _content(wanted) == _content(newest)
        return [] if same else [(effective_from, _content(wanted))]
    found = list[tuple[str, dict[str, Any]]]()
    for day, rules in [(effective_from, held), *((one.effective_from, one) for one in coming)]:
        if rules is not None:
            made = _with_changes(rules, before, wanted)
            if found or made != _content(rules):  # what begins after a newer version has to be newer again
                found.append((day, made))
    return found


def _content(rules: StoreRules) -> dict[str, Any]:
    """The rules' document without what is set when they are published."""
    document = rule_fields.document(rule_fields.flatten(rules))
    return {**document, "locked": sorted(rules.locked)}


def _with_changes(rules: StoreRules, before: StoreRules, wanted: StoreRules) -> dict[str, Any]:
    was, now = rule_fields.flatten(before), rule_fields.flatten(wanted)
    values = {
        path: now[path] if now[path] != was[path] else value for path, value in rule_fields.flatten(rules).items()
    }
    locked = rules.locked if before.locked == wanted.locked else wanted.locked
    return {**rule_fields.document(values), "locked": sorted(locked)}


def _check_future(work: Work, place: Place, effective_from: str) -> None:
    try:
        date.fromisoformat(effective_from)
    except ValueError:
        raise Refusal("date_invalid", column="effective_from", value=effective_from) from None
    for store_id in place.stores:
        row = stores.store(work.connection, store_id)
        today = business_date_of(work.now_ms, row.time_zone, row.day_cut_minute)
        if effective_from < today:
            raise Refusal("effective_past", today=today)


def _checked(work: Work, viewer: Viewer, scope: Scope, key: str, permission: Any) -> Place:
    viewer.require(permission)
    place = rule_tree.place(work.connection, scope, key)
    if not may_write(viewer, place):
        raise Refusal("not_allowed")
    return place


def _keep(work: Work, made: Draft) -> None:
    row = (
        made.place,
        made.revision,
        msgspec.json.encode(made.config).decode(),
        made.author,
        made.changed_at_ms,
        msgspec.json.encode(made.changes).decode(),
    )
    columns = ("place", "revision", "document", "author", "changed_at_ms", "changes")
    bulk.upsert(work.connection, _drafts, columns, [row])
