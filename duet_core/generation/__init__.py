"""New phrases: motion as channels that cannot stretch a bone, a generator that runs on NumPy, and what binds a generated dancer to a partner.

`channels` and `bodies` say how motion is written down, `contact` keeps feet on the floor, `runtime` is the trained network, `generator` what one does
with it, `guided` a partner bound by connections.
"""
