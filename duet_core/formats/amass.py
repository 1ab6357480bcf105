"""AMASS and SMPL(-H/-X) ``.npz`` that already hold joints: (T, J, 3) or (T, 2, J, 3) metres, z up. Body parameters alone are not positions.

Keys of the positions: ``joints``, ``joints_3d``, ``Jtr``, ``J``, ``keypoints3d``, ``positions``. J may be 22, 24, 52 or 55, or longer as body models
return it (45, 73, 127, 144): then the first 22 or 24 joints, the body, are read. Rate: ``mocap_framerate``, ``mocap_frame_rate`` or ``fps``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..skeletons import by_name
from ..take import ReadOptions, Take
from .arrays import _FPS, _fps, as_take
from .source import npz_names, npz_of

TITLE = "AMASS or SMPL .npz with joints"
DEFAULT_FPS = 120.0
_JOINTS = ("joints", "joints_3d", "joints3d", "Jtr", "J", "keypoints3d", "keypoints_3d", "positions")
_PARAMETERS = {"poses", "pose_body", "body_pose", "global_orient", "root_orient", "betas", "trans", "transl", "dmpls"}
_SKELETON = {22: "smpl-22", 24: "smpl-24", 45: "smpl-24", 52: "smplh-52", 55: "smplx-55", 73: "smpl-22", 127: "smpl-22", 144: "smpl-22"}


def recognises(file: Path, head: bytes) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    names = npz_names(file) or ()
    return len(_PARAMETERS.intersection(names)) >= 2


def read(file: Path, options: ReadOptions) -> Take:
    content = npz_of(file, only={*_JOINTS, *_FPS})
    key = next((k for k in _JOINTS if k in content and content[k].ndim in (3, 4) and content[k].shape[-1] == 3), None)
    if key is None:
        raise InputError(
            "it holds body parameters but no joint positions, and joints need the body model",
            file=file,
            remedy="compute them with the smplx package (smplx.create(…)(…).joints) or human_body_prior's BodyModel, save them as 'joints'",
        )
    joints = content[key]
    if joints.ndim == 3:
        joints = joints[:, None]
    name = _SKELETON.get(joints.shape[2])
    if joints.shape[0] == 0 or joints.shape[1] not in (1, 2) or name is None or joints.dtype.kind not in "fiu":
        raise InputError(
            f"{key} has shape {content[key].shape}", file=file, place=key, remedy="give (frames, 22, 24, 52 or 55 joints, 3) in metres"
        )
    skeleton = by_name(name)
    fps = options.fps or _fps(file, content)
    warnings = [] if fps else [f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)"]
    return as_take(file, np.asarray(joints)[:, :, : len(skeleton)], fps or DEFAULT_FPS, skeleton, warnings=warnings)
