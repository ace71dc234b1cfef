"""``python -m evenfold``: the command line."""

from evenfold.cli.main import main

if __name__ == "__main__":
    main()
