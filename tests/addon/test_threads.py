"""Connections in the scene: what is drawn is what the table says, between the joints, with or without the add-on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon.scene.dancers import build_dancers
from duet_connections.addon.scene.palette import KIND_COLOURS, linear
from duet_connections.addon.scene.thread_inputs import ATTRIBUTES
from duet_connections.addon.scene.thread_nodes import VERSION, ramp_node
from duet_connections.addon.scene.thread_tubes import COLOUR
from duet_connections.addon.scene.threads import (
    build_threads,
    choose_joints,
    get_input,
    input_path,
    read_gates,
    read_show,
    read_threads,
    set_input,
)
from duet_connections.addon.scene.timing import scene_frame, set_scene_timing
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.connections import KINDS, Connections
from duet_connections.duet_core.procedural.duet import sample
from duet_connections.duet_core.showing import Show, kind_at, mean_distances, shown_at, tension, type_at
from duet_connections.duet_core.threads import TYPES, confidence_at, stored_threads

STRIDE, WINDOW = 10, 30


def connected(clip: Clip, confidence: np.ndarray) -> Connections:
    windows, edges = confidence.shape
    start = STRIDE * np.arange(windows)
    random = np.random.default_rng(5)
    return Connections(
        joints=tuple(clip.skeleton.joints),
        window_start=start.astype(np.int64),
        window_end=(start + WINDOW).astype(np.int64),
        confidence=confidence.astype(np.float32),
        type_probability=typed(confidence),
        types=("none", *TYPES),
        lag=np.full((windows, edges), 0.2, np.float32),
        kind=random.integers(1, 6, (windows, edges)).astype(np.int8),
        fps=clip.fps,
        meta={"method": "planted", "settings": {"seed": 5}},
    )


def typed(confidence: np.ndarray) -> np.ndarray:
    """Each connection of each window is of some type."""
    which = np.random.default_rng(6).integers(1, 1 + len(TYPES), confidence.shape)
    probability = np.zeros((*confidence.shape, 1 + len(TYPES)), np.float32)
    probability[..., 0] = 1 - confidence
    np.put_along_axis(probability, which[..., None], confidence[..., None].astype(np.float32), axis=-1)
    return probability


@pytest.fixture(scope="module")
def clip() -> Clip:
    return sample().sliced(100, 200)


def varied(clip: Clip, share: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(2)
    windows = (clip.frames - WINDOW) // STRIDE + 1
    confidence = random.random((windows, 2 * len(clip.skeleton) ** 2))
    confidence[:, random.random(confidence.shape[1]) > share] = 0
    return confidence.astype(np.float32)


@pytest.fixture
def stage(clip: Clip) -> tuple[bpy.types.Collection, str]:
    """An empty scene with the dancers; the collection and the joints' object."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    set_scene_timing(bpy.context.scene, clip)
    collection = bpy.data.collections.new("Duet")
    bpy.context.scene.collection.children.link(collection)
    return collection, build_dancers(clip, "Duet", collection).joints


class Drawn:
    """The evaluated threads at a frame of the clip: vertices and attributes, the seed vertex (confidence 0) left out."""

    def __init__(self, name: str, clip_frame: float) -> None:
        whole, part = divmod(scene_frame(0) + clip_frame, 1)
        set_input(bpy.data.objects[name], ATTRIBUTES, True)
        bpy.context.scene.frame_set(int(whole), subframe=part)
        self.mesh = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        confidence = self._read("confidence", np.float32)
        tube = confidence > 0
        self.points = self._read("position", np.float32, 3, "vector")[tube]
        self.confidence, self.edge, self.kind = confidence[tube], self._read("edge", np.int32)[tube], self._read("kind", np.int32)[tube]
        self.tension, self.colour = self._read("tension", np.float32)[tube], self._read(COLOUR, np.float32, 4, "color")[tube]
        self.edges = {int(edge): float(self.confidence[self.edge == edge][0]) for edge in np.unique(self.edge)}

    def _read(self, name: str, kind: type, width: int = 1, field: str = "value") -> np.ndarray:
        attribute = self.mesh.attributes.get(name)
        if attribute is None:  # nothing is drawn
            return np.zeros((len(self.mesh.vertices), width)[: 1 + (width > 1)], kind)
        values = np.empty(len(self.mesh.vertices) * width, kind)
        attribute.data.foreach_get(field, values)
        return values.reshape(-1, width) if width > 1 else values

    def points_of(self, edge: int) -> np.ndarray:
        return self.points[self.edge == edge]


