"""The joints and bones of fixed skeletons, one module per family of tools. Each has ``SKELETONS``, a tuple; `..registry` gathers them."""
