"""Small sound files of every format, written by the tests themselves: a standing body that sways, one or two of it, in each format's axes and units.

`SOUND` maps a format's name to what writes such a file into a folder and returns the paths to give to `read`.
"""

from __future__ import annotations

import gzip
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from duet_core.clip import Clip
from duet_core.formats import duet_npz, table
from duet_core.skeletons import Skeleton, by_name
from duet_core.skeletons.families.markers import LABELS_55

FRAMES = 6

# Metres, z up, facing −y, so that left is +x.
_PLACES = {
    "pelvis": (0, 0.02, 0.95), "spine1": (0, 0.02, 1.05), "spine2": (0, 0.03, 1.15), "spine3": (0, 0.02, 1.30), "neck": (0, 0.02, 1.45),
    "head": (0, 0, 1.66), "jaw": (0, -0.05, 1.55), "nose": (0, -0.10, 1.60), "hip": (0.10, 0, 0.90), "knee": (0.10, -0.02, 0.50),
    "ankle": (0.10, 0, 0.09), "heel": (0.10, 0.05, 0.03), "foot": (0.10, -0.12, 0.03), "big_toe": (0.10, -0.16, 0.02),
    "collar": (0.06, 0, 1.40), "shoulder": (0.18, 0, 1.40), "elbow": (0.20, 0.04, 1.13), "wrist": (0.22, -0.05, 0.90),
    "hand": (0.22, -0.08, 0.82), "thumb": (0.19, -0.09, 0.85), "middle_finger": (0.22, -0.10, 0.78), "eye": (0.03, -0.09, 1.63),
    "ear": (0.07, 0, 1.60),
}  # fmt: skip


def body(skeleton: Skeleton, frames: int = FRAMES, dancers: int = 2) -> np.ndarray:
    """(frames, dancers, J, 3) metres, z up; the second dancer stands 1.2 m to the left (+x) of the first."""
    pose = np.zeros((len(skeleton), 3))
    for joint in skeleton.order:
        landmark = skeleton.landmarks[joint]
        side, _, place = landmark.partition("_")
        if landmark in _PLACES:
            pose[joint] = _PLACES[landmark]
        elif place in _PLACES:
            x, y, z = _PLACES[place]
            pose[joint] = (x if side == "left" else -x, y, z)
        else:
            parent = skeleton.parents[joint]
            name = skeleton.joints[joint]
            sign = 1 if name.startswith(("left", "L")) else -1 if name.startswith(("right", "R")) else 0
            pose[joint] = (pose[parent] if parent >= 0 else (0, 0, 1)) + np.array([0.02 * sign, 0.01 + 0.001 * joint, 0.02])
    time = np.arange(frames) / 30
    sway = np.stack([0.1 * np.sin(3 * time), 0.05 * np.cos(2 * time), 0.01 * np.sin(5 * time)], axis=-1)
    duet = pose + sway[:, None, None] + np.array([[0, 0, 0], [1.2, 0, 0]])[:dancers, None]
    return duet + 0.002 * np.sin(7 * time[:, None, None, None] + np.arange(len(skeleton))[:, None])


CAMERA_FROM_ROOM = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # x right, y down, z away
Y_UP_FROM_ROOM = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def camera(positions: np.ndarray) -> np.ndarray:
    return positions @ CAMERA_FROM_ROOM.T


def pixels(positions: np.ndarray) -> np.ndarray:
    """(…, 2) of a camera that sees 300 pixels a metre."""
    return camera(positions)[..., :2] * 300 + np.array([400, 700])


# --- writers ------------------------------------------------------------------------------------------------------------------------------


def interleaved(folder: Path) -> list[Path]:
    np.save(folder / "interleaved.npy", camera(body(by_name("hybrik-29"))).reshape(-1, 29, 3))
    return [folder / "interleaved.npy"]


def array_npy(folder: Path) -> list[Path]:
    np.save(folder / "array.npy", body(by_name("smpl-22")).astype(np.float32))
    return [folder / "array.npy"]