def place(clip: Clip, frame: int, edge: int) -> tuple[np.ndarray, np.ndarray]:
    joints = len(clip.skeleton)
    forth = edge // (joints * joints)
    return clip.positions[frame, forth, edge // joints % joints], clip.positions[frame, 1 - forth, edge % joints]


@pytest.mark.parametrize("frame", [0, 14.5, 20, 33, 57.25, 99])
def test_the_connections_drawn_are_those_of_the_table_at_any_frame(clip, stage, frame):
    connections = connected(clip, varied(clip))
    name = build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000)
    stored = stored_threads(connections)
    expected = {int(e): c for e, c in zip(stored.edge, confidence_at(stored, frame), strict=True) if c > 0.5}
    drawn = Drawn(name, frame).edges
    sure = {edge for edge, c in expected.items() if c > 0.5001}
    assert sure <= drawn.keys() <= expected.keys() and len(sure) > 20
    assert max(abs(drawn[edge] - expected[edge]) for edge in drawn) < 1e-4


def test_the_kind_is_that_of_the_nearest_window(clip, stage):
    connections = connected(clip, varied(clip))
    name = build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000)
    for window, frame in enumerate(connections.centres):
        for offset in (-4, 0, 4):
            drawn = Drawn(name, frame + offset)
            assert len(drawn.edge) and (drawn.kind == connections.kind[window, drawn.edge]).all()


def test_threads_end_at_the_joints_and_point_from_source_to_target(clip, stage):
    name = build_threads(connected(clip, varied(clip)), stage[1], "Duet", stage[0], top_k=60, width=0.005)
    set_input(bpy.data.objects[name], "Fade", 0.0)
    set_input(bpy.data.objects[name], "Pulse", 0.0)
    for frame in (0, 41, 99):
        drawn = Drawn(name, frame)
        for edge in drawn.edges:
            points = drawn.points_of(edge)
            source, target = place(clip, frame, edge)
            near = [np.linalg.norm(points - joint, axis=1) for joint in (source, target)]
            assert near[0].min() < 0.01 and near[1].min() < 0.01
            assert near[0].min() > near[1].min() or near[0].min() < 1e-4  # a ring at its radius from the joint: wider at the source


def test_threads_bow_and_never_go_below_the_lower_of_their_joints(clip, stage):
    name = build_threads(connected(clip, varied(clip)), stage[1], "Duet", stage[0], top_k=10_000, width=0.004)
    drawn = Drawn(name, 50)
    bows = []
    for edge in drawn.edges:
        points, (source, target) = drawn.points_of(edge), place(clip, 50, edge)
        assert points[:, 2].min() > min(source[2], target[2]) - 0.012
        chord = (target - source) / np.linalg.norm(target - source)
        across = (points - source) - np.outer((points - source) @ chord, chord)
        bows.append(np.linalg.norm(across, axis=1).max() / np.linalg.norm(target - source))
    assert min(bows) > 0.08 and max(bows) < 0.6


def test_threads_lie_nearer_to_the_camera_than_their_joints_and_look_the_same_from_there(clip, stage):
    name = build_threads(connected(clip, varied(clip)), stage[1], "Duet", stage[0], top_k=40, width=0.002)
    set_input(bpy.data.objects[name], "Lift", 0.1)
    at_joints = Drawn(name, 30)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    stage[0].objects.link(camera)
    bpy.context.scene.camera = camera
    for place_of_it in ((3.0, -6.0, 1.5), (-5.0, 4.0, 2.0)):
        camera.location = place_of_it
        lifted = Drawn(name, 30)
        for edge in lifted.edges:
            moved = lifted.points_of(edge) - at_joints.points_of(edge)
            source, _ = place(clip, 30, edge)
            sight = np.array(place_of_it) - source
            np.testing.assert_allclose(moved, np.tile(0.1 * sight / np.linalg.norm(sight), (len(moved), 1)), atol=2e-3)


def test_also_joints_that_touch_have_a_thread_that_rises_from_them(clip, stage):
    joints = len(clip.skeleton)
    together = clip.changed(positions=clip.positions[:, [0, 0]])  # each stands in the other
    followers = build_dancers(together, "Duet", stage[0]).joints
    same = np.eye(joints, dtype=np.float32).ravel()
    name = build_threads(connected(clip, np.tile(same, (2, 2))), followers, "Duet", stage[0], width=0.001, top_k=2 * joints)
    drawn = Drawn(name, 50)
    assert len(drawn.edges) == 2 * joints
    for edge in drawn.edges:
        away = drawn.points_of(edge) - place(together, 50, edge)[0]
        assert away[:, 2].max() > 0.02


