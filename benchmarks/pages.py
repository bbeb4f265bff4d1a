"""How the pages of a run grow with its inventory: a part of `make bench`.

The time is that of the server alone, from the request to the page. The queue computes a large run, then opens it once.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
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
    """Lines of a table: what, milliseconds on 10^4 rows and on many rows, those of processor, the ratio of these."""
    few, many = (_taken(data, power) for power in (4, 6 if quick else 7))
    return [
        f"| {what} | {few[what][0]:.0f} | {many[what][0]:.0f} | {few[what][1]:.0f} | {many[what][1]:.0f} "
        f"| {many[what][1] / few[what][1]:.1f} |"
        for what in few
    ]


def _taken(data: Path, power: int) -> dict[str, list[float]]:
    inventory = data / f"plain-1e{power}" / "inventory.parquet"
    if not inventory.exists():
        write("plain", 10**power, inventory)
    place = data / f"portal-1e{power}"
    environment = {**os.environ, "ESTRAN_DATA": str(place), "DJANGO_SETTINGS_MODULE": "estran.portal.settings"}
    command = [sys.executable, __file__, str(inventory)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(inventory: Path) -> dict[str, list[float]]:
    """In a process of its own, in a portal where the run is computed once: the median of each page, and the opening."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from estran.portal.jobs import queue
    from estran.portal.organisations.models import Person
    from estran.portal.results import calculation
    from estran.portal.results.models import Run

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Run.objects.filter(computed_at__isnull=False).exists():
        queue.run_at_once(calculation.ask(*_authority(inventory)))
    run = Run.objects.get()
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(Person.objects.get(), "django.contrib.auth.backends.ModelBackend")
    address = f"/o/{run.organisation.slug}/bilans/{run.pk}/"
    shutil.rmtree(run.place / "opened", ignore_errors=True)
    milliseconds = {"once, by the queue: the run opened": _milliseconds(lambda: _open(browser, address))}
    for page, rest in PAGES.items():
        browser.get(address + rest)
        taken = [_milliseconds(lambda rest=rest: browser.get(address + rest)) for _time in range(TIMES)]
        milliseconds[page] = [statistics.median(values) for values in zip(*taken, strict=True)]
    return milliseconds


def _open(browser: Any, address: str) -> None:
    """Ask for a figure: the run is opened at once, or by the queue when it is large."""
    from estran.portal.jobs import queue

    if browser.get(address + "origine/?family=workplace").status_code == 302:
        queue.run_next_job()


def _authority(inventory: Path) -> tuple[Any, Any]:
    """An authority, its officer as a view receives him, and the inventory where an import leaves it."""
    import duckdb

    from estran.portal.common import storage
    from estran.portal.estates.models import Inventory
    from estran.portal.organisations.access import Access
    from estran.portal.organisations.models import Membership, Organisation, Person, Role

    organisation = Organisation.objects.create(name="Benchmark", slug="benchmark")
    person = Person.objects.create_user("officer@benchmark.example", "long enough a password", "Officer")
    membership = Membership.objects.create(organisation=organisation, person=person, role=Role.OFFICER)
    sha256, _folder = storage.keep_folder(lambda new: shutil.copy(inventory, new), "inventories", organisation.pk)
    rows = duckdb.execute(f"SELECT count(*) FROM '{inventory}'").fetchall()[0][0]
    kept = Inventory.objects.create(
        organisation=organisation, year=2025, kind=Inventory.COLLECTED, sha256=sha256, rows=rows, made_by=person
    )
    return Access(person, organisation, membership), kept


def _milliseconds(do: Callable[[], object]) -> list[float]:
    """Milliseconds, and those of processor, all threads together."""
    start, used = time.perf_counter(), time.process_time()
    do()
    return [(time.perf_counter() - start) * 1000, (time.process_time() - used) * 1000]


if __name__ == "__main__":
    if len(sys.argv) == 2 and Path(sys.argv[1]).suffix == ".parquet":
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        print("\n".join(lines(Path(__file__).parent / "data", quick="--quick" in sys.argv)))
