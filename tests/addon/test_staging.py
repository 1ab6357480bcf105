"""Stages, cameras and footage: presets that leave what is a person's own alone, and play without Python."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon.operators.staging import SHOT_ITEMS
from duet_connections.addon.scene import footage, stage
from duet_connections.addon.scene.camera import shot_of
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.profiles import apply_profile
from duet_connections.addon.scene.stage_looks import LOOKS
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.framing import LENS
from duet_connections.duet_core.shots import SHOTS

pytestmark = pytest.mark.usefixtures("registered")

FRAMES = 60


@pytest.fixture
def scene(root: Path) -> bpy.types.Scene:
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 320, 180
    build_duet(read(root / "samples" / "sample.duet.npz", frames=(0, FRAMES)))
    return bpy.context.scene


def blocks() -> dict[str, list[str]]:
    kinds = ("objects", "meshes", "lights", "worlds", "actions", "cameras", "node_groups", "images")
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


@pytest.mark.parametrize("look", list(LOOKS))
def test_a_stage_is_as_its_look_says_and_there_and_back_leaves_nothing(scene: bpy.types.Scene, look: str) -> None:
    before = blocks()
    assert bpy.ops.duet.set_stage(look=look) == {"FINISHED"}
    assert tuple(scene.world.color) == pytest.approx(LOOKS[look].background)
    assert ("Duet Floor" in bpy.data.objects) == (LOOKS[look].floor is not None)
    assert sum(thing.type == "LIGHT" for thing in scene.objects) == 4
    assert bpy.data.objects["Duet Shadows"].hide_render == (LOOKS[look].shadow is None)
    bpy.ops.duet.set_stage(look="STUDIO")
    assert blocks() == before


def test_words_can_be_read_on_white_and_stay_so_when_written_anew(scene: bpy.types.Scene) -> None:
    from duet_connections.addon.scene.memory import recall_clip
    from duet_connections.addon.scene.redraw import write_words

    def shade() -> tuple[float, float]:
        still = bpy.data.objects["Duet Title"].material_slots[0].material.diffuse_color[0]
        nodes = bpy.data.objects["Duet Time Code"].modifiers[0].node_group.nodes
        moving = next(node for node in nodes if node.bl_idname == "GeometryNodeSetMaterial").inputs["Material"].default_value
        return still, moving.diffuse_color[0]

    assert min(shade()) > 0.8
    bpy.ops.duet.set_stage(look="LIMBO")
    assert max(shade()) < 0.1
    write_words("Duet", recall_clip("Duet"), None, scene, threshold=0.5)
    assert max(shade()) < 0.1
    bpy.ops.duet.set_stage(look="PLAIN")
    assert min(shade()) > 0.8


def test_a_world_that_somebody_made_stays_in_the_file(scene: bpy.types.Scene) -> None:
    mine = bpy.data.worlds.new("mine")
    mine.color = (1, 0, 0)
    scene.world = mine
    bpy.ops.duet.set_stage(look="LIMBO")
    assert scene.world.name != "mine"
    assert tuple(bpy.data.worlds["mine"].color) == (1, 0, 0)


def test_two_duets_have_stages_of_their_own(scene: bpy.types.Scene, root: Path) -> None:
    build_duet(read(root / "samples" / "sample.duet.npz", frames=(0, FRAMES)))
    assert not bpy.data.objects["Duet Key"].hide_render
    assert bpy.data.objects["Duet 2 Key"].hide_render  # two sets of lights would bleach all dancers
    shadow = bpy.data.objects["Duet 2 Shadows"].color[:]
    bpy.ops.duet.set_stage(look="PLAIN")
    assert "Duet Floor" not in bpy.data.objects
    assert "Duet 2 Floor" in bpy.data.objects
    assert bpy.data.objects["Duet 2 Shadows"].color[:] == shadow
    assert stage.STAGE_OBJECTS[0] == "Floor"
    assert not bpy.data.objects["Duet Key"].hide_render
    bpy.data.batch_remove(list(bpy.data.collections["Duet"].all_objects))
    bpy.context.view_layer.objects.active = bpy.data.objects["Duet 2 A"]
    bpy.ops.duet.set_stage(look="STUDIO")
    assert not bpy.data.objects["Duet 2 Key"].hide_render


@pytest.mark.parametrize("shot", list(SHOTS))
def test_a_camera_moves_as_its_shot_says_by_plain_keys(scene: bpy.types.Scene, root: Path, shot: str) -> None:
    mine = bpy.data.objects.new("mine", bpy.data.cameras.new("mine"))
    scene.collection.objects.link(mine)
    scene.camera = mine
    assert bpy.ops.duet.set_camera(shot=shot) == {"FINISHED"}
    camera = scene.camera
    assert camera.name == "Duet Camera" and "mine" in bpy.data.objects and shot_of(camera.name) == shot
    assert not camera.constraints and not (camera.animation_data and camera.animation_data.drivers)
    wanted = SHOTS[shot](read(root / "samples" / "sample.duet.npz", frames=(0, FRAMES)), 320 / 180)
    for frame in (0, 31, FRAMES - 1):
        scene.frame_set(scene_frame(frame))
        assert np.allclose(camera.location, wanted.location[min(frame, len(wanted.location) - 1)], atol=5e-3)
    assert all(child.location.z == pytest.approx(-camera.data.lens / LENS) for child in camera.children)


def test_every_shot_is_offered_and_the_front_comes_back(scene: bpy.types.Scene) -> None:
    assert [name for name, *_ in SHOT_ITEMS] == list(SHOTS)
    place, before = tuple(scene.camera.location), blocks()
    bpy.ops.duet.set_camera(shot="ORBIT")
    assert scene.camera.animation_data.action is not None
    bpy.ops.duet.set_camera(shot="FRONT")
    assert np.allclose(scene.camera.location, place, atol=2e-3)
    assert blocks() == before


def test_a_camera_is_made_again_where_it_is_gone_and_need_not_be_looked_through(scene: bpy.types.Scene) -> None:
    bpy.data.objects.remove(bpy.data.objects["Duet Camera"])
    bpy.ops.duet.set_camera(shot="FOLLOW", use=False)
    assert scene.camera is None
    assert len(bpy.data.objects["Duet Camera"].children) >= 3


def test_a_moving_camera_is_fitted_to_a_vertical_picture(scene: bpy.types.Scene, root: Path) -> None:
    bpy.ops.duet.set_camera(shot="ORBIT")
    apply_profile(scene, "VERTICAL", engine="workbench", words=True, cut=False)
    wanted = SHOTS["ORBIT"](read(root / "samples" / "sample.duet.npz", frames=(0, FRAMES)), 9 / 16)
    scene.frame_set(scene_frame(20))
    assert np.allclose(scene.camera.location, wanted.location[20], atol=5e-3)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five numbered pictures, each of another grey; the first."""
    image = bpy.data.images.new("grey", 8, 6)
    for number in range(5):
        image.pixels = [number / 5, number / 5, number / 5, 1.0] * 48
        image.filepath_raw, image.file_format = str(tmp_path / f"take_{number + 1:03d}.png"), "PNG"
        image.save()
    bpy.data.images.remove(image)
    return tmp_path / "take_001.png"


