"""An extract of an authority's accounts becomes spends: each euro in a flow, set aside for a reason, or to settle (C6).

account_flows.csv says what each account is, and the words of a purpose that decide; an authority's own lines (overlay)
come first. The names of suppliers that may be persons are never kept, nor the purposes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from estran.catalogue.labels import words_of
from estran.common import formatting
from estran.common.files import write_csv
from estran.common.language import _, ngettext
from estran.common.problems import Problem
from estran.common.shipped import in_words, text_rows
from estran.common.sql import quoted
from estran.common.toml_text import toml_text
from estran.common.validation_messages import refused_line
from estran.common.vocabulary import plain_text, text_key
from estran.importing import canonical
from estran.importing.parsing import map_sql
from estran.importing.services import service_files
from estran.importing.services.service_files import ServiceFile, ServicesRead, read_activities

RULES = "account_flows"  # the table of the catalogue, and that of an overlay
NOT_DIGITAL, SETTLE = "none", "settle"
DECISIONS = ("file", "account", "label", "supplier", "state", "flow", "reason", "lines", "amount_eur")
VAT_BY_AMOUNT = {"amount_excluded": "excluded", "amount_included": "included"}
ACCOUNTS_AT_LEAST = 0.5  # of the cells of its column, or it is no column of accounts


def read_ledger(file: ServiceFile) -> ServicesRead:
    """Sort the lines of an extract and insert its spends into `activities`.

    Errors: CannotUse (no account in the column of accounts, several years, nothing says whether VAT is in the amounts).
    """
    notes = _stage(file)
    vat = _vat(file)
    words, options = text_rows("supplier_words"), file.format["ledger"]
    kinds = {kind: "|".join(row["words"] for row in words if row["kind"] == kind) for kind in ("person", "company")}
    file.run("ledger_lines", basis=_basis(file), **options, **kinds, year=_year(file))
    _match(file, _rules(file.overlay))
    services = [(row["words"], row["service"]) for row in words if row["kind"] == "service"]
    pairs = ", ".join(f"({quoted(text)}, {quoted(service)})" for text, service in services)
    file.con.execute(f"CREATE TABLE supplier_services AS FROM (VALUES {pairs}) AS t (words, service)")
    labels = map_sql(words_of("ledger") | {"extra": "", "amount": ""})
    file.con.execute(f"SET VARIABLE labels = {labels}")
    file.run("ledger_decisions", vat=vat)
    decisions = _decisions(file)
    refused, faults = _refused(file)
    written = sum(row["lines"] for row in decisions if row["state"] == "counted")
    (read,) = file.ask(f"SELECT count(*) FROM {file.sheet.rows}")[0]
    notes += _notes(file, decisions, vat)
    _remember_vat(file, vat)
    problems, rows = [*faults, *_to_settle(file, decisions)], read_activities(file)
    return ServicesRead(rows, read, written, refused, problems, notes, decisions=decisions)


# ------------------------------------------------------------------------------------------------------- the lines


def _places(file: ServiceFile) -> dict[str, list[str]]:
    """Column of ledger.toml → cells of the sheet that hold it, in order of preference."""
    place = {text_key(name): f"c{i}" for i, name in reversed(list(enumerate(file.sheet.header)))}
    columns = file.format["columns"].items()
    return {name: [place[key] for key in map(text_key, headers) if key in place] for name, headers in columns}


def _basis(file: ServiceFile) -> str:
    """Which amount is read: without VAT if it is there, with VAT, one of which the header says nothing, or a debit."""
    places = _places(file)
    return next((name for name in ("amount_excluded", "amount_included", "amount") if places[name]), "debit")


def _stage(file: ServiceFile) -> list[str]:
    """The columns of the extract as the view `cells`; digits of the account: from the first header that has some."""
    places = _places(file)
    texts = {name: f"coalesce({', '.join([*cells, 'CAST(NULL AS VARCHAR)'])})" for name, cells in places.items()}
    basis = _basis(file)
    texts["price"] = texts[basis] if basis != "debit" else "CAST(NULL AS VARCHAR)"
    file.con.execute(
        """
        CREATE TEMP MACRO numbers_of(text) AS
            list_filter(regexp_extract_all(text, '[0-9]+'), lambda n: regexp_matches(n, '^[1-8][0-9]{1,7}$'));
        CREATE TEMP MACRO longest(numbers) AS list_filter(
            numbers, lambda n: length(n) = list_max(list_transform(numbers, lambda m: length(m))))[-1]
        """
    )
    texts["account"] = f"coalesce({', '.join(f'longest(numbers_of({cell}))' for cell in places['account'])})"
    everything = f"concat_ws(' ', {', '.join(f'c{i}' for i in range(len(file.sheet.header)))})"
    query = ", ".join(f"{text} AS {name}" for name, text in texts.items())
    staged = file.work / "cells.parquet"
    rows = f"SELECT line, extra, {query}, {everything} AS any_text FROM {file.sheet.rows}"
    canonical.write_parquet(file.con, rows, staged)
    file.con.execute(f"CREATE VIEW cells AS FROM read_parquet({quoted(str(staged))})")
    filled = " OR ".join(f"{cell} IS NOT NULL" for cell in places["account"])
    query = f"SELECT count(account), count_if({filled}) FROM cells JOIN {file.sheet.rows} USING (line)"
    with_account, with_text = file.ask(query)[0]
    if with_account < ACCOUNTS_AT_LEAST * max(1, with_text):
        raise file.refuse(
            _("La colonne des comptes de cet extrait ne contient pas de comptes, comme 6156 ou 2051."),
            _("Exporter les mandats avec leur article ou compte par nature (M57), ou nommer « Compte » cette colonne."),
        )
    personal = {text_key(name) for name in file.format["personal"]["columns"]}
    notes = list(file.sheet.notes)
    if dropped := ", ".join(name for name in file.sheet.header if text_key(name) in personal):
        notes.append(_("Colonnes non lues, car elles peuvent nommer des personnes : {names}.").format(names=dropped))
    return notes


def _vat(file: ServiceFile) -> str:
    """`excluded` or `included`: what the header says, else a person in the call, before, or now."""
    if written := VAT_BY_AMOUNT.get(_basis(file), ""):
        return written
    known = _known_vat(file)
    if isinstance(file.vat, str):
        answer = file.vat or known.get(_header_key(file), "")
    else:
        answer = known.get(_header_key(file)) or file.vat(file.sheet.file.name)
    if answer and answer not in VAT_BY_AMOUNT.values():
        what = _("« {value} » ne dit pas si les montants sont TTC ou hors taxe.").format(value=answer)
        raise file.refuse(what, _("Écrire included (TTC) ou excluded (hors taxe)."))
    if not answer:
        raise file.refuse(
            _("Rien ne dit si les montants de cet extrait sont TTC ou hors taxe."),
            _(
                "Le dire une fois : --vat included (TTC, le plus souvent pour des mandats) ou --vat excluded (hors "
                "taxe) ; la réponse est gardée pour les extraits de même en-tête. Un en-tête « Montant TTC » ou "
                "« Montant HT » suffit aussi."
            ),
        )
    return answer


def _header_key(file: ServiceFile) -> str:
    return " | ".join(name for name in file.sheet.header if name)


def _known_vat(file: ServiceFile) -> dict[str, str]:
    """What a person said of extracts before: header → `included` or `excluded`."""
    path = (file.overlay or Path()) / "vat.toml"
    return tomllib.loads(path.read_text("utf-8")) if file.overlay is not None and path.exists() else {}


def _remember_vat(file: ServiceFile, vat: str) -> None:
    """Keep the answer of a person for the extracts of the same header."""
    known, key = _known_vat(file), _header_key(file)
    if file.overlay is None or _basis(file) in VAT_BY_AMOUNT or known.get(key) == vat:
        return
    file.overlay.mkdir(parents=True, exist_ok=True)
    (file.overlay / "vat.toml").write_text(toml_text({**known, key: vat}), "utf-8")


def _year(file: ServiceFile) -> int | None:
    """The year asked for, else the only one of the extract, else None. Errors: CannotUse (several)."""
    if file.year is not None:
        return file.year
    pattern = "TRY_CAST(regexp_extract(exercise, '(?:19|20)[0-9][0-9]') AS INTEGER)"
    query = (
        f"SELECT DISTINCT {pattern} AS year FROM cells WHERE account IS NOT NULL AND {pattern} IS NOT NULL ORDER BY 1"
    )
    years = [year for (year,) in file.ask(query)]
    if len(years) > 1:
        raise service_files.several_years(file, years)
    return years[0] if years else None


# ------------------------------------------------------------------------------------------------------- the rules


def _rules(overlay: Path | None) -> list[dict[str, Any]]:
    """The rules of the overlay, then those of the catalogue: account, words (a pattern), flow, label, own, place."""
    rows: list[dict[str, Any]] = []
    path = (overlay or Path()) / f"{RULES}.csv"
    if overlay is not None and path.exists():
        own, _faults = canonical.read_small_table(path, RULES)
        rows += [
            {"account": row["account"], "words": _literal(row["words"]), "flow": row["flow"], "label": row["label"]}
            | {"own": True}
            for row in own.to_pylist()
        ]
    rows += [
        {name: row[name] for name in ("account", "words", "flow")} | {"label": in_words(row, "label"), "own": False}
        for row in text_rows(RULES)
    ]
    return [row | {"place": place} for place, row in enumerate(rows)]


def _literal(words: str | None) -> str:
    """A pattern of the words that a person wrote, separated by |, as they are compared."""
    return "|".join(_escaped(plain_text(word)) for word in (words or "").split("|") if word.strip())


def _escaped(text: str) -> str:
    return "".join(sign if sign.isalnum() or sign == " " else f"\\{sign}" for sign in " ".join(text.split()))


def _match(file: ServiceFile, rules: Sequence[Mapping[str, Any]]) -> None:
    """The tables `account_rules` and `matched`: every rule that fits an account and the words of a purpose."""
    names = {NOT_DIGITAL: "", None: ""}
    values = ", ".join(
        f"({quoted(row['account'])}, {quoted(row['words'])}, {quoted(names.get(row['flow'], row['flow']))}, "
        f"{quoted(row['label'] or '')}, {row['own']}, {row['place']})"
        for row in rules
    )
    columns = "(account, words, flow, label, own, place)"
    file.con.execute(f"CREATE TABLE account_rules AS FROM (VALUES {values}) AS t {columns}")
    file.con.execute("CREATE TABLE cases AS SELECT DISTINCT account, words FROM ledger WHERE status = 'kept'")
    queries = []
    for row in rules:
        fits = f"starts_with(account, {quoted(row['account'])})"
        query = f"SELECT account, words, {row['place']} AS place FROM cases WHERE {fits}"
        pattern = f"[^a-z0-9](?:{row['words']})"
        queries.append(f"{query} AND regexp_matches(words, {quoted(pattern)})" if row["words"] else query)
    file.con.execute(f"CREATE TABLE matched AS {' UNION ALL '.join(queries)}")


# ------------------------------------------------------------------------------------------------ what is said of it


def _decisions(file: ServiceFile) -> list[dict[str, Any]]:
    """One row per account, supplier and decision, the heaviest first: what spending.csv shows and a person changes."""
    rows = file.ask(
        """
        SELECT coalesce(account, ''), coalesce(any_value(account_label), ''), coalesce(supplier, ''), state,
            coalesce(flow, CASE state WHEN 'set_aside' THEN 'none' ELSE '' END), reason, count(*),
            sum(CAST(amount AS DECIMAL(38, 2)))
        FROM spending WHERE state NOT IN ('rejected', 'total')
        GROUP BY account, supplier, state, flow, reason
        ORDER BY state = 'to_settle' DESC, state = 'counted' DESC, abs(sum(amount)) DESC, account, supplier, reason
        """
    )
    return [dict(zip(DECISIONS, (file.sheet.file.name, *row), strict=True)) for row in rows]


def _refused(file: ServiceFile) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The lines of an extract that cannot be read, as lines of rejects.csv, and their faults."""
    refused, problems = [], []
    for line, status, extra, price in file.ask(
        "SELECT line, status, extra, price_text FROM ledger WHERE status IN ('extra', 'amount') ORDER BY line"
    ):
        value = extra if status == "extra" else price or ""
        problems.append(service_files.problem_of_line(file, status, value, line))
        refused.append(refused_line(line, problems[-1:]))
    return refused, problems


