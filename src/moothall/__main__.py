"""`python -m moothall`: the same as the `moothall` command."""

from moothall.config.cli import main

if __name__ == "__main__":
    main()
