"""Presets of the threads' look: shape, light, material and colours as promised, filters and width untouched, one duet's alone."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon import presets
from duet_connections.addon.commands.benchmark_draw import planted
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.memory import threads_of
from duet_connections.addon.scene.palette import PULSE, PULSE_ON_LIGHT, linear
from duet_connections.addon.scene.thread_looks import THREAD_LOOKS, set_thread_look, thread_look_of
from duet_connections.addon.scene.thread_nodes import ramp_node
from duet_connections.addon.scene.threads import get_input, set_input
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.procedural.duet import sample

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture(scope="module")
def clip() -> Clip:
    return sample().sliced(100, 180)


@pytest.fixture
def thing(clip: Clip) -> bpy.types.Object:
    drawn = threads_of(build_duet(clip, planted(clip, 30), name="Pair").collection)
    assert drawn is not None
    return drawn


@pytest.mark.parametrize("look", THREAD_LOOKS)
def test_a_look_sets_its_shape_material_and_colours_and_leaves_filters_and_width(thing: bpy.types.Object, look: str) -> None:
    set_input(thing, "Width", 0.033)
    set_input(thing, "Hold", False)
    set_input(thing, "Threshold", 0.61)
    assert bpy.ops.duet.thread_look(look=look) == {"FINISHED"}
    assert thread_look_of(thing) == look
    for name, value in THREAD_LOOKS[look].inputs.items():
        assert get_input(thing, name) == pytest.approx(value)
    assert get_input(thing, "Material") == thing.data.materials[0]
    assert [get_input(thing, name) for name in ("Width", "Threshold", "Hold")] == [pytest.approx(0.033), pytest.approx(0.61), False]
    assert bpy.ops.duet.thread_look(look=look) == {"FINISHED"}
    assert len([m for m in bpy.data.materials if m.name.startswith(("Duet Threads", "Duet Light", "Duet Ink"))]) <= 2


def test_the_legend_has_the_colours_of_the_look(thing: bpy.types.Object) -> None:
    def shades() -> np.ndarray:
        data = bpy.data.objects["Pair Legend Confidence"].data.color_attributes[0].data
        values = np.empty(len(data) * 4, np.float32)
        data.foreach_get("color", values)
        return values.reshape(-1, 4)[:, :3]

    before = shades()
    bpy.ops.duet.thread_look(look="INK")
    assert np.ptp(shades(), axis=1).max() < 0.3 * np.ptp(before, axis=1).max()
    bpy.ops.duet.thread_look(look="THREADS")
    assert np.abs(shades() - before).max() < 0.02


def test_another_duet_keeps_its_look(thing: bpy.types.Object, clip: Clip) -> None:
    other = threads_of(build_duet(clip, planted(clip, 30), name="Other").collection)
    set_thread_look(thing, "INK", light=True)
    assert thread_look_of(other) == "THREADS" and get_input(other, "Swell") == 0
    ramps = [ramp_node(one.modifiers[0].node_group).color_ramp.elements[-1].color[:] for one in (thing, other)]
    assert ramps[0] != ramps[1]


def test_what_is_surer_stands_out_more_on_a_dark_and_on_a_light_stage() -> None:
    for look in THREAD_LOOKS.values():
        for ramp, sign in ((look.ramp, 1), (look.ramp_on_light, -1)):
            light = [int(colour[1:3], 16) * 0.3 + int(colour[3:5], 16) * 0.59 + int(colour[5:7], 16) * 0.11 for _, colour in ramp]
            assert (np.diff(light) * sign > 0).all()


def test_outlines_come_and_go(thing: bpy.types.Object) -> None:
    before = (len(bpy.data.objects), len(bpy.data.node_groups))
    assert bpy.ops.duet.line_art() == {"FINISHED"}
    lines = bpy.data.objects["Pair lines"]
    assert [modifier.type for modifier in lines.modifiers] == ["LINEART", "LINEART"]
    assert bpy.ops.duet.line_art() == {"FINISHED"}
    assert (len(bpy.data.objects), len(bpy.data.node_groups)) == before


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["BLENDER_WORKBENCH", "CYCLES"])
def test_every_look_is_seen_in_the_engine(thing: bpy.types.Object, engine: str, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.engine = engine
    scene.cycles.samples = 4
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 320, 180, 100
    scene.render.image_settings.file_format = "PNG"
    scene.frame_set(40)

    def rendered(name: str) -> np.ndarray:
        scene.render.filepath = str(tmp_path / f"{name}.png")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        return np.array(image.pixels[:]).reshape(180, 320, 4)[..., :3]

    thing.hide_render = True
    without = rendered("without")
    thing.hide_render = False
    seen = {}
    for look in THREAD_LOOKS:
        set_thread_look(thing, look, light=False)
        picture = rendered(look)
        changed = np.abs(picture - without).max(axis=-1) > 0.15
        assert changed.mean() > 0.01
        seen[look] = picture[changed]
    grey = {look: np.ptp(pixels, axis=1).mean() for look, pixels in seen.items()}
    assert grey["INK"] < 0.6 * grey["THREADS"]


def test_another_stage_gives_threads_the_colours_that_it_wants_and_keeps_those_that_somebody_chose(thing: bpy.types.Object) -> None:
    def last() -> tuple[float, ...]:
        return tuple(ramp_node(thing.modifiers[0].node_group).color_ramp.elements[-1].color)

    set_input(thing, "Lead Colour", (0.0, 1.0, 0.0, 1.0))
    bpy.ops.duet.set_stage(look="LIMBO")
    assert last() == pytest.approx(linear(THREAD_LOOKS["THREADS"].ramp_on_light[-1][1]), abs=1e-4)
    assert get_input(thing, "Pulse Colour") == pytest.approx(PULSE_ON_LIGHT)
    assert get_input(thing, "Lead Colour") == pytest.approx((0.0, 1.0, 0.0, 1.0))
    ramp_node(thing.modifiers[0].node_group).color_ramp.elements[-1].color = (0.0, 0.0, 1.0, 1.0)
    bpy.ops.duet.set_stage(look="STUDIO")
    assert last() == (0.0, 0.0, 1.0, 1.0) and get_input(thing, "Pulse Colour") == pytest.approx(PULSE)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for presets."""
    monkeypatch.setattr(presets, "folder", lambda kind: tmp_path / kind)
    return tmp_path / "looks"


