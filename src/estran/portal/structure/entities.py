"""What happens to entities: created, renamed, closed on a date, merged, split, erased while nothing was sent."""

from datetime import date

from django.db import transaction

from estran.common import table_schema
from estran.common.language import _
from estran.common.shipped import row_labels
from estran.common.vocabulary import text_key
from estran.portal.common.catalogue_rows import codes_by_spelling
from estran.portal.organisations.models import Entity, Organisation


def kind_of(text: str, uai: str = "") -> str:
    """The kind of entity that a text names; one with a UAI is a school."""
    first = text_key(text).split(" ")[0] if text else ""
    known = codes_by_spelling("entity_kinds")
    return Entity.SCHOOL if uai else known.get(text_key(text)) or known.get(first) or Entity.DIRECTORATE


def find_entity(organisation: Organisation, name: str, uai: str = "") -> Entity | None:
    """The entity of this UAI, else of this name, now or before it was renamed."""
    if uai and (known := organisation.entities.filter(uai=uai).first()):
        return known
    wanted = text_key(name)
    same = [
        one
        for one in organisation.entities.all()
        if not (uai and one.uai) and wanted in map(text_key, (one.name, one.path, *one.former_paths))
    ]
    return same[0] if same else None


def free_path(organisation: Organisation, path: str, apart: str, but: int | None = None) -> str:
    """A path that no other entity has: what sets it apart, its town or its UAI, stands after it if need be."""
    others = organisation.entities.exclude(pk=but)
    wanted, number = path, 2
    while others.filter(path=wanted).exists():
        wanted = f"{path} ({apart})" if apart and number == 2 else f"{path} ({number})"
        number += 1
    return wanted


def rename_entity(entity: Entity, name: str, parent: Entity | None) -> None:
    """Give an entity its name and its place; what inventories wrote before still leads to it."""
    path = f"{parent.path} > {name}" if parent else name
    if (entity.name, entity.parent_id) == (name, parent.pk if parent else None):
        return
    with transaction.atomic():
        before, entity.name, entity.parent = entity.path, name, parent
        entity.path = free_path(entity.organisation, path, entity.town or entity.uai, entity.pk)
        _move(entity, before)
        for below in entity.organisation.entities.filter(path__startswith=f"{before} > "):
            old, below.path = below.path, entity.path + below.path.removeprefix(before)
            _move(below, old)


def _move(entity: Entity, before: str) -> None:
    if before and before != entity.path:
        entity.former_paths = list(dict.fromkeys([*entity.former_paths, before]))
    entity.save()


def close_entity(entity: Entity, on: date | None, successors: list[Entity]) -> None:
    """Close an entity: it leaves the counts of that year. `successors`: one after a merger, several after a split."""
    with transaction.atomic():
        Entity.objects.filter(pk=entity.pk).update(closed_on=on)
        entity.closed_on = on
        entity.successors.set(successors)


def reopen_entity(entity: Entity) -> None:
    """Open an entity again, with all that it sent."""
    close_entity(entity, None, [])


def split_entity(entity: Entity, on: date, names: list[str]) -> None:
    """Close an entity into several, new ones where no entity has the name."""
    with transaction.atomic():
        after = [
            find_entity(entity.organisation, name)
            or Entity.objects.create(
                organisation=entity.organisation, name=name, kind=entity.kind, parent=entity.parent,
                owner=entity.owner, town=entity.town, opened_on=on,
            )
            for name in names
        ]  # fmt: skip
        close_entity(entity, on, [one for one in after if one.pk != entity.pk])


def what_holds(entity: Entity) -> str:
    """Why an entity cannot be erased, empty when it can: closing keeps what years past say of it."""
    if entity.children.exists():
        return _("D’autres entités en font partie.")
    if entity.answers.filter(deliveries__isnull=False).exists():
        return _("Elle a déjà envoyé quelque chose : fermez-la, les années passées resteront lisibles.")
    return ""


def successors_text(entity: Entity) -> str:
    """What an entity became, as a table writes it."""
    return "|".join(one.name for one in entity.successors.all())


def table_of(organisation: Organisation) -> list[list[str]]:
    """The entities as a table that the import reads back, headers first."""
    kinds, owners = row_labels("entity_kinds"), row_labels("owners")
    heads = {column.column: column.label_fr for column in table_schema.columns("entities")}
    names = ("uai", "name", "type", "town", "parent", "owner", "opened_on", "closed_on", "successors")
    rows = [[heads[name] for name in names]]
    for one in organisation.entities.select_related("parent").prefetch_related("successors"):
        days = [f"{day:%d/%m/%Y}" if day else "" for day in (one.opened_on, one.closed_on)]
        parent = one.parent.name if one.parent else ""
        rows.append([
            one.uai, one.name, kinds[one.kind], one.town, parent, owners[one.owner], *days, successors_text(one)
        ])  # fmt: skip
    return rows
