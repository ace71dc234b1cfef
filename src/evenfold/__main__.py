"""``python -m evenfold``: the command line."""

from evenfold.cli import main

if __name__ == "__main__":
    main()
