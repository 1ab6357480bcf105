"""The settings of "Use existing armatures": two armatures, and for each which bone stands for which place of the body. Presets lie in the user's folder."""

# mypy: disable-error-code="valid-type"
from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty

from ..duet_core.rigs import SCHEMES, Mapping, Place, propose
from ..duet_core.skeletons import LANDMARKS
from . import presets
from .names import CONTEXT


def _is_armature(self: bpy.types.PropertyGroup, thing: bpy.types.Object) -> bool:
    return thing.type == "ARMATURE"


def _chosen(self: "DUET_PG_rig", context: bpy.types.Context) -> None:
    """An armature was chosen: its bones' names say which naming it has."""
    if self.armature is not None:
        fill(self, propose(bone.name for bone in self.armature.data.bones))


class DUET_PG_rig_joint(bpy.types.PropertyGroup):
    """One place of the body, called ``name``."""

    bone: StringProperty(name="Bone", description="The bone that stands for this place of the body; empty where there is none")
    tail: BoolProperty(name="Tail", description="The place is where the bone ends, not where it begins", default=False)


class DUET_PG_rig(bpy.types.PropertyGroup):
    """One dancer's armature."""

    armature: PointerProperty(
        name="Armature",
        description="Armature of this dancer, animated in any way",
        type=bpy.types.Object,
        poll=_is_armature,
        update=_chosen,
        translation_context=CONTEXT,
    )
    joints: CollectionProperty(type=DUET_PG_rig_joint, description="Which bone stands for which place of the body")
    active: IntProperty(name="Active Place", description="The place of the body that is chosen in the list", options={"HIDDEN"})
    naming: StringProperty(name="Naming", description="Which naming the bones were found by")


class DUET_PG_rigs(bpy.types.PropertyGroup):
    """Both dancers' armatures."""

    a: PointerProperty(type=DUET_PG_rig, description="The first dancer's armature")
    b: PointerProperty(type=DUET_PG_rig, description="The second dancer's armature")
    shown: EnumProperty(
        name="Dancer",
        description="Whose bones the list shows",
        items=[("a", "A", "Bones of the first dancer"), ("b", "B", "Bones of the second dancer")],
    )


CLASSES = (DUET_PG_rig_joint, DUET_PG_rig, DUET_PG_rigs)


def fill(rig: DUET_PG_rig, mapping: Mapping) -> None:
    """Write *mapping* into the list of *rig*, as far as its armature has the bones."""
    bones = {bone.name for bone in rig.armature.data.bones} if rig.armature is not None else set()
    there = mapping.within(bones) if bones else mapping
    rig.joints.clear()
    for landmark in LANDMARKS:
        row = rig.joints.add()
        row.name = landmark
        place = there.places.get(landmark)
        if place is not None:
            row.bone, row.tail = place.bone, place.end == "tail"
    rig.naming = mapping.name


def mapping_of(rig: DUET_PG_rig) -> Mapping:
    """What the list of *rig* says, without bones that the armature does not have."""
    places = {row.name: Place(row.bone, "tail" if row.tail else "head") for row in rig.joints if row.bone}
    mapping = Mapping(places, rig.naming)
    return mapping.within({bone.name for bone in rig.armature.data.bones}) if rig.armature is not None else mapping


def save_preset(name: str, mapping: Mapping) -> Path:
    """Keep *mapping* as the preset *name*; one of that name is replaced. Raises InputError where that cannot be."""
    return presets.save(presets.RIGS, name, Mapping(mapping.places, name.strip()).to_json())


def load_preset(name: str) -> Mapping:
    """The preset *name*. Raises InputError where there is none, or it is damaged."""
    text, file = presets.load(presets.RIGS, name)
    return Mapping.from_json(text, str(file))


def fitted(name: str, bones: list[str]) -> Mapping:
    """The built-in naming *name* on a rig with *bones*; with ``""`` the one that fits best."""
    for scheme in SCHEMES:
        if scheme.name == name:
            return scheme.fit(bones)
    return propose(bones)
