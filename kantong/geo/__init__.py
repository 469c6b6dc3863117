"""Boundaries and what is drawn beside them, codes and joins, and what all rooms agree on."""