def _notes(file: ServiceFile, decisions: Sequence[Mapping[str, Any]], vat: str) -> list[str]:
    """Where every euro of the extract went, and what was done to the amounts."""
    euros = {state: sum(row["amount_eur"] for row in decisions if row["state"] == state) for state in _STATES}
    lines = {state: sum(row["lines"] for row in decisions if row["state"] == state) for state in _STATES}
    text = _(
        "Extrait : {n} lignes, {total}. Dépenses numériques : {counted} ({counted_lines} lignes) ; mises de côté "
        "avec leur raison : {aside} ({aside_lines}) ; à régler : {settle} ({settle_lines})."
    )
    names = {"counted": "counted", "set_aside": "aside", "to_settle": "settle"}
    figures = {name: _euros(euros[state]) for state, name in names.items()}
    figures |= {f"{name}_lines": str(lines[state]) for state, name in names.items()}
    notes = [text.format(n=sum(lines.values()), total=_euros(sum(euros.values())), **figures)]
    if vat == "included":
        notes.append(_("Montants TTC : le calcul les divise par 1,2."))
    else:
        notes.append(_("Montants hors taxe."))
    indexed = {int(row["year"]) for row in text_rows("price_indices")}
    years = file.ask(
        "SELECT DISTINCT price_year FROM spending WHERE state = 'counted' AND price_year IS NOT NULL ORDER BY 1"
    )
    if missing := ", ".join(str(year) for (year,) in years if year not in indexed):
        notes.append(
            _("Aucun indice des prix pour {years} : les montants sont gardés à leurs prix.").format(years=missing)
        )
    turned, totals = file.ask("SELECT count_if(turned), count_if(status = 'total') FROM ledger")[0]
    if turned:
        text = ngettext(
            "{n} annulation écrite en positif est déduite.", "{n} annulations écrites en positif sont déduites.", turned
        )
        notes.append(text.format(n=turned))
    if totals:
        text = ngettext(
            "{n} ligne de total n’est pas additionnée.", "{n} lignes de total ne sont pas additionnées.", totals
        )
        notes.append(text.format(n=totals))
    (unnamed,) = file.ask("SELECT count(DISTINCT named) FROM ledger WHERE supplier IS NULL AND named <> ''")[0]
    if unnamed:
        text = ngettext(
            "{n} nom de tiers n’est pas gardé, car il peut être celui d’une personne.",
            "{n} noms de tiers ne sont pas gardés, car ils peuvent être ceux de personnes.",
            unnamed,
        )
        notes.append(text.format(n=unnamed))
    return notes


