"""What a person has chosen for training: settings of a scene."""

# mypy: disable-error-code="valid-type"
import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

OWN = "OWN"
PRESET_ITEMS = [
    ("small", "Small", "Ten minutes or so on a laptop; shows that training works"),
    ("takes", "Tune", "Goes on from the bundled model with these duets; a quarter of an hour or so"),
    (OWN, "Own Settings", "A TOML file of settings"),
]


class DUET_PG_training(bpy.types.PropertyGroup):
    """How a model is trained on this scene's duets."""

    name: StringProperty(name="Name", description="Of the model to be; the run gets a folder of this name", default="mine", maxlen=60)
    preset: EnumProperty(name="Settings", description="How the model is trained", items=PRESET_ITEMS)
    config: StringProperty(name="File", description="TOML file of settings for training", subtype="FILE_PATH")
    epochs: IntProperty(
        name="Epochs", description="How long it is trained; 0 for as long as the settings say", default=0, min=0, soft_max=200
    )
    folder: StringProperty(
        name="Folder",
        description="Where runs go, each into a folder of its own; empty for Blender's folder of the add-on",
        subtype="DIR_PATH",
    )


CLASSES = (DUET_PG_training,)
