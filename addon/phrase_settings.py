"""New phrases: the connections that are asked for, which a duet's collection keeps, and how phrases are made, which is a setting of the scene."""

# mypy: disable-error-code="valid-type"
from collections.abc import Iterator

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..duet_core.connections import KINDS
from ..duet_core.errors import InputError
from ..duet_core.generation.requests import LONGEST_LAG
from .names import CONTEXT
from .scene.memory import about_clip, duet_of, duets

MOST_TRIES = 8

KIND_ITEMS = [
    ("lead", "Lead", "The joint's motion is answered, a moment later"),
    ("hold", "Hold", "The joints keep their distance, as hands that hold each other"),
    ("unison", "Unison", "Both joints move alike at the same time"),
    ("mirror", "Mirror", "The joints move at the same time as if a mirror stood between the dancers"),
    ("opposition", "Opposition", "The joints move against each other at the same time"),
]
assert [item[0] for item in KIND_ITEMS] == list(KINDS[1:])

DIRECTION_ITEMS = [
    ("AB", "A to B", "B answers A"),
    ("BA", "B to A", "A answers B"),
]

WAY_ITEMS = [
    ("PARTNER_A", "Partner for A", "A dances as before, with a new partner"),
    ("PARTNER_B", "Partner for B", "B dances as before, with a new partner"),
    ("VARY", "Variation", "The duet danced otherwise"),
    ("BETWEEN", "Between Two", "What lies between the motion of two dancers, or of two duets, as long as the shorter one"),
    ("CONTINUE", "Continuation", "The duet as it is, and what might come after it"),
    ("NEW", "New Phrase", "A phrase from nothing, danced by these bodies, or by the generator's own where there is no duet"),
]

BASE_ITEMS = [
    ("new", "Made Up", "The partner's own motion comes from nothing"),
    ("vary", "Varied", "The partner's own motion is the present partner's, danced otherwise"),
    ("keep", "As Danced", "The partner's own motion is the present partner's: only what is asked changes it"),
]

WHOM_ITEMS = [
    ("BOTH", "Both", "Both dance otherwise"),
    ("A", "A", "Only the first dancer dances otherwise"),
    ("B", "B", "Only the second dancer dances otherwise"),
]

MIXED_ITEMS = [
    ("A", "A", "Its first dancer's motion is mixed in"),
    ("B", "B", "Its second dancer's motion is mixed in"),
]

PLACE_ITEMS = [
    ("BESIDE", "Beside", "To the right of the duet, and of earlier tries"),
    ("IN_PLACE", "In Place", "Where the duet dances; a dancer who stays the same is shown once"),
]


def _joints(self: "DUET_PG_request", context: bpy.types.Context, edit_text: str) -> Iterator[str]:
    """The joints of the duet whose collection this is."""
    try:
        joints = about_clip(self.id_data.name)["skeleton"].joints
    except InputError:
        return
    wanted = edit_text.lower().replace(" ", "_")
    yield from (joint for joint in joints if wanted in joint.lower())


def _other_duets(self: "DUET_PG_phrases", context: bpy.types.Context, edit_text: str) -> Iterator[str]:
    """The duets that the one at hand can be mixed with."""
    here = duet_of(context.object, context.scene)
    yield from (duet for duet in duets(context.scene) if duet != here and edit_text.lower() in duet.lower())


class DUET_PG_request(bpy.types.PropertyGroup):
    """One connection that is asked for."""

    enabled: BoolProperty(
        name="Enabled", description="Ask for this connection in what is made next", default=True, translation_context=CONTEXT
    )
    direction: EnumProperty(name="Direction", description="Who answers whom", items=DIRECTION_ITEMS)
    from_joint: StringProperty(name="From", description="The joint that is answered", search=_joints)
    to_joint: StringProperty(
        name="To", description="The joint of the other dancer that answers", search=_joints, translation_context=CONTEXT
    )
    kind: EnumProperty(name="Kind", description="How the two joints are bound", items=KIND_ITEMS, translation_context=CONTEXT)
    lag: FloatProperty(
        name="Lag",
        description="Time by which a lead's answer comes later",
        default=0.2,
        min=0.0,
        max=LONGEST_LAG,
        step=1,
        precision=2,
        unit="TIME_ABSOLUTE",
    )
    strength: FloatProperty(
        name="Strength",
        description="How much of the answering joint's own motion gives way",
        default=1.0,
        min=0.05,
        max=1.0,
        subtype="FACTOR",
    )
    first: IntProperty(name="Start", description="Frame at which it begins", default=1, translation_context=CONTEXT)
    last: IntProperty(name="End", description="Frame at which it ends", default=61)
    confidence: FloatProperty(
        name="Confidence", description="With what confidence it was found in what was made; below 0 nobody has looked", default=-1.0,
        options={"HIDDEN"},
    )  # fmt: skip
    found_kind: StringProperty(name="Found Kind", description="The kind that was found", options={"HIDDEN"})


class DUET_PG_asked(bpy.types.PropertyGroup):
    """The connections that are asked for in what is made of a duet."""

    requests: CollectionProperty(type=DUET_PG_request, description="Connections that are asked for")
    active: IntProperty(name="Active Connection", description="The asked connection that is chosen in the list", options={"HIDDEN"})


class DUET_PG_phrases(bpy.types.PropertyGroup):
    """How new phrases are made."""

    way: EnumProperty(name="Make", description="What is made", items=WAY_ITEMS)
    base: EnumProperty(name="Partner", description="Where the partner's own motion comes from", items=BASE_ITEMS)
    whom: EnumProperty(name="Who", description="Who dances otherwise", items=WHOM_ITEMS)
    other: StringProperty(
        name="With", description="The duet whose motion is mixed in; empty for the partner in this duet", search=_other_duets
    )
    other_dancer: EnumProperty(name="Its Dancer", description="Whose motion of that duet is mixed in", items=MIXED_ITEMS)
    throughout: BoolProperty(
        name="Throughout",
        description="One mixture from beginning to end; otherwise it begins as the one dances, and little by little ends as the other",
        default=True,
    )
    share: FloatProperty(
        name="Share",
        description="How much of the motion that is mixed in: nothing is the dancer's own, all is the other one's",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    amount: FloatProperty(
        name="Amount",
        description="How far a variation goes: nothing is the same, all keeps the manner of moving alone",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        translation_context=CONTEXT,
    )
    temperature: FloatProperty(
        name="Temperature",
        description="How far from the usual: less is nearer to what dancers often do, more is stranger",
        default=1.0,
        min=0.0,
        soft_max=2.0,
        max=5.0,
    )
    seed: IntProperty(name="Seed", description="Another seed, another phrase; the same seed gives the same one again", default=0, min=0)
    seconds: FloatProperty(
        name="Length",
        description="Of a new phrase, or of what a continuation adds",
        default=6.0,
        min=0.5,
        soft_max=60.0,
        max=600.0,
        unit="TIME_ABSOLUTE",
    )
    only_range: BoolProperty(
        name="Only Preview Range",
        description="Make anew only what lies in the timeline's preview range; before and after it all stays as it was danced",
        default=False,
    )
    tries: IntProperty(
        name="Tries", description="Make so many at once, with seeds that follow each other", default=1, min=1, max=MOST_TRIES
    )
    place: EnumProperty(name="Place", description="Where what is made dances", items=PLACE_ITEMS)
    generator: StringProperty(
        name="Generator", description="Folder of a generator that you trained; empty for the bundled one", subtype="DIR_PATH"
    )


CLASSES = (DUET_PG_request, DUET_PG_asked, DUET_PG_phrases)
