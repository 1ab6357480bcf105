"""The add-on's settings in a scene. What a drawn duet shows (threshold, top k, width) stands in its modifier, not here."""

# mypy: disable-error-code="valid-type"
import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty

from ..duet_core.inference import METHODS
from ..duet_core.inference.models import DEFAULT, bundled
from ..duet_core.inference.windows import STRIDE_SECONDS, WINDOW_SECONDS
from . import output
from .output import DUET_PG_output

TITLES = {"granger": "Ridge-Granger", "crosscorr": "Cross-Correlation", "entropy": "Transfer Entropy", "ridge": "Plain Ridge"}
MODELS = sorted(bundled(), key=lambda name: name != DEFAULT)
METHOD_ITEMS = [
    (name, f"Model {name.capitalize()}", "Trained model: finds leads, holds, unison, mirrors and oppositions") for name in MODELS
]
METHOD_ITEMS += [(name, TITLES.get(name, name.capitalize()), text[0].upper() + text[1:]) for name, text in METHODS.items()]


class DUET_PG_settings(bpy.types.PropertyGroup):
    """How connections are found."""

    method: EnumProperty(name="Method", description="How connections are found", items=METHOD_ITEMS)
    window: FloatProperty(
        name="Window",
        description="Length of the moments in which connections are looked for; short ones follow quick changes, long ones are surer",
        default=WINDOW_SECONDS,
        min=0.1,
        soft_min=1.0,
        soft_max=10.0,
        max=600.0,
        unit="TIME_ABSOLUTE",
    )
    stride: FloatProperty(
        name="Stride",
        description="Time from one moment to the next",
        default=STRIDE_SECONDS,
        min=0.01,
        soft_min=0.1,
        soft_max=5.0,
        max=600.0,
        unit="TIME_ABSOLUTE",
    )
    output: PointerProperty(type=DUET_PG_output)


CLASSES = (*output.CLASSES, DUET_PG_settings)


def attach() -> None:
    """Give every scene its settings, as ``scene.duet``."""
    bpy.types.Scene.duet = PointerProperty(type=DUET_PG_settings)


def detach() -> None:
    if hasattr(bpy.types.Scene, "duet"):
        del bpy.types.Scene.duet
