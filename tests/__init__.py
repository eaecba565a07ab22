"""What Bowerbird promises, as programs."""