def array_npz(folder: Path) -> list[Path]:
    skeleton = by_name("coco-17")
    np.savez_compressed(folder / "array.npz", positions=body(skeleton) * 100, fps=25.0, joint_names=np.array(skeleton.joints))
    return [folder / "array.npz"]


def mariel(folder: Path) -> list[Path]:
    markers = body(by_name("mariel-53"), dancers=1)[:, 0]
    full = np.zeros((55, FRAMES, 3))
    names = list(by_name("mariel-53").joints)
    for row, label in enumerate(LABELS_55):
        full[row] = markers[:, names.index(label)] if label in names else 0.8
    np.save(folder / "mariel.npy", full * [1, -1, -1])
    return [folder / "mariel.npy"]


def freemocap(folder: Path) -> list[Path]:
    values = np.full((FRAMES, 75, 3), np.nan)
    values[:, :33] = body(by_name("mediapipe-33"), dancers=1)[:, 0] * 1000
    np.save(folder / "freemocap.npy", values)
    return [folder / "freemocap.npy"]


def amass(folder: Path) -> list[Path]:
    np.savez(folder / "amass.npz", poses=np.zeros((FRAMES, 72)), trans=np.zeros((FRAMES, 3)), betas=np.zeros(10), mocap_framerate=60.0,
             joints=body(by_name("smpl-24"), dancers=1)[:, 0])  # fmt: skip
    return [folder / "amass.npz"]


def our_own(folder: Path) -> list[Path]:
    duet_npz.write(Clip(body(by_name("smpl-24")), 30, by_name("smpl-24")), folder / "own.duet.npz")
    return [folder / "own.duet.npz"]


def alphapose(folder: Path) -> list[Path]:
    flesh, dots = body(by_name("smpl-24")), pixels(body(by_name("hybrik-29")))
    entries = [
        {
            "image_id": f"{frame}.jpg",
            "category_id": [1],
            "keypoints": [round(float(v), 2) for x, y in dots[frame, dancer] for v in (x, y, 0.9)],
            "idx": dancer + 1,
            "pred_xyz_jts": np.round(camera(flesh[frame, dancer] - flesh[frame, dancer, 0]), 4).tolist(),
        }
        for frame in range(FRAMES)
        for dancer in ((0, 1) if frame % 2 else (1, 0))
    ]
    (folder / "alphapose.json").write_text(json.dumps(entries))
    return [folder / "alphapose.json"]


def openpose_frame(people: list[list[float]]) -> str:
    return json.dumps({"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": values} for values in people]})


def keypoints(points: np.ndarray) -> list[float]:
    return [round(float(v), 2) for x, y in points for v in (x, y, 0.8)]


def openpose(folder: Path, skeleton: str = "body-25", frames: int = FRAMES) -> list[Path]:
    dots = pixels(body(by_name(skeleton), frames))
    target = folder / "openpose"
    target.mkdir(exist_ok=True)
    for frame in range(frames):
        people = [keypoints(dots[frame, dancer]) for dancer in ((0, 1) if frame % 2 else (1, 0))]
        (target / f"video_{frame:012d}_keypoints.json").write_text(openpose_frame([*people, []] if frame == 2 else people))
    return [target]


def openpose_one_file(folder: Path) -> list[Path]:
    return [sorted(openpose(folder)[0].iterdir())[0]]


def mediapipe_json(folder: Path) -> list[Path]:
    points = body(by_name("mediapipe-33"), dancers=1)[:, 0]
    points = np.round(camera(points - (points[:, 23:24] + points[:, 24:25]) / 2), 4)
    frames = [{"pose_world_landmarks": [[{"x": x, "y": y, "z": z, "visibility": 0.9} for x, y, z in frame]]} for frame in points.tolist()]
    (folder / "mediapipe.json").write_text(json.dumps({"frames": frames, "fps": 25}))
    return [folder / "mediapipe.json"]


