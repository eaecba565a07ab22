"""What every service needs and no domain owns: logs, metrics, crash points, and what calls are made through."""
