// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Flamenco job type for the scenes of Duet Connections: split into chunks of frames, render, join. docs/farms.md says how to use it.
// Workers need Blender (and FFmpeg for the video), nothing of Duet Connections: a duet.blend plays everywhere.

const JOB_TYPE = {
  label: "Duet Connections: Render",
  description: "Render a duet in chunks and join them into a video. Frames that are there already are not rendered again.",
  settings: [
    // What people choose.
    {
      key: "frames", type: "string", required: true,
      eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
      evalInfo: { showLinkButton: true, description: "All frames of the duet" },
      description: "Frames to render, such as 1-240 or 1-100,150",
    },
    { key: "chunk_size", type: "int32", default: 48, propargs: { min: 1 }, visible: "submission", description: "Frames in one task" },
    { key: "video", type: "bool", default: true, visible: "submission", description: "Join the frames into a video when all are there" },
    {
      key: "output_root", type: "string", subtype: "dir_path", required: true, visible: "submission",
      description: "Folder on the shared storage; the job makes one of its own in it",
    },
    {
      key: "output_folder", type: "string", subtype: "dir_path", editable: false,
      eval: "str(Path(abspath(settings.output_root), jobname, '{timestamp}'))",
      description: "Where the frames and the video will be",
    },
    // What the scene says.
    { key: "blendfile", type: "string", required: true, visible: "web", description: "The duet's Blender file" },
    { key: "fps", type: "float", eval: "C.scene.render.fps / C.scene.render.fps_base", visible: "hidden", description: "Frames a second" },
  ],
};

// Said to Blender before it renders: pictures, not the video that the file is set to; nothing in them about when and where they were made; those that are
// there stay, but for what a worker was writing when it died (a PNG ends with its IEND chunk).
const PREPARE = [
  "import bpy, glob, os",
  "r = bpy.context.scene.render",
  "i = r.image_settings",
  "hasattr(i, 'media_type') and setattr(i, 'media_type', 'IMAGE')",
  "i.file_format, i.color_mode, i.color_depth, i.compression = 'PNG', 'RGB', '8', 30",
  "r.use_file_extension, r.use_overwrite, r.use_placeholder = True, False, False",
  "[setattr(r, n, False) for n in dir(r) if n.startswith('use_stamp')]",
  "broken = lambda f: not open(f, 'rb').read().endswith(b'IEND\\xaeB`\\x82')",
  "[os.remove(f) for f in MINE if os.path.exists(f) and broken(f)]",
];

function compileJob(job) {
  const settings = job.settings;
  if (!settings.output_folder) throw "output_folder is empty: choose output_root";
  const folder = settings.output_folder.replace("{timestamp}", formatTimestampLocal(job.created));
  settings.output_folder = folder; // so that the job tells where its results are
  const frames = path.join(folder, "frames");

  const renders = frameChunker(settings.frames, settings.chunk_size).map((chunk) => renderTask(settings.blendfile, frames, chunk));
  for (const task of renders) job.addTask(task);
  if (settings.video) {
    if (!settings.fps) throw "fps is 0: the video needs the scene's frame rate";
    const join = videoTask(settings, folder, frames);
    for (const task of renders) join.addDependency(task);
    job.addTask(join);
  }
}

// Blender and a chunk of frames, such as "1-48" or "1-3,7".
function renderTask(blendfile, frames, chunk) {
  const task = author.Task(`render ${chunk}`, "blender");
  task.addCommand(
    author.Command("blender-render", {
      exe: "{blender}",
      exeArgs: "{blenderArgs}",
      argsBefore: [],
      blendfile: blendfile,
      args: [
        "--python-exit-code", "1",
        "--python-expr", [`MINE = ${pythonList(filesOf(frames, chunk))}`, ...PREPARE].join("\n"),
        "--render-output", path.join(frames, "######"),
        "--render-frame", chunk.split("-").join(".."), // Blender's way to write a range
      ],
    })
  );
  return task;
}

// FFmpeg, which comes with Flamenco, and all frames: H.264 that every player shows.
function videoTask(settings, folder, frames) {
  const task = author.Task("join", "ffmpeg");
  task.addCommand(
    author.Command("frames-to-video", {
      exe: "ffmpeg",
      fps: settings.fps,
      inputGlob: path.join(frames, "*.png"),
      outputFile: path.join(folder, `${path.stem(settings.blendfile).replace(".flamenco", "")}.mp4`),
      args: ["-c:v", "libx264", "-crf", "17", "-g", "15", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-y"],
    })
  );
  return task;
}

// The picture of each frame of a chunk.
function filesOf(frames, chunk) {
  const files = [];
  for (const part of chunk.split(",")) {
    const [first, last] = part.split("-").map(Number);
    for (let frame = first; frame <= (last === undefined ? first : last); frame++) {
      files.push(path.join(frames, `${String(frame).padStart(6, "0")}.png`));
    }
  }
  return files;
}

// A list of texts as Python writes it; JSON's quoting is Python's.
function pythonList(texts) {
  return JSON.stringify(texts);
}
