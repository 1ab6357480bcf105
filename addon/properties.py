"""The add-on's settings in a scene. What a drawn duet shows (threshold, top k, width) stands in its modifier, not here."""

# mypy: disable-error-code="valid-type"
import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty, StringProperty

from ..duet_core.inference.windows import STRIDE_SECONDS, WINDOW_SECONDS
from . import output, phrase_settings, rig_mapping, training_settings
from .methods import method_items
from .names import CONTEXT
from .output import DUET_PG_output
from .phrase_settings import DUET_PG_asked, DUET_PG_phrases
from .rig_mapping import DUET_PG_rigs
from .training_settings import DUET_PG_training


def _keep_method(self: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    self.method_kept = self.method


class DUET_PG_settings(bpy.types.PropertyGroup):
    """How connections are found."""

    method: EnumProperty(
        name="Method", description="How connections are found", items=method_items, update=_keep_method, translation_context=CONTEXT
    )
    method_kept: StringProperty(name="Method Kept", description="The method by its own name, which outlives the list", options={"HIDDEN"})
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
    output: PointerProperty(type=DUET_PG_output, description="How the duet is rendered, and where it goes")
    training: PointerProperty(type=DUET_PG_training, description="How a model is trained on this scene's duets")
    phrases: PointerProperty(type=DUET_PG_phrases, description="How new phrases are made")
    rigs: PointerProperty(
        type=DUET_PG_rigs, description="Armatures that already dance, and which of their bones stand for which places of the body"
    )


CLASSES = (*output.CLASSES, *training_settings.CLASSES, *rig_mapping.CLASSES, *phrase_settings.CLASSES, DUET_PG_settings)


def attach() -> None:
    """Give every scene its settings, as ``scene.duet``, and every duet the connections that are asked for, as ``collection.duet_asked``."""
    bpy.types.Scene.duet = PointerProperty(type=DUET_PG_settings)
    bpy.types.Collection.duet_asked = PointerProperty(
        type=DUET_PG_asked, description="Connections that are asked for in what is made of a duet"
    )


def detach() -> None:
    if hasattr(bpy.types.Scene, "duet"):
        del bpy.types.Scene.duet
    if hasattr(bpy.types.Collection, "duet_asked"):
        del bpy.types.Collection.duet_asked
