"""Duet Connections without Blender: poses, skeletons, formats, inference and their command lines.

Nothing here imports ``bpy``. Everything outside ``model/`` and ``training/`` needs NumPy alone, because it also
runs inside Blender, whose Python has neither SciPy nor torch. Imports inside the package are relative: the same files run
as ``duet_core``, as ``bl_ext.….duet_core`` in an enabled extension, and in child processes.
"""