def test_top_k_keeps_the_strongest(clip, stage):
    connections = connected(clip, varied(clip))
    name = build_threads(connections, stage[1], "Duet", stage[0], top_k=7)
    stored = stored_threads(connections)
    ranked = stored.edge[np.argsort(-confidence_at(stored, 30))]
    assert set(Drawn(name, 30).edges) == set(ranked[:7].tolist())
    set_input(bpy.data.objects[name], "Top K", 0)
    assert not Drawn(name, 30).edges


FILTERS = [
    {"B to A": False},
    {"A to B": False},
    {"A to B": False, "B to A": False},
    {"Lead": False, "Mirror": False},
    {"Clear": False},
    {"Faint": False, "Core": False, "Mirror": False, "B to A": False},
    {"Hold": False, "Unison": False, "Opposition": False, "Threshold": 0.3},
    {"From Torso": False, "From Left Hand": False, "To Head": False},
    {f"To {part}": False for part in ("Torso", "Head", "Left Arm", "Right Arm", "Left Leg", "Right Leg", "Left Hand")},
    {"Only Chosen": True},
    {"Only Chosen": True, "A to B": False, "Lead": False, "From Right Leg": False, "Threshold": 0.2, "Top K": 5},
]


@pytest.mark.parametrize("filters", FILTERS, ids=lambda filters: ", ".join(filters))
def test_what_passes_the_filters_is_what_python_says(clip, stage, filters):
    connections = connected(clip, varied(clip))
    thing = bpy.data.objects[build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000, skeleton=clip.skeleton)]
    _, stored = read_threads(thing)
    choose_joints(thing, stored, [(0, 3), (1, 20)])
    for name, value in filters.items():
        set_input(thing, name, value)
    show, (gate, chosen) = read_show(thing), read_gates(thing)
    assert show != Show(top_k=10_000)
    parts = clip.skeleton.parts
    for frame in (0, 33, 57.25):
        numbers, confidence = shown_at(stored, frame, show, gate, chosen)
        drawn = Drawn(thing.name, frame)
        expected = dict(zip(stored.edge[numbers].tolist(), confidence, strict=True))
        assert drawn.edges == pytest.approx(expected, abs=1e-4)
        kinds = dict(zip(stored.edge.tolist(), kind_at(stored, frame).tolist(), strict=True))
        assert all(kinds[edge] == kind for edge, kind in zip(drawn.edge.tolist(), drawn.kind.tolist(), strict=True))
        for number in numbers:  # and what it says is what was asked for
            start = (stored.from_dancer[number], stored.from_joint[number])
            end = (stored.to_dancer[number], stored.to_joint[number])
            assert get_input(thing, ("A to B", "B to A")[start[0]])
            assert get_input(thing, f"From {parts[start[1]].replace('_', ' ').title()}")
            assert get_input(thing, f"To {parts[end[1]].replace('_', ' ').title()}")
            assert get_input(thing, TYPES[type_at(stored, frame)[number]].capitalize())
            assert get_input(thing, KINDS[kinds[stored.edge[number]]].capitalize())
            assert not show.only_chosen or {(0, 3), (1, 20)} & {start, end}


def test_filters_can_be_keyed(clip, stage):
    thing = bpy.data.objects[build_threads(connected(clip, varied(clip)), stage[1], "Duet", stage[0], top_k=10_000)]
    for frame, on in ((scene_frame(0), True), (scene_frame(50), False)):
        set_input(thing, "A to B", on)
        thing.keyframe_insert(input_path(thing, "A to B"), frame=frame)
    half = len(clip.skeleton) ** 2
    assert min(Drawn(thing.name, 10).edges) < half <= min(Drawn(thing.name, 60).edges)


def test_tension_is_the_distance_over_its_own_mean(clip, stage):
    connections = connected(clip, varied(clip))
    name = build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000, positions=clip.positions)
    stored = stored_threads(connections)
    mean = mean_distances(stored, clip.positions)
    for frame in (0, 60):
        drawn = Drawn(name, frame)
        place = clip.positions[frame]
        apart = place[stored.to_dancer, stored.to_joint] - place[stored.from_dancer, stored.from_joint]
        expected = dict(zip(stored.edge.tolist(), tension(np.linalg.norm(apart, axis=1), mean), strict=True))
        assert [expected[edge] for edge in drawn.edge.tolist()] == pytest.approx(drawn.tension.tolist(), rel=5e-3)
    untold = Drawn(build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000), 0)
    assert (untold.tension == 1).all()


