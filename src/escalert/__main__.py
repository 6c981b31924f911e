"""Run the command line by ``python -m escalert``."""

from __future__ import annotations

from escalert.cli import main

if __name__ == "__main__":
    main()
