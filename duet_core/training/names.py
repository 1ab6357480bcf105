"""The names of a run's files, which commands must know without loading torch."""

SETTINGS = "settings.json"
CHECKPOINTS = "checkpoints"
METRICS = "metrics.jsonl"
TIMES = "times.jsonl"
EVENTS = "tensorboard"
CURVES = "curves.png"
MODEL = "model"
