"""What is kept: the indicator catalogue and the datasets of the data folder."""
