"""What an authority lays over what was sent and over the catalogue: corrections of rows, values of its own.

In: what people say on screen. Out: the tables of the organisation's overlay, as the command line reads them.
Read first: corrections.py, own_values.py.
"""
