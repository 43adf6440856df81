#!/usr/bin/env python3
"""Judges how the adherence of a picture to its set is measured, on rendered frames: `adherence.py PROGRAM TAKE/SHOT...`.

PROGRAM is the example `adherence` of crates/metrics; each TAKE/SHOT holds conditioning.NNNN.exr and beauty.NNNN.png of
`maquette render --conditioning`. Its first frame, changed in known ways, stands for a generated one:

- equal, moved, blurred, noisy, recoloured and retextured object by object, one object painted over by its surroundings;
- pictures of other sets, and textures, that have nothing to do with it.

What is wrong is marked, and the exit status is not 0. A moved frame has a second judge: phase correlation of each object's
surroundings (Foroosh, Zerubia and Berthod, IEEE Trans. Image Processing 11(3), 2002) finds the displacement without ids,
normals or matched filters.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from scipy import ndimage

from pictures import channels

DISPLACEMENTS = [(1, 0), (0, -1), (1.5, 0), (3, 0), (-2, 2), (0, 4)]
BLURS = (1, 2, 3, 4, 6)


def frame(conditioning):
    """Ids, depth, normal and picture of a rendered frame."""
    found = channels(conditioning)
    plane = lambda name, axes: np.stack([found[f"ViewLayer.{name}.{a}"] for a in axes], -1)
    beauty = conditioning.with_name(conditioning.name.replace("conditioning", "beauty")).with_suffix(".png")
    picture = np.asarray(Image.open(beauty).convert("RGB"), np.float32) / 255
    return found["ViewLayer.IndexOB.X"].astype(np.uint32), plane("Depth", "Z")[..., 0], plane("Normal", "XYZ"), picture


def measured(program, frame, results, folder, overlays=None):
    """Figures of each result by name."""
    ids, depth, normal, picture = frame
    write = lambda name, *planes: (folder / name).write_bytes(
        b"".join(np.ascontiguousarray(p, p.dtype.newbyteorder("<")).tobytes() for p in planes))
    write("set", ids.astype(np.uint32), *(p.astype(np.float32) for p in (depth, normal, picture)))
    for name, result in results.items():
        write(name, np.broadcast_to(np.clip(result, 0, 1), frame[3].shape).astype(np.float32))
    height, width = ids.shape
    paths = [folder / name for name in results]
    lines = subprocess.run([program, f"{width}x{height}", folder / "set", *paths], check=True, stdout=subprocess.PIPE, text=True)
    if overlays:
        for path in paths:
            overlay = np.fromfile(f"{path}.overlay", "<f4").reshape(height, width, 3)
            Image.fromarray((255 * np.clip(overlay, 0, 1) + 0.5).astype(np.uint8)).save(f"{overlays}.{path.name}.png")
    return {name: json.loads(line) for name, line in zip(results, lines.stdout.splitlines())}


def moved(picture, displacement):
    dx, dy = displacement
    return ndimage.shift(picture, (dy, dx, 0), order=1, mode="nearest")


def blurred(picture, sigma):
    return ndimage.gaussian_filter(picture, (sigma, sigma, 0))


def texture(shape, rng, size):
    """Noise of deviation 1, as coarse as so many pixels."""
    noise = rng.normal(size=shape[:2])
    noise = ndimage.gaussian_filter(noise, size / 2) if size > 1 else noise
    return (noise / noise.std())[..., None]


def retextured(ids, rng, size):
    """Every object in another colour with a texture whose values span 0.3."""
    colors = {identity: rng.uniform(0.15, 0.85, 3) for identity in np.unique(ids)}
    flat = np.zeros((*ids.shape, 3))
    for identity, color in colors.items():
        flat[ids == identity] = color
    return flat + 0.15 * np.clip(0.5 * texture(flat.shape, rng, size), -1, 1)


def painted_over(picture, mask):
    """The mask filled in smoothly from its rim."""
    mask = ndimage.binary_dilation(mask, iterations=3)
    index = ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    filled = picture[tuple(index)]
    for _ in range(300):
        filled = np.where(mask[..., None], ndimage.uniform_filter(filled, (3, 3, 1), mode="nearest"), picture)
    return filled


def phase_correlation(picture, result, mask):
    """Displacement of what is around a mask, whole pixels refined by the peak's neighbours."""
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    box = tuple(slice(max(i[0] - 16, 0), i[-1] + 17) for i in (rows, columns))
    a, b = (p[box] @ [0.299, 0.587, 0.114] for p in (picture, result))
    window = np.hanning(a.shape[0])[:, None] * np.hanning(a.shape[1])
    cross = np.fft.fft2(window * (b - b.mean())) * np.conj(np.fft.fft2(window * (a - a.mean())))
    surface = np.real(np.fft.ifft2(cross / (np.abs(cross) + 1e-9)))
    peak = np.unravel_index(surface.argmax(), surface.shape)
    found = []
    for axis, at in enumerate(peak):
        size = surface.shape[axis]
        sides = [surface[tuple((p + d) % s if i == axis else p for i, (p, s) in enumerate(zip(peak, surface.shape)))] for d in (-1, 1)]
        way = 1 if sides[1] > sides[0] else -1
        beside, top = max(sides[(way + 1) // 2], 0), surface[peak]
        found.append((at + size // 2) % size - size // 2 + way * beside / (beside + top))
    return found[1], found[0]


def moved_overlap(mask, displacement):
    dx, dy = displacement
    other = ndimage.shift(mask.astype(float), (dy, dx), order=1, mode="nearest")
    return np.minimum(mask, other).sum() / np.maximum(mask, other).sum()


def stands_free(ids, figure):
    """Whether an object lies within the picture, and nothing hides part of it."""
    mask = ids == figure["id"]
    boundary = (mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum()
    return not (
        mask[:12].any() or mask[-12:].any() or mask[:, :12].any() or mask[:, -12:].any()) and figure["outline"] > 0.9 * boundary


class Judge:
    def __init__(self):
        self.wrong = 0

    def __call__(self, what, holds, text):
        self.wrong += not holds
        print(f"  {'' if holds else 'WRONG '}{what}: {text}")


def judge_frame(name, this, others, program, folder, overlays, judge):
    ids, _, _, picture = this
    rng = np.random.default_rng(7)
    results = {"equal": picture}
    results |= {f"moved {d[0]} {d[1]}": moved(picture, d) for d in DISPLACEMENTS}
    results |= {f"blur {s}": blurred(picture, s) for s in BLURS}
    results |= {f"noise {s}": picture + rng.normal(0, s, picture.shape) for s in (0.05, 0.1)}
    results |= {f"retextured {s}": retextured(ids, rng, s) for s in (1, 4, 8)}
    results |= {f"other {i}": other for i, other in enumerate(others)}
    results |= {f"texture {s}": 0.5 + 0.25 * texture(picture.shape, rng, s) for s in (1, 3, 8, 20)}
    figures = measured(program, this, results, folder, overlays)
    free = [o for o in figures["equal"]["objects"] if o["judged"] >= 60 and o["silhouette"] and stands_free(ids, o)]
    gone = {f"without {o['id']}": painted_over(picture, ids == o["id"]) for o in free[:6]}
    figures |= measured(program, this, gone, folder, overlays)
    edge = lambda result: figures[result]["edge"]
    equal = figures["equal"]
    print(f"{name}: {equal['judged']:.2f} judged, {len(equal['objects'])} objects, {len(free)} of them stand free, "
          f"median {1e3 * np.median([f['seconds'] for f in figures.values()]):.0f} ms")
    judge("equal", edge("equal") >= 0.97 and equal["silhouette"] >= 0.99, f"{edge('equal'):.3f}, silhouette {equal['silhouette']:.3f}")
    for d in DISPLACEMENTS:
        result = f"moved {d[0]} {d[1]}"
        by_id = {o["id"]: o for o in figures[result]["objects"]}
        off, second, area = [], [], []
        for o in by_id.values():
            if o["shift_px"]:
                off.append(np.hypot(*np.subtract(o["shift_px"], d)))
                second.append(np.hypot(*np.subtract(phase_correlation(picture, results[result], ids == o["id"]), o["shift_px"])))
        for o in free:
            area.append(abs((by_id[o["id"]]["silhouette"] or 0) - moved_overlap(ids == o["id"], d)))
        holds = not off or np.median(off) <= 0.5 and np.median(second) <= 0.5
        judge(result, holds and (not area or np.median(area) <= 0.05),
              f"{edge(result):.3f}, silhouette {figures[result]['silhouette']:.3f}"
              + (f"; shift off by {np.median(off):.2f} (worst {max(off):.2f}), from phase correlation {np.median(second):.2f}, of {len(off)}" if off else "")
              + (f"; overlap off by {np.median(area):.3f} (worst {max(area):.3f}) of {len(area)}" if area else ""))
    blurs = [edge("equal"), *(edge(f"blur {s}") for s in BLURS)]
    judge(f"blur {BLURS}", all(a >= b - 0.005 for a, b in zip(blurs, blurs[1:])), " ".join(f"{b:.3f}" for b in blurs[1:]))
    for result in results:
        kind = result.split()[0]
        if kind in ("noise", "retextured"):
            judge(result, edge(result) >= 0.85, f"{edge(result):.3f}, silhouette {figures[result]['silhouette']:.3f}")
        if kind in ("other", "texture"):
            judge(result, abs(edge(result)) <= 0.1, f"{edge(result):.3f}, silhouette {figures[result]['silhouette']:.3f}")
    for result in gone:
        it = {o["id"]: o for o in figures[result]["objects"]}[int(result.split()[1])]
        rest = np.mean([o["edge"] for o in figures[result]["objects"] if o is not it and o["edge"] is not None] or [1])
        judge(result, it["edge"] <= 0.15 and rest >= 0.9, f"{it['edge']:.3f}, the rest {rest:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("shots", nargs="+", type=pathlib.Path)
    parser.add_argument("--overlays", type=pathlib.Path, help="a folder for the overlays")
    arguments = parser.parse_args()
    shots = {"/".join(shot.parts[-2:]): sorted(shot.glob("conditioning.*.exr")) for shot in arguments.shots}
    frames = {shot: frame(paths[0]) for shot, paths in shots.items()}
    judge = Judge()
    for name, this in frames.items():
        others = [other[3] for shot, other in frames.items() if shot.split("/")[0] != name.split("/")[0]]
        overlays = arguments.overlays and str(arguments.overlays / name.replace("/", "-"))
        with tempfile.TemporaryDirectory() as folder:
            judge_frame(name, this, others, arguments.program, pathlib.Path(folder), overlays, judge)
    sys.exit(f"{judge.wrong} figures are wrong" if judge.wrong else 0)


if __name__ == "__main__":
    main()