def mediapipe_csv(folder: Path) -> list[Path]:
    dots = np.round(pixels(body(by_name("mediapipe-33"))) / [1600, 900], 5)
    title = "frame,person," + ",".join(f"x{j},y{j},z{j},v{j}" for j in range(33))
    rows = [
        f"{frame},{dancer}," + ",".join(f"{x},{y},0,0.9" for x, y in dots[frame, dancer].tolist())
        for frame in range(FRAMES)
        for dancer in (0, 1)
    ]
    (folder / "mediapipe.csv").write_text("\n".join([title, *rows]) + "\n")
    return [folder / "mediapipe.csv"]


def tidy(folder: Path) -> list[Path]:
    table.write(Clip(body(by_name("smpl-22"), 3), 30, by_name("smpl-22")), folder / "tidy.csv")
    return [folder / "tidy.csv"]


TRC_LABELS = [
    "RHip", "RKnee", "RAnkle", "RBigToe", "RHeel", "LHip", "LKnee", "LAnkle", "LBigToe", "LHeel", "Neck", "Head", "Nose", "RShoulder",
    "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist",
]  # fmt: skip


def trc(folder: Path) -> list[Path]:
    skeleton = Skeleton("trc", tuple(TRC_LABELS), (-1,) * len(TRC_LABELS))
    points = body(skeleton, dancers=1)[:, 0] @ Y_UP_FROM_ROOM.T * 1000
    markers = len(TRC_LABELS)
    lines = [
        "PathFileType\t4\t(X/Y/Z)\ttest.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"60\t60\t{FRAMES}\t{markers}\tmm\t60\t1\t{FRAMES}",
        "Frame#\tTime\t" + "\t\t\t".join(TRC_LABELS),
        "\t\t" + "\t".join(f"X{j}\tY{j}\tZ{j}" for j in range(1, markers + 1)),
        *(f"{t + 1}\t{t / 60:.4f}\t" + "\t".join(f"{v:.3f}" for v in points[t].ravel()) for t in range(FRAMES)),
    ]
    (folder / "test.trc").write_text("\n".join(lines) + "\n")
    return [folder / "test.trc"]


def c3d_bytes(
    points: np.ndarray, labels: list[str], *, processor: int = 84, whole: bool = False, up: str = "+Z", rate: float = 100.0
) -> bytes:
    """A C3D file of *points* (T, M, 3), millimetres; NaN is an unseen point. *processor*: 84 Intel, 85 DEC, 86 MIPS."""
    order = ">" if processor == 86 else "<"
    scale = 0.1 if whole else -0.1

    def real(value: float) -> bytes:
        if processor == 85:
            swapped = struct.pack("<f", value * 4)
            return swapped[2:] + swapped[:2]
        return struct.pack(order + "f", value)

    def parameter(group: int, name: str, kind: int, shape: tuple[int, ...], data: bytes) -> bytes:
        record = struct.pack("bB", kind, len(shape)) + bytes(shape) + data + b"\0"
        return struct.pack("bb", len(name), group) + name.encode() + struct.pack(order + "h", 2 + len(record)) + record

    frames, markers = points.shape[:2]
    width = max(len(label) for label in labels)
    records = struct.pack("bb", 5, -1) + b"POINT" + struct.pack(order + "h", 3) + b"\0"
    records += parameter(1, "USED", 2, (), struct.pack(order + "H", markers))
    records += parameter(1, "SCALE", 4, (), real(scale))
    records += parameter(1, "RATE", 4, (), real(rate))
    records += parameter(1, "FRAMES", 2, (), struct.pack(order + "H", frames))
    records += parameter(1, "UNITS", -1, (2,), b"mm")
    records += parameter(1, "Y_SCREEN", -1, (2,), up.encode())
    records += parameter(1, "LABELS", -1, (width, markers), b"".join(label.ljust(width).encode() for label in labels))
    blocks = math.ceil((len(records) + 6) / 512)
    section = (bytes([1, 0x50, blocks, processor]) + records).ljust(512 * blocks, b"\0")
    header = (
        bytes([2, 0x50])
        + struct.pack(order + "5H", markers, 0, 1, frames, 0)
        + real(scale)
        + struct.pack(order + "2H", 2 + blocks, 0)
        + real(rate)
    )
    seen = np.isfinite(points).all(axis=-1)
    values = np.concatenate([np.where(seen[..., None], points, 0), np.where(seen, 0.0, -1.0)[..., None]], axis=-1)
    if whole:
        values[..., :3] /= scale
        data = values.round().astype(order + "i2").tobytes()
    elif processor == 85:
        swapped = (values * 4).astype("<f4").reshape(-1).view("<u2").reshape(-1, 2)[:, ::-1]
        data = np.ascontiguousarray(swapped).tobytes()
    else:
        data = values.astype(order + "f4").tobytes()
    return header.ljust(512, b"\0") + section + data.ljust(512 * math.ceil(len(data) / 512), b"\0")


