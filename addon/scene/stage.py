"""What surrounds the dancers: floor, lights, and how scene and viewports show it all."""

from __future__ import annotations

import math
from collections.abc import Iterator

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.clip import Clip
from ...duet_core.framing import Framing
from .memory import duets
from .own import remove_object
from .shadows import colour_shadows
from .stage_looks import FIRST_STAGE, FLOOR_LIGHT, LOOKS, STAGE, Look
from .text import Colour

RING_WIDTH = 0.014
"""Metres; rings stand at each metre from the middle, so that depth and travel can be read."""

BELOW = 0.002
"""Metres that each further duet's floor lies below the one before it."""

OURS = "duet_world"
"""Custom property of worlds that we made."""

STAGE_OBJECTS = ("Floor", "Key", "Fill", "Rim Left", "Rim Right")
"""What the names of a stage's objects end with."""

_SEGMENTS = 80
_CAST = "Light of the Background"
_KEY, _FILL, _RIM = (1.0, 0.93, 0.84), (0.62, 0.76, 1.0), (0.78, 0.86, 1.0)


def dance_floor(clip: Clip) -> tuple[NDArray[np.float64], float]:
    """The middle (2,) of where the dance takes place and the radius in metres that holds 99 % of it."""
    ground = clip.positions[..., :2].reshape(-1, 2)
    ground = ground[np.isfinite(ground).all(axis=1)].astype(np.float64)
    if not len(ground):
        return np.zeros(2), 2.0
    low, high = np.percentile(ground, (1, 99), axis=0)
    middle = (low + high) / 2
    return middle, max(1.5, float(np.percentile(np.linalg.norm(ground - middle, axis=1), 99)))


def build_stage(
    clip: Clip, framing: Framing, duet: str, collection: bpy.types.Collection, look: Look = LOOKS[FIRST_STAGE], *, shining: bool = True
) -> list[str]:
    """Make floor and lights of *look* in *collection* and return their names. Lights that are not *shining* are there, but hidden."""
    middle, radius = dance_floor(clip)
    floor = [_floor(middle, radius, duet, collection, look)] if look.floor else []
    lights = list(_lights(middle, radius, framing, duet, collection, look))
    for light in lights:
        bpy.data.objects[light].hide_viewport = bpy.data.objects[light].hide_render = not shining
    return [*floor, *lights]


def lit_already(scene: bpy.types.Scene, duet: str) -> bool:
    """Whether lights of another duet shine in *scene*: two sets of them would bleach all dancers in EEVEE and Cycles.

    Args:
        duet: prefix of the names of one's own.
    """
    ours = {f"{duet} {name}" for name in STAGE_OBJECTS}
    things = (thing for other in duets(scene) for thing in bpy.data.collections[other].objects)
    return any(
        thing.type == "LIGHT" and thing.name.endswith(STAGE_OBJECTS) and not thing.hide_render and thing.name not in ours
        for thing in things
    )


def change_stage(clip: Clip, framing: Framing, duet: str, collection: bpy.types.Collection, scene: bpy.types.Scene, name: str) -> None:
    """Give the duet in *collection* the stage `LOOKS` [*name*], in place of what it has, and *scene* its background.

    Args:
        duet: prefix of the objects' names.
    """
    look = LOOKS[name]
    remove_stage(duet)
    build_stage(clip, framing, duet, collection, look, shining=not lit_already(scene, duet))
    collection[STAGE] = name
    colour_shadows(f"{duet} Shadows", look.shadow)
    world = scene.world
    if world is None or OURS not in world:  # a world that somebody made stays in the file
        world = scene.world = _new_world(duet)
    _colour_world(world, look)
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D" and space.shading.background_type == "VIEWPORT":
                    space.shading.background_color = _in_viewports(look.background)


def _in_viewports(background: Colour) -> Colour:
    """What a Solid viewport needs to show the linear colour *background* as renders do: it takes it to the screen by a plain power of 1 / 2.2 (measured in
    5.2), which makes dark colours lighter, and the floor's edge would be seen."""
    red, green, blue = ((12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055) ** 2.2 for c in background)
    return red, green, blue


def remove_stage(duet: str) -> None:
    """Remove floor and lights of the duet with that prefix; what somebody else put there stays."""
    for name in STAGE_OBJECTS:
        thing = bpy.data.objects.get(f"{duet} {name}")
        if thing is not None and thing.type in ("MESH", "LIGHT"):
            remove_object(thing)


def set_look(scene: bpy.types.Scene, duet: str, camera: str) -> None:
    """Make *scene* show the duet as meant, whichever engine draws it."""
    world = _new_world(duet)
    _colour_world(world, LOOKS[FIRST_STAGE])
    scene.world = world
    scene.camera = bpy.data.objects[camera]
    # Colours are chosen as they shall appear: no film curve over them.
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    _set_solid(scene.display.shading)
    scene.display.shading.background_type = "WORLD"
    scene.display.light_direction = (0.25, 0.45, 0.85)
    scene.display.shadow_focus = 0.6
    scene.display.shadow_shift = 0.05
    scene.eevee.use_shadow_jitter_viewport = True  # as in renders


