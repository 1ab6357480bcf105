"""Measuring what methods and models find: on planted duets, between unrelated partners, and on real takes without labels.

The figures of merit are those of `duet_core.metrics`, and `intervals` says how sure they are; `methods` makes every method answer alike; `takes` has the
real takes and what becomes of them when partners are swapped or shifted. `planted`, `redressed`, `silence`, `retrieval`, `holds`, `balance`, `flicker`,
`ghosts` and `prediction` each measure one promise of connections, `phrases` and `asked` those of generated motion, `cost` seconds and memory. `calibration`
fits a model's confidence. `tries` alone is no measurement: it makes a phrase and looks at it, for the add-on.

NumPy alone: a trained model comes in by its `infer`.
"""
