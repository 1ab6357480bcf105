"""Neural relational inference for duets, with torch: the only rooms that import it are this one and ``training/``. Nothing here runs inside Blender.

``settings`` describes a model without torch; ``canonical`` takes stage, turning and body size out of a window; ``encoders`` give a posterior over
the connections (``posterior``), ``gumbel`` turns it into gates, ``decoders`` predict the motion through them; ``nri`` is the whole;
``losses`` what it learns from; ``weights`` its files.
"""
