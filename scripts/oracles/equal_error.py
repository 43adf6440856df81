#!/usr/bin/env python3
"""Time to equal error: our tracer and network against Blender Cycles and its denoiser, on one dumped moment, in one run.

    equal_error.py ORACLE_FRAME SCENE SHOT [--frame 1001] [--size 256x256] [--reference FILE.exr]

Both render 1, 4, 16 … samples and denoise; each is measured (relMSE) against the reference, or without one against its own mean of
many samples, since surface models differ. Prints seconds of all cores together (a busy machine does not stretch them; median of three),
errors, and the ratio of the times at which both reach the same error, ours over Cycles': under 1 is faster. Between measured
points time is a power of the error.

Made with: Python 3.11, bpy 5.0.1, OpenEXR 3.5.3, numpy 1.26.4.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import pictures
from moment import Moment

try:
    import bpy  # noqa: F401
except ImportError as error:
    sys.exit(f"equal_error: Blender does not start here ({error}); it needs PyPI bpy==5.0.1 and Python 3.11")

import cycles_scene

SAMPLES = (1, 4, 16, 64)
SEEDS = 3
CONVERGED = 1024


def ours(arguments, samples, seeds, folder, network):
    command = [arguments.program, arguments.scene, arguments.shot, arguments.frame, arguments.size]
    command += [str(samples), str(seeds), str(folder), *network]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = sum(float(s) for s in re.findall(r"_cpu_s = (\S+)", said))
    kind = "denoised" if network else "traced"
    return seconds, [pictures.light(folder / f"{kind}.{seed}.exr") for seed in range(seeds)]


def cycles(scene, size, samples, seeds, folder, denoise):
    """Processor seconds of the median seed, the pictures. The first render, which also builds the scene, is not counted."""
    seconds, out = [], []
    for seed in range(-1, seeds):
        cycles_scene.settings(scene, size, samples, denoise, max(seed, 0))
        scene.render.filepath = str(folder / "cycles.exr")
        before = os.times()
        quietly(lambda: bpy.ops.render.render(write_still=True))
        after = os.times()
        if seed >= 0:
            seconds.append(after.user + after.system - before.user - before.system)
            out.append(pictures.light(folder / "cycles.exr"))
    return float(np.median(seconds)), out


def quietly(work):
    """Blender reports each frame on the standard output itself."""
    saved, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    sys.stdout.flush()
    os.dup2(nothing, 1)
    try:
        work()
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nothing)


def seconds_for(error, curve):
    """Time at an error, a power law between the measured points and beyond them."""
    errors, times = (np.log([point[i] for point in curve]) for i in (1, 0))
    order = np.argsort(errors)
    errors, times = errors[order], times[order]
    upper = int(np.clip(np.searchsorted(errors, np.log(error)), 1, len(errors) - 1))
    slope = (times[upper] - times[upper - 1]) / (errors[upper] - errors[upper - 1])
    return float(np.exp(times[upper] + slope * (np.log(error) - errors[upper])))


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "scene", "shot"):
        parser.add_argument(name)
    for name, default in (("frame", "1001"), ("size", "256x256"), ("reference", "")):
        parser.add_argument(f"--{name}", default=default)
    arguments = parser.parse_args()
    size = tuple(int(side) for side in arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, converged = ours(arguments, CONVERGED if not arguments.reference else 1, 1, folder, [])
        scene = cycles_scene.build(Moment(folder))
        if arguments.reference:
            references = [pictures.light(arguments.reference)] * 2
        else:
            references = [converged[0], cycles(scene, size, CONVERGED, 1, folder, False)[1][0]]
            same = (references[0] @ pictures.LUMINANCE).mean() / (references[1] @ pictures.LUMINANCE).mean()
            print(f"mean luminance of the converged pictures, ours over Cycles': {same:.4f}")
        curves = ([], [])
        print(f"{'samples':>8} {'ours s':>8} {'relMSE':>9} {'Cycles s':>9} {'relMSE':>9}")
        for samples in SAMPLES:
            made = (
                ours(arguments, samples, SEEDS, folder, ["base"]),
                cycles(scene, size, samples, SEEDS, folder, True),
            )
            for (seconds, images), curve, reference in zip(made, curves, references):
                curve.append((seconds, float(np.median([pictures.relative_mse(i, reference) for i in images]))))
            (t, e), (u, f) = curves[0][-1], curves[1][-1]
            print(f"{samples:>8} {t:>8.2f} {e:>9.2e} {u:>9.2f} {f:>9.2e}")
    low = max(min(e for _, e in curve) for curve in curves)
    high = min(max(e for _, e in curve) for curve in curves)
    ratios = [seconds_for(e, curves[0]) / seconds_for(e, curves[1]) for e in np.geomspace(low, high, 9)]
    print(f"bench: equal_error_ratio = {np.median(ratios):.3f}  ({min(ratios):.2f} to {max(ratios):.2f} over relMSE {low:.1e} to {high:.1e})")


if __name__ == "__main__":
    main()
