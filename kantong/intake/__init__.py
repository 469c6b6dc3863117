"""What comes in: tables of counts, checked before anything is kept."""