def test_footage_stands_behind_the_picture_in_step_with_the_duet(scene: bpy.types.Scene, pictures: Path) -> None:
    assert bpy.ops.duet.show_footage(filepath=str(pictures), kind="BACKGROUND", start=3) == {"FINISHED"}
    (shown,) = scene.camera.data.background_images
    assert shown.image.source == "SEQUENCE"
    assert (shown.image_user.frame_start, shown.image_user.frame_duration) == (scene_frame(0) - 2, 5)
    assert scene.camera.data.show_background_images


def test_footage_beside_the_dancers_is_a_screen_with_its_shape(scene: bpy.types.Scene, pictures: Path) -> None:
    before = blocks()
    bpy.ops.duet.show_footage(filepath=str(pictures), kind="PLANE")
    screen = bpy.data.objects["Duet Footage"]
    assert screen.dimensions.x / screen.dimensions.z == pytest.approx(8 / 6)
    user = next(node for node in screen.active_material.node_tree.nodes if node.type == "TEX_IMAGE").image_user
    assert (user.frame_start, user.frame_duration, user.use_auto_refresh) == (scene_frame(0), 5, True)
    bpy.ops.duet.show_footage(filepath=str(pictures), kind="PLANE")
    bpy.ops.duet.show_footage(filepath=str(pictures), kind="BACKGROUND")
    assert len(bpy.data.images) <= 2 + len(before["images"])
    assert bpy.ops.duet.remove_footage() == {"FINISHED"}
    assert blocks() == before


def test_footage_that_cannot_be_shown_is_told(scene: bpy.types.Scene, tmp_path: Path) -> None:
    before = blocks()
    (tmp_path / "film.mp4").write_bytes(b"no film")
    for file, says in ((tmp_path / "none.mp4", "no such file"), (tmp_path / "film.mp4", "another format")):
        with pytest.raises(RuntimeError, match=says):
            bpy.ops.duet.show_footage(filepath=str(file))
    assert blocks() == before
    assert footage.KINDS
