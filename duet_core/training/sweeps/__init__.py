"""Sweeps: many runs of ``train.py`` with other settings, of which the best by a figure of validation is kept.

``space`` says what may vary, ``study`` asks Optuna what to try and tells it what came of it, ``running`` starts a process for each trial and watches
it, ``results`` writes the tables, ``picture`` draws them. Only ``study`` knows Optuna.
"""
