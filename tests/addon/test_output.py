"""Films and pictures out of Blender: every profile gives what it says, from a copy, and what is cancelled leaves nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon import jobs, rendering
from duet_connections.addon.scene import memory, profiles
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.video import Order, make_video
from duet_connections.duet_core.connections import KINDS, Connections
from duet_connections.duet_core.errors import Cancelled
from duet_connections.duet_core.formats import read

pytestmark = pytest.mark.usefixtures("registered")

FRAMES = 6


@pytest.fixture
def scene(root: Path) -> bpy.types.Scene:
    """A short duet with one strong connection, in a small picture."""
    clip = read(root / "samples" / "sample.duet.npz", frames=(200, 200 + FRAMES))
    joints = clip.skeleton.joints
    edges = 2 * len(joints) ** 2
    confidence, kind = np.zeros((1, edges), np.float32), np.zeros((1, edges), np.int8)
    edge = joints.index("left_wrist") * len(joints) + joints.index("right_wrist")
    confidence[0, edge], kind[0, edge] = 0.95, KINDS.index("lead")
    found = Connections(
        joints=joints, window_start=np.array([0]), window_end=np.array([FRAMES]), confidence=confidence, fps=clip.fps, types=("none", "core"),
        type_probability=np.full((1, edges, 2), 0.5, np.float32), lag=np.full((1, edges), 0.2, np.float32), kind=kind,
    )  # fmt: skip
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 320, 180
    build_duet(clip, found)
    scene.duet.output.engine = "workbench"
    return scene


def pixels(file: Path) -> np.ndarray:
    """(height, width, 4) of a picture."""
    image = bpy.data.images.load(str(file))
    width, height = image.size
    values = np.array(image.pixels[:]).reshape(height, width, 4)
    bpy.data.images.remove(image)
    return values


def state() -> dict:
    """What a render must leave as it was."""
    scene = bpy.context.scene
    return {
        "size": (scene.render.resolution_x, scene.render.resolution_y, scene.render.engine, scene.render.film_transparent),
        "path": (scene.render.filepath, bpy.data.filepath, scene.frame_current),
        "hidden": sorted(thing.name for thing in scene.objects if thing.hide_render),
        "camera": tuple(scene.camera.location),
        "objects": sorted(thing.name for thing in bpy.data.objects),
    }


@pytest.mark.parametrize(
    ("name", "own", "size"),
    [
        ("PREVIEW", (1280, 720), (640, 360)),
        ("PREVIEW", (1080, 1920), (360, 640)),
        ("FULL", (1080, 1920), (1920, 1080)),
        ("VERTICAL", (320, 180), (1080, 1920)),
        ("OVERLAY", (1999, 1001), (1998, 1000)),
    ],
)
def test_a_profile_has_the_size_it_says(name: str, own: tuple[int, int], size: tuple[int, int]) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = own
    assert profiles.picture_size(scene, profiles.PROFILES[name]) == size


def test_a_preview_is_a_film_of_every_frame_and_leaves_the_scene_alone(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.duet.output.profile = "PREVIEW"
    scene.duet.output.folder = str(tmp_path / "out")
    before = state()
    assert bpy.ops.duet.render_video() == {"FINISHED"}
    assert state() == before
    (film,) = (tmp_path / "out").iterdir()
    assert film.name == "Duet-preview.mp4"
    clip = bpy.data.movieclips.load(str(film))
    assert tuple(clip.size) == (640, 360)
    assert clip.frame_duration == FRAMES


def test_a_still_of_the_overlay_holds_threads_and_names_on_nothing(scene: bpy.types.Scene, tmp_path: Path) -> None:
    settings = scene.duet.output
    settings.profile, settings.folder = "OVERLAY", str(tmp_path)
    scene.frame_set(3)
    assert bpy.ops.duet.render_video(still=True) == {"FINISHED"}
    picture = pixels(tmp_path / "Duet-overlay-000003.png")
    assert picture.shape == (180, 320, 4)
    seen = picture[..., 3] > 0.5
    assert 0.0005 < seen.mean() < 0.08, "threads and names, and no dancers or floor"
    assert (picture[~seen & (picture[..., 3] == 0)][:, 3] == 0).any()
    full = picture[seen][:, :3]
    assert (full[:, 0] > full[:, 2] + 0.1).any(), "a sure thread is warm"


@pytest.mark.parametrize(("kind", "name"), [("PRORES", "Duet-overlay.mov"), ("WEBM", "Duet-overlay.webm"), ("PNG", "Duet-overlay")])
def test_an_overlay_keeps_its_transparency_in_every_kind_of_file(scene: bpy.types.Scene, tmp_path: Path, kind: str, name: str) -> None:
    settings = scene.duet.output
    settings.profile, settings.overlay_kind, settings.folder = "OVERLAY", kind, str(tmp_path)
    scene.frame_end = 2
    assert bpy.ops.duet.render_video() == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if kind == "PNG":
        assert [path.name for path in sorted((tmp_path / name).iterdir())] == ["Duet-overlay_000001.png", "Duet-overlay_000002.png"]
        alpha = pixels(tmp_path / name / "Duet-overlay_000001.png")[..., 3]
    else:
        alpha = _first_frame(tmp_path / name)[..., 3]
    assert alpha.min() < 0.05
    assert alpha.max() > 0.9
    assert 0.0005 < (alpha > 0.5).mean() < 0.08


@pytest.mark.parametrize("movie", [False, True], ids=["pictures", "movie"])
def test_side_by_side_shows_the_footage_of_the_same_frame_at_the_left(scene: bpy.types.Scene, tmp_path: Path, movie: bool) -> None:
    footage = tmp_path / "footage"
    footage.mkdir()
    for number in range(1, 7):  # grey, brighter by a tenth each
        image = bpy.data.images.new("grey", 160, 90)
        image.pixels.foreach_set(np.tile(np.float32([0.1 * number] * 3 + [1.0]), 160 * 90))
        image.filepath_raw, image.file_format = str(footage / f"{number:06d}.png"), "PNG"
        image.save()
        bpy.data.images.remove(image)
    file = footage / "000001.png"
    if movie:
        file = tmp_path / "footage.mp4"
        rendering.encode(footage, file, (160, 90), (30, 1.0))
    assert bpy.ops.duet.show_footage(filepath=str(file), kind="BACKGROUND", start=3) == {"FINISHED"}
    settings = scene.duet.output
    settings.profile, settings.folder, settings.engine = "BESIDE", str(tmp_path / "out"), "workbench"
    scene.frame_start, scene.frame_end = 2, 3  # the footage's fourth and fifth
    assert bpy.ops.duet.render_video() == {"FINISHED"}
    (film,) = (tmp_path / "out").iterdir()
    pictures = _pictures(film)
    assert [picture.shape[:2] for picture in pictures] == [(540, 1920)] * 2
    for picture, number in zip(pictures, (4, 5), strict=True):
        left, right = picture[:, 20:940, :3], picture[:, 980:, :3]
        assert left.mean() == pytest.approx(0.1 * number, abs=0.03) and left.std() < 0.03
        assert right.std() > 0.05, "dancers and threads"


def test_a_still_side_by_side_has_the_footage_once(scene: bpy.types.Scene, tmp_path: Path) -> None:
    image = bpy.data.images.new("green", 160, 90)
    image.pixels.foreach_set(np.tile(np.float32([0.1, 0.8, 0.1, 1.0]), 160 * 90))
    image.filepath_raw, image.file_format = str(tmp_path / "green.png"), "PNG"
    image.save()
    assert bpy.ops.duet.show_footage(filepath=str(tmp_path / "green.png"), kind="PLANE") == {"FINISHED"}
    scene.duet.output.profile, scene.duet.output.folder = "BESIDE", str(tmp_path / "out")
    scene.frame_set(3)
    assert bpy.ops.duet.render_video(still=True) == {"FINISHED"}
    picture = pixels(tmp_path / "out" / "Duet-beside-000003.png")
    green = (picture[..., 1] > 0.6) & (picture[..., 0] < 0.4)
    assert green[:, 20:940].all() and not green[:, 980:].any()


def test_side_by_side_without_footage_says_where_to_choose_it(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.duet.output.profile, scene.duet.output.folder = "BESIDE", str(tmp_path)
    with pytest.raises(RuntimeError, match="no footage"):
        bpy.ops.duet.render_video()
    assert not list(tmp_path.iterdir())


def _pictures(film: Path) -> list[np.ndarray]:
    """Every frame of *film*, (height, width, 3), as another program gives it."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="reads the film")
    frames = ffmpeg.read_frames(str(film), pix_fmt="rgb24")
    width, height = next(frames)["size"]
    return [np.frombuffer(frame, np.uint8).reshape(height, width, 3) / 255 for frame in frames]


