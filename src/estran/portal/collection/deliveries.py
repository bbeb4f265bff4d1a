"""From a file sent to an immutable estate folder: named, kept, read by the importer, its unknown labels noted."""

import contextlib
import csv
import hashlib
import io
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from estran.common.bounded import call_bounded
from estran.common.files import read_csv, whole_file, write_csv, write_whole
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import parquet_scan, quoted
from estran.common.vocabulary import limit, text_key
from estran.engine.estates import ENDINGS
from estran.importing import canonical, estate_import, formats
from estran.importing.column_maps import ColumnMap
from estran.importing.column_styles import DATES
from estran.importing.recognition import matching, statuses
from estran.importing.recognition.matching import Description
from estran.portal.collection import column_maps, versions
from estran.portal.collection.models import Answer, Delivery, UnknownLabel
from estran.portal.common import spreadsheets, storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import managers_of
from estran.portal.organisations.models import Organisation

BOTH = "both "  # what the key of a choice about a label and a model together begins with
READ_AS = (*ENDINGS, "txt", "tsv", "json")
FAULT = (
    "file",
    "line",
    "column",
    "value",
    "what",
    "remedy",
    "source",
    "table",
)  # of rejects.csv, before the row itself


def receive_delivery(sender: queue.Asker, answer: Answer, name: str, content: bytes, **values: Any) -> Job:
    """Keep what an entity sent and ask for it to be read. The same bytes sent again stand again, and are not reread,
    unless by somebody else, whose rights are not those of the one before.

    values: `source`, `group`, `adds`, `keeps_entities` of the delivery. Errors: CannotUse (too many in a day).
    """
    group, sha256 = values.get("group", Delivery.EQUIPMENT), hashlib.sha256(content).hexdigest()
    # Whoever holds a link could fill the disk: nothing is taken that no entity would send in a day.
    today = answer.deliveries.filter(sent_at__gte=timezone.now() - timedelta(days=1))
    if sender.person is None and today.count() >= limit("sent_per_day"):
        what = _("Trop d’envois en un jour pour {entity}.").format(entity=answer.entity)
        raise CannotUse(Problem(what, _("Réessayer demain, ou prévenir la personne qui pilote la collecte.")))
    with transaction.atomic():
        values |= {"organisation": answer.organisation, "name": storage.clean_file_name(name), "person": sender.person}
        # After those before it, even when the clock was set back: the last one sent stands.
        last = answer.deliveries.aggregate(Max("sent_at"))["sent_at__max"]
        values["sent_at"] = max(timezone.now(), last + timedelta(microseconds=1)) if last else timezone.now()
        delivery, new = Delivery.objects.get_or_create(answer=answer, group=group, sha256=sha256, defaults=values)
        if not delivery.kept:
            write_whole(delivery.file, content)  # half written it would pass for kept
        if not new:
            delivery.sent_at, delivery.adds = values["sent_at"], values.get("adds", False)
            keeps = values.get("keeps_entities", False)
            if (delivery.person, delivery.keeps_entities) != (sender.person, keeps):
                delivery.person, delivery.keeps_entities = sender.person, keeps
                _done(delivery).delete()
            delivery.save()
            if delivery.read_at and delivery.replaced_at:
                versions.offer(delivery)
            elif not delivery.read_at and delivery.replaced_at:  # taken back before it was read
                Delivery.objects.filter(pk=delivery.pk).update(replaced_at=None)
        return _ask_reading(sender, delivery)


def take_over(manager: queue.Asker, delivery: Delivery) -> Job:
    """Let somebody who manages stand for a delivery and the entities that it names, and ask for it to be read again."""
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(person=manager.person)
        _done(delivery).delete()
        return _ask_reading(manager, delivery)


def _ask_reading(sender: queue.Asker, delivery: Delivery) -> Job:
    title = _("Lecture de {name}, {entity}").format(name=delivery.name, entity=delivery.answer.entity)
    return queue.ask_job(sender, "delivery", f"{delivery.pk}:{delivery.sha256}", title[:200], delivery=delivery.pk)


