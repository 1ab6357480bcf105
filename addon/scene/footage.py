"""The original film or pictures beside the dance: behind the camera's picture, or on a plane in the room, in step with the duet's frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...duet_core.errors import InputError
from ...duet_core.framing import best_yaw
from .memory import prefix_of, recall_clip
from .own import add_object, remove_object
from .stage import dance_floor
from .timing import scene_rate

KINDS = {
    "BACKGROUND": ("Behind the Picture", "In the view through the duet's camera, as a guide; it is not rendered"),
    "PLANE": (
        "Beside the Dancers",
        "On a screen in the room, at the viewer's left; rendered by EEVEE and Cycles, and in views that show textures",
    ),
}


def show_footage(duet: str, scene: bpy.types.Scene, file: Path, kind: str, first: int, start: int = 1, opacity: float = 0.6) -> list[str]:
    """Show *file* as one of `KINDS`, in place of what was shown so; returns warnings.

    Args:
        file: a film, a picture, or the first of numbered pictures.
        first: the scene's frame at which the duet begins.
        start: the footage's frame then, counted from 1.
        opacity: of a background.

    Raises:
        InputError: no such file, or nothing that Blender can show.
    """
    if not file.is_file():
        raise InputError("there is no such file", file=file, remedy="choose a film or a picture")
    prefix = prefix_of(duet)
    camera = bpy.data.objects.get(f"{prefix} Camera")
    if kind == "BACKGROUND" and camera is None:
        raise InputError("the duet's camera is gone", place=duet, remedy="press Camera > Front first")
    image, length, shape = _load(file)
    remove_footage(duet, kind)
    begins = first - (start - 1)
    if kind == "BACKGROUND":
        assert camera is not None
        shown = camera.data.background_images.new()
        shown.image, shown.alpha, shown.frame_method = image, opacity, "FIT"
        _in_step(shown.image_user, begins, length)
        camera.data.show_background_images = True
    else:
        _plane(duet, prefix, image, shape, begins, length)
    image[OURS] = prefix
    return _warnings(file, image, scene, length)


OURS = "duet_footage"
"""Custom property of images that show footage: the prefix of the duet."""


def remove_footage(duet: str, kind: str = "") -> None:
    """Take away the footage of *duet*, of one *kind* or of all."""
    prefix = prefix_of(duet)
    camera = bpy.data.objects.get(f"{prefix} Camera")
    screen = bpy.data.objects.get(f"{prefix} Footage")
    if camera is not None and kind in ("", "BACKGROUND"):
        for shown in list(camera.data.background_images):
            if shown.image is not None and OURS in shown.image:
                shown.image = None  # or Blender would still count it as a user
                camera.data.background_images.remove(shown)
    if screen is not None and kind in ("", "PLANE"):
        remove_object(screen)
    bpy.data.batch_remove([image for image in bpy.data.images if image.get(OURS) == prefix and image.users == 0])


def footage_beside(duet: str, first: int) -> dict[str, Any]:
    """What `render_worker` wants to know to put the footage of *duet* beside a film that begins at the scene's frame *first*: ``files`` (one film, or
    pictures in order), ``movie`` (whether it is one), and ``start``, the film's frame, counted from 1, at which the footage begins.

    Raises:
        InputError: none is shown, or its file is gone.
    """
    shown = next(_shown(duet), None)
    if shown is None:
        raise InputError("no footage is shown that could stand beside", place=duet, remedy="choose it with Stage and Camera > Footage")
    image, user = shown
    file = Path(bpy.path.abspath(image.filepath, library=image.library))
    if not file.is_file():
        raise InputError("the footage is gone", file=file, remedy="choose it again with Stage and Camera > Footage")
    files = _numbered(file) if image.source == "SEQUENCE" else [file]
    return {
        "files": [str(one) for one in files],
        "movie": image.source == "MOVIE",
        "start": user.frame_start - first + 1,
    }


def _shown(duet: str) -> Iterator[tuple[bpy.types.Image, bpy.types.ImageUser]]:
    """The footage of *duet* and when it plays."""
    prefix = prefix_of(duet)
    camera, screen = bpy.data.objects.get(f"{prefix} Camera"), bpy.data.objects.get(f"{prefix} Footage")
    if camera is not None:
        for shown in camera.data.background_images:
            if shown.image is not None and OURS in shown.image:
                yield shown.image, shown.image_user
    if screen is not None:
        for material in screen.data.materials:
            for node in material.node_tree.nodes:
                if node.type == "TEX_IMAGE" and node.image is not None and OURS in node.image:
                    yield node.image, node.image_user


def _load(file: Path) -> tuple[bpy.types.Image, int, float]:
    """The image, how many frames it has, and its width over its height."""
    try:
        image = bpy.data.images.load(str(file), check_existing=False)
    except RuntimeError:
        raise InputError("Blender cannot read this", file=file, remedy="choose a film or a picture of another format") from None
    width, height = image.size  # a sequence has none before it is shown
    if image.source == "MOVIE":
        length = int(image.frame_duration)
    else:
        length = len(_numbered(file))
        if length > 1:
            image.source = "SEQUENCE"
    if not min(width, height) or length < 1:
        bpy.data.images.remove(image)
        raise InputError("Blender finds no picture in it", file=file, remedy="choose a film or a picture of another format")
    return image, length, width / height


def _numbered(file: Path) -> list[Path]:
    """The pictures that are numbered on from *file*, itself first."""
    digits = len(file.stem) - len(file.stem.rstrip("0123456789"))
    if not digits:
        return [file]
    stem, number = file.stem[:-digits], int(file.stem[-digits:])
    found = [file]
    while (after := file.with_name(f"{stem}{number + len(found):0{digits}d}{file.suffix}")).is_file():
        found.append(after)
    return found


def _in_step(user: bpy.types.ImageUser, begins: int, length: int) -> None:
    user.frame_start, user.frame_duration = begins, length
    user.use_auto_refresh = True


def _plane(duet: str, prefix: str, image: bpy.types.Image, shape: float, begins: int, length: int) -> None:
    """A screen that stands upright behind the left of the dance, as high as a dancer and a half."""
    clip = recall_clip(duet)
    middle, radius = dance_floor(clip)
    yaw = best_yaw(clip)
    right, ahead = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)])
    high = 2.4
    wide = high * shape
    mesh = bpy.data.meshes.new(f"{prefix} Footage")
    mesh.from_pydata([(-wide / 2, 0, 0.1), (wide / 2, 0, 0.1), (wide / 2, 0, 0.1 + high), (-wide / 2, 0, 0.1 + high)], [], [(0, 1, 2, 3)])
    mesh.uv_layers.new().data.foreach_set("uv", [0, 0, 1, 0, 1, 1, 0, 1])
    material = bpy.data.materials.new(mesh.name)
    if material.node_tree is None:  # 5.x makes it at once, and warns where one asks for it
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    picture, glow, output = (tree.nodes.new(kind) for kind in ("ShaderNodeTexImage", "ShaderNodeEmission", "ShaderNodeOutputMaterial"))
    picture.image = image
    _in_step(picture.image_user, begins, length)
    picture.extension = "EXTEND"
    for across, node in enumerate((picture, glow, output)):
        node.location = 300 * across, 0
    tree.links.new(picture.outputs["Color"], glow.inputs["Color"])
    tree.links.new(glow.outputs[0], output.inputs["Surface"])
    tree.nodes.active = picture
    mesh.materials.append(material)
    screen = add_object(f"{prefix} Footage", mesh, prefix, bpy.data.collections[duet])
    screen.visible_shadow = False
    screen.location[:2] = middle + (radius + 0.6) * ahead - (radius * 0.6 + wide / 2) * right
    screen.rotation_euler = (0.0, 0.0, yaw)


def _warnings(file: Path, image: bpy.types.Image, scene: bpy.types.Scene, length: int) -> list[str]:
    if image.source != "MOVIE":
        return []
    clip = bpy.data.movieclips.load(str(file))
    rate = clip.fps
    bpy.data.movieclips.remove(clip)
    if rate > 0 and abs(rate / scene_rate(scene) - 1) > 0.001:
        return [f"{file.name} has {rate:g} frames a second, the scene {scene_rate(scene):g}: they drift apart"]
    return []
