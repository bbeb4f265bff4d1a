"""The organisation: who it is, its entities and who owns their equipment, who does what; the start in four screens."""
