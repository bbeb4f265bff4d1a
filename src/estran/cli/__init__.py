"""The command line: the contract of Estran with those who call it.

In: the arguments of `estran …`. Out: what the rooms below write, text on the screen, an exit status.
Read `commands.py` first: it lists the groups of commands, one file each; `display/` prints their results.
"""
