"""Commands for those who work on Kantong."""
