"""`estran serve`: the portal on this machine, with its worker; every part is a process of its own."""

import contextlib
import ctypes
import fcntl
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

from estran.common.language import _
from estran.common.problems import CannotUse, Problem

_OPENING = 600.0  # seconds for the portal to answer: an upgrade of a large base, or a loaded machine, takes its time
_STOPPING = 60.0  # seconds for an earlier one to stop
_NOTE = 400  # characters of the file that names the processes
ADDRESS = "127.0.0.1:8000"
_PORTS = 100  # tried from that of ADDRESS on
GUNICORN = ("estran.portal.wsgi", "-c", "python:estran.portal.web_server")


def load_demo(folder: Path, *, quiet: bool = False) -> Path:
    """Put a computed demonstration into a new portal, in `folder`/portail, and say who can sign in; that place."""
    data = folder / "portail"
    stop_portal(data)
    shutil.rmtree(data, ignore_errors=True)
    _manage(data, "migrate", "--verbosity", "0")
    _manage(data, "load_demo", str(folder), quiet=quiet)
    return data


def serve_portal(data: Path, address: str, *, background: bool) -> str:
    """Bring the database up to date, gather the static files, then serve pages and do the work that they ask for.

    Without an address, the first free port from 8000 on. In the background, return the address once the portal answers.
    Errors: CannotUse (address taken, no answer).
    """
    stop_portal(data)
    if address:
        _refuse_taken(address)
    else:
        address = _free_address()
    os.umask(0o077)  # the database, the log and all that the parts write are their owner’s alone
    data.mkdir(parents=True, exist_ok=True)
    if background:
        _detach(data, address)
        return address
    _pid_file(data).touch()
    with _pid_file(data).open("r+") as note:
        if not _lock(note.fileno()):
            what = _("Un autre portail s’ouvre en ce moment sur ce dossier de données.")
            raise CannotUse(Problem(what, _("Un seul sert un dossier : garder celui-là."), file=str(data)))
        _name(note, address, [])
        _manage(data, "prepare", holding=(note.fileno(),))
        print(_("Le portail s’ouvre : http://{address}/ (Ctrl-C pour l’arrêter)").format(address=address), flush=True)
        _watch(data, address, note)
    return address


def write_link(data: Path, words: list[str]) -> str:
    """Give someone access to the portal of a data folder; what says so, the link last. Errors: CannotUse."""
    path = _pid_file(data)
    if not path.is_file():
        what = _("Ce dossier n’a pas encore de portail.")
        remedy = _("Le servir une première fois : estran serve --data {data} ; puis redonner cette commande.")
        raise CannotUse(Problem(what, remedy.format(data=data), file=str(data)))
    served = next((word for word in path.read_text("utf-8").split()[1:] if ":" in word), ADDRESS)
    called = [sys.executable, "-m", "estran.portal", "account", *words]
    if "--site" not in words:
        called += ["--site", f"http://{served}"]
    done = subprocess.run(called, env=_environment(data), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise CannotUse(Problem(_("Aucun accès n’a été donné."), _("Voir l’erreur ci-dessus."), file=str(data)))
    return done.stdout.rstrip()


def stop_portal(data: Path) -> None:
    """Stop the portal that serves a data folder, if there is one: its processes lock the file that names them.

    The worker first ends the job in hand; past a minute it is killed, and the job is taken up at the next start.
    """
    path = _pid_file(data)
    if not path.exists():
        return
    with path.open("r+") as note:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if _free(note.fileno()):
                return
            note.seek(0)
            machine, *words = note.read().split() or [platform.node()]
            if machine != platform.node():  # its numbers name other processes here
                what = _("Ce dossier de données est servi par la machine {machine}.").format(machine=machine)
                raise CannotUse(Problem(what, _("Y arrêter d’abord le portail : estran serve --stop."), file=str(data)))
            for process in map(int, filter(str.isdigit, words)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)
            end = time.monotonic() + _STOPPING
            while not _free(note.fileno()) and time.monotonic() < end:
                time.sleep(0.1)


def _watch(data: Path, address: str, note: IO[str]) -> None:
    """Run the web server and the worker; a worker that dies is replaced, the end of the server ends both.

    They hold the lock of `note` too, and end when this process is killed: nothing is served that nobody watches.
    """
    stopping: list[int] = []

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, pass_fds=(note.fileno(),), preexec_fn=_end_with_parent)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    web = [sys.executable, "-m", "gunicorn", *GUNICORN, "--bind", address]
    work = [sys.executable, "-m", "estran.portal", "work"]
    environment = _environment(data)
    running = [start(web), start(work)]
    _name(note, address, running)
    while not stopping and running[0].poll() is None:
        if running[1].poll() is not None:
            running[1] = start(work)
            _name(note, address, running)
        time.sleep(0.5)
    for process in running:
        process.terminate()
    for process in running:
        process.wait()


