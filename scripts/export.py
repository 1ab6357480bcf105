"""Export: a run as a model folder, a model as ONNX; needs torch. Options: --help."""

import os
import sys

_HERE = os.path.dirname(os.path.realpath(__file__))
# This folder must not shadow standard modules (scripts/inspect.py would); the root must be importable.
sys.path[:] = [os.path.dirname(_HERE), *(p for p in sys.path if os.path.realpath(p or os.getcwd()) != _HERE)]

from duet_core.launch import launch  # noqa: E402

if __name__ == "__main__":
    launch("export")
