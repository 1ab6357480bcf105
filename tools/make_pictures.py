"""Makes the pictures of the README and the guide anew: ``python tools/make_pictures.py [film] [partner] [window]``.

``film``: the still and the animation of the sample, by ``scripts/render.py`` (some minutes). ``partner``: a new partner beside the sample (as long, by EEVEE).
``window``: Blender's own window, where BLENDER_WINDOW has the command of a Blender with one and ImageMagick is there (see tests/window). What is made on the
way stays in a folder of the system's temporary one, since pictures show where files lie.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.window.running import built_zip, walked  # noqa: E402

SAMPLE = ROOT / "samples" / "sample.duet.npz"
WORK = Path(tempfile.gettempdir()) / "duet"
TO = ROOT / "docs" / "pictures"

FILM, STEP, FPS = range(165, 600), 2, 30
"""Frames of the sample that the animation shows: from the answer to the end."""
ANIMATION, QUALITY = (640, 360), 50

ASKED = (
    ("left_wrist", "right_wrist", "lead"),
    ("right_wrist", "left_wrist", "mirror"),
    ("left_ankle", "right_ankle", "mirror"),
    ("head", "head", "unison"),
)
BOUND = 120
SIDE_BY_SIDE = 1000, 460
"""Which joints a new partner answers, a frame at which that is seen, and the size of its picture."""

WIDEST = 1200
"""Pixels of a picture: what pages show."""
PAGES = ("install-menu", "install-file", "import-options", "sidebar-finding", "sidebar-found")
SCENES = ("first-duet", "look-threads", "look-trails", "look-ink")
PANELS = ("show", "look", "moments", "phrases", "staging", "output", "training", "rigs")


def film() -> None:
    """The still, and an animation."""
    out = WORK / "film"
    command = [sys.executable, str(ROOT / "scripts" / "render.py"), str(SAMPLE), "--out", str(out), "--pictures", "--no-video"]
    subprocess.run([*command, "--quiet"], check=True)
    subprocess.run([*command[:-1], "--frames", f"{FILM.start}:{FILM.stop}"], check=True)
    Image.open(out / "still.png").convert("RGB").save(TO / "still.png", optimize=True)
    pictures = [
        Image.open(out / "frames" / f"{frame + 1:06}.png").convert("RGB").resize(ANIMATION, Image.Resampling.LANCZOS)
        for frame in FILM[::STEP]
    ]
    first, *others = pictures
    first.save(TO / "duet.webp", save_all=True, append_images=others, duration=1000 * STEP // FPS, loop=0, quality=QUALITY, method=6)


def partner() -> None:
    """The sample, and beside it the same A with a new partner, who is bound by four connections."""
    from duet_core.launch import load_extension

    load_extension()
    import bpy
    import duet_connections
    from duet_connections.addon.scene.asking import add_request
    from duet_connections.duet_core.generation.requests import Request

    WORK.mkdir(exist_ok=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    duet_connections.register()
    bpy.ops.duet.import_poses(filepath=str(SAMPLE))
    bpy.ops.duet.infer()
    for joint, other, kind in ASKED:
        add_request("sample", Request(0, joint, 1, other, kind, 0.3 if kind == "lead" else 0.0))
    scene = bpy.context.scene
    scene.duet.phrases.way, scene.duet.phrases.base = "PARTNER_A", "new"
    bpy.ops.duet.generate()
    scene.frame_set(BOUND)
    camera = scene.camera
    for thing in camera.children:  # the captions of one duet are not the other's
        thing.hide_render = True
    bodies = [np.array(thing.matrix_world @ thing.pose.bones[0].head) for thing in scene.objects if thing.type == "ARMATURE"]
    camera.animation_data_clear()
    across = camera.matrix_world.to_3x3().col[0]
    along = [float(np.dot(place, across)) for place in bodies]
    scene.render.resolution_x, scene.render.resolution_y = SIDE_BY_SIDE
    width = max(along) - min(along) + 2.2
    away = width * camera.data.lens / camera.data.sensor_width
    middle = np.mean(bodies, axis=0) * (1, 1, 0) + (0, 0, 1.0)
    middle += np.array(across) * ((max(along) + min(along)) / 2 - float(np.dot(middle, across)))
    camera.location = middle + np.array(camera.matrix_world.to_3x3().col[2]) * away
    scene.render.filepath = str(WORK / "partner.png")
    bpy.ops.render.render(write_still=True)
    Image.open(WORK / "partner.png").convert("RGB").save(TO / "new-partner.png", optimize=True)


def window() -> None:
    """What a newcomer sees: tests/window/installing.py with the sample."""
    command = shlex.split(os.environ.get("BLENDER_WINDOW", ""))
    if not command:
        sys.exit("BLENDER_WINDOW names no Blender with a window")
    shutil.rmtree(WORK, ignore_errors=True)  # a newcomer has nothing installed
    taken = WORK / "window"
    told = walked(command, "installing.py", [built_zip(WORK / "downloads"), taken, SAMPLE], taken, WORK / "blender", seconds=1500)
    if told["failures"]:
        sys.exit("\n".join(told["failures"]))
    cut(taken)


def cut(taken: Path) -> None:
    """From the window's pictures in *taken* those that pages show."""
    for name in PAGES:
        keep(name, trimmed(Image.open(taken / f"{name}.png")))
    for name in SCENES:
        fitting(Image.open(taken / f"{name}.png")).save(TO / f"{name}.webp", quality=85, method=6)
    keep("installed", trimmed(Image.open(taken / "installed.png")))
    keep("import-menu", difference(taken / "import-menu.png", taken / "before-menu.png"))
    for name in PANELS:
        keep(f"panel-{name}", difference(taken / f"panel-{name}.png", taken / "around.png"))


def trimmed(picture: Image.Image) -> Image.Image:
    """Without the empty part below: rows that are as the last one but two."""
    rows = np.asarray(picture.convert("RGB"), np.int16)
    used = np.nonzero(np.abs(rows - rows[-3]).max(axis=(1, 2)) > 12)[0]
    used = used[used < len(rows) - 3]
    return picture.crop((0, 0, picture.width, min(picture.height, int(used.max()) + 16)))


def difference(file: Path, around: Path) -> Image.Image:
    """The part of the picture *file* in which most pixels differ from *around*: a menu, a panel; not the outline of the area in use."""
    picture = Image.open(file).convert("RGB")
    changed = np.abs(np.asarray(picture, np.int16) - np.asarray(Image.open(around).convert("RGB"), np.int16)).max(axis=2) > 2
    parts, count = ndimage.label(ndimage.binary_opening(ndimage.binary_closing(changed, iterations=2), iterations=3))
    most = int(np.argmax(ndimage.sum(changed, parts, range(1, count + 1))))
    rows, columns = ndimage.find_objects(parts)[most]
    return picture.crop((columns.start, rows.start, columns.stop, rows.stop))


def fitting(picture: Image.Image) -> Image.Image:
    """No wider than pages show."""
    picture = picture.convert("RGB")
    if picture.width <= WIDEST:
        return picture
    return picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)), Image.Resampling.LANCZOS)


def keep(name: str, picture: Image.Image) -> None:
    fitting(picture).quantize(200, dither=Image.Dither.NONE).save(TO / f"{name}.png", optimize=True)


if __name__ == "__main__":
    TO.mkdir(exist_ok=True)
    for part in sys.argv[1:] or ("film", "partner", "window"):
        {"film": film, "partner": partner, "window": window}[part]()
