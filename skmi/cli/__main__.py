"""``python -m skmi.cli``."""

from . import main

main()
