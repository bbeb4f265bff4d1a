"""The command line: the contract of Estran with those who call it.

In: the arguments of `estran …`. Out: what the rooms below write, text on the screen, an exit status.
Read `commands.py` first: it has every command in the order of the help; `display/` prints their results.
"""
