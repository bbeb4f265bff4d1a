"""Lists of equipment fetched through GLPI's REST API (apirest.php), written as GLPI's own exports and read like them.

initSession gives a session; listSearchOptions says what can be asked of a list and under which header; search gives the
rows, a range at a time. Only the columns that the import knows are asked for: no person's name leaves GLPI.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import unescape
from typing import Any

import requests
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils import timezone
from urllib3.exceptions import HTTPError

from estran.common.files import csv_text
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.vocabulary import limit, text_key
from estran.importing import formats
from estran.portal.collection import deliveries
from estran.portal.collection.models import Answer, Delivery, GlpiSource
from estran.portal.common import outgoing
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access

# Lists of GLPI → the name of the file, which tells the importer what kind of list it is (list_kinds.csv).
LISTS = {
    "Computer": "glpi_ordinateurs.csv",
    "Monitor": "glpi_ecrans.csv",
    "NetworkEquipment": "glpi_reseau.csv",
    "Printer": "glpi_imprimantes.csv",
    "Phone": "glpi_telephones.csv",
    "Peripheral": "glpi_peripheriques.csv",
}
PAGE = 500  # rows asked at a time
TIMEOUT = 30  # seconds for one answer


def seal_token(text: str) -> str:
    """A text that only this portal can read: the key is made from SECRET_KEY, which is not in the database."""
    return _cipher().encrypt(text.encode()).decode()


def unseal_token(text: str) -> str:
    """The text that was sealed. Errors: CannotUse when SECRET_KEY has changed since."""
    try:
        return _cipher().decrypt(text.encode()).decode()
    except InvalidToken:
        what = _("Le jeton de GLPI ne peut plus être lu : la clé du portail a changé.")
        raise CannotUse(Problem(what, _("Donner de nouveau le jeton."))) from None


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"estran glpi token" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def fetch_lists(source: GlpiSource, progress: Callable[[float], None]) -> Iterator[tuple[str, bytes]]:
    """Each list of a GLPI that has rows: file name and CSV. Errors: CannotUse (address, tokens, rights, answer)."""
    with _session(source) as ask:
        for number, (kind, name) in enumerate(LISTS.items(), start=1):
            columns = _columns(ask(f"listSearchOptions/{kind}", {}))
            rows = list(_rows(ask, kind, list(columns)))
            progress(number / len(LISTS))
            if rows:
                yield name, csv_text([columns.values(), *rows]).encode()


@contextmanager
def _session(source: GlpiSource) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    """A function that asks the API within a session, closed at the end."""
    http, address = outgoing.open_session(source.address)
    http.headers["Authorization"] = f"user_token {unseal_token(source.user_token)}"
    if source.app_token:
        http.headers["App-Token"] = unseal_token(source.app_token)

    def ask(path: str, asked: dict[str, Any]) -> Any:
        try:
            answer = http.get(f"{address}/{path}", params=asked, timeout=TIMEOUT, allow_redirects=False, stream=True)
            content = answer.raw.read(limit("glpi_bytes") + 1, decode_content=True)
            if len(content) > limit("glpi_bytes"):
                raise _unexpected(_("plus de {n} Mo").format(n=limit("glpi_bytes") // 1_000_000))
            if answer.status_code in (401, 403):
                what = _("GLPI refuse l’accès ({code}).").format(code=answer.status_code)
                remedy = _("Vérifier les deux jetons, et que l’API est ouverte à l’adresse du serveur du portail.")
                raise CannotUse(Problem(what, remedy))
            if answer.status_code not in (200, 206):
                raise _unexpected(f"{answer.status_code}")
            return json.loads(content)
        except (ValueError, RecursionError):
            raise _unexpected(_("ce n’est pas du JSON")) from None
        except (requests.RequestException, HTTPError) as error:
            what = _("GLPI ne répond pas à cette adresse ({error}).").format(error=type(error).__name__)
            raise CannotUse(Problem(what, _("Vérifier l’adresse, et que le serveur du portail y a accès."))) from None

    token = ask("initSession", {})
    if not isinstance(token, dict) or "session_token" not in token:
        raise _unexpected("initSession")
    http.headers["Session-Token"] = token["session_token"]
    del http.headers["Authorization"]
    try:
        yield ask
    finally:
        with suppress(CannotUse):  # GLPI closes forgotten sessions by itself
            ask("killSession", {})
        http.close()


def _unexpected(what: str) -> CannotUse:
    text = _("La réponse de GLPI n’est pas celle de son API ({what}).").format(what=what)
    return CannotUse(Problem(text, _("Donner l’adresse qui finit par apirest.php.")))


def _columns(options: Any) -> dict[str, str]:
    """Number of each search option that the import reads → its header; the first of a header is the list's own."""
    if not isinstance(options, dict):
        raise _unexpected("listSearchOptions")
    layout = formats.layouts("glpi")[0]
    wanted = {text_key(text) for texts in (*layout.columns.values(), layout.skip) for text in texts}
    columns = {}
    for number, option in options.items():
        name = str(option.get("name", "")) if number.isdecimal() and isinstance(option, dict) else ""
        if text_key(name) in wanted:
            wanted.remove(text_key(name))
            columns[number] = name
    return columns


def _rows(ask: Callable[[str, dict[str, Any]], Any], kind: str, columns: list[str]) -> Iterator[list[str]]:
    shown = {f"forcedisplay[{place}]": number for place, number in enumerate(columns)}
    start, total = 0, 1
    while start < total:
        answer = ask(f"search/{kind}", {"range": f"{start}-{start + PAGE - 1}", **shown})
        if not isinstance(answer, dict):
            raise _unexpected(f"search/{kind}")
        total, rows = answer.get("totalcount", 0), answer.get("data", [])
        if not isinstance(total, int) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _unexpected(f"search/{kind}")
        if total > limit("glpi_rows"):
            what = _("GLPI annonce {n} objets dans une liste, plus que les {most} admis.")
            what = what.format(n=total, most=limit("glpi_rows"))
            raise CannotUse(Problem(what, _("Restreindre les droits du compte de l’API.")))
        if total and not rows:
            raise _unexpected(f"search/{kind}")
        for row in rows:
            yield [_text(row.get(number)) for number in columns]
        start += len(rows) or PAGE


def _text(value: Any) -> str:
    """A cell as GLPI's own export writes it: the first of several values, without markup."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else unescape(str(value)).strip()


def ask_fetch(access: Access, answer: Answer) -> Job:
    """Fetch the lists in the queue; asked twice in the same minute, once."""
    minute = timezone.now().strftime("%Y-%m-%dT%H:%M")
    title = _("Listes de GLPI, {entity}").format(entity=answer.entity)
    return queue.ask_job(access, "glpi", f"{answer.pk}:{minute}", title[:200], answer=answer.pk)


def fetch_glpi(job: Job) -> str:
    """Fetch the lists of GLPI and read them; the last fetch replaces the one before."""
    answer = Answer.objects.select_related("organisation", "entity", "campaign").get(pk=job.subject["answer"])
    source = GlpiSource.objects.get(organisation=job.organisation)
    lists = list(fetch_lists(source, lambda share: job.note_progress(share * 0.7)))
    for number, (name, content) in enumerate(lists):
        values = {"source": Delivery.GLPI, "adds": number > 0, "keeps_entities": True}
        queue.run_at_once(deliveries.receive_delivery(job, answer, name, content, **values))
    GlpiSource.objects.filter(pk=source.pk).update(fetched_at=timezone.now())
    return job.organisation.url("collection:answer", answer.pk)
