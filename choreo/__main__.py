"""``python -m choreo`` is the command ``choreo``."""

from choreo.cli import main

if __name__ == "__main__":
    main()
