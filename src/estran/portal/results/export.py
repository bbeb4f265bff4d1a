"""« Exporter ce calcul »: everything a run was computed from, and the run, in one zip kept beside it."""

import tempfile
from pathlib import Path

from estran.common.language import _
from estran.engine import runs
from estran.portal.common import storage
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.results import explained
from estran.portal.results.models import Run


def zip_path(run: Run) -> Path:
    """Where the zip of a run lies once it is made; the decision that freezes a run is in it."""
    return run.place / ("export-frozen.zip" if run.frozen else "export.zip")


def ensure_zip(access: Access, run: Run, address: str) -> Job | None:
    """Write the zip unless it is there: at once, or as the work returned, that ends at `address`, when it is large."""
    if zip_path(run).exists():
        return None
    if not run.large:
        write_zip(run)
        return None
    title = _("Exporter le calcul {year}").format(year=run.year)
    return explained.ask_again(access, "export", f"{run.pk} {zip_path(run).stem}", title, run=run.pk, address=address)


def write_asked_zip(job: Job) -> str:
    """Write the zip of a job."""
    write_zip(Run.objects.select_related("organisation", "inventory").get(pk=job.subject["run"]))
    return str(job.subject["address"])


def write_zip(run: Run) -> None:
    """Write what a run was computed from, whole or not at all: `estran compute` gives the same run from it."""
    command = f"estran compute inventory --year {run.year} --perimeter perimeter.toml -o bilan-{run.year}"
    if (run.place / "overlay").exists():
        command += " --overlay overlay"
    notice = _(
        "Calcul {year} de {name}, fait avec Estran {version}.\n\n"
        "Pour le refaire, dans ce dossier, avec la même version d’Estran :\n\n    {command}\n\n"
        "Empreinte de run.json (SHA-256) : {sha256}\n"
    ).format(
        year=run.year, name=run.organisation.name, version=runs.read_json(run.folder)["estran"], command=command,
        sha256=run.sha256,
    )  # fmt: skip
    members: dict[str, Path | bytes] = {"LISEZMOI.txt": notice.encode()}
    members |= {name: run.place / name for name in ("overlay", "perimeter.toml", "baseline.toml")}
    members |= {"inventory": run.inventory.folder, f"bilan-{run.year}": run.folder}
    with tempfile.NamedTemporaryFile(dir=run.place, prefix=".export-", delete=False) as partial:
        storage.zip_into(partial, members)
    Path(partial.name).replace(zip_path(run))
