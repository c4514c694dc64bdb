"""The authored moves, one YAML file each; data only."""
