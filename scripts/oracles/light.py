#!/usr/bin/env python3
"""Light against an independent renderer: our tracer and Mitsuba 3 on the same dumped moment.

    light.py ORACLE_FRAME SCENE SHOT [--frame 1001] [--size 128x72] [--samples 32] [--seeds 24] [--limit 0.02]

Prints energy per object (ours over Mitsuba's) with its standard error, relMSE, HDR-FLIP, and the largest |z| of 8×8 blocks; exits with 1
when an object of over 1 % of the picture differs by more than the limit and by more than four standard errors.
With `--model principled` Mitsuba's own surface model is used, which differs from ours by design (see mitsuba_scene.py).

Made with: Python 3.11, mitsuba 3.9.1 (needs LLVM 19 or newer for llvm_ad_rgb), flip-evaluator 1.7, OpenEXR 3.5.3.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import pictures
from moment import Moment

try:
    import mitsuba as mi

    mi.set_variant("llvm_ad_rgb")
except ImportError as error:
    sys.exit(f"light: Mitsuba does not start here ({error}); it needs PyPI mitsuba and LLVM 19 or newer")

import gltf_bsdf
import mitsuba_scene

gltf_bsdf.register()


def ours(arguments, folder):
    command = [arguments.program, arguments.scene, arguments.shot, arguments.frame, arguments.size]
    subprocess.run([*command, str(arguments.samples), str(arguments.seeds), str(folder)], check=True)
    return np.stack([pictures.light(folder / f"traced.{seed}.exr") for seed in range(arguments.seeds)])


def theirs(arguments, folder):
    scene = mitsuba_scene.scene(Moment(folder), folder)
    scene["integrator"] = {"type": "path", "max_depth": 65, "rr_depth": 16, "hide_emitters": False}
    loaded = mi.load_dict(scene)
    render = lambda seed: np.array(mi.render(loaded, spp=arguments.samples, seed=1000 + seed), np.float64)
    return np.stack([render(seed) for seed in range(arguments.seeds)])


def blocks(picture, side=8):
    height, width = (n // side * side for n in picture.shape[:2])
    return picture[:height, :width].reshape(height // side, side, width // side, side, 3).mean((1, 3))


def z_values(a, b):
    """z of block means, from the seeds' own scatter: many seeds, or its estimate is wild."""
    means = [np.stack([blocks(p) for p in stack]) for stack in (a, b)]
    variance = sum(m.var(0, ddof=1) / len(m) for m in means) + (1e-3 * means[1].mean(0)) ** 2 + 1e-12
    return (means[0].mean(0) - means[1].mean(0)) / np.sqrt(variance)


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "scene", "shot"):
        parser.add_argument(name)
    for name, default in (("frame", "1001"), ("size", "128x72"), ("samples", 32), ("seeds", 24), ("limit", 0.02)):
        parser.add_argument(f"--{name}", default=default, type=type(default))
    parser.add_argument("--model", default="gltf", choices=("gltf", "principled"))
    parser.add_argument("--keep", help="a folder for the pictures")
    arguments = parser.parse_args()
    mitsuba_scene.MODEL = arguments.model
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(arguments.keep or folder)
        folder.mkdir(parents=True, exist_ok=True)
        sys.exit(compare(arguments, folder))


def compare(arguments, folder):
    a = ours(arguments, folder)
    b = theirs(arguments, folder)
    moment = Moment(folder)
    ids = pictures.channels(folder / "traced.0.exr")["ViewLayer.IndexOB.X"].astype(int)
    image, reference = a.mean(0), b.mean(0)
    np.savez_compressed(folder / "light.npz", ours=image.astype(np.float32), theirs=reference.astype(np.float32), ids=ids)
    z = z_values(a, b)
    print(f"{Path(arguments.scene).stem} {arguments.shot}: energy {(image @ pictures.LUMINANCE).mean() / (reference @ pictures.LUMINANCE).mean():.4f}, "
          f"relMSE {pictures.relative_mse(image, reference):.2e}, HDR-FLIP {pictures.flip(image, reference):.4f}, "
          f"largest |z| {np.abs(z).max():.1f}, rms z {np.sqrt((z**2).mean()):.2f}")
    off = 0
    for identity, (pixels, ratio) in pictures.object_ratios(image, reference, ids).items():
        mask = ids == identity
        means = [np.array([(p[mask] @ pictures.LUMINANCE).mean() for p in stack]) for stack in (a, b)]
        error = np.sqrt(sum(m.var(ddof=1) / len(m) for m in means)) / means[1].mean()
        wrong = abs(ratio - 1) > max(arguments.limit, 4 * error) and pixels > 0.01 * ids.size
        off += wrong
        name = moment.names[identity] if identity < len(moment.names) else "?"
        print(f"  {'!' if wrong else ' '} {name:<24} {pixels:>6} pixels  {ratio:.4f} ± {error:.4f}")
    return 1 if off else 0


if __name__ == "__main__":
    main()
