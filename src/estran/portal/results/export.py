"""« Exporter ce calcul »: everything a run was computed from, and the run, in one zip."""

from __future__ import annotations

from pathlib import Path

from estran.footprint import runs
from estran.lang import _
from estran.portal import storage
from estran.portal.results.models import Run


def zipped(run: Run) -> bytes:
    """What a run was computed from, as a zip: `estran compute` gives the same run from it."""
    command = f"estran compute inventory --year {run.year} --perimeter perimeter.toml -o bilan-{run.year}"
    if (run.place / "overlay").exists():
        command += " --overlay overlay"
    described = runs.read_json(run.folder)
    notice = _(
        "Calcul {year} de {name}, fait avec Estran {version}.\n\n"
        "Pour le refaire, dans ce dossier, avec la même version d’Estran :\n\n    {command}\n\n"
        "Empreinte de run.json (SHA-256) : {sha256}\n"
    ).format(year=run.year, name=run.organisation.name, version=described["estran"], command=command, sha256=run.sha256)
    members: dict[str, Path | bytes] = {"LISEZMOI.txt": notice.encode()}
    members |= {name: run.place / name for name in ("overlay", "perimeter.toml", "baseline.toml")}
    return storage.zipped({**members, "inventory": run.inventory.folder, f"bilan-{run.year}": run.folder})
