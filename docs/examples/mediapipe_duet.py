"""Two dancers in a video, by MediaPipe, as poses that Duet Connections reads: ``python mediapipe_duet.py duet.mp4 duet.npz``.

Needs ``pip install mediapipe opencv-python`` and, beside this file, the model ``pose_landmarker_heavy.task`` from MediaPipe's page on the Pose Landmarker.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

LANDMARKS = 33
LEFT_HIP, RIGHT_HIP = 23, 24
JOINTS: dict[str, tuple[str, tuple[int, ...]]] = {
    "pelvis": ("", (LEFT_HIP, RIGHT_HIP)), "neck": ("pelvis", (11, 12)), "head": ("neck", (7, 8)),
    "left_shoulder": ("neck", (11,)), "left_elbow": ("left_shoulder", (13,)), "left_wrist": ("left_elbow", (15,)), "left_hand": ("left_wrist", (17, 19)),
    "right_shoulder": ("neck", (12,)), "right_elbow": ("right_shoulder", (14,)), "right_wrist": ("right_elbow", (16,)), "right_hand": ("right_wrist", (18, 20)),
    "left_hip": ("pelvis", (LEFT_HIP,)), "left_knee": ("left_hip", (25,)), "left_ankle": ("left_knee", (27,)), "left_foot": ("left_ankle", (31,)),
    "right_hip": ("pelvis", (RIGHT_HIP,)), "right_knee": ("right_hip", (26,)), "right_ankle": ("right_knee", (28,)), "right_foot": ("right_ankle", (32,)),
}  # fmt: skip
"""Each joint's parent, and the landmarks in the middle of which it lies: MediaPipe has none in the trunk."""


class Followed:
    """Knows the two dancers again from frame to frame: MediaPipe lists people in any order."""

    def __init__(self) -> None:
        self.last: dict[int, tuple[float, float]] = {}

    def names(self, hips: Sequence[tuple[float, float]]) -> list[int]:
        """0 or 1 for each of at most two people whose *hips* are seen there in the picture."""
        choices = [[0, 1], [1, 0]] if len(hips) == 2 else [[0], [1]]

        def moved(choice: list[int]) -> float:
            return sum(math.dist(place, self.last.get(name, place)) for name, place in zip(choice, hips, strict=True))

        best = min(choices, key=moved) if self.last else choices[0]
        self.last |= dict(zip(best, hips, strict=True))
        return best


def save(table: str | Path, frames: Iterable[np.ndarray], fps: float) -> None:
    """Write *frames*, each (2, 33, 4): x, y, z in metres from the hips and visibility, NaN where a dancer is not seen."""
    seen = np.stack(list(frames))
    joints = np.stack([seen[:, :, list(marks)].mean(axis=2) for _, marks in JOINTS.values()], axis=2)
    names = list(JOINTS)
    parents = [names.index(parent) if parent else -1 for parent, _ in JOINTS.values()]
    np.savez(table, positions=joints[..., :3], confidence=np.nan_to_num(joints[..., 3]), fps=fps, joint_names=names, parents=parents)


def main(video: str, table: str) -> None:
    import cv2
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

    film = cv2.VideoCapture(video)
    fps = film.get(cv2.CAP_PROP_FPS) or 30.0
    model = str(Path(__file__).with_name("pose_landmarker_heavy.task"))
    options = PoseLandmarkerOptions(BaseOptions(model_asset_path=model), running_mode=RunningMode.VIDEO, num_poses=2)
    followed, frames = Followed(), []
    with PoseLandmarker.create_from_options(options) as landmarker:
        while (read := film.read())[0]:
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
            found = landmarker.detect_for_video(image, round(1000 * len(frames) / fps))
            frames.append(np.full((2, LANDMARKS, 4), np.nan))
            hips = [((p[LEFT_HIP].x + p[RIGHT_HIP].x) / 2, (p[LEFT_HIP].y + p[RIGHT_HIP].y) / 2) for p in found.pose_landmarks]
            for name, body in zip(followed.names(hips) if hips else [], found.pose_world_landmarks, strict=False):
                frames[-1][name] = [(point.x, point.y, point.z, point.visibility) for point in body]
    save(table, frames, fps)


if __name__ == "__main__":
    main(*sys.argv[1:3])
