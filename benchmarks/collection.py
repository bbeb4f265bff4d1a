"""How long the collection of a whole département takes the machine: a part of `make bench`.

Sixty entities answer by the forms of the portal, in process; their files are read by the queue, every label is settled
with its first candidate, the answers are accepted, and the footprint of the year is computed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inventories import write

FILES, ROWS = 60, 40_000
PASSWORD = "long enough a password"


def lines() -> list[str]:
    """Lines of a table: what, seconds."""
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "ESTRAN_DATA": place, "DJANGO_SETTINGS_MODULE": "estran.portal.settings"}
        done = subprocess.run([sys.executable, __file__, "measure"], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return [f"| {what} | {seconds:.1f} |" for what, seconds in json.loads(done.stdout.splitlines()[-1]).items()]


def measure() -> dict[str, float]:
    """In a process of its own, a new portal: seconds of each part of the collection, then of all."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from estran.portal.collection.models import Answer
    from estran.portal.estates.models import Inventory
    from estran.portal.jobs import queue
    from estran.portal.organisations.models import Entity, Membership, Organisation, Person, Role

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    place = Organisation.objects.create(name="Benchmark", slug="benchmark")
    person = Person.objects.create_user("officer@benchmark.example", PASSWORD, "Officer")
    Membership.objects.create(organisation=place, person=person, role=Role.OFFICER)
    for n in range(FILES):
        Entity.objects.create(organisation=place, kind=Entity.SCHOOL, name=f"Collège {n}", uai=f"035{n:04}A")
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
    root = f"/o/{place.slug}/"
    browser.post(root + "collectes/", {"year": 2025, "closes_on": "2026-12-31", "message": ""})
    board = root + "collectes/1/"
    browser.get(board)
    seconds = {}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for n, answer in enumerate(Answer.objects.exclude(entity__uai="").order_by("pk")):
            path = Path(folder) / f"parc-{n}.csv"
            write("glpi", ROWS // FILES + 1, path, first=n * ROWS)
            known = path.read_text(encoding="utf-8")
            path.write_text(known.replace("Tablette", f"Tablett {n}").replace("iPad", f"Zpad {n}"), encoding="utf-8")
            with path.open("rb") as file:
                browser.post(f"{root}reponses/{answer.pk}/", {"file": file})
        while queue.run_next_job():
            pass
        seconds[f"{FILES} files of a GLPI list, {ROWS:,} rows, sent and read"] = time.perf_counter() - start
    settled = _settle(browser, board + "libelles/")
    browser.post(board, {"action": "accept"})
    seconds[f"{settled} labels settled, the answers accepted"] = time.perf_counter() - start - sum(seconds.values())
    browser.post(_link(browser.get(board).content.decode(), "Calculer le bilan"))
    while queue.run_next_job():
        pass
    seconds["the footprint of the year"] = time.perf_counter() - start - sum(seconds.values())
    kept = Inventory.objects.get()
    assert kept.rows >= ROWS
    assert kept.runs.filter(computed_at__isnull=False).exists()
    return {**seconds, "together": sum(seconds.values())}


def _settle(browser: Any, address: str) -> int:
    """Settle every label with its first candidate, a page at a time; how many there were."""
    settled = 0
    while picks := dict(re.findall(r'name="(pick-\w+)" value="(\w+)"', browser.get(address).content.decode())[::-1]):
        browser.post(address, picks)
        settled += len(picks)
    return settled


def _link(page: str, text: str) -> str:
    """The address behind the words of a link."""
    return re.search(rf'href="([^"]+)">{text}', page)[1]  # type: ignore[index]


if __name__ == "__main__":
    print(json.dumps(measure()) if sys.argv[1:] == ["measure"] else "\n".join(lines()))