_STATES = ("counted", "set_aside", "to_settle")


def _to_settle(file: ServiceFile, decisions: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """One problem per account whose lines nobody can sort but the authority."""
    by_account: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in decisions:
        if row["state"] == "to_settle":
            by_account.setdefault((row["account"], row["reason"]), []).append(row)
    what = _("Compte {account} : {amount} à régler ({n}). {reason}.")
    remedy = _(
        "Dans spending.csv, écrire dans la colonne flow la dépense numérique dont il s’agit, ou none, puis importer ce "
        "fichier et l’extrait ensemble."
    )
    problems = []
    for (account, reason), rows in by_account.items():
        n = sum(row["lines"] for row in rows)
        count = ngettext("{n} ligne", "{n} lignes", n).format(n=n)
        amount = _euros(sum(row["amount_eur"] for row in rows))
        text = what.format(account=account or "?", amount=amount, n=count, reason=reason)
        problems.append(Problem(text, remedy, file.sheet.file.name, value=account))
    return problems


def _euros(amount: Any) -> str:
    return formatting.money(float(amount))


# ----------------------------------------------------------------------------------------------- what a person settles


def learn_decisions(file: ServiceFile) -> ServicesRead:
    """Add the flows that a person wrote in spending.csv to the overlay's account_flows.csv; the last one wins.

    Rows that are as the import wrote them teach nothing: they are set aside.
    """
    columns = file.format["columns"]
    place = {text_key(name): f"c{i}" for i, name in enumerate(file.sheet.header)}
    cells = ", ".join(f"coalesce({place[text_key(headers[0])]}, '') AS {name}" for name, headers in columns.items())
    flows = {row["flow"] for row in text_rows("flows") if row["flow"].startswith("spend_")} | {NOT_DIGITAL}
    new, refused, problems, read = [], [], [], 0
    for line, account, supplier, state, flow, reason in file.ask(
        f"SELECT line, {cells} FROM {file.sheet.rows} ORDER BY line"
    ):
        read += 1
        if not flow or (state == "set_aside" and flow == NOT_DIGITAL):
            continue
        if flow not in flows:
            what = _("« {value} » n’est pas une dépense connue.").format(value=flow)
            remedy = _("Choisir parmi : {names}.").format(names=", ".join(sorted(flows)))
            problems.append(Problem(what, remedy, file.sheet.file.name, line, "flow", flow))
            refused.append(refused_line(line, problems[-1:]))
        elif state != "counted":
            words = supplier.replace("|", " ")
            new.append({"account": account, "words": words, "flow": flow, "label": reason})
    if new and file.overlay is not None:
        path = file.overlay / f"{RULES}.csv"
        known = canonical.read_small_table(path, RULES)[0].to_pylist() if path.exists() else []
        rules = {(row["account"], plain_text(row["words"] or "")): row for row in [*known, *new]}
        file.overlay.mkdir(parents=True, exist_ok=True)
        write_csv(path, ("account", "words", "flow", "label"), list(rules.values()))
    note = ngettext(
        "{n} règle apprise dans account_flows.csv.", "{n} règles apprises dans account_flows.csv.", len(new)
    )
    notes = [note.format(n=len(new))]
    return ServicesRead(read_activities(file), read, read - len(refused), refused, problems, notes)