def test_colours_say_confidence_kind_direction_or_tension(clip, stage):
    thing = bpy.data.objects[
        build_threads(connected(clip, varied(clip)), stage[1], "Duet", stage[0], top_k=10_000, positions=clip.positions)
    ]
    set_input(thing, "Pulse", 0.0)

    def hues(by: str, of) -> dict[int, np.ndarray]:
        """For each value that *of* tells the mean direction of its colours."""
        set_input(thing, "Colour By", by)
        assert get_input(thing, "Colour By") == by
        drawn = Drawn(thing.name, 40)
        unit = drawn.colour[:, :3] / np.linalg.norm(drawn.colour[:, :3], axis=1, keepdims=True)
        value = of(drawn)
        assert max(unit[value == v].std(axis=0).max() for v in np.unique(value)) < 1e-3
        return {int(v): unit[value == v].mean(axis=0) for v in np.unique(value)}

    kinds = hues("Kind", lambda drawn: drawn.kind)
    assert set(kinds) == {1, 2, 3, 4, 5}
    for kind, hue in kinds.items():
        wanted = np.array(linear(KIND_COLOURS[KINDS[kind]])[:3])
        assert np.abs(hue - wanted / np.linalg.norm(wanted)).max() < 2e-3
    directions = hues("Direction", lambda drawn: drawn.edge // len(clip.skeleton) ** 2)
    assert np.abs(directions[0] - directions[1]).max() > 0.3
    for by in ("Confidence", "Tension"):
        set_input(thing, "Colour By", by)
        drawn = Drawn(thing.name, 40)
        value = getattr(drawn, by.lower())
        light = drawn.colour[:, :3] @ [0.2126, 0.7152, 0.0722]
        low, high = np.quantile(value, [0.15, 0.85])
        assert light[value < low].max() < light[value > high].min()


def test_each_duet_has_its_own_colour_ramp(clip, stage):
    connections = connected(clip, varied(clip))
    one, other = (build_threads(connections, stage[1], duet, stage[0]) for duet in ("Duet", "Other"))
    ramp = ramp_node(bpy.data.objects[one].modifiers[0].node_group).color_ramp
    for element in ramp.elements:
        element.color = (0, 1, 0, 1)
    for name in (one, other):
        set_input(bpy.data.objects[name], "Pulse", 0.0)
    colours = [Drawn(name, 40).colour[:, :3] for name in (one, other)]
    assert (colours[0][:, [0, 2]] == 0).all() and colours[1][:, 0].max() > 0.1


def test_drawing_again_keeps_what_was_set_keyed_and_chosen(clip, stage):
    connections = connected(clip, varied(clip))
    thing = bpy.data.objects[build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000)]
    set_input(thing, "Mirror", False)
    set_input(thing, "Bow", 0.05)
    thing.keyframe_insert(input_path(thing, "Fade"), frame=3)
    choose_joints(thing, read_threads(thing)[1], [(0, 3)])
    set_input(thing, "Only Chosen", True)
    before = set(Drawn(thing.name, 30).edges)
    assert build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000) == thing.name
    assert get_input(thing, "Mirror") is False and get_input(thing, "Bow") == pytest.approx(0.05)
    assert thing.animation_data.action is not None
    assert set(Drawn(thing.name, 30).edges) == before and before


def test_a_duet_drawn_by_an_older_version_keeps_its_settings_when_it_is_drawn_again(clip, stage):
    connections = connected(clip, varied(clip))
    thing = bpy.data.objects[build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000)]
    group = thing.modifiers[0].node_group
    for item in [item for item in group.interface.items_tree if item.item_type == "SOCKET" and item.name in ("Arrow", "Fade")]:
        group.interface.remove(item)
    group["duet_version"] = 1
    set_input(thing, "Bow", 0.05)
    set_input(thing, "Colour By", "Kind")
    for frame, width in ((1, 0.01), (50, 0.05)):
        set_input(thing, "Width", width)
        thing.keyframe_insert(input_path(thing, "Width"), frame=frame)
    assert read_show(thing).top_k == 10_000
    build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000, width=0.01)
    assert thing.modifiers[0].node_group["duet_version"] == VERSION and len(thing.modifiers) == 1
    assert get_input(thing, "Bow") == pytest.approx(0.05) and get_input(thing, "Colour By") == "Kind"
    bpy.context.scene.frame_set(50)
    assert get_input(thing, "Width") == pytest.approx(0.05)


