"""The fictional département in the portal: what `estran demo` wrote and computed, with one person per role."""

import secrets
import shutil
from datetime import date
from functools import partial
from pathlib import Path

from django.db import transaction

from estran.demo import office, schools
from estran.demo.files import read_facts, read_layouts
from estran.engine import runs
from estran.importing import canonical
from estran.portal import demo_approach
from estran.portal.common import storage
from estran.portal.estates.models import Headcount, Inventory
from estran.portal.indicators import computation
from estran.portal.indicators.models import Target
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Membership, Organisation, Person, Role
from estran.portal.publishing import passages
from estran.portal.publishing import work as publishing
from estran.portal.publishing.models import AssemblyReport
from estran.portal.registers import registers
from estran.portal.results import baselines, figures, years
from estran.portal.results.models import Run
from estran.portal.structure import screens

FACTS = read_layouts("approach")


def load_demo(folder: Path) -> tuple[str, list[tuple[str, str]]]:
    """Load a demonstration (files, estates, runs of its years) into an empty portal; its first year is frozen.

    Returns who can sign in: one password drawn for it, addresses and roles.
    """
    password = "-".join(secrets.token_hex(2) for _group in range(4))
    with transaction.atomic():
        organisation = Organisation.objects.create(
            name=office.AUTHORITY, slug="trieux-et-blavet", kind="departement", screens=[*screens.ADDRESSES]
        )
        people = _create_people(organisation, password)
        membership = Membership.objects.get(organisation=organisation, role=Role.OFFICER)
        access = Access(membership.person, organisation, membership)
        computed = [_load_year(access, folder, int(path.name)) for path in sorted((folder / "bilans").iterdir())]
        _create_entities(organisation, computed[-1])
        contributor = Membership.objects.get(organisation=organisation, role=Role.CONTRIBUTOR)
        contributor.entities.add(organisation.entities.filter(kind=Entity.SCHOOL)[0])
        baselines.freeze_run(access, computed[0], **FACTS["frozen"][0])
        shutil.copytree(folder / "overlay", storage.folder("overlays", organisation.pk), dirs_exist_ok=True)
        _load_followed(access, folder)
        demo_approach.load_diagnostics(access)
        demo_approach.load_workshops(access, computed[-1])
        baselines.freeze_run(access, computed[-1], **FACTS["frozen"][1])
        demo_approach.load_plan(access, folder, computed[-1])
        demo_approach.load_requests(access)
        for row in read_facts("assembly_texts"):
            passages.settle(access, **row)
        for kind in (AssemblyReport.PLAN, AssemblyReport.REVIEW):
            publishing.ask_assembly_report(access, kind, computed[-1], date(2026, 6, 15))
    return password, people


def _create_people(organisation: Organisation, password: str) -> list[tuple[str, str]]:
    people = []
    for row in FACTS["people"]:
        role = Role[row["role"]]
        person = Person.objects.create_user(f"{row['name']}@trieux-et-blavet.example", password, row["full_name"])
        Membership.objects.create(organisation=organisation, person=person, role=role)
        people.append((person.email, role.label))
    return people


def _load_year(access: Access, folder: Path, year: int) -> Run:
    """One year: its estate as an inventory, its run folder as it was computed, its headcounts."""
    estate, computed = folder / "parcs" / str(year), folder / "bilans" / str(year)
    summary, copy = runs.read_json(computed), partial(shutil.copytree, estate, dirs_exist_ok=True)
    sha256, _kept = storage.keep_folder(copy, "inventories", access.organisation.pk)
    inventory = access.add(
        Inventory, year=year, kind=Inventory.COLLECTED, sha256=sha256, rows=summary["inventory"]["rows"],
    )  # fmt: skip
    run = access.add(Run, inventory=inventory, year=year)
    shutil.rmtree(run.place, ignore_errors=True)
    shutil.copytree(computed, run.folder)
    shutil.copytree(folder / "overlay", run.place / "overlay")
    shutil.copyfile(folder / str(year) / "perimeter.toml", run.place / "perimeter.toml")
    for head in summary["perimeter"]["headcounts"]:
        Headcount.objects.update_or_create(
            organisation=access.organisation, who=head["who"], date=head["date"],
            defaults={"value": head["value"], "source": head.get("source", "")},
        )  # fmt: skip
    run.keep_headline(figures.of(run).carbon)
    return run


def _create_entities(organisation: Organisation, run: Run) -> None:
    """The tree of entities, as the inventory names them; schools with their UAI code."""
    import pyarrow.parquet as pq

    codes = {school.entity(): school.uai for school in schools.invent_schools()}
    names = pq.read_table(run.folder / "inputs" / "tables" / "entities.parquet")["entity"].to_pylist()
    for name in filter(None, names):
        parent, path = None, ""
        for level in name.split(" > "):
            path = f"{path} > {level}" if path else level
            kind = Entity.SCHOOL if path in codes else Entity.DIRECTORATE
            parent, _new = Entity.objects.get_or_create(
                organisation=organisation, path=path,
                defaults={"name": level, "parent": parent, "kind": kind, "uai": codes.get(path, "")},
            )  # fmt: skip


def _load_followed(access: Access, folder: Path) -> None:
    """Take in the registers and the targets of a demonstration, and ask for what is computed from them."""
    for register in registers.kept_registers().values():
        path = folder / "registres" / f"{register.name}.csv"
        values, _problems = registers.read_rows(register, path)
        new = [registers.new_row(access.organisation, access.person, register, row, None) for row in values]
        registers.replace_rows(access.organisation, register, new)
    rows, _problems = canonical.read_small_table(folder / "cibles.csv", "targets")
    Target.objects.bulk_create(
        Target(organisation=access.organisation, **FACTS["targets"], **row) for row in rows.to_pylist()
    )
    years.ask(access)
    computation.ask(access)