def read_with_map(sender: queue.Asker, delivery: Delivery, columns: ColumnMap) -> Job:
    """Ask for a delivery to be read with a column map; without entities in it, rows are of the answer."""
    with transaction.atomic():
        delivery.columns = asdict(columns)
        delivery.keeps_entities = delivery.keeps_entities and "entity" in columns.columns.values()
        delivery.save(update_fields=["columns", "keeps_entities"])
        _done(delivery).delete()
        return _ask_reading(sender, delivery)


def read_waiting(sender: queue.Asker) -> None:
    """Ask again for the reading of what waits for a map, now that there is one more; it may be that of other lists."""
    waiting = Delivery.objects.filter(organisation=sender.organisation, read_at__isnull=True)
    for delivery in waiting.select_related("organisation", "answer__entity"):
        if delivery.needs_columns and delivery.kept:
            _done(delivery).delete()
            _ask_reading(sender, delivery)


def read_with_dates(sender: queue.Asker, delivery: Delivery, dates: str) -> Job:
    """Ask for a delivery to be read with the order of day and month that a person says."""
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(dates=dates)
        return _ask_reading(sender, delivery)


def _done(delivery: Delivery) -> QuerySet:
    """The reading of a delivery that is to be read again."""
    key = f"{delivery.pk}:{delivery.sha256}"
    return Job.objects.filter(organisation=delivery.organisation_id, kind="delivery", key=key, state=Job.DONE)


def read_delivery(delivery: Delivery) -> None:
    """Read a delivery, its corrected rows included, into an estate folder. Errors: CannotUse; nothing changes then."""
    sha256, folder = storage.keep_folder(
        lambda folder: read_deliveries([delivery], folder), "estates", delivery.organisation_id
    )
    summary = import_summary(folder)
    delivery.columns = _map_used(delivery, summary)
    first = delivery.read_at is None
    with transaction.atomic():
        delivery.refresh_from_db(fields=["sent_at", "adds"])  # sent again meanwhile
        delivery.estate, delivery.read_at = sha256, timezone.now()
        delivery.rows, delivery.rejected = summary["rows"], summary["rejected"]
        delivery.set_aside = sum("entity" in row["column"].split(" | ") for row in rows_of(folder / "rejects.csv"))
        delivery.entities = read_entities(delivery.tables)
        words = rows_of(folder / statuses.FILE)
        delivery.statuses = [(row["written"], int(row["rows"]), float(row["quantity"])) for row in words]
        counts = ("rows", "rejected", "set_aside", "entities", "statuses", "columns")
        delivery.save(update_fields=["estate", "read_at", *counts])
        versions.offer(delivery) if first else versions.note_change(delivery)
        delivery.labels.all().delete()
        UnknownLabel.objects.bulk_create(
            UnknownLabel(
                organisation_id=delivery.organisation_id, delivery=delivery, key=label_key(row["label"], row["model"]),
                label=row["label"][:300], manufacturer=row["manufacturer"][:200], model=row["model"][:300],
                rows=int(row["rows"]), quantity=float(row["quantity"]),
            )
            for row in rows_of(folder / "unmatched.csv")
        )  # fmt: skip


def read_deliveries(deliveries: list[Delivery], folder: Path, more: Iterable[Path] = ()) -> None:
    """Read deliveries of an organisation into one estate folder: their files in one call, then the rows put right.

    Where the file as sent is erased, the tables it was read into stand for it, rows put right included. Whoever does
    not manage the organisation today, or came through a link, writes for the entity of the answer and its parts alone:
    the rows of others are rejected. more: other files, whose rows name their own entities. Errors: CannotUse.
    """
    kept = [one for one in deliveries if one.kept]
    managers = managers_of(deliveries[0].organisation)
    files: list[Path] = []
    entities: dict[Path, str] = {}
    within: dict[Path, str] = {}
    for one in deliveries:
        own = [one.file] if one.kept else one.tables
        files += own
        paths = dict.fromkeys((*own, one.corrections), one.answer.entity.path)
        if not one.keeps_entities:
            entities |= paths
        if one.person_id not in managers:
            within |= paths
    with tempfile.TemporaryDirectory() as work:
        # A copy of what the organisation taught Estran: a file that is sent must not teach anything by itself.
        overlay, taught = Path(work, "overlay"), storage.folder("overlays", deliveries[0].organisation_id)
        if taught.exists():
            shutil.copytree(taught, overlay)
        year = deliveries[0].answer.campaign.year
        given: dict[str, Any] = {"entity": entities, "within": within, "maps": _maps_of(kept)}
        given["dates"] = {one.file: one.dates for one in kept}
        read = partial(estate_import.import_files, estate=folder, overlay=overlay, **given)
        name = deliveries[-1].name
        call_bounded(name, partial(read, year=year), [*files, *more], times=len(files))
        if corrected := [one.corrections for one in kept if one.corrections.exists()]:
            call_bounded(name, partial(read, format=formats.REJECTS), corrected, times=len(corrected))


