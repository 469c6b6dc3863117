"""From a file to the store: the steps that the page Data and the command line share."""
