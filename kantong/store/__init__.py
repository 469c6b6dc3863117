"""What the data folder holds, and what users have imported, decided and recorded."""
