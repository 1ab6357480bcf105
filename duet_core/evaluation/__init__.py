"""Measuring what methods and models find: on planted duets, between unrelated partners, and on real takes without labels.

The figures of merit are those of `duet_core.metrics`, and `intervals` says how sure they are; `methods` makes every method answer alike; `takes` has the real takes and
what becomes of them when partners are swapped or shifted; `planted`, `silence`, `retrieval`, `holds`, `balance` and `prediction` each measure one
promise. NumPy alone: a trained model comes in by its `infer`.
"""
