"""Stick figures as DWPose draws them, with OpenCV: what the generator's own drawing is held to.

Writes poses and pictures to crates/generator/tests/pose.safetensors. The drawing is that of `draw_bodypose` in DWPose
(Yang et al. 2023, https://github.com/IDEA-Research/DWPose, Apache-2.0). Needs numpy, opencv-python-headless, safetensors.
"""

import math
from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

LIMBS = [[2, 3], [2, 6], [3, 4], [4, 5], [6, 7], [7, 8], [2, 9], [9, 10], [10, 11], [2, 12], [12, 13], [13, 14], [2, 1],
         [1, 15], [15, 17], [1, 16], [16, 18]]
COLORS = [[255, 0, 0], [255, 85, 0], [255, 170, 0], [255, 255, 0], [170, 255, 0], [85, 255, 0], [0, 255, 0],
          [0, 255, 85], [0, 255, 170], [0, 255, 255], [0, 170, 255], [0, 85, 255], [0, 0, 255], [85, 0, 255],
          [170, 0, 255], [255, 0, 255], [255, 0, 170], [255, 0, 85]]
STICK = 4
WIDTH, HEIGHT = 200, 150


def draw(poses):
    """Poses `[figure, 18, 2]` in pixels, NaN where a joint is hidden, to RGB."""
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for limb, color in zip(LIMBS, COLORS):
        for pose in poses:
            ends = pose[np.array(limb) - 1]
            if np.isnan(ends).any():
                continue
            across, down = ends[:, 0], ends[:, 1]
            length = math.hypot(down[0] - down[1], across[0] - across[1])
            angle = math.degrees(math.atan2(down[0] - down[1], across[0] - across[1]))
            middle = (int(across.mean()), int(down.mean()))
            polygon = cv2.ellipse2Poly(middle, (int(length / 2), STICK), int(angle), 0, 360, 1)
            cv2.fillConvexPoly(canvas, polygon, color)
    canvas = (canvas * 0.6).astype(np.uint8)
    for joint, color in enumerate(COLORS):
        for pose in poses:
            if not np.isnan(pose[joint]).any():
                cv2.circle(canvas, (int(pose[joint, 0]), int(pose[joint, 1])), STICK, color, thickness=-1)
    return canvas


def walker(x, top, scale, hidden=()):
    """Somebody in mid-step."""
    joints = np.array([[2, 12], [0, 25], [-14, 27], [-22, 48], [-15, 68], [14, 26], [24, 46], [33, 63], [-8, 75],
                       [-14, 105], [-27, 132], [8, 75], [19, 103], [21, 136], [-1, 9], [5, 9], [-6, 11], [9, 11]], float)
    joints = joints * scale + [x, top]
    joints[list(hidden)] = np.nan
    return joints


poses = np.stack([walker(50.3, 8.6, 0.9), walker(120.7, 40.2, 0.7, hidden=(4, 9, 10, 13)),
                  walker(172.1, 20.9, 0.35)]).astype(np.float32)
target = Path(__file__).parents[2] / "crates/generator/tests/pose.safetensors"
save_file({"poses": poses, "picture": draw(poses)}, target, {"opencv": cv2.__version__})
print(target, target.stat().st_size)
