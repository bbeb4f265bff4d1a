"""The Typer application: the language of the call, and help in sections of commands and of options."""

import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.core import TyperCommand, TyperGroup

from estran import __version__
from estran.cli.wrong_calls import translate_framework
from estran.common.language import _, use_language

_FIRST_COLUMN = 30  # characters: a longer name has a line of its own


def _split_language(arguments: list[str]) -> tuple[list[str], str | None]:
    """The arguments without `--lang xx`, which may stand anywhere, and that language."""
    left, language, waiting = [], None, False
    for argument in arguments:
        if waiting or argument.startswith("--lang="):
            language, waiting = argument.removeprefix("--lang="), False
        elif argument == "--lang":
            waiting = True
        else:
            left.append(argument)
    return left, language


# The help is text too: the language must be known before the commands are described.
ARGUMENTS, _chosen = _split_language(sys.argv[1:])
use_language(_chosen)
translate_framework()


class _Sections:
    """Help of a command: usage, arguments, then options and commands under the title of their section."""

    def get_params(self: Any, ctx: Any) -> Any:
        """The parameters, each read by its plain type."""
        parameters = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            parameter._runtime_param = _PlainType(parameter.type_descriptor.annotation)
        return parameters

    def format_usage(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the usage line in the language in use."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), _("Usage : "))

    def get_help_option(self: Any, ctx: Any) -> Any:
        """The option --help, described in the language in use."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = _("Afficher cette aide.")
        return option

    def collect_usage_pieces(self: Any, ctx: Any) -> list[str]:
        """What a call is made of, in the language in use."""
        words = {"[OPTIONS]": "[OPTIONS]", "COMMAND [ARGS]...": _("COMMANDE [ARGUMENTS]…")}
        return [words.get(piece, piece) for piece in super().collect_usage_pieces(ctx)]  # type: ignore[misc]

    def format_options(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the arguments, the options of no section, each section, then the commands of a group."""
        titles = {"argument": _("Arguments"), "option": _("Options")}
        rows = [
            (parameter.rich_help_panel or titles[parameter.param_type_name], record)
            for parameter in self.get_params(ctx)
            if (record := _describe(parameter, ctx))
        ]
        rows.append((titles["option"], ("--lang", _("fr ou en ; la langue de la machine par défaut."))))
        rows.sort(key=lambda row: [*titles.values(), row[0]].index(row[0]))
        _write_sections(rows, formatter)
        if isinstance(self, TyperGroup):
            commands: Any = self.commands.values()
            _write_sections(
                ((command.rich_help_panel or _("Commandes"), (command.name, command.help)) for command in commands),
                formatter,
            )


# Options that may stand alone, and the value that they then have. A word after them that is no value of theirs is an
# argument: the name of a file to read.
ALONE = {"--map": "?"}


def _is_value(word: str) -> bool:
    """A name or a file of settings, not another option nor a file to read."""
    return not word.startswith("-") and (word.lower().endswith(".toml") or not Path(word).is_file())


class _Command(_Sections, TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the call; an option that stands alone takes its value of `ALONE`."""
        words: list[str] = []
        for word, following in zip(args, [*args, "-"][1:], strict=True):
            words += [word, ALONE[word]] if word in ALONE and not _is_value(following) else [word]
        return super().parse_args(ctx, words)


class _Group(_Sections, TyperGroup):
    pass


class _PlainType:
    """How the words of a parameter are read: str, int, bool or Path, alone, optional or in a list.

    Typer would load pydantic for it, which takes half a second.
    """

    def __init__(self, annotation: Any) -> None:
        self.type: type = (get_args(annotation) or (annotation,))[0]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value of a parameter. Errors: BadParameter, the command ends with status 2."""
        try:
            if param.nargs == -1:
                return [self.type(word) for word in value or ()]
            return None if value is None else self.type(value)
        except ValueError:
            raise typer.BadParameter(_("« {value} » n’est pas un nombre entier.").format(value=value), ctx) from None


def _describe(parameter: Any, ctx: Any) -> tuple[str, str] | None:
    """The name and the help of a parameter; those of Typer’s own completion in the language in use."""
    record: tuple[str, str] | None = parameter.get_help_record(ctx)
    helps = {
        "install_completion": _("Installer la complétion de l’interpréteur de commandes."),
        "show_completion": _("Écrire la complétion, pour l’installer soi-même."),
    }
    if not record:
        return None
    kinds = {"<str>": _("<texte>"), "<int>": _("<nombre>"), "<path>": _("<chemin>")}
    name = " ".join(kinds.get(word, word) for word in record[0].split(" "))
    return name, helps.get(parameter.name, record[1])


def _write_sections(rows: Iterable[tuple[str, tuple[str, str]]], formatter: Any) -> None:
    """Write (title, (name, help)) under their titles, the first columns of one width."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for title, row in rows:
        sections.setdefault(title, []).append(row)
    names = [name for section in sections.values() for name, _help in section]
    width = max((len(name) for name in names if len(name) <= _FIRST_COLUMN), default=0)
    for title, section in sections.items():
        formatter.write(f"\n{title}\n")
        with formatter.indentation():
            formatter.write_dl([(f"{name:<{width}}", text) for name, text in section], _FIRST_COLUMN)


def _typer_app(*, completion: bool = False, **options: Any) -> typer.Typer:
    return typer.Typer(
        cls=_Group,
        no_args_is_help=True,
        add_completion=completion,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        **options,
    )


app = _typer_app(completion=True)
Decorator = Callable[..., Callable[[Any], Any]]


def section(title: str) -> Decorator:
    """A decorator of commands that the help of `estran` shows under a title."""
    return partial(app.command, cls=_Command, rich_help_panel=title)


def command_group(name: str, about: str) -> Decorator:
    """A decorator of the commands of `estran NAME`."""
    group = _typer_app(help=about)
    app.add_typer(group, name=name, rich_help_panel=_("Autres commandes"))
    return partial(group.command, cls=_Command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"estran {__version__}")
        raise typer.Exit


@app.callback(help=_("Estran mesure et pilote l’empreinte environnementale du numérique d’une collectivité."))
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help=_("Version d’Estran."))
    ] = False,
) -> None:
    """Options of every command."""
