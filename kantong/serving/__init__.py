"""What stands between the network and the app: who may ask, what is answered, what is logged."""
