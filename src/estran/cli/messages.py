"""Messages common to all commands: problems with their remedy, rows left out, a progress bar."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from estran.common.language import _, colon, ngettext
from estran.common.problems import Problem

LINES = 5  # numbers of lines of one problem
SHOWN = 20
_to_machine = False


def speak_to_machine(yes: bool) -> None:
    """Whether what goes to stderr is JSON, one object per line, from now on."""
    global _to_machine
    _to_machine = yes


def _print_object(**values: Any) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False, default=str), err=True)


def write_answer(**values: Any) -> None:
    """Print what a command did as one JSON object on stdout, paths as texts."""
    typer.echo(json.dumps(values, ensure_ascii=False, default=str))


def write_paths(paths: Sequence[Path], *, as_json: bool) -> None:
    """Print the files that a command wrote."""
    if as_json:
        write_answer(written=[str(path) for path in paths])
        return
    for path in paths:
        typer.echo(str(path))


def exit_counting_left_out(left_out: int, unread: Sequence[str] = ()) -> None:
    """End with status 1 when rows were left out, or whole files: say how many, and which."""
    if _to_machine and (left_out or unread):
        _print_object(left_out=left_out, unread=list(unread))
        raise typer.Exit(1)
    if unread:
        typer.echo(_("Fichiers qui n’ont pas pu être lus : {names}").format(names=", ".join(unread)), err=True)
    if left_out:
        typer.echo(
            ngettext("{n} ligne rejetée ou mise de côté", "{n} lignes rejetées ou mises de côté", left_out).format(
                n=left_out
            ),
            err=True,
        )
    if left_out or unread:
        raise typer.Exit(1)


def print_problems(problems: list[Problem] | tuple[Problem, ...], count: int, *, all_of_them: bool = False) -> None:
    """Print problems to stderr: what is wrong, where, what to do; the same one on several lines once."""
    if _to_machine:
        if problems:
            _print_object(problems=list(map(asdict, problems)), count=count)
        return
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        same = (problem.file, problem.column, problem.what, problem.remedy)
        groups.setdefault(same if problem.line else (*same, str(len(groups))), []).append(problem)
    alike = list(groups.values()) if all_of_them else list(groups.values())[:SHOWN]
    shown = [problem for group in alike for problem in group]
    for group in alike:
        problem = group[0]
        places = [problem.file, _name_lines(group), problem.column]
        where = ", ".join(place for place in places if place)
        what = colon(where, problem.what) if where else problem.what
        typer.echo(f"{what}\n  → {problem.remedy}", err=True)
    if count > len(shown):
        typer.echo(_("… et {n} autres.").format(n=count - len(shown)), err=True)


def print_refusal(problems: Sequence[Problem]) -> None:
    """Print why nothing could be done, which ends a command with status 2."""
    if _to_machine:
        _print_object(error=" ".join(problem.what for problem in problems), problems=list(map(asdict, problems)))
    else:
        print_problems(tuple(problems), len(problems))


def _name_lines(problems: list[Problem]) -> str:
    """The lines of problems, the first few by their number."""
    lines = [str(problem.line) for problem in problems if problem.line]
    if len(lines) < 2:
        return _("ligne {n}").format(n=lines[0]) if lines else ""
    more = "…" if len(lines) > LINES else ""
    return _("lignes {lines}").format(lines=", ".join(lines[:LINES]) + more)


def choose_date_order(question: str, begin: Callable[[], Any]) -> str | None:
    """Ask a person whether the day or the month comes first in the dates of a file; `begin` clears the screen."""
    begin()
    typer.echo(question, err=True)
    typer.echo("  1. " + _("le jour d’abord (jour/mois)") + "\n  2. " + _("le mois d’abord (mois/jour)"), err=True)
    answer = typer.prompt(_("1 ou 2, ou Entrée pour ne pas lire ce fichier"), default="", show_default=False, err=True)
    return {"1": "dmy", "2": "mdy"}.get(answer.strip())


@contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[Callable[[float | None], Any]]:
    """A progress bar on stderr, for a person in front of a terminal; it leaves the screen (None) for a question."""
    if quiet or not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)

        def show(share: float | None) -> None:
            if share is None:
                bar.stop()
            else:
                bar.start()
                bar.update(task, completed=share)

        yield show
