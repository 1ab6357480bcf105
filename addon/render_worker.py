"""A Blender process of its own that renders a saved duet: frames to pictures, or pictures to a video. Started by ``rendering``, as a script.

It opens the .blend without this add-on, so whatever it renders any Blender can. Its one argument is a JSON object with a ``task``:

* ``probe``: write to ``answer`` which graphics this process got;
* ``frames``: open ``blend`` and render its ``frames`` into ``folder`` as ``000001.png`` …;
* ``video``: join the pictures of ``folder`` into ``video``.
"""

import json
import os
import sys

import bpy


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


def frames(task: dict) -> None:
    bpy.ops.wm.open_mainfile(filepath=task["blend"], load_ui=False)
    scene = bpy.context.scene
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    settings.color_mode = "RGB"
    settings.color_depth = "8"
    settings.compression = 30  # below 12 Blender compresses nothing
    scene.render.use_file_extension = True
    scene.render.use_overwrite = True
    parent = os.getppid()
    for frame in task["frames"]:
        if os.getppid() != parent:
            sys.exit(3)  # whoever asked for this is gone
        final = os.path.join(task["folder"], f"{frame:06d}.png")
        scene.frame_set(frame)
        scene.render.filepath = os.path.join(task["folder"], f"part-{frame:06d}.png")
        bpy.ops.render.render(write_still=True)
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
    scene.render.use_sequencer = True
    scene.render.use_compositing = False
    set_video(scene)
    scene.render.filepath = task["video"]
    scene.render.use_file_extension = False
    bpy.ops.render.render(animation=True)


def set_video(scene: bpy.types.Scene) -> None:
    """H.264 in mp4 with yuv420p, which every player and browser shows."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # 5.x
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    settings.color_mode = "RGB"
    settings.color_depth = "8"
    ffmpeg = scene.render.ffmpeg
    ffmpeg.format = "MPEG4"
    ffmpeg.codec = "H264"
    ffmpeg.constant_rate_factor = "PERC_LOSSLESS"  # the dark stage shows blocks sooner than most pictures
    ffmpeg.ffmpeg_preset = "GOOD"
    ffmpeg.gopsize = 15
    ffmpeg.audio_codec = "NONE"


if __name__ == "__main__":
    task = json.loads(sys.argv[-1])
    {"probe": probe, "frames": frames, "video": video}[task["task"]](task)
    sys.stdout.flush()
    os._exit(0)  # the bpy module may crash while it unloads
