"""Trained models without torch: NumPy runs here what ``duet_core/training`` made, in any Python, Blender's among them.

`load` reads a model's folder. ``safetensors`` and ``weights`` hand out its tensors; ``layers`` are what networks are made of, ``bodies`` takes
stage and size out of a window, ``heads`` say what was found; ``volume`` (with ``signals``, ``lagvolume``, ``exchange``) and ``family`` (with
``motion``, ``pairs``) are the encoders of ``duet_core/model/encoders``, file by file, and ``decoder`` (with `load_decoder`) has its decoders.
``tests/model/test_runtime.py`` and ``test_runtime_decoder.py`` hold the two together.
"""

from .decoder import Decoder, Prediction, gates_of, load_decoder
from .model import Trained, load

__all__ = ["Decoder", "Prediction", "Trained", "gates_of", "load", "load_decoder"]