def _maps_of(kept: Iterable[Delivery]) -> dict[Path, list[ColumnMap]]:
    """The column maps that files may be read with: the one said of a file, or those that its sender may use.

    What was read without a map is read again without one, whatever people say of other lists since.
    """
    return {
        one.file: [ColumnMap(**one.columns)]
        if one.columns
        else column_maps.maps_for(one.organisation, one.answer.entity)
        for one in kept
        if one.columns or not one.read_at
    }


def _map_used(delivery: Delivery, summary: Mapping[str, Any]) -> dict[str, Any]:
    """The map that a delivery was read with, kept with it: the map itself may be changed or removed later."""
    names = {file.get("map", "") for file in summary["files"]}
    used = [one for maps in _maps_of([delivery]).values() for one in maps if one.name in names]
    return asdict(used[0]) if used else {}


def import_summary(folder: Path) -> dict[str, Any]:
    """What was read into an estate folder: files (see normalising.FileReport), rows, rejected, unmatched."""
    summary: dict[str, Any] = json.loads((folder / "import.json").read_text("utf-8"))
    return {"set_aside": 0} | summary  # imports of before 2026-12 did not count them


def read_entities(tables: Iterable[Path]) -> list[tuple[str | None, int, float]]:
    """What tables hold for each entity: its name, rows, items; the largest first, the smallest ones together (None)."""
    counts: dict[str | None, tuple[int, float]] = {}
    with canonical.connect() as con:
        for path in tables:
            scan = scan_table(path)
            has = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
            if "entity" not in has:
                continue
            quantity = "coalesce(TRY_CAST(quantity AS DOUBLE), 1)" if "quantity" in has else "1"
            things = "flow IS NULL" if "flow" in has else "true"
            items = f"coalesce(sum({quantity}) FILTER ({things}), 0)" if path.stem == "inventory" else "0"
            for entity, rows, number in con.execute(
                f"SELECT coalesce(entity, ''), count(*), {items} FROM {scan} GROUP BY 1"
            ).fetchall():
                before = counts.get(entity, (0, 0.0))
                counts[entity] = (before[0] + rows, before[1] + number)
    ordered = sorted(((entity, *count) for entity, count in counts.items()), key=lambda one: (-one[2], -one[1], one[0]))
    shown, others = ordered[: limit("entities_shown")], ordered[limit("entities_shown") :]
    if others:
        shown.append((None, sum(one[1] for one in others), sum(one[2] for one in others)))
    return shown


