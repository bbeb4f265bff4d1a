"""Values of one's own: rows of the tables of the overlay, what each does to the last run, kept and withdrawn."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.catalogue import loading
from estran.catalogue.labels import Labels, parameter
from estran.common import table_schema
from estran.common.files import whole_file, write_csv
from estran.common.language import _
from estran.common.problems import Problem
from estran.engine import runs
from estran.importing import canonical
from estran.importing.own_tables import faults_of_overlay
from estran.importing.row_corrections import cell_text
from estran.portal.common import storage
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.overlays.models import OwnValue
from estran.portal.results import figures
from estran.portal.results.models import Run
from estran.portal.results.years import in_front

KEYS = loading.KEYS | {"defaults": (*loading.KEYS["defaults"], "valid_from")}  # what names a row of a table
EFFECTS = 8  # item types shown
Row = dict[str, Any]


def last_run(organisation: Organisation) -> Run | None:
    """The run that the effect of a value is shown on: the one that stands for the latest year."""
    return next(reversed(in_front(organisation)), None)


def problems_of(organisation: Organisation, table: str, row: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a row beside those of the overlay, in the words of the command line."""
    with _overlay_with(organisation, table, row) as overlay:
        return [one for one in faults_of_overlay(overlay) if one.file.startswith(table)]


def measure_effect(job: Job) -> str:
    """Compute the last run of a job again without a value and with it, by the engine; keep what moves."""
    value = OwnValue.objects.select_related("organisation").get(pk=job.subject["value"])
    run = last_run(value.organisation)
    if run and value.effect is None:
        overlay = storage.folder("overlays", value.organisation_id)
        with tempfile.TemporaryDirectory() as work, _overlay_with(value.organisation, value.table, value.row) as after:
            folders = []
            for name, used in (("before", overlay if overlay.exists() else None), ("after", after)):
                folders.append(Path(work) / name)
                runs.restate(run.folder, runs.Choices(run.year, overlay=used), folders[-1])
                job.note_progress(0.5)
            OwnValue.objects.filter(pk=value.pk).update(effect=_effect(run, *folders))
    return value.organisation.url("overlays:value", value.pk)


def _effect(run: Run, before: Path, after: Path) -> Row:
    """What moves between two runs: the total of each criterion, and climate change by item type."""
    old, new = figures.read(before), figures.read(after)
    totals = {row["code"]: row["mean"] for row in old["criteria"]}
    criteria = [
        {"label": row["label"], "unit": row["unit"], "before": totals.get(row["code"], 0.0), "after": row["mean"]}
        for row in new["criteria"]
    ]
    types = figures.moved_types(old["by_criterion"]["item_types"]["gwp"], new["by_criterion"]["item_types"]["gwp"])
    return {"run": run.pk, "year": run.year, "criteria": criteria, "types": types[:EFFECTS]}


def keep_value(access: Access, value: OwnValue) -> None:
    """Have a value count from the next calculation on; one of the same key that counted before is withdrawn."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=access.organisation.pk)
        for other in access.of(OwnValue).filter(table=value.table, kept_at__isnull=False, withdrawn_at__isnull=True):
            if key_of(value.table, other.row) == key_of(value.table, value.row) and other.pk != value.pk:
                withdraw_value(access, other)
        path = _path(access.organisation, value.table)
        rows = _rows(path, value.table)
        replaced = [row for row in rows if key_of(value.table, row) == key_of(value.table, value.row)]
        value.replaced, value.kept_at = next(iter(replaced), None), timezone.now()
        value.save(update_fields=["replaced", "kept_at"])
        _write(path, value.table, [row for row in rows if row not in replaced] + [value.row])
        access.record(_("a donné une valeur : {what}").format(what=describe(value)))


def withdraw_value(access: Access, value: OwnValue) -> None:
    """Have a value count no more; what it had replaced counts again."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=access.organisation.pk)
        path = _path(access.organisation, value.table)
        rows = [row for row in _rows(path, value.table) if key_of(value.table, row) != key_of(value.table, value.row)]
        _write(path, value.table, rows + ([value.replaced] if value.replaced else []))
        value.withdrawn_at = timezone.now()
        value.save(update_fields=["withdrawn_at"])
        access.record(_("a retiré une valeur : {what}").format(what=describe(value)))


def other_rows(organisation: Organisation) -> list[tuple[str, Row]]:
    """The rows of the overlay that no one typed on screen: table and row."""
    typed = {(one.table, key_of(one.table, one.row)) for one in organisation.own_values.all() if one.in_force}
    return [
        (table, row)
        for table in KEYS
        for row in _rows(_path(organisation, table), table)
        if (table, key_of(table, row)) not in typed
    ]


def describe(value: OwnValue) -> str:
    """A value in words."""
    return describe_row(value.table, value.row)


def describe_row(table: str, row: Mapping[str, str]) -> str:
    """A row of a table of the overlay in words."""
    names = Labels()
    if table == "defaults":
        since = _(" depuis {year}").format(year=row["valid_from"]) if row.get("valid_from") else ""
        what = _("{parameter}, {item_type}{since} : {value}")
        label = names.label("item_type", row["item_type"])
        return what.format(parameter=parameter(row["parameter"]), item_type=label, since=since, value=row["value"])
    if table == "models":
        given = [(_("durée d’usage, années"), row.get("lifetime_years")), (_("kWh par an"), row.get("kwh_per_year"))]
        texts = ", ".join(_("{name} {value}").format(name=name, value=value) for name, value in given if value)
        return _("Modèle {model} : {values}").format(model=row["model"], values=texts)
    criterion = names.label("criterion", row["criterion"])
    if table == "electricity":
        text = _("Électricité {zone}, {year}, {criterion} : {value}")
        zone = names.label("zone", row["zone"])
        return text.format(zone=zone, year=row["year"], criterion=criterion, value=row["value"])
    text = _("Facteur de {flow}, {stage}, {criterion} : {value}")
    labels = {"flow": names.label("item_type", row["flow"]), "stage": names.label("stage", row["stage"]).lower()}
    return text.format(**labels, criterion=criterion, value=row["value"])


def key_of(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """What names a row of a table: another of the same key replaces it."""
    return tuple(str(row.get(name) or "").removesuffix(".0").casefold() for name in KEYS[table])


def _path(organisation: Organisation, table: str) -> Path:
    return storage.folder("overlays", organisation.pk, f"{table}.csv")


def _rows(path: Path, table: str) -> list[Row]:
    if not path.exists():
        return []
    rows = canonical.read_small_table(path, table)[0].to_pylist()
    return [{name: cell_text(value) for name, value in row.items() if value is not None} for row in rows]


def _write(path: Path, table: str, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not rows:
        path.unlink(missing_ok=True)
        return
    with whole_file(path) as partial:
        write_csv(partial, [column.column for column in table_schema.columns(table)], rows)


@contextmanager
def _overlay_with(organisation: Organisation, table: str, row: Mapping[str, str]) -> Iterator[Path]:
    """A copy of the overlay with one more row."""
    with tempfile.TemporaryDirectory() as work:
        copy, own = Path(work) / "overlay", storage.folder("overlays", organisation.pk)
        if own.exists():
            shutil.copytree(own, copy)
        copy.mkdir(exist_ok=True)
        rows = [one for one in _rows(copy / f"{table}.csv", table) if key_of(table, one) != key_of(table, row)]
        _write(copy / f"{table}.csv", table, [*rows, dict(row)])
        yield copy
