"""The diagnostic, its questions and what they say of each facet and target; the charter that was signed."""