def _new_world(duet: str) -> bpy.types.World:
    world = bpy.data.worlds.new(f"{duet} World")
    world[OURS] = True
    return world


def _colour_world(world: bpy.types.World, look: Look) -> None:
    """The background as it is seen, and the share of its light that falls on what stands before it: of a white one, all of it would leave no form."""
    world.color = look.background
    nodes, links = _tree(world).nodes, _tree(world).links
    output = next((node for node in nodes if node.bl_idname == "ShaderNodeOutputWorld"), None)
    seen = next((node for node in nodes if node.bl_idname == "ShaderNodeBackground" and node.name != _CAST), None)
    if output is None or seen is None:
        return
    cast = nodes.get(_CAST)
    if cast is None:
        cast = nodes.new("ShaderNodeBackground")
        cast.name = cast.label = _CAST
        mix, path = nodes.new("ShaderNodeMixShader"), nodes.new("ShaderNodeLightPath")
        links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
        links.new(cast.outputs[0], mix.inputs[1])
        links.new(seen.outputs[0], mix.inputs[2])
        links.new(mix.outputs[0], output.inputs["Surface"])
        for node, place in ((path, (-220, 420)), (cast, (10, 180)), (mix, (220, 320)), (output, (420, 320))):
            node.location = place
    for node, strength in ((seen, 1.0), (cast, look.world)):
        node.inputs["Color"].default_value = (*look.background, 1.0)
        node.inputs["Strength"].default_value = strength


def set_viewports(camera: str) -> None:
    """Make every 3D view of every workspace show the colours of dancers and threads, through the camera."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    _set_solid(space.shading)
                    space.shading.background_type = "VIEWPORT"
                    space.shading.background_color = _in_viewports(LOOKS[FIRST_STAGE].background)
                    space.overlay.show_floor = space.overlay.show_axis_x = space.overlay.show_axis_y = False
                    space.overlay.show_cursor = False
                    # The long black lines of the lights' directions.
                    space.overlay.show_extras = False
                    if space.region_3d is not None:
                        space.region_3d.view_perspective = "CAMERA"
                        space.region_3d.view_camera_zoom = 20.0


def _set_solid(shading: bpy.types.View3DShading) -> None:
    shading.light = "STUDIO"
    shading.color_type = "VERTEX"  # objects without a colour attribute show their material's colour, in 4.5 their own
    shading.show_shadows = False  # hard, and half of the time of a frame: `shadows` draws its own
    shading.show_cavity = False
    shading.show_object_outline = False
    shading.show_specular_highlight = False
    shading.show_backface_culling = False
    shading.show_xray = False


def _floor(middle: NDArray, radius: float, duet: str, collection: bpy.types.Collection, look: Look) -> str:
    """A disc of bands, darker outwards until it is the background, with a fine ring at each metre."""
    edge = max(3.2 * radius, 9.0)
    rings = np.arange(1, math.floor(edge * 0.8) + 1, dtype=np.float64)
    radii = np.unique(np.concatenate(([0.0], np.linspace(0, edge, 25)[1:], rings - RING_WIDTH / 2, rings + RING_WIDTH / 2)))
    angles = np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False)
    circle = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    points = np.zeros((len(radii), _SEGMENTS, 3), dtype=np.float32)
    points[..., :2] = middle + radii[:, None, None] * circle
    index = np.arange(len(radii) * _SEGMENTS).reshape(len(radii), _SEGMENTS)
    quads = np.stack((index[:-1], index[1:], np.roll(index, -1, axis=1)[1:], np.roll(index, -1, axis=1)[:-1]), axis=-1).reshape(-1, 4)
    mesh = bpy.data.meshes.new(f"{duet} Floor")
    mesh.from_pydata(points.reshape(-1, 3), [], quads)

    fade = np.clip(1 - radii / edge, 0, 1) ** 1.6
    is_ring = np.isin(np.round((radii[:-1] + radii[1:]) / 2, 6), np.round(rings, 6))
    middle_colour, ring, outer = np.array(look.floor), np.array(look.ring), np.divide(look.background, FLOOR_LIGHT)
    share = np.stack((fade[:-1], fade[1:], fade[1:], fade[:-1]), axis=-1)[:, None, :, None]
    colour = np.where(is_ring[:, None, None, None], ring, middle_colour) * share + outer * (1 - share)
    colour = np.broadcast_to(colour, (len(radii) - 1, _SEGMENTS, 4, 3)).reshape(-1, 3)
    attribute = mesh.color_attributes.new("Color", "FLOAT_COLOR", "CORNER")
    attribute.data.foreach_set("color", np.concatenate((colour, np.ones((len(colour), 1))), axis=1).astype(np.float32).ravel())
    mesh.color_attributes.active_color = attribute
    mesh.materials.append(_floor_material(f"{duet} Floor", middle, edge, look))
    height = _free_height()
    floor = bpy.data.objects.new(f"{duet} Floor", mesh)
    floor.location.z = height
    floor.hide_select = True
    collection.objects.link(floor)
    return floor.name


def _free_height() -> float:
    """Where a floor lies so that no other duet's flickers through it: on the ground, or as little below as cannot be seen."""
    taken = {round(-thing.location.z / BELOW) for thing in bpy.data.objects if thing.type == "MESH" and thing.name.endswith(" Floor")}
    return -BELOW * next(level for level in range(len(taken) + 1) if level not in taken)