def test_an_arrow_widens_before_the_target_and_ends_in_a_tip(clip, stage):
    confidence = np.zeros((8, 2 * len(clip.skeleton) ** 2), np.float32)
    confidence[:, 300] = 0.95
    thing = bpy.data.objects[build_threads(connected(clip, confidence), stage[1], "Duet", stage[0], width=0.01)]
    for name, value in (("Pulse", 0.0), ("Taper", 1.0), ("Arrow", 1.0), ("Bow", 0.0)):
        set_input(thing, name, value)
    points, (source, target) = Drawn(thing.name, 30).points_of(300), place(clip, 30, 300)
    chord = (target - source) / np.linalg.norm(target - source)
    along = (points - source) @ chord / np.linalg.norm(target - source)
    away = np.linalg.norm((points - source) - np.outer((points - source) @ chord, chord), axis=1)
    assert away[along > 0.999].max() < 1e-3
    assert away[along > 0.6].max() > 1.5 * away[along < 0.1].max()


def test_among_equals_no_direction_comes_first(clip, stage):
    confidence = np.full((8, 2 * len(clip.skeleton) ** 2), 0.9, np.float32)
    name = build_threads(connected(clip, confidence), stage[1], "Duet", stage[0], top_k=60)
    forth = np.array(list(Drawn(name, 30).edges)) < confidence.shape[1] // 2
    assert 20 <= forth.sum() <= 40


def test_a_thread_grows_from_nothing_at_the_threshold(clip, stage):
    confidence = np.zeros((8, 2 * len(clip.skeleton) ** 2), np.float32)
    confidence[:, 300], confidence[:, 1200], confidence[:, 700] = 0.501, 0.52, 0.6
    name = build_threads(connected(clip, confidence), stage[1], "Duet", stage[0], width=0.05)
    set_input(bpy.data.objects[name], "Pulse", 0.0)
    drawn = Drawn(name, 30)
    radius = {edge: np.linalg.norm(drawn.points_of(edge) - place(clip, 30, edge)[0], axis=1).min() for edge in (300, 1200, 700)}
    assert radius[300] < 1e-4 < radius[1200] < radius[700]


def test_the_inputs_can_be_keyed(clip, stage):
    connections = connected(clip, varied(clip))
    thing = bpy.data.objects[build_threads(connections, stage[1], "Duet", stage[0], top_k=10_000)]
    for frame, threshold in ((1, 0.2), (60, 0.95)):
        set_input(thing, "Threshold", threshold)
        thing.keyframe_insert(input_path(thing, "Threshold"), frame=frame)
    few = Drawn(thing.name, 59).edges
    many = Drawn(thing.name, 0).edges
    assert min(many.values()) < 0.3 and (not few or min(few.values()) > 0.94)
    assert get_input(thing, "Threshold") == pytest.approx(0.2)


def test_a_silent_take_draws_nothing_and_fails_nowhere(clip, stage):
    for windows in (8, 0):
        confidence = np.zeros((windows, 2 * len(clip.skeleton) ** 2), np.float32)
        name = build_threads(connected(clip, confidence), stage[1], "Duet", stage[0])
        assert name == "Duet connections" and not Drawn(name, 10).edges
        about, threads = read_threads(bpy.data.objects[name])
        assert threads.edges == 0 and about["meta"]["method"] == "planted"


def test_drawing_again_replaces_the_old_threads(clip, stage):
    for _ in range(2):
        name = build_threads(connected(clip, varied(clip)), stage[1], "Duet", stage[0])
    assert name == "Duet connections"
    assert sum("connections" in thing.name for thing in bpy.data.objects) == 2  # the threads and their table
    assert sum("connections" in mesh.name for mesh in bpy.data.meshes) == 2
    assert sum(tree.name.startswith("Duet Threads") for tree in bpy.data.node_groups) == 2  # one within the other


def test_the_object_carries_its_results(clip, stage):
    connections = connected(clip, varied(clip))
    thing = bpy.data.objects[build_threads(connections, stage[1], "Duet", stage[0])]
    about, threads = read_threads(thing)
    stored = stored_threads(connections)
    assert about["version"] == 1 and about["joints"] == list(clip.skeleton.joints) and about["meta"]["settings"] == {"seed": 5}
    assert about["window_start"] == connections.window_start.tolist()
    np.testing.assert_array_equal(threads.confidence, stored.confidence)
    np.testing.assert_array_equal(threads.kind, stored.kind)
    np.testing.assert_array_equal(threads.to_joint, stored.to_joint)