def _name(note: IO[str], address: str, running: list[subprocess.Popen[bytes]]) -> None:
    """Write the machine, the address and the processes that serve, over the earlier: this takes no room on a full disk.

    This process comes first, so that it knows that it stops before its parts end.
    """
    names = (platform.node(), address, os.getpid(), *(process.pid for process in running))
    note.seek(0)
    note.write(" ".join(map(str, names)).ljust(_NOTE))
    note.flush()


def _end_with_parent() -> None:
    """Ask the system to end this process when the one that started it dies (PR_SET_PDEATHSIG).

    Linux alone knows it; elsewhere the next start stops the parts of a portal that was killed.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _detach(data: Path, address: str) -> None:
    """Start the same command apart from this terminal, and wait for it to answer."""
    command = [sys.executable, "-m", "estran.cli", "serve", "--data", str(data), "--address", address]
    with (data / "portail.log").open("ab") as log:
        started = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment(data)
        )
    end = time.monotonic() + _OPENING
    while time.monotonic() < end and started.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{address}/sante/", timeout=2):
                return
        except urllib.error.HTTPError:  # it answers, to other names than that of this machine
            return
        except OSError:
            pass
        time.sleep(0.2)
    what = _("Le portail ne répond pas à l’adresse {address}.").format(address=address)
    raise CannotUse(Problem(what, _("Lire la fin de portail.log."), file=str(data / "portail.log")))


def _manage(data: Path, *command: str, holding: tuple[int, ...] = (), quiet: bool = False) -> None:
    """A command of the portal, in a process of its own, which holds these files (no Django here)."""
    called = [sys.executable, "-m", "estran.portal", *command]
    out = sys.stderr if quiet else None
    done = subprocess.run(called, env=_environment(data), pass_fds=holding, stdout=out, check=False)
    if done.returncode:
        what = _("Le portail n’a pas pu se préparer ({command}).").format(command=command[0])
        raise CannotUse(Problem(what, _("Voir l’erreur ci-dessus ; vérifier la base et le dossier."), file=str(data)))


def _environment(data: Path) -> dict[str, str]:
    """The environment of the processes of a portal; their unfinished files lie in its data folder."""
    data = data.resolve()
    (data / "tmp").mkdir(parents=True, exist_ok=True)
    own = {"ESTRAN_DATA": str(data), "DJANGO_SETTINGS_MODULE": "estran.portal.settings", "TMPDIR": str(data / "tmp")}
    return os.environ | own


def _refuse_taken(address: str) -> None:
    host, _colon, port = address.rpartition(":")
    if not (host and port.isdigit()):
        what = _("« {address} » n’est pas une adresse.").format(address=address)
        raise CannotUse(Problem(what, _("L’écrire comme 127.0.0.1:8000."), value=address))
    if not _can_bind(host, int(port)):
        what = _("L’adresse {address} est déjà prise.").format(address=address)
        remedy = _("En donner une autre avec --address, par exemple 127.0.0.1:8001.")
        raise CannotUse(Problem(what, remedy, value=address))


def _free_address() -> str:
    """The usual address, or the same with the first free port after it."""
    host, _colon, first = ADDRESS.rpartition(":")
    for port in range(int(first), int(first) + _PORTS):
        if _can_bind(host, port):
            return f"{host}:{port}"
    raise CannotUse(Problem(_("Aucun port n’est libre."), _("En donner un avec --address."), value=ADDRESS))


def _can_bind(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError:
            return False
    return True


def _pid_file(data: Path) -> Path:
    return data / "portail.pid"


def _free(file: int) -> bool:
    """Nobody holds the lock on the file."""
    free = _lock(file)
    if free:
        fcntl.flock(file, fcntl.LOCK_UN)
    return free


def _lock(file: int) -> bool:
    """Take the lock on the file, unless someone holds it."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
