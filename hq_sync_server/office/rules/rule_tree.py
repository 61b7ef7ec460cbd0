"""The tree HQ -> region -> store: what each place says, what HQ leaves open, and what comes of it for a store.

A place's config holds only what differs from above. HQ locks a field, leaves it open within a range, or leaves it free.
What was published by command before there was a tree becomes its first configs (`adopt`): what all stores agree on is
HQ's, the rest is the stores' own, so nothing changes at any till.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, insert, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs, rule_fields
from hq_sync_server.records import office_tables, tables
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules

HQ = "hq"
Level = Literal["hq", "region", "store"]
_configs = office_tables.rule_configs


class Constraint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What HQ lets those below do with a field."""

    kind: Literal["free", "locked", "range"] = "free"
    minimum: int = 0
    maximum: int = 0

    def allows(self, value: Any) -> bool:
        """Whether a place below may say this."""
        if self.kind == "range":
            return isinstance(value, int) and self.minimum <= value <= self.maximum
        return self.kind == "free"


class Config(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one place says: values by path, and of HQ the constraints by path."""

    values: dict[str, Any] = {}
    constraints: dict[str, Constraint] = {}


class Published(Struct, frozen=True, kw_only=True):
    """A config as it was published."""

    place: str
    version: int
    config: Config
    author: str
    effective_from: str
    published_at_ms: int


class Place(Struct, frozen=True, kw_only=True):
    """A node of the tree. `stores` are those beneath it, itself if it is one."""

    key: str
    name: str
    level: Level
    parent: str = ""
    stores: tuple[UUID, ...] = ()
    store_code: str = ""


class Effective(Struct, frozen=True, kw_only=True):
    """One field at one place: its value, the place it comes from, and HQ's constraint."""

    path: str
    value: Any
    origin: str
    constraint: Constraint


def places(connection: Connection, scope: Scope) -> dict[str, Place]:
    """The tree as far as somebody sees it, from the top; HQ itself always."""
    rows = [row for row in stores.all_stores(connection) if scope.holds(row.store_id)]
    found = {HQ: Place(key=HQ, name="HQ", level="hq", stores=tuple(row.store_id for row in rows))}
    by_region: dict[UUID, list[StoreRow]] = {}
    for row in rows:
        if row.region_id is not None:
            by_region.setdefault(row.region_id, []).append(row)
    columns = tables.regions.c
    for region in connection.execute(select(columns.region_id, columns.name).order_by(columns.code)):
        inside = by_region.get(region.region_id, [])
        if inside or scope.store_ids is None:
            key = f"region:{region.region_id.hex}"
            ids = tuple(row.store_id for row in inside)
            found[key] = Place(key=key, name=region.name, level="region", parent=HQ, stores=ids)
    for row in rows:
        parent = f"region:{row.region_id.hex}" if row.region_id else HQ
        key = f"store:{row.store_id.hex}"
        found[key] = Place(
            key=key, name=row.name, level="store", parent=parent, stores=(row.store_id,), store_code=row.code
        )
    return found


def place(connection: Connection, scope: Scope, key: str) -> Place:
    """One node. Refuses `not_found`."""
    found = places(connection, scope).get(key)
    if found is None:
        raise Refusal("not_found")
    return found


def history(connection: Connection, key: str) -> list[Published]:
    """Everything ever published at a place, newest first."""
    level, place_id = _split(key)
    columns = _configs.c
    rows = connection.execute(
        select(_configs)
        .where(columns.level == level, columns.place_id == place_id if place_id else columns.place_id.is_(None))
        .order_by(columns.version.desc())
    )
    return [
        Published(
            place=key,
            version=row.version,
            config=msgspec.json.decode(row.document, type=Config),
            author=row.author,
            effective_from=row.effective_from,
            published_at_ms=row.published_at_ms,
        )
        for row in rows
    ]


def newest(connection: Connection) -> dict[str, Config]:
    """The config published last of every place."""
    columns = _configs.c
    last = select(columns.level, columns.place_id, func.max(columns.version).label("version")).group_by(
        columns.level, columns.place_id
    )
    latest = last.subquery()
    rows = connection.execute(
        select(columns.level, columns.place_id, columns.document).join(
            latest,
            (latest.c.level == columns.level)
            & (latest.c.version == columns.version)
            & ((latest.c.place_id == columns.place_id) | (latest.c.place_id.is_(None) & columns.place_id.is_(None))),
        )
    )
    return {
        HQ if row.level == "hq" else f"{row.level}:{row.place_id.hex}": msgspec.json.decode(row.document, type=Config)
        for row in rows
    }


def resolve(configs: Mapping[str, Config], chain_of_places: list[str]) -> dict[str, Effective]:
    """Every field at the last of these places (HQ first). What is locked or out of its range below does not count."""
    top = configs.get(HQ, Config())
    found = {}
    for path, field in rule_fields.fields().items():
        constraint = top.constraints.get(path, Constraint())
        value, origin = top.values.get(path, field.default), HQ if path in top.values else ""
        for key in chain_of_places[1:]:
            said = configs.get(key, Config()).values
            if path in said and constraint.allows(said[path]):
                value, origin = said[path], key
        found[path] = Effective(path=path, value=value, origin=origin, constraint=constraint)
    return found


def chain_to(tree: Mapping[str, Place], key: str) -> list[str]:
    """The places from HQ down to this one."""
    found = [key]
    while tree[found[0]].parent:
        found.insert(0, tree[found[0]].parent)
    return found


def keep(work: Work, key: str, config: Config, *, author: str, effective_from: str) -> int:
    """Write a config as the place's next version; that version."""
    level, place_id = _split(key)
    version = next((one.version for one in history(work.connection, key)), 0) + 1
    work.connection.execute(
        insert(_configs).values(
            config_id=work.ids.new_id(),
            level=level,
            place_id=place_id,
            version=version,
            document=msgspec.json.encode(config).decode(),
            author=author,
            effective_from=effective_from,
            published_at_ms=work.now_ms,
        )
    )
    return version


def adopted(connection: Connection) -> dict[str, Config]:
    """The configs, with what was published by command since (or before there was a tree) as the stores' own."""
    configs = newest(connection)
    tree = places(connection, Scope())
    of_store = rule_configs.newest_of(connection, tree[HQ].stores)
    current = {
        key: rule_fields.flatten(of_store[node.stores[0]])
        for key, node in tree.items()
        if node.level == "store" and node.stores[0] in of_store
    }
    if HQ not in configs:
        locked = {path: Constraint(kind="locked") for path in StoreRules.__struct_defaults__[-1]}
        configs[HQ] = Config(values=_shared(list(current.values())), constraints=locked)
    for key, values in current.items():
        effective = resolve(configs, chain_to(tree, key))
        own = dict(configs.get(key, Config()).values)
        different = {path: value for path, value in values.items() if value != effective[path].value}
        if different:
            configs[key] = Config(values=own | different)
    return configs


def adopt(work: Work, author: str) -> dict[str, Config]:
    """Write down what `adopted` finds, so that the tree says what the tills do."""
    kept, wanted = newest(work.connection), adopted(work.connection)
    for key, config in wanted.items():
        if kept.get(key) != config:
            keep(work, key, config, author=author, effective_from="")
    return wanted


def rules_of(work: Work, tree: Mapping[str, Place], configs: Mapping[str, Config], key: str) -> StoreRules:
    """The effective rules of a store as these configs make them, not yet published. Refuses `rules_invalid`."""
    effective = resolve(configs, chain_to(tree, key))
    known = rule_fields.fields()
    said = {path: one.value for path, one in effective.items() if one.value != known[path].default}
    document = rule_fields.document(said)
    document["locked"] = sorted(path for path, one in effective.items() if one.constraint.kind == "locked")
    return rule_configs.check_document(work.connection, tree[key].stores[0], document)


def _shared(documents: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What all stores say alike."""
    if not documents:
        return {}
    first, *others = documents
    return {path: value for path, value in first.items() if all(one.get(path) == value for one in others)}


def _split(key: str) -> tuple[Level, UUID | None]:
    level, _, place_id = key.partition(":")
    if level == "hq":
        return "hq", None
    return ("region" if level == "region" else "store"), UUID(hex=place_id)
