"""An estate and a catalogue become a run folder."""
