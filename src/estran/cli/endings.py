"""How a command ends: with a status and words for a person, whatever happens, never with a traceback.

0 done; 1 done, but rows were rejected or set aside; 2 the call or the input cannot be used, or the system refused;
3 a fault of Estran; 130 interrupted; 141 nobody reads any more what the command prints.
"""

import json
import os
import platform
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import typer
from typer.exceptions import TyperException

from estran import __version__
from estran.cli.messages import print_refusal, speak_to_machine
from estran.cli.wrong_calls import problem_of_call
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.system_faults import refusal_of_system

TRACE = "ESTRAN_TRACE"  # variable of the environment: the file where the trace of an unexpected error is written
_PACKAGE = str(Path(__file__).parents[1])


def end_in_words(command: Callable[[], object], *, as_json: bool) -> None:
    """Carry out a command and end the process with its status; say why when it could not go on.

    For a machine, all that goes to stderr is JSON, one object per line (`answers.csv`).
    """
    speak_to_machine(as_json)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign is no reason to stop
    try:
        try:
            status = command()
        finally:
            sys.stdout.flush()
        sys.exit(status if isinstance(status, int) else 0)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Typer makes it a 1, which says something else here
            _stop_printing()
            sys.exit(141)
        raise
    except BrokenPipeError:
        _stop_printing()
        sys.exit(141)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except TyperException as error:
        problem = problem_of_call(error)
        if problem is None:
            typer.echo(error.format_message(), err=True)
        else:
            print_refusal([problem])
        sys.exit(2)
    except Exception as error:
        if str(error) == "Query interrupted":  # how DuckDB hands on an interruption
            sys.exit(130)
        refusal = error if isinstance(error, CannotUse) else refusal_of_system(error)
        if refusal is not None:
            print_refusal(refusal.problems)
            sys.exit(2)
        _print_unexpected(error, as_json=as_json)
        sys.exit(3)


def _stop_printing() -> None:
    """What is still to print goes nowhere: the end of the process would print that it could not."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_unexpected(error: Exception, *, as_json: bool) -> None:
    """Say on stderr that Estran is at fault, with a line to report that quotes nothing of the data."""
    steps = [step for step in traceback.extract_tb(error.__traceback__) if step.filename.startswith(_PACKAGE)]
    place = f"{Path(steps[-1].filename).relative_to(_PACKAGE)}:{steps[-1].lineno}" if steps else "?"
    system = f"Python {platform.python_version()}, {sys.platform}"
    line = f"estran {__version__}, {system}, {type(error).__name__}, {place}"
    what = _("Estran s’arrête sur une erreur imprévue : c’est sa faute, et non celle de vos fichiers.")
    trace = _write_trace(error)
    if as_json:
        report = {"error": what, "version": __version__, "report": line, "trace": os.environ.get(TRACE)}
        typer.echo(json.dumps(report, ensure_ascii=False), err=True)
        return
    typer.echo(what, err=True)
    typer.echo("  → " + _("Signalez-la avec cette ligne : {line}").format(line=line), err=True)
    typer.echo("  → " + trace, err=True)


def _write_trace(error: Exception) -> str:
    """Write the whole trace to the file that the environment names; where it is, or how to ask for it."""
    file = os.environ.get(TRACE)
    if not file:
        text = _("Pour la trace entière, recommencer avec {variable}=trace.txt devant la commande.")
        return text.format(variable=TRACE)
    try:
        Path(file).write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError as refused:
        return _("La trace n’a pas pu être écrite dans {file} : {reason}.").format(file=file, reason=refused.strerror)
    return _("Trace entière écrite dans {file} ; elle peut citer vos données.").format(file=file)
