"""The run folder: what a run freezes, what it writes, how it is computed again to the last byte.

A run is a function of its `inputs` folder alone: the inventory, every table of the catalogue that it read and the very
text of the steps. `compute` prepares that folder and carries it out; `rerun` carries it out again and compares.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine import estates, perimeter
from estran.engine.choices import Choices as Choices  # what a caller of this module gives
from estran.engine.choices import latest_edition as latest_edition
from estran.engine.execution import DETAIL, execute_run
from estran.engine.freezing import freeze_inputs, write_json


@dataclass(frozen=True)
class Summary:
    """What a run did: its folder, its counts and the faults met while reading (the first ones, and their count)."""

    run: Path
    counts: dict[str, Any]
    problems: list[Problem]
    faults: int


def compute(
    sources: list[Path], choices: Choices, output: Path, progress: Callable[[float], None] | None = None
) -> Summary:
    """Compute the footprint of estates in a year and write the run folder, whole or not at all.

    `output` is replaced if it is a run. Errors: CannotUse, nothing written (unreadable estate, unknown choice).
    """

    def read(inputs: Path) -> estates.Estate:
        return estates.load_estate(sources, inputs, year=choices.year, overlay=choices.overlay, progress=progress)

    return carry_out(read, perimeter.read_perimeter(choices.perimeter), choices, output)


def restate(run: Path, choices: Choices, output: Path) -> Summary:
    """Compute an old run again, its own inventory and perimeter under today's method and catalogue (D1).

    The old run is only read. Errors: CannotUse (not a run, inputs touched since).
    """
    old = read_json(run)
    if touched := [name for name in old["inputs"] if _digest(run / "inputs" / name) != old["inputs"][name]]:
        what = _("Des entrées du calcul « {run} » ont changé : {names}.").format(run=run, names=", ".join(touched))
        raise CannotUse(Problem(what, _("Reprendre le dossier tel que publié."), file=str(run)))
    scope = perimeter.Perimeter(**old["perimeter"])
    return carry_out(lambda inputs: estates.frozen(run, old, inputs), scope, choices, output)


def carry_out(
    read: Callable[[Path], estates.Estate],
    scope: perimeter.Perimeter,
    choices: Choices,
    output: Path,
    finish: Callable[[Path], None] | None = None,
) -> Summary:
    """Read an estate into the inputs of a run, compute it, write more files by `finish`: whole or not at all."""
    if problems := [*choices.problems(), *_problems_of_output(output)]:
        raise CannotUse(*problems)
    with files.whole_or_nothing(output) as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        estate = read(inputs)
        frozen = freeze_inputs(estate, scope, choices, inputs)
        counts = execute_run(inputs, folder, detail=choices.detail, master=choices.master)
        counts |= {"rejected": estate.rejected, "unmatched": estate.unmatched}
        more = {"to_settle": estate.to_settle, "corrections": estate.corrections}
        more = {name: rows for name, rows in more.items() if rows}
        write_json(folder / "run.json", {**frozen, **more, "counts": counts})
        if finish:
            finish(folder)
    return Summary(output, counts, estate.problems, estate.faults)


def rerun(run: Path, master: str = "local[*]") -> list[str]:
    """Compute a run again from its own inputs: the names of the files whose bytes differ (none, if all is well).

    The engine is the one that made the run; `master` says where Spark runs this time.

    Inputs that are no longer those that the run froze are named alone: nothing can be said of what they would give.
    """
    frozen = read_json(run)["inputs"]
    touched = [f"inputs/{name}" for name, digest in frozen.items() if _digest(run / "inputs" / name) != digest]
    if touched:
        return touched
    with tempfile.TemporaryDirectory() as work:
        execute_run(run / "inputs", Path(work), detail=(run / f"{DETAIL}.csv").exists(), master=master)
        return [path.name for path in sorted(Path(work).iterdir()) if _digest(path) != _digest(run / path.name)]


def read_json(run: Path) -> dict[str, Any]:
    """The run.json of a run. Errors: CannotUse when the folder is not a run."""
    if described := _described(run):
        return described
    what = _("« {run} » n’est pas un dossier de calcul.").format(run=run)
    raise CannotUse(Problem(what=what, remedy=_("Donner un dossier fait par « estran compute »."), file=str(run)))


def scan_gaps(run: Path) -> str:
    """SQL scan of the gaps of a run, row by row; runs of before 2026-12 have them in gaps.csv."""
    if (run / "gaps.parquet").exists():
        return f"read_parquet({quoted(str(run / 'gaps.parquet'))})"
    return f"read_csv({quoted(str(run / 'gaps.csv'))}, header = true, quote = '\"', escape = '\"', all_varchar = true)"


def _problems_of_output(output: Path) -> list[Problem]:
    """What keeps a run from being written there: something else than a run would be replaced."""
    if not output.exists() or _described(output) or not (output.is_file() or any(output.iterdir())):
        return []
    what = _("« {name} » existe déjà et n’est pas un calcul : il n’est pas remplacé.").format(name=output.name)
    return [Problem(what, _("Donner un autre dossier avec -o."), file=str(output))]


def _described(folder: Path) -> dict[str, Any] | None:
    """The run.json of a folder if it is a run."""
    with contextlib.suppress(OSError, ValueError):
        described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if isinstance(described, dict) and "inputs" in described:
            return described
    return None


def _digest(path: Path) -> str | None:
    return files.sha256(path) if path.is_file() else None
