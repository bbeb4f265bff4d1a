"""A copy taken while the portal serves, opened in a new folder and served elsewhere: the same bytes, the same links."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from killing import Portal, Someone, new_database
from test_portal_kills import SETUP

PUBLISHED = """
from datetime import date
from django.utils import timezone
from estran.reporting import open_data
from estran.portal.estates import estimate
from estran.portal.collection.models import Answer
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership
from estran.portal.publishing import work as publishing
from estran.portal.publishing.models import PageLink, Publication
from estran.portal.results import baselines, calculation
from estran.portal.results.models import Run
from estran.portal.plan import votes
from estran.portal.plan.models import Strategy
member = Membership.objects.select_related("person", "organisation").get()
access = Access(member.person, member.organisation, member)
estimate.keep_headcounts(access, date(2024, 12, 31), {"agents": 900}, "essai")
queue.run_at_once(calculation.ask_run(access, estimate.make_inventory(access, 2024, {"laptops": 800})))
run = Run.objects.get()
baselines.freeze_run(access, run, decided_on=date(2025, 3, 16), decision="Référence", number="2025-41")
link = PageLink.objects.create(organisation=access.organisation, run=run, about="Assemblée", made_by=access.person)
queue.run_at_once(publishing.ask_report(access, run))
queue.run_at_once(publishing.prepare_publication(access, run, "etalab-2.0", "https://portail.exemple.fr/donnees/essai/2024/"))
Publication.objects.update(opened_at=timezone.now())
Strategy.objects.create(organisation=access.organisation, title="Stratégie", from_year=2023, to_year=2030, base_run=run)
act = votes.record_vote(
    access, "strategy", session=date(2025, 2, 9), number="2025-21", votes_for=40, votes_against=0, abstentions=14)
data = [*(f"{name}.csv" for name in open_data.columns()), open_data.SCHEMA, open_data.METADATA]
print(json.dumps([
    "/donnees/essai/2024/", *(f"/donnees/essai/2024/{name}" for name in data),
    f"/elus/{link.token}/", f"/elus/{link.token}/rapport.html",
    f"/o/essai/votes/{act.pk}/", f"/o/essai/bilans/{run.pk}/", f"/o/essai/bilans/{run.pk}/export.zip",
]))
"""


def read(reader: Someone, addresses: list[str]) -> dict[str, bytes]:
    """What is served at these addresses, but for what is another one each time: the address of the portal, the token
    of a form."""
    found = {}
    for address in addresses:
        answered = reader.session.get(f"http://{reader.portal.address}{address}", timeout=60)
        assert answered.status_code == 200, address
        found[address] = re.sub(rb'value="\w{64}"', b"", answered.content.replace(reader.portal.address.encode(), b""))
    return found


@pytest.mark.slow
def test_a_copy_taken_while_people_write_is_served_elsewhere_with_the_same_bytes(
    portals: Callable[[str], Portal], tmp_path: Path
) -> None:
    portal = portals("portail")
    answers = portal.python(SETUP)["answers"]
    addresses = portal.python(PUBLISHED)
    officer, stop, sent = Someone(portal), threading.Event(), []
    officer.sign_in()
    before = read(officer, addresses)
    assert b"R\xc3\xa9f\xc3\xa9rence" in before[addresses[-2]]

    def write() -> None:
        referent = Someone(portal)
        while not stop.is_set():
            answer, _name, token = answers[len(sent) % len(answers)]
            file = (f"liste {len(sent)}.csv", f"Type;Nombre\nTablette;{len(sent) + 1}\n".encode())
            assert referent.post(f"/ecole/{token}/", {"send": "file", "pupils": 100, "adds": "on"}, file)
            sent.append(answer)

    writer = threading.Thread(target=write)
    writer.start()
    copy = tmp_path / "sauvegarde.tar"
    said = portal.manage("backup", str(copy))
    stop.set()
    writer.join()
    assert said.returncode == 0, said.stderr
    assert copy.stat().st_mode & 0o777 == 0o600 and sent

    elsewhere = restored(portal, copy, tmp_path / "ailleurs" / "donnees")
    try:
        checked = elsewhere.manage("verify")
        # What was received after the copy of the base may lie there without a row: never a row without its file.
        assert checked.returncode == 0 and "absents ou modifiés : 0" in checked.stdout, checked.stdout
        # The officer is still signed in and links are still open: the copy holds the key that signs both.
        after = read(Someone(elsewhere, officer.session), addresses)
        assert [address for address in addresses if after[address] != before[address]] == []
        for _answer, name, token in answers[1:]:
            assert name in Someone(elsewhere).get(f"/ecole/{token}/")
    finally:
        elsewhere.stop()


def restored(portal: Portal, copy: Path, data: Path) -> Portal:
    """What the guide says: open the copy in a new folder (and load the base, with PostgreSQL), then serve."""
    data.mkdir(parents=True)
    subprocess.run(["tar", "-xf", copy, "-C", data], check=True)
    elsewhere = Portal(data, new_database(portal.database))
    if elsewhere.database:
        load = ["pg_restore", "--no-owner", f"--dbname={elsewhere.database}", str(data / "portail.pgdump")]
        subprocess.run(load, check=True)
    elsewhere.start()
    return elsewhere


@pytest.mark.slow
def test_a_copy_is_not_written_among_what_it_copies(portals: Callable[[str], Portal]) -> None:
    portal = portals("portail")
    said = portal.manage("backup", str(portal.data / "sauvegarde.tar"))
    assert said.returncode == 1 and "hors du dossier de données" in said.stderr
