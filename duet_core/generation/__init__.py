"""New phrases: motion as channels that cannot stretch a bone, a generator that runs on NumPy, and what binds a generated dancer to a partner.

`channels` and `bodies` say how motion is written down, `stance` which feet carry, `contact` keeps them on the floor and `arms` out of the trunk, `runtime`
is the trained network, `generator` what one does with it, `meeting` brings two together, `guided` binds them by connections, `partner` makes one for the
other, `making` does what a command or Blender orders.
"""
