"""Importing this module loads all that an import begins with: for the process that readers are forked from."""

import duckdb
import pyarrow.parquet
import python_calamine

from estran.importing import estate_import, formats
from estran.importing.recognition import matching
from estran.importing.services import activities

LOADED = (duckdb, pyarrow.parquet, python_calamine, estate_import, activities)

# Tables of the catalogue and patterns made of them are read at first use, and kept.
formats.count_known_headers(["type"], list(formats.formats()))
for description in (matching.Description(label="écran"), matching.Description(model="P2419H")):
    matching.match_description(description, {})
