"""The start in four screens: how far each one is, what remains there, whose turn it is, how many minutes."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from estran.catalogue.labels import word
from estran.common.language import _, ngettext
from estran.common.shipped import in_words, rows_by_code, text_rows
from estran.portal.estates.models import Headcount
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Organisation, Role

ADDRESSES = {code: f"structure:{code}" for code in ("who", "entities", "schools", "tasks")}


@dataclass(frozen=True)
class Screen:
    """One screen: its name and address, whether it is done, what remains there, minutes, who may fill it."""

    code: str
    label: str
    address: str
    done: bool
    remains: str
    minutes: int
    role: Role
    mine: bool

    @property
    def turn(self) -> str:
        """Whose turn it is."""
        return _("à vous") if self.mine else word("who_does", str(int(self.role)))


def year_end() -> date:
    """The last 31 December: heads are counted then."""
    return date(timezone.localdate().year - 1, 12, 31)


def kind_row(organisation: Organisation) -> dict[str, str]:
    """What goes with the kind of an authority (authority_kinds.csv); the last row while nobody said it."""
    rows = rows_by_code("authority_kinds")
    return rows.get(organisation.kind) or rows["other"]


def list_screens(access: Access) -> list[Screen]:
    """The four screens, in order."""
    organisation = access.organisation
    remains = {"who": _who(access), "entities": _entities(access), "schools": _schools(access), "tasks": _tasks(access)}
    screens = []
    for row in text_rows("start_screens"):
        code, role = row["code"], Role(int(row["role"]))
        label = in_words(row, "label")
        label = in_words(kind_row(organisation), "schools") if code == "schools" and organisation.kind else label
        done = code in organisation.screens
        mine = access.may(Role.OFFICER) if code != "tasks" else access.may(role)
        screens.append(
            Screen(code, label, access.url(ADDRESSES[code]), done, remains[code], int(row["minutes"]), role, mine)
        )
    return screens


def left(screens: list[Screen]) -> list[Screen]:
    """Those that are not done."""
    return [one for one in screens if not one.done]


def pass_screen(organisation: Organisation, code: str) -> None:
    """Note that a person said a screen is done, be it with nothing on it."""
    if code not in organisation.screens:
        organisation.screens = [*organisation.screens, code]
        organisation.save(update_fields=["screens"])


def _who(access: Access) -> str:
    organisation, lacks = access.organisation, []
    if not organisation.kind:
        lacks.append(_("la sorte de collectivité"))
    if not organisation.siren:
        lacks.append(_("le SIREN"))
    if not access.of(Headcount).filter(who="agents", date__gte=year_end()).exists():
        lacks.append(_("les agents au 31 décembre {year}").format(year=year_end().year))
    return _("Il manque : {what}.").format(what=", ".join(lacks)) if lacks else ""


def _entities(access: Access) -> str:
    bodies = access.of(Entity).filter(kind=Entity.BODY, closed_on=None, countings=None).count()
    if bodies:
        text = ngettext("{n} organisme attend un choix : compté, ou non.",
                        "{n} organismes attendent un choix : comptés, ou non.", bodies)  # fmt: skip
        return text.format(n=bodies)
    if not access.of(Entity).exclude(kind=Entity.SCHOOL).exists():
        return _("Aucune entité : au moins l’administration elle-même.")
    return ""


def _schools(access: Access) -> str:
    without = access.of(Entity).filter(kind=Entity.SCHOOL, closed_on=None, uai="").count()
    text = ngettext("{n} établissement sans code UAI.", "{n} établissements sans code UAI.", without)
    return text.format(n=without) if without else ""


def _tasks(access: Access) -> str:
    alone = access.organisation.memberships.filter(person__is_active=True).count() <= 1
    return _("Vous êtes seul : c’est possible, toutes les tâches sont à vous.") if alone else ""
