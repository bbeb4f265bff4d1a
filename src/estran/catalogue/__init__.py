"""What Estran knows: the text tables an expert edits, and the modules that load, check and label them."""
