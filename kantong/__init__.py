"""Kantong: map poverty pockets, rank them and defend every number."""

__version__ = "0.1.0"
