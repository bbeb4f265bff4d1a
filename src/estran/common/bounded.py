"""A function carried out in a process of its own, within limits of memory and time (limits.csv).

What a file makes its reader allocate may end the reader's process: it ends this one, and the caller says so. The
command line starts a fresh interpreter; the portal, which `keep_ready` prepares, forks one that has loaded its modules.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from estran.common.language import _, current_language, use_language
from estran.common.problems import CannotUse, Problem
from estran.common.vocabulary import limit

Result = TypeVar("Result")
Request = tuple[str, int, Callable[..., Any], tuple[Any, ...]]  # language, times the usual time, function, arguments
Outcome = tuple[str, Any]  # what became of it, and the result, the problems or the traceback
_DONE, _REFUSED, _FAILED, _MEMORY = "done", "refused", "failed", "memory"
BEHIND = 10  # by how much a server's long work is less urgent than its pages (nice)
_SHORT = 50  # bytes of a folder where a socket of multiprocessing is named in the 108 (104 on macOS) that systems take
_WAIT = 30  # times the time of computation that a reader may take on a busy machine
_ready: list[str] = []  # modules loaded before any call
_turns = threading.BoundedSemaphore(2)  # readers at once: together they must fit in memory
_inside = False  # this is already such a process


def keep_ready(*modules: str) -> None:
    """From now on calls are forked from a process that has loaded these modules: for a server, whose calls are many."""
    _ready[:] = modules
    if modules:
        _open_short_folder()


def _open_short_folder() -> None:
    """Have multiprocessing put its sockets, whose path the system limits, where that path is short.

    The folder of temporary files of a server may lie deep.
    """
    import tempfile
    from multiprocessing.util import get_temp_dir

    usual = tempfile.gettempdir()
    places = (place for place in (usual, "/tmp", "/var/tmp", "/dev/shm") if os.access(place, os.W_OK | os.X_OK))
    tempfile.tempdir = min(places, key=lambda place: (len(os.fsencode(place)) > _SHORT, place != usual), default=usual)
    try:
        get_temp_dir()  # kept from now on by this process
    finally:
        tempfile.tempdir = usual


def call_bounded(name: str, function: Callable[..., Result], *arguments: Any, times: int = 1) -> Result:
    """The result of a function, whose arguments and result can be pickled, from a process within limits.

    name: the file that it reads, for the refusal. times: how many files as long as one. Errors: CannotUse (its own, or
    too much memory, too long, killed).
    """
    if _inside:
        return function(*arguments)
    request = (current_language(), times, function, arguments)
    with _turns:
        outcome, status = _ask_ready(request) if _ready else _ask_fresh(request)
    if outcome is None:
        raise _refuse(name, -status, times)
    kind, value = outcome
    if kind == _REFUSED:
        raise CannotUse(*value)
    if kind == _FAILED:
        raise RuntimeError(value)
    if kind == _MEMORY:
        raise _refuse(name, signal.SIGABRT, times)
    return value


def _refuse(name: str, number: int, times: int) -> Exception:
    """Why a process ended on this signal; being asked to stop, or unable to start, is no fault of the file."""
    if number <= 0 or number == signal.SIGTERM:
        return RuntimeError(f"the reader of {name} was stopped ({number})")
    remedy = _("Effacer les cases remplies loin de la liste, ou enregistrer la feuille utile en CSV.")
    if number == signal.SIGABRT:
        what = _("La lecture de ce fichier demande plus de mémoire que les {most} Mo admis.")
        what = what.format(most=limit("reading_bytes") // 1_000_000)
    elif number in (signal.SIGXCPU, signal.SIGALRM):
        what = _("La lecture de ce fichier demande plus que les {n} secondes admises.")
        what = what.format(n=limit("reading_seconds") * times)
    else:
        what = _("La lecture de ce fichier s’est arrêtée net (signal {n}).").format(n=number)
        remedy = _("Refaire l’export, ou enregistrer la feuille utile en CSV ; si cela recommence, le signaler.")
    return CannotUse(Problem(what, remedy, file=name))


def _ask_fresh(request: Request) -> tuple[Outcome | None, int]:
    """The outcome in a fresh interpreter, and the status with which that ended."""
    import subprocess

    command = [sys.executable, "-P", "-c", f"from {__name__} import answer; answer()"]
    done = subprocess.run(command, input=pickle.dumps(request), stdout=subprocess.PIPE, check=False)
    return (pickle.loads(done.stdout) if done.returncode == 0 else None), done.returncode


def _ask_ready(request: Request) -> tuple[Outcome | None, int]:
    """The outcome in a process forked from one that is ready."""
    import multiprocessing

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_ready)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sending, request), daemon=True)
    process.start()
    sending.close()
    try:
        outcome = receiving.recv()
    except EOFError:
        outcome = None
    receiving.close()
    process.join()
    return outcome, process.exitcode or 0


def _send(sending: Any, request: Request) -> None:
    """Carry out a request of a server, after the pages that people wait for, and send its outcome."""
    if sys.platform != "win32":
        os.nice(BEHIND)
    sending.send_bytes(_carry_out(request))


def _carry_out(request: Request) -> bytes:
    """Carry out a request within the limits, in the process that has nothing else to do; its outcome, pickled."""
    global _inside
    _inside = True
    language, times, function, arguments = request
    use_language(language)
    _set_limits(times)
    try:
        return pickle.dumps((_DONE, function(*arguments)))
    except CannotUse as error:
        outcome: Outcome = (_REFUSED, error.problems)
    except BaseException as error:
        from traceback import format_exception

        out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"
        outcome = (_MEMORY, None) if out_of_memory else (_FAILED, "".join(format_exception(error)))
    return pickle.dumps(outcome)


def _set_limits(times: int) -> None:
    """Bound this process, which ends when the one that waits for it does; nothing it writes reaches a terminal."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if sys.platform == "win32":  # it has no such limits
        return
    import resource

    seconds, stack = limit("reading_seconds") * times, resource.getrlimit(resource.RLIMIT_STACK)[0]
    # Each thread reserves a stack, of which it uses little; the libraries start as many as there are cores.
    stacks = 2 * (os.cpu_count() or 1) * (stack if 0 < stack < 1 << 24 else 1 << 23)
    _lower(resource.RLIMIT_DATA, limit("reading_bytes") + stacks)
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_CORE, 0)
    signal.alarm(seconds * _WAIT)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _lower(kind: int, value: int) -> None:
    import resource

    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def answer() -> None:
    """Carry out the request of the standard input; what a library prints meanwhile is no answer."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        answers.write(_carry_out(pickle.load(sys.stdin.buffer)))
