"""Boundaries, codes and joins: pure frames in the canonical schema."""