def scan_table(path: Path) -> str:
    """SQL of a table of an estate, CSV (texts) or Parquet."""
    if path.suffix == ".parquet":
        return parquet_scan(path)
    return (
        f"""read_csv({quoted(str(path))}, header = true, delim = ',', quote = '"', escape = '"', all_varchar = true)"""
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, none where there is no file."""
    return list(read_csv(path)) if path.exists() else []


def sent_place(organisation: Organisation, source: str) -> str:
    """Where a row stands in what a person sent: « parc.xlsx, feuille Postes, ligne 12 »; other sources as they are."""
    place = re.fullmatch(r"(?P<stem>.*)-(?P<number>\d{1,12})(?:/(?P<sheet>.*))?:(?P<line>\d+)", source)
    sent = Delivery.objects.filter(organisation=organisation, pk=place["number"]).first() if place else None
    if place is None or sent is None or not sent.name.startswith(place["stem"]):
        return source
    sheet = _(", feuille {name}").format(name=place["sheet"]) if place["sheet"] else ""
    text = _("{file}{sheet}, ligne {line}")
    return text.format(file=sent.name, sheet=sheet, line=place["line"])


def names_entities(name: str, content: bytes) -> bool:
    """The rows of a file say which entity each belongs to. Errors: CannotUse (unreadable file)."""
    recognise = partial(formats.count_known_headers, codes=list(formats.formats()))
    sheet, _rows = spreadsheets.read_sheets(name, content, recognise)[0]
    try:
        return "entity" in formats.recognise_format(sheet.file, sheet.header, "auto", {}, sheet.header_line).places
    except CannotUse:
        return True  # perhaps: the map of its columns will say


def label_key(label: str, model: str) -> str:
    """What a choice is remembered by: the label as compared; the model, where a row has no label.

    Both, where the label alone has a type: the model contradicts it, and the choice is about them together.
    """
    words, named = text_key(label), text_key(model)
    if words and named and matching.match_description(Description(label), {}).item_type:
        return f"{BOTH}{words} {named}"[:300]
    return (f"label {words}" if words else f"model {named}")[:300]


# ------------------------------------------------------------------------------------------------ rejected rows


def rejected_rows(delivery: Delivery) -> list[dict[str, str]]:
    """The rows that could not be read, each with its fault."""
    return rows_of(delivery.folder / "rejects.csv")


def correct_rows(delivery: Delivery, changes: Mapping[str, Mapping[str, str]]) -> None:
    """Put rejected rows right (`changes`: source → column → text) and read the delivery again. Errors: CannotUse."""
    kept = {row["source"]: row for row in rows_of(delivery.corrections)}
    for row in rejected_rows(delivery):
        if row["source"] in changes:
            kept[row["source"]] = {**row, **changes[row["source"]]}
    names = [*FAULT, *dict.fromkeys(name for row in kept.values() for name in row if name not in FAULT)]
    with whole_file(delivery.corrections) as partial:
        write_csv(partial, names, kept.values())
    read_delivery(delivery)


def read_corrections(content: bytes) -> dict[str, dict[str, str]]:
    """The changes of a rejects.csv that a person sent back: source → column → text; empty if it is something else."""
    text = content.decode("utf-8-sig", errors="replace")
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    changes = {}
    with contextlib.suppress(csv.Error):  # an endless cell
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator):
            if source := row.get("source"):
                texts = {name: value or "" for name, value in row.items() if name and name not in FAULT}
                changes[_unquoted(source)] = {name: _unquoted(value) for name, value in texts.items()}
    return changes


def _unquoted(value: str) -> str:
    """A text without the apostrophe that kept it from being a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value


ORPHAN = 24 * 3600  # seconds after which a place without delivery is no longer one that is being received


def forget_sent(today: date) -> None:
    """Erase the files as sent that are past their day (see Delivery.kept_until), or whose delivery is gone."""
    places = list(storage.folder("sent").glob("*/*"))
    deliveries = {one.place: one for one in Delivery.objects.select_related("answer__campaign")}
    for place in places:
        delivery = deliveries.get(place)
        past = delivery.kept_until < today if delivery else time.time() - place.stat().st_mtime > ORPHAN
        if past:
            shutil.rmtree(place)


def erase_sent(delivery: Delivery) -> None:
    """Erase a file as sent at once."""
    shutil.rmtree(delivery.place, ignore_errors=True)


def read_sent(job: Job) -> str:
    """Read a delivery; done twice, it gives the same folder. Where nobody knows its headers, the page that asks."""
    sent = Delivery.objects.select_related("organisation", "answer__entity", "answer__campaign")
    delivery = sent.get(pk=job.subject["delivery"])
    try:
        read_delivery(delivery)
    except CannotUse as error:
        if any(problem.code == formats.UNKNOWN_HEADERS for problem in error.problems):
            return delivery.organisation.url("collection:columns", delivery.pk)
        if any(problem.code == DATES for problem in error.problems):
            answered_at = delivery.organisation.url("collection:answer", delivery.answer_id)
            Job.objects.filter(pk=job.pk).update(next_url=answered_at)
        raise
    return delivery.organisation.url("collection:delivery", delivery.pk)
