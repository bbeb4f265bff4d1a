"""A call that the command line cannot read, in the words of the house: Typer’s own are in English.

Typer keeps the classes of its errors to itself: they are told apart by their name and by what they carry.
"""

import re
from typing import Any

import typer

from estran.common.language import _, colon
from estran.common.problems import Problem

_EXTRA = re.compile(r"unexpected extra arguments?(?:\(s\))? \((?P<words>.*)\)")
_COMMAND = re.compile(r"No such command '(?P<name>[^']*)'(?:\. Did you mean (?P<near>.*)\?)?")


def translate_framework() -> None:
    """The few words that Typer writes in the help, in the language in use."""
    words = {"required": _("obligatoire"), "default: {default}": _("par défaut : {default}")}
    setattr(typer.core, "_", lambda text: words.get(text, text))  # noqa: B010 — Typer has no other place for them


def problem_of_call(error: Any) -> Problem | None:
    """What is wrong with the words of a call, and what to write; None for the help of a call without words."""
    kind, context = type(error).__name__, getattr(error, "ctx", None)
    if kind == "NoArgsIsHelpError":
        return None
    path = context.command_path if context else "estran"
    see = _("Voir les mots admis : {command} --help").format(command=path)
    if kind == "NoSuchOption":
        near = sorted(error.possibilities or ())
        what = _("L’option {name} n’existe pas.").format(name=error.option_name)
        remedy = _("Écrire {names} ; toutes les options : {command} --help")
        return Problem(what, remedy.format(names=_(" ou ").join(near), command=path) if near else see)
    if kind == "MissingParameter":
        name = _name(error)
        if name.startswith("-"):
            return Problem(_("Il manque l’option {name}.").format(name=name), _help_of(error) or see)
        return Problem(_("Il manque l’argument {name}.").format(name=name), _help_of(error) or see)
    if kind == "BadParameter":
        what = error.message
        return Problem(colon(_name(error), what) if error.param else what, see)
    if kind == "BadOptionUsage":
        value = _("L’option {name} attend une valeur.") if "requires" in error.message else _("{name} est sans valeur.")
        return Problem(value.format(name=error.option_name), see)
    return _of_words(error.format_message(), path, see)


def _of_words(message: str, path: str, see: str) -> Problem:
    """A call with a word too many, without a command, or with an unknown one."""
    if extra := _EXTRA.search(message):
        what = _("Mots en trop : {words}.").format(words=extra["words"])
        return Problem(what, _("Mettre entre guillemets un nom qui contient des espaces. {see}").format(see=see))
    if unknown := _COMMAND.search(message):
        near = re.findall(r"'([^']*)'", unknown["near"] or "")
        what = _("La commande « {name} » n’existe pas.").format(name=unknown["name"])
        remedy = _("Écrire {names} ; toutes les commandes : {command} --help")
        names = _(" ou ").join(f"{path} {name}" for name in near)
        return Problem(what, remedy.format(names=names, command=path) if near else see)
    if message.startswith("Missing command"):
        return Problem(_("Il manque la commande."), see)
    return Problem(message, see)


def _name(error: Any) -> str:
    """The option or argument as a person writes it."""
    if error.param is None:
        return str(error.param_hint or "")
    options = [name for name in error.param.opts if name.startswith("-")]
    return max(options, key=len) if options else str(error.param.name).upper()


def _help_of(error: Any) -> str:
    return getattr(error.param, "help", None) or ""
