"""Training a generator of phrases: ``kind = "phrases"`` in a TOML file. Takes, checkpoints, records and optimiser are those of every training run."""