def _first_frame(film: Path) -> np.ndarray:
    """(height, width, 4) the first frame of *film* as another program gives it."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="reads the film")
    decoder = ["-c:v", "libvpx-vp9"] if film.suffix == ".webm" else []  # the usual one knows no transparency
    frames = ffmpeg.read_frames(str(film), pix_fmt="rgba", bits_per_pixel=32, input_params=decoder)
    width, height = next(frames)["size"]
    return np.frombuffer(next(frames), np.uint8).reshape(height, width, 4) / 255


def test_a_vertical_picture_holds_both_dancers_and_words_that_fit(scene: bpy.types.Scene) -> None:
    profiles.apply_profile(scene, "VERTICAL", engine="workbench", words=True, cut=False)
    assert (scene.render.resolution_x, scene.render.resolution_y) == (1080, 1920)
    bpy.context.view_layer.update()
    from bpy_extras.object_utils import world_to_camera_view

    for letter in "AB":
        armature = bpy.data.objects[f"Duet {letter}"]
        for bone in armature.pose.bones:
            x, y, _ = world_to_camera_view(scene, scene.camera, armature.matrix_world @ bone.head)
            assert 0 < x < 1 and 0 < y < 1, bone.name


def test_a_camera_that_somebody_moved_stays(scene: bpy.types.Scene) -> None:
    scene.camera.location.x += 1.0
    place = tuple(scene.camera.location)
    profiles.apply_profile(scene, "VERTICAL", engine="workbench", words=True, cut=False)
    assert tuple(scene.camera.location) == place


def test_words_are_left_away_where_asked_and_names_stay(scene: bpy.types.Scene) -> None:
    profiles.apply_profile(scene, "FULL", engine="workbench", words=False, cut=False)
    assert all(child.hide_render for child in scene.camera.children)
    assert not bpy.data.objects["Duet Name A"].hide_render


def test_bodies_cut_threads_where_the_engine_can(scene: bpy.types.Scene) -> None:
    profiles.apply_profile(scene, "OVERLAY", engine="eevee", words=False, cut=True)
    body = bpy.data.objects["Duet A body"]
    assert body.is_holdout and not body.hide_render
    assert bpy.data.objects["Duet Floor"].hide_render


def test_the_scenes_own_engine_and_settings_are_kept_where_asked(scene: bpy.types.Scene) -> None:
    scene.render.engine, scene.cycles.samples = "CYCLES", 7
    profiles.apply_profile(scene, "FULL", engine=profiles.KEPT, words=True, cut=False)
    assert (scene.render.engine, scene.cycles.samples, scene.render.resolution_x) == ("CYCLES", 7, 1920)


def test_cancelling_leaves_no_file_and_no_process(scene: bpy.types.Scene, tmp_path: Path) -> None:
    blend = tmp_path / "copy.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    out = tmp_path / "out"
    order = Order(blend, scene.name, "PREVIEW", "workbench", True, False, False, range(1, 500), "MP4", out / "film.mp4")
    job: jobs.Job[Path] = jobs.Job("Rendering", lambda progress, cancelled: make_video(order, progress, cancelled))

    def watching(share: float, detail: str = "") -> None:
        if "/" in detail:
            job.cancel()

    job._report = watching  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        job.run()
    assert list(out.iterdir()) == []


def test_what_cannot_be_written_is_said_in_one_line(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.duet.output.folder = str(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RuntimeError) as error:
        bpy.ops.duet.render_video()
    assert "cannot write here" in str(error.value)
    scene.duet.output.folder = ""
    with pytest.raises(RuntimeError, match="no folder is chosen"):
        bpy.ops.duet.render_video()


def test_a_child_that_fails_is_one_line_for_the_user(scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.duet.output.folder = str(tmp_path)
    monkeypatch.setattr(rendering, "_command", lambda task: [shutil.which("false") or "false"])
    with pytest.raises(RuntimeError) as error:
        bpy.ops.duet.render_video()
    assert "Traceback" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_nothing_can_be_rendered_without_a_duet_or_camera(scene: bpy.types.Scene) -> None:
    scene.camera = None
    assert not bpy.ops.duet.render_video.poll()
    assert memory.duets(scene)
