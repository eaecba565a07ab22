"""What every service needs and no domain owns: logs, metrics, named crash points."""
