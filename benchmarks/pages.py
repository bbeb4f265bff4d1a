"""How the pages of a run grow with its inventory: a part of `make bench`.

The time is that of the server alone, from the request to the page. The queue computes a large run, then opens it once.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from inventories import write

PAGES = {
    "the result": "",
    "the result, by entity and another criterion": "?by=entities&criterion=adpe",
    "the result, quality and doubt": "?by=quality",
    "what filling the data would bring": "completude/",
    "where the figure of a family comes from": "origine/?family=workplace",
    "its rows, the heaviest first": "lignes/?family=workplace",
    "its rows, page 80 in the order of the file": "lignes/?family=workplace&order=file&page=80",
}
TIMES = 15


def lines(data: Path, *, quick: bool) -> list[str]:
    """Lines of a table: page, milliseconds on 10^4 rows, on many rows, their ratio; then the work of the queue."""
    powers = (4, 6 if quick else 7)
    taken = [_taken(data, power) for power in powers]
    few, many = taken
    found = [f"| {page} | {few[page]:.0f} | {many[page]:.0f} | {many[page] / few[page]:.1f} |" for page in PAGES]
    return found + [
        f"| once: the run {work} | {few[work]:.0f} | {many[work]:.0f} | {many[work] / few[work]:.0f} |"
        for work in ("computed", "opened")
    ]


def _taken(data: Path, power: int) -> dict[str, float]:
    inventory = data / f"plain-1e{power}" / "inventory.parquet"
    if not inventory.exists():
        write("plain", 10**power, inventory)
    place = data / f"portal-1e{power}"
    shutil.rmtree(place, ignore_errors=True)
    environment = {**os.environ, "ESTRAN_DATA": str(place), "DJANGO_SETTINGS_MODULE": "estran.portal.settings"}
    command = [sys.executable, __file__, str(inventory)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(inventory: Path) -> dict[str, float]:
    """In a process of its own, in an empty portal: milliseconds of each page (the median), and of the work before."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from estran.portal.jobs import queue
    from estran.portal.results import work

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    here, kept = _authority(inventory)
    found = {"computed": _milliseconds(lambda: queue.carry_out(queue.take(work.ask(here, kept))))}
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(here.person, "django.contrib.auth.backends.ModelBackend")
    address = f"/o/{here.organisation.slug}/bilans/1/"
    found["opened"] = _milliseconds(lambda: _open(browser, address))
    for page, rest in PAGES.items():
        browser.get(address + rest)
        taken = [_milliseconds(lambda rest=rest: browser.get(address + rest)) for _time in range(TIMES)]
        found[page] = statistics.median(taken)
    return found


def _open(browser: Any, address: str) -> None:
    """Ask for a figure: the run is opened at once, or by the queue when it is large."""
    from estran.portal.jobs import queue

    if browser.get(address + "origine/?family=workplace").status_code == 302:
        queue.do_next()


def _authority(inventory: Path) -> tuple[Any, Any]:
    """An authority, its officer as a view receives him, and the inventory where an import leaves it."""
    import duckdb

    from estran.portal import storage
    from estran.portal.estates.models import Inventory
    from estran.portal.organisations.access import Access
    from estran.portal.organisations.models import Membership, Organisation, Person, Role

    organisation = Organisation.objects.create(name="Benchmark", slug="benchmark")
    person = Person.objects.create_user("officer@benchmark.example", "long enough a password", "Officer")
    membership = Membership.objects.create(organisation=organisation, person=person, role=Role.OFFICER)
    sha256, _folder = storage.keep(lambda new: shutil.copy(inventory, new), "inventories", organisation.pk)
    rows = duckdb.execute(f"SELECT count(*) FROM '{inventory}'").fetchall()[0][0]
    kept = Inventory.objects.create(
        organisation=organisation, year=2025, kind=Inventory.COLLECTED, sha256=sha256, rows=rows, made_by=person
    )
    return Access(person, organisation, membership), kept


def _milliseconds(do: Any) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    if len(sys.argv) == 2 and Path(sys.argv[1]).suffix == ".parquet":
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        print("\n".join(lines(Path(__file__).parent / "data", quick="--quick" in sys.argv)))
