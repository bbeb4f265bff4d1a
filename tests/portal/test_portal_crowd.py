"""Fifty people and thirty phones while the portal is killed, its clock set back, started twice, its disk filled.

Nothing that was accepted is lost, nothing counts twice, pages stay fast. `pytest --kills 100` kills a hundred times.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crowd import KEPT, Crowd, Member
from killing import KILLS, PASSWORD, Portal
from test_portal_kills import nothing_left

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("ESTRAN_SEED", "20261129"))
MIB = 2**20
CLOCK_SET_BACK = "UPDATE jobs_job SET leased_until = '2099-01-01 00:00:00' WHERE state = 'running'"


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--kills"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 400 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("monter un disque en mémoire demande les droits de l’administrateur")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def check_kept(crowd: Crowd) -> None:
    """All that was accepted, once; each file that a row names, whole, and no other."""
    officer = crowd.people[0]
    officer.settle()
    kept, expected = crowd.portal.python(KEPT), crowd.expected()
    for what, rows in expected.items():
        assert kept[what] == rows, what
    counts = {"files": len(expected["files"]), "runs": len(expected["runs"]), "notes": len(expected["notes"])}
    counts |= {"edits": sum(one.edits for one in crowd.people), "unanswered": crowd.portal.unanswered}
    print(f"seed {crowd.seed}: kept {counts}, {crowd.refused} refused for want of room")
    print(f"{len(crowd.waited)} pages waited for a start, {max(crowd.waited, default=0):.0f} s at most")
    print(f"pages {len(crowd.times)}: median {crowd.slowest(0.5):.2f} s, p95 {crowd.slowest(0.95):.2f} s")
    nothing_left(crowd.portal)
    assert crowd.slowest(0.95) < 2


def start_twice(portal: Portal) -> None:
    """Two starts at once: one of them serves, the other one says why it does not."""
    called = [sys.executable, "-m", "estran.cli", "serve", "--data", str(portal.data), "--address", portal.address]
    both = [subprocess.Popen([*called, "--background"], env=portal.environment) for _time in range(2)]
    for one in both:
        one.wait()
    portal.start_again()
    assert len(portal.processes()["work"]) == 1, "one worker"


def test_a_crowd_while_the_portal_is_killed(portals: Callable[[str], Portal], kills: int) -> None:
    portal, chance = portals("killed"), random.Random(SEED)
    crowd = Crowd(portal, SEED)
    with crowd.at_work():
        time.sleep(10)
        for number in range(kills):
            time.sleep(chance.uniform(0.5, 15))
            if crowd.faults:
                break
            portal.kill(KILLS[number % len(KILLS)])
            if number % 5 == 2:
                portal.change(CLOCK_SET_BACK)
            if number % 25 == 3:
                start_twice(portal)
            portal.start_again()
        time.sleep(10)
    print(f"kills {portal.kills}, {portal.in_hand} in hand")
    assert sum(portal.kills.values()) == kills
    check_kept(crowd)


def test_a_crowd_while_the_disk_is_filled_and_freed(small_disk: Path, portals: Callable[[str], Portal]) -> None:
    portal = portals("disk/portail")
    crowd, filler = Crowd(portal, SEED), small_disk / "filler"
    with crowd.at_work():
        time.sleep(8)
        for left in (50 * MIB, 0, 0):
            fill(filler, left)
            visitor = Member(crowd, 0)
            time.sleep(3)
            who = {"username": "p0@essai.fr", "password": PASSWORD}
            assert visitor.send("/connexion/", "/connexion/", who), "sign-in works"
            assert "Personne 0" in visitor.read("/o/essai/"), "reading works"
            assert not visitor.send(
                f"/o/essai/reponses/{crowd.asked['answers'][0]}/", f"/o/essai/reponses/{crowd.asked['answers'][0]}/",
                {}, ("refuse.csv", b"Type;Nombre\nTablette;10\n"),
            ), "a file waits"  # fmt: skip
            filler.unlink()
            time.sleep(5)
        time.sleep(5)
    assert crowd.refused
    check_kept(crowd)


def fill(filler: Path, left: int) -> None:
    """Fill the disk but for some bytes."""
    with filler.open("wb") as file:
        file.truncate(0)
        while (free := shutil.disk_usage(filler.parent).free - left) > 0:
            try:
                file.write(bytes(min(free, MIB)))
                file.flush()
            except OSError:
                break
