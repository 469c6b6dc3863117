"""Lets ``python -m kantong`` be the command line."""

from kantong.cli import main

main()