def test_workbench_shows_the_threads_colours_and_the_bodies_own(clip, stage, tmp_path):
    confidence = np.zeros((8, 2 * len(clip.skeleton) ** 2), np.float32)
    confidence[:, [30, 900, 1500]] = 0.78
    name = build_threads(connected(clip, confidence), stage[1], "Duet", stage[0], width=0.2)
    mesh = Drawn(name, 30).mesh
    assert mesh.color_attributes.active_color_name == COLOUR
    block = bpy.data.meshes.new("block")
    block.from_pydata([(-9, 4, -9), (9, 4, -9), (9, 4, 9), (-9, 4, 9)], [], [(0, 1, 2, 3)])
    plain = bpy.data.materials.new("plain")
    plain.diffuse_color = (0.0, 1.0, 0.0, 1.0)
    block.materials.append(plain)
    wall = bpy.data.objects.new("block", block)
    wall.color = plain.diffuse_color  # 4.5 shows the object's colour, later ones the material's
    stage[0].objects.link(wall)
    pixels = rendered(tmp_path / "threads.png", middle=clip.positions[30].mean(axis=(0, 1)))
    red, green, blue = (pixels[..., i] for i in range(3))
    assert ((green > 0.9) & (red < 0.1)).mean() > 0.3  # no colour attribute: the material's own
    warm = (red > 0.8) & (blue < 0.75) & (green > 0.15) & (green < 0.95) & (red > blue + 0.2)
    assert warm.mean() > 0.01  # the ramp at 0.78


def rendered(path: Path, middle: np.ndarray) -> np.ndarray:
    scene = bpy.context.scene
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    camera.location = (middle[0], middle[1] - 6, 1.0)
    camera.rotation_euler = (np.pi / 2, 0, 0)
    scene.camera = camera
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "VERTEX"
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 160, 90, 100
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    return np.array(image.pixels[:], np.float32).reshape(90, 160, 4)


PLAY = """
import json, sys
import bpy, numpy as np
blend, frames, out = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
bpy.ops.wm.open_mainfile(filepath=blend)
assert not any("duet" in name for name in sys.modules), "our code was loaded"
result = {}
for frame in frames:
    bpy.context.scene.frame_set(frame)
    mesh = bpy.data.objects["Duet connections"].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    count = len(mesh.vertices)
    for name, kind, field, width in (("position", "f4", "vector", 3), ("confidence", "f4", "value", 1), ("edge", "i4", "value", 1)):
        values = np.empty(count * width, kind)
        mesh.attributes[name].data.foreach_get(field, values)
        result[f"{name}{frame}"] = values.reshape(count, width)
np.savez(out, **result)
"""


def test_a_saved_file_plays_without_the_addon(clip, stage, tmp_path):
    connections = connected(clip, varied(clip))
    name = build_threads(connections, stage[1], "Duet", stage[0], top_k=400, width=0.004)
    set_input(bpy.data.objects[name], ATTRIBUTES, True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "duet.blend"))
    frames = [0, 23, 47, 88]
    script = tmp_path / "play.py"
    script.write_text(PLAY, "utf-8")
    command = [
        sys.executable,
        str(script),
        str(tmp_path / "duet.blend"),
        json.dumps([scene_frame(f) for f in frames]),
        str(tmp_path / "out.npz"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (tmp_path / "out.npz").is_file(), done.stderr
    played = np.load(tmp_path / "out.npz")
    stored = stored_threads(connections)
    for frame in frames:
        position, confidence, edge = (played[f"{name}{scene_frame(frame)}"] for name in ("position", "confidence", "edge"))
        table = dict(zip(stored.edge.tolist(), confidence_at(stored, frame), strict=True))
        tubes = confidence[:, 0] > 0
        assert tubes.sum() > 500
        np.testing.assert_allclose(confidence[tubes, 0], [table[e] for e in edge[tubes, 0].tolist()], atol=1e-4)
        for one in np.unique(edge[tubes, 0]):
            points = position[tubes & (edge[:, 0] == one)]
            for joint in place(clip, frame, int(one)):
                assert np.linalg.norm(points - joint, axis=1).min() < 0.01