def test_a_look_of_ones_own_goes_to_another_duet_and_leaves_its_filters(thing: bpy.types.Object, clip: Clip, shelf: Path) -> None:
    bpy.ops.duet.thread_look(look="TRAILS")
    mine = bpy.data.materials.new("velvet")
    for name, value in {"Bow": 0.41, "Colour By": "Kind", "Hold Colour": (0.1, 0.2, 0.3, 1.0), "Threshold": 0.9, "Material": mine}.items():
        set_input(thing, name, value)
    ramp = ramp_node(thing.modifiers[0].node_group).color_ramp
    ramp.elements[1].color = (0.0, 1.0, 0.5, 1.0)
    before = [(element.position, *element.color) for element in ramp.elements]
    assert bpy.ops.duet.save_look(name="Mine, at last") == {"FINISHED"}
    (name,) = presets.names("looks")
    other = threads_of(build_duet(clip, planted(clip, 30), name="Other").collection)
    bpy.context.view_layer.objects.active = bpy.data.objects["Other A"]
    assert bpy.ops.duet.use_look(name=name) == {"FINISHED"}
    assert [get_input(other, each) for each in ("Bow", "Colour By")] == [pytest.approx(0.41), "Kind"]
    assert get_input(other, "Hold Colour") == pytest.approx((0.1, 0.2, 0.3, 1.0))
    assert get_input(other, "Threshold") != pytest.approx(0.9)
    assert get_input(other, "Material") == other.data.materials[0] == mine
    assert np.allclose([(e.position, *e.color) for e in ramp_node(other.modifiers[0].node_group).color_ramp.elements], before)
    assert bpy.ops.duet.remove_look(name=name) == {"FINISHED"} and presets.names("looks") == []


@pytest.mark.parametrize(
    "change", ['{"look": "NONE", "inputs": {}, "ramp": []}', "[]", "{", '{"look": "INK", "inputs": {"Bow": [[]]}, "ramp": []}']
)
def test_a_damaged_look_says_so_and_changes_nothing(thing: bpy.types.Object, shelf: Path, change: str) -> None:
    presets.save("looks", "bad", change)
    bow = get_input(thing, "Bow")
    with pytest.raises(RuntimeError, match="this look is damaged"):
        bpy.ops.duet.use_look(name="bad")
    assert get_input(thing, "Bow") == bow
    presets.save(
        "looks", "odd", '{"look": "INK", "inputs": {"Bow": "x", "Colour By": "Nothing", "Hold Colour": [1.0], "Unknown": 1.0}, "ramp": []}'
    )
    assert bpy.ops.duet.use_look(name="odd") == {"FINISHED"}, "what is not known is left out"
