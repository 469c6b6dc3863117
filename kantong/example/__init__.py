"""The seeded, simulated example data of Kota Malang."""
