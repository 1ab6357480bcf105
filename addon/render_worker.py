"""A Blender process of its own that renders a saved duet: frames to pictures, or pictures to a video. Started by ``rendering``, as a script.

It opens the .blend without this add-on, so whatever it renders any Blender can. Its one argument is a JSON object with a ``task``:

* ``probe``: write to ``answer`` which graphics this process got;
* ``prepare``: give ``blend`` the settings of a ``profile`` and write to ``answer`` what it will be (the one task that needs the add-on);
* ``frames``: open ``blend`` and render its ``frames`` into ``folder`` as ``000001.png`` …;
* ``video``: join the pictures of ``folder`` into ``video``, where asked for with footage ``beside`` them.
"""

import importlib
import importlib.util
import json
import os
import secrets
import sys

import bpy

KINDS = {
    "MP4": ("MPEG4", "H264"),
    "WEBM": ("WEBM", "WEBM"),
    "PRORES": ("QUICKTIME", "PRORES"),
}
"""Container and codec of each kind of video; the last two may be transparent."""


def probe(task: dict) -> None:
    """Background Blender has no graphics before its first render, so a tiny one comes first."""
    import gpu

    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.ops.render.render()
    found = {"renderer": gpu.platform.renderer_get(), "device": gpu.platform.device_type_get()}
    with open(task["answer"], "w", encoding="utf-8") as stream:
        json.dump(found, stream)


def prepare(task: dict) -> None:
    bpy.ops.wm.open_mainfile(filepath=task["blend"], load_ui=False)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = importlib.util.spec_from_file_location("duet_connections", os.path.join(root, "__init__.py"), submodule_search_locations=[root])
    assert spec
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    profiles = importlib.import_module(f"{spec.name}.addon.scene.profiles")
    scene = bpy.data.scenes[task["scene"]]
    profiles.apply_profile(scene, task["profile"], engine=task["engine"], words=task["words"], cut=task["cut"])
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_mainfile(compress=False)
    render = scene.render
    size = [render.resolution_x * render.resolution_percentage // 100, render.resolution_y * render.resolution_percentage // 100]
    found = {"resolution": size, "fps": render.fps, "fps_base": render.fps_base}
    with open(task["answer"], "w", encoding="utf-8") as stream:
        json.dump(found, stream)


def frames(task: dict) -> None:
    bpy.ops.wm.open_mainfile(filepath=task["blend"], load_ui=False)
    scene = bpy.data.scenes[task["scene"]] if task.get("scene") else bpy.context.scene
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    settings.color_mode = "RGBA" if task.get("transparent") else "RGB"
    settings.color_depth = "8"
    settings.compression = 30  # below 12 Blender compresses nothing
    scene.render.use_file_extension = True
    scene.render.use_overwrite = True
    stamp_nothing(scene)
    parent = os.getppid()
    for frame in task["frames"]:
        if os.getppid() != parent:
            sys.exit(3)  # whoever asked for this is gone
        final = os.path.join(task["folder"], f"{frame:06d}.png")
        scene.frame_set(frame)
        # Whole or not at all, and no other process's business: two machines may be at the same frame.
        scene.render.filepath = os.path.join(task["folder"], f"part-{secrets.token_hex(4)}-{frame:06d}.png")
        bpy.ops.render.render(write_still=True, scene=scene.name)
        os.replace(scene.render.filepath, final)


def video(task: dict) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    pictures = sorted(name for name in os.listdir(task["folder"]) if name[:-4].isdigit() and name.endswith(".png"))
    scene.render.resolution_x, scene.render.resolution_y = task["resolution"]
    scene.render.resolution_percentage = 100
    scene.render.fps, scene.render.fps_base = task["fps"], task["fps_base"]
    scene.frame_start, scene.frame_end = 1, len(pictures)
    # The pictures are as they shall be: no colour management on the way.
    scene.view_settings.view_transform = "Standard"
    scene.sequencer_colorspace_settings.name = "sRGB"
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_image("Frames", os.path.join(task["folder"], pictures[0]), 1, 1)
    for name in pictures[1:]:
        strip.elements.append(name)
    strip.frame_final_duration = len(pictures)
    if task.get("beside"):
        stand_beside(scene, strips, strip, task["beside"])
    scene.render.use_sequencer = True
    scene.render.use_compositing = False
    still = task["kind"] == "STILL"
    if still:
        settings = scene.render.image_settings
        if hasattr(settings, "media_type"):
            settings.media_type = "IMAGE"
        settings.file_format, settings.color_mode = "PNG", "RGB"
        scene.frame_set(1)
    else:
        set_video(scene, task["kind"], transparent=task["transparent"])
    stamp_nothing(scene)
    scene.render.filepath = task["video"]
    scene.render.use_file_extension = False
    bpy.ops.render.render(animation=not still, write_still=still)


def stand_beside(scene: bpy.types.Scene, strips: bpy.types.bpy_prop_collection, picture: bpy.types.Strip, footage: dict) -> None:
    """Make the film twice as wide, the *picture* its right half and *footage* its left, as large as fits."""
    width, height = scene.render.resolution_x, scene.render.resolution_y
    scene.render.resolution_x = 2 * width
    picture.transform.offset_x = width / 2
    first = footage["files"][0]
    if footage["movie"]:
        strip = strips.new_movie("Footage", first, 2, footage["start"])
    elif len(footage["files"]) > 1:
        strip = strips.new_image("Footage", first, 2, footage["start"])
        for file in footage["files"][1:]:
            strip.elements.append(os.path.basename(file))
        strip.frame_final_duration = len(footage["files"])
    else:  # one picture, all the time
        strip = strips.new_image("Footage", first, 2, 1)
        strip.frame_final_duration = scene.frame_end
    strip.blend_type = "ALPHA_OVER"
    own_width, own_height = bpy.data.images.load(first).size
    scale = min(width / own_width, height / own_height)
    strip.transform.scale_x = strip.transform.scale_y = scale
    strip.transform.offset_x = -width / 2


def stamp_nothing(scene: bpy.types.Scene) -> None:
    """Nothing in a file of *scene* says when, from what and on which machine it was made: equal pictures are equal files."""
    for name in ("date", "render_time", "memory", "hostname", "filename", "frame", "time", "camera", "scene", "lens", "marker", "note"):
        setattr(scene.render, f"use_stamp_{name}", False)


def set_video(scene: bpy.types.Scene, kind: str = "MP4", *, transparent: bool = False) -> None:
    """A video of *kind* (of `KINDS`); MP4 is H.264 with yuv420p, which every player and browser shows."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # 5.x
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    settings.color_mode = "RGB"
    settings.color_depth = "8"
    ffmpeg = scene.render.ffmpeg
    ffmpeg.format, ffmpeg.codec = KINDS[kind]
    ffmpeg.constant_rate_factor = "PERC_LOSSLESS"  # the dark stage shows blocks sooner than most pictures
    ffmpeg.ffmpeg_preset = "GOOD"
    ffmpeg.gopsize = 15
    ffmpeg.audio_codec = "NONE"
    if kind == "PRORES":
        ffmpeg.ffmpeg_prores_profile = "4444"  # the one that has room for transparency
    if transparent:
        settings.color_mode = "RGBA"


if __name__ == "__main__":
    task = json.loads(sys.argv[-1])
    {"probe": probe, "prepare": prepare, "frames": frames, "video": video}[task["task"]](task)
    sys.stdout.flush()
    os._exit(0)  # the bpy module may crash while it unloads
