"""What the fictional département follows over time: its registers, its targets; the rest is asked of the queue."""

from pathlib import Path

from estran.importing import canonical
from estran.portal.indicators import computation
from estran.portal.indicators.models import Target
from estran.portal.organisations.access import Access
from estran.portal.registers import registers
from estran.portal.results import years

OWNER = "Direction du numérique"


def load(access: Access, folder: Path) -> None:
    """Take in the registers and the targets of a demonstration, and ask for what is computed from them."""
    for register in registers.kept_registers().values():
        path = folder / "registres" / f"{register.name}.csv"
        values, _problems = registers.read_rows(register, path)
        new = [registers.new_row(access.organisation, access.person, register, row, None) for row in values]
        registers.replace_rows(access.organisation, register, new)
    rows, _problems = canonical.read_small_table(folder / "cibles.csv", "targets")
    Target.objects.bulk_create(Target(organisation=access.organisation, owner=OWNER, **row) for row in rows.to_pylist())
    years.ask(access)
    computation.ask(access)