def c3d(folder: Path) -> list[Path]:
    names = ("LASI", "RASI", "LKNE", "RKNE", "LANK", "RANK", "LSHO", "RSHO", "LELB", "RELB", "LWRA", "RWRA", "C7", "ARIEL")
    duet = body(Skeleton("c3d", names, (-1,) * len(names))) * 1000
    labels = [f"{dancer}:{name}" for dancer in ("Ana", "Bo") for name in names]
    (folder / "duet.c3d").write_bytes(c3d_bytes(duet.reshape(FRAMES, -1, 3), labels))
    return [folder / "duet.c3d"]


def bvh_text(joints: list[tuple[str, int, tuple[float, float, float]]], motion: list[list[float]]) -> str:
    """A BVH of (name, parent, offset) joints; the root has six channels, the rest three (Z X Y)."""
    lines = ["HIERARCHY"]

    def put(index: int, depth: int) -> None:
        name, parent, offset = joints[index]
        pad = "  " * depth
        lines.extend([f"{pad}{'ROOT' if parent < 0 else 'JOINT'} {name}", pad + "{", f"{pad}  OFFSET {' '.join(f'{v:g}' for v in offset)}"])
        place = "Xposition Yposition Zposition " if parent < 0 else ""
        lines.append(f"{pad}  CHANNELS {6 if place else 3} {place}Zrotation Xrotation Yrotation")
        children = [i for i, joint in enumerate(joints) if joint[1] == index]
        for child in children:
            put(child, depth + 1)
        if not children:
            lines.extend([f"{pad}  End Site", pad + "  {", f"{pad}    OFFSET 0 1 0", pad + "  }"])
        lines.append(pad + "}")

    put(0, 0)
    rows = [" ".join(f"{value:g}" for value in row) for row in motion]
    return "\n".join([*lines, "MOTION", f"Frames: {len(rows)}", "Frame Time: 0.033333", *rows]) + "\n"


SMALL_BVH = bvh_text(
    [
        ("Hips", -1, (0, 0, 0)),
        ("LeftUpLeg", 0, (10, -5, 0)),
        ("LeftLeg", 1, (0, -40, 0)),
        ("LeftFoot", 2, (0, -42, 0)),
        ("Head", 0, (0, 60, 0)),
    ],
    [[t, 90, 0] + [2.5 * t] * 15 for t in range(4)],
)


def bvh(folder: Path) -> list[Path]:
    (folder / "small.bvh").write_text(SMALL_BVH)
    return [folder / "small.bvh"]


def bvh_gz(folder: Path) -> list[Path]:
    (folder / "small.bvh.gz").write_bytes(gzip.compress(SMALL_BVH.encode(), mtime=0))
    return [folder / "small.bvh.gz"]


SOUND: dict[str, Callable[[Path], list[Path]]] = {
    "interleaved": interleaved,
    "array-npy": array_npy,
    "array-npz": array_npz,
    "mariel": mariel,
    "freemocap": freemocap,
    "amass": amass,
    "duet-npz": our_own,
    "alphapose": alphapose,
    "openpose": openpose,
    "openpose-file": openpose_one_file,
    "mediapipe-json": mediapipe_json,
    "mediapipe-csv": mediapipe_csv,
    "tidy": tidy,
    "trc": trc,
    "c3d": c3d,
    "bvh": bvh,
    "bvh-gz": bvh_gz,
}
