"""`python -m estran.cli`: the command line without the installed script."""

from estran.cli.commands import main

if __name__ == "__main__":
    main()
