#!/usr/bin/env python3
"""CPU seconds of the reference hall's impulse response, here and in pyroomacoustics, in one run, interleaved.

`hall_speed.py PROGRAM [RAYS] [RUNS]`, PROGRAM being the built example `response` of the soundtrack crate. Both trace the
same number of rays after image sources of order 3 in the hall of 30 x 20 x 10 m with absorption 0.15, down to -70 dB or
their own end. Prints the median of each, their ratio, and the spread of T30 at 1 kHz between seeds.
"""
import json
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np  # noqa: E402
import pyroomacoustics as pra  # noqa: E402

program, rays, runs = sys.argv[1], int((sys.argv + ["", "40000"])[2] or 40000), int((sys.argv + ["", "", "20"])[3] or 20)


def theirs(scattering, seed):
    np.random.seed(seed)
    start = time.process_time()
    room = pra.ShoeBox(
        [30, 20, 10], fs=48000, materials=pra.Material(0.15, scattering), max_order=3, ray_tracing=True, air_absorption=False
    )
    room.set_ray_tracing(n_rays=rays, receiver_radius=1.0, energy_thres=1e-7, time_thres=6.0, hist_bin_size=0.004)
    room.add_source([5, 9, 1.6])
    room.add_microphone([22, 12.5, 1.3])
    room.compute_rir()
    return time.process_time() - start, pra.experimental.measure_rt60(octave(room.rir[0][0]), 48000, decay_db=30)


def octave(response):
    from scipy.signal import butter, sosfilt

    return sosfilt(butter(4, [707.1, 1414.2], "bandpass", fs=48000, output="sos"), response)


def ours(scattering, seed):
    text = subprocess.run([program, str(rays), "3", str(scattering), str(seed)], check=True, capture_output=True).stdout
    found = json.loads(text)
    return found["cpu_s"], found["heard_t30_s"]


for scattering in (0.0, 0.1, 0.5):
    pairs = [(theirs(scattering, seed), ours(scattering, seed)) for seed in range(runs)]
    (a, b) = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    (s, t) = (statistics.stdev(pair[side][1] for pair in pairs) for side in (0, 1))
    print(
        f"scattering {scattering}: pyroomacoustics {a:.2f} s, here {b:.2f} s, ratio {a / b:.1f}; "
        f"spread of T30 {1e3 * s:.0f} ms and {1e3 * t:.0f} ms, ratio at equal spread {a / b * (s / t) ** 2 if t else float('nan'):.1f}"
    )