def _floor_material(name: str, middle: NDArray, edge: float, look: Look) -> bpy.types.Material:
    """Lit in the middle, exactly the background well before the edge, so that no horizon shows."""
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*(look.floor or look.background), 1.0)
    material.specular_intensity = 0.0
    material.roughness = 0.9
    tree = _tree(material)
    tree.nodes.clear()
    nodes, links = tree.nodes, tree.links
    lit = nodes.new("ShaderNodeBsdfPrincipled")
    lit.inputs["Roughness"].default_value = 0.65
    lit.inputs["Specular IOR Level"].default_value = 0.12  # the rim lights stand behind and would mirror in it
    colour = nodes.new("ShaderNodeVertexColor")
    colour.layer_name = "Color"
    darker = nodes.new("ShaderNodeVectorMath")
    darker.operation = "SCALE"
    darker.inputs["Scale"].default_value = look.lit  # four lights fall on it, where Workbench has one
    links.new(colour.outputs["Color"], darker.inputs[0])
    links.new(darker.outputs["Vector"], lit.inputs["Base Color"])
    dark = nodes.new("ShaderNodeEmission")
    dark.inputs["Color"].default_value = (*look.background, 1.0)
    place = nodes.new("ShaderNodeNewGeometry")
    distance = nodes.new("ShaderNodeVectorMath")
    distance.operation = "DISTANCE"
    distance.inputs[1].default_value = (float(middle[0]), float(middle[1]), 0.0)
    links.new(place.outputs["Position"], distance.inputs[0])
    fade = nodes.new("ShaderNodeMapRange")
    fade.interpolation_type = "SMOOTHSTEP"
    fade.inputs["From Min"].default_value = 0.1 * edge
    fade.inputs["From Max"].default_value = 0.6 * edge
    links.new(distance.outputs["Value"], fade.inputs["Value"])
    mix = nodes.new("ShaderNodeMixShader")
    links.new(fade.outputs["Result"], mix.inputs[0])
    links.new(lit.outputs["BSDF"], mix.inputs[1])
    links.new(dark.outputs["Emission"], mix.inputs[2])
    output = nodes.new("ShaderNodeOutputMaterial")
    links.new(mix.outputs["Shader"], output.inputs["Surface"])
    return material


def _lights(middle: NDArray, radius: float, framing: Framing, duet: str, collection: bpy.types.Collection, look: Look) -> Iterator[str]:
    """A warm key at the viewer's left, a cool fill at the right, two rims behind: placed as seen by the camera, strong by distance."""
    right, ahead = framing.axes[0], framing.axes[2]
    ahead = np.array([ahead[0], ahead[1], 0.0]) / math.hypot(ahead[0], ahead[1])
    target = np.array([middle[0], middle[1], 1.0])
    reach = radius + 3.0
    for name, across, back, height, colour, strength, size in (
        ("Key", -0.75, -0.85, 1.0, _KEY, 8.0, 0.45),
        ("Fill", 0.95, -0.65, 0.55, _FILL, 2.2, 0.7),
        ("Rim Left", -0.85, 0.85, 0.95, _RIM, 9.0, 0.3),
        ("Rim Right", 0.85, 0.95, 0.8, _RIM, 8.0, 0.3),
    ):
        place = target + reach * (across * right + back * ahead) + np.array([0.0, 0.0, height * reach])
        data = bpy.data.lights.new(f"{duet} {name}", "AREA")
        data.shape = "DISK"
        data.size = size * reach
        data.color = colour
        data.energy = look.light * strength * float(np.sum((place - target) ** 2))
        data.use_shadow_jitter = True  # EEVEE's soft shadows are stippled without it, however many samples it takes
        light = bpy.data.objects.new(f"{duet} {name}", data)
        light.location = place
        direction = target - place
        light.rotation_euler = (
            math.atan2(math.hypot(direction[0], direction[1]), -direction[2]),
            0.0,
            math.atan2(direction[1], direction[0]) - math.pi / 2,
        )
        light.hide_select = True
        collection.objects.link(light)
        yield light.name


def _tree(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    if owner.node_tree is None:  # 5.x makes it at once, and warns where one asks for it
        owner.use_nodes = True
    return owner.node_tree
