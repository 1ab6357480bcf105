"""The landmarks of two dancers in a video, as a table that Duet Connections reads: ``python mediapipe_duet.py duet.mp4 duet.csv``.

Needs ``pip install mediapipe opencv-python`` and, beside this file, the model ``pose_landmarker_heavy.task`` from MediaPipe's page on the Pose Landmarker.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

COLUMNS = ("frame", "timestamp", "person", "landmark", "x", "y", "z", "visibility")
LEFT_HIP, RIGHT_HIP = 23, 24


class Followed:
    """Knows the two dancers again from frame to frame: MediaPipe lists people in any order."""

    def __init__(self) -> None:
        self.last: dict[int, tuple[float, float]] = {}

    def names(self, hips: list[tuple[float, float]]) -> list[int]:
        """0 or 1 for each of at most two people whose *hips* are seen there in the picture."""
        choices = [[0, 1], [1, 0]] if len(hips) == 2 else [[0], [1]]

        def moved(choice: list[int]) -> float:
            return sum(math.dist(place, self.last.get(name, place)) for name, place in zip(choice, hips, strict=True))

        best = min(choices, key=moved) if self.last else choices[0]
        self.last |= dict(zip(best, hips, strict=True))
        return best


def main(video: str, table: str) -> None:
    import cv2
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

    film = cv2.VideoCapture(video)
    fps = film.get(cv2.CAP_PROP_FPS) or 30.0
    model = str(Path(__file__).with_name("pose_landmarker_heavy.task"))
    options = PoseLandmarkerOptions(BaseOptions(model_asset_path=model), running_mode=RunningMode.VIDEO, num_poses=2)
    followed = Followed()
    with PoseLandmarker.create_from_options(options) as landmarker, Path(table).open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        frame = 0
        while (read := film.read())[0]:
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
            found = landmarker.detect_for_video(image, round(1000 * frame / fps))
            hips = [((p[LEFT_HIP].x + p[RIGHT_HIP].x) / 2, (p[LEFT_HIP].y + p[RIGHT_HIP].y) / 2) for p in found.pose_landmarks]
            for name, body in zip(followed.names(hips) if hips else [], found.pose_world_landmarks, strict=False):
                for number, point in enumerate(body):
                    rows.writerow((frame, frame / fps, name, number, point.x, point.y, point.z, point.visibility))
            frame += 1


if __name__ == "__main__":
    main(*sys.argv[1:3])
