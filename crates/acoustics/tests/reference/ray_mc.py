#!/usr/bin/env python3
"""Scattering rooms by brute force: `ray_mc.py FULL_rooms.json > ray_mc.json` (Python 3.11, NumPy, Numba; minutes).

The law of `ray_mc` in the reference (rays from the source, mirrored with probability 1-s and scattered by Lambert's law
with probability s, energy density in a ball around the receiver, bins of 2 ms), written anew. There a figure is one run of
60 000 rays: in the office of many materials, which hangs on the few rays that stay level between bare walls, such runs
spread by 8 % in T30; in the hall by 0.3 dB in C50. Here it is that of the mean decay of many such runs, with the spread of one
run and the standard error of the whole, by the jackknife.

C50 divides 50 ms after the direct sound. The reference divides at the end of the bin which that falls in: `c50_rounded_db`
does the same and says how far its one run is off the mean of such runs, in spreads of one.
"""
import json
import re
import sys

import numba
import numpy as np

RAYS, BIN_S, SPEED_M_S = 60_000, 0.002, 343.0
# By room: radius of the ball, how long rays are followed, how many runs.
ROOMS = {"small_office": (0.3, 1.0, 32), "hall": (1.0, 4.5, 32)}
# Once a ray is 90 dB down in all bands it no longer matters to what is read down to -35 dB.
SPENT = 1e-9


@numba.njit
def run(size, source, target, reflected, scattering, radius_m, length_s, seed):
    """Energy by bin and band of one run."""
    np.random.seed(seed)
    count = reflected.shape[1]
    bins = np.zeros((round(length_s / BIN_S), count))
    place, direction, energy = np.empty(3), np.empty(3), np.empty(count)
    for _ in range(RAYS):
        place[:] = source
        energy[:] = 1.0
        direction[2] = 2 * np.random.random() - 1
        around(direction, 2, np.sqrt(1 - direction[2] ** 2))
        travelled_m, most = 0.0, 1.0
        while travelled_m < length_s * SPEED_M_S and most > SPENT:
            free_m, axis = np.inf, 0
            for n in range(3):
                if direction[n] != 0:
                    way_m = ((size[n] if direction[n] > 0 else 0.0) - place[n]) / direction[n]
                    if way_m < free_m:
                        free_m, axis = way_m, n
            listen(bins, radius_m, place, direction, free_m, travelled_m, energy, target)
            for n in range(3):
                place[n] += free_m * direction[n]
            positive = direction[axis] > 0
            place[axis] = size[axis] if positive else 0.0
            travelled_m += free_m
            most = 0.0
            for band in range(count):
                energy[band] *= reflected[2 * axis + positive, band]
                most = max(most, energy[band])
            direction[axis] *= -1
            if np.random.random() < scattering:
                # Lambert's law: a disc projected onto the hemisphere.
                square = np.random.random()
                direction[axis] = (-1 if positive else 1) * np.sqrt(1 - square)
                around(direction, axis, np.sqrt(square))
    return bins * 4 * np.pi / RAYS / (4 / 3 * np.pi * radius_m**3)


@numba.njit
def around(direction, axis, radius):
    """Turns a direction about an axis at random."""
    turn = 2 * np.pi * np.random.random()
    direction[(axis + 1) % 3], direction[(axis + 2) % 3] = radius * np.cos(turn), radius * np.sin(turn)


@numba.njit
def listen(bins, radius_m, place, direction, free_m, travelled_m, energy, target):
    nearest, square = 0.0, 0.0
    for n in range(3):
        nearest += (target[n] - place[n]) * direction[n]
        square += (target[n] - place[n]) ** 2
    half = radius_m**2 - (square - nearest**2)
    if half <= 0:
        return
    enter, leave = max(nearest - np.sqrt(half), 0.0), min(nearest + np.sqrt(half), free_m)
    index = int((travelled_m + (enter + leave) / 2) / SPEED_M_S / BIN_S)
    if leave > enter and index < len(bins):
        for band in range(len(energy)):
            bins[index, band] += energy[band] * (leave - enter)


def t30_s(energy):
    to_come = energy[::-1].cumsum()[::-1]
    level_db = 10 * np.log10(np.maximum(to_come / to_come[0], 1e-30))
    fitted = np.flatnonzero((level_db <= -5) & (level_db >= -35))
    return -60 / np.polyfit(fitted * BIN_S, level_db[fitted], 1)[0]


def c50_db(energy, bins):
    """Early over late energy, divided within a bin by share."""
    whole = int(bins)
    early = energy[:whole].sum() + (bins - whole) * energy[whole]
    return 10 * np.log10(early / (energy.sum() - early))


def figure(runs, measure):
    """Of the mean decay by band, with the spread of one run and the standard error of the mean."""
    def by_band(decay):
        return np.array([measure(decay[:, band]) for band in range(decay.shape[1])])

    count, total = len(runs), sum(runs)
    without = np.array([by_band((total - one) / (count - 1)) for one in runs])
    error = np.sqrt((count - 1) * without.var(axis=0))
    single = np.array([by_band(one) for one in runs]).std(axis=0, ddof=1)
    return {"mean": by_band(total / count), "single_run_spread": single, "standard_error": error}


def figures(case, scattering, runs):
    onset_bins, given = case["direct"]["time_ms"] / 1e3 / BIN_S, case["ray_mc"][f"scatter_{scattering}"]["metrics"]
    early = onset_bins + 0.05 / BIN_S
    found = {
        "t30": figure(runs, t30_s),
        "c50_db": figure(runs, lambda energy: c50_db(energy, early)),
        "c50_rounded_db": figure(runs, lambda energy: c50_db(energy, np.floor(early) + 1)),
    }
    for name, key in (("t30", "t30"), ("c50_rounded_db", "c50_db")):
        of = found[name]
        of["reference_off_by_spreads"] = (np.array(given[key]) - of["mean"]) / of["single_run_spread"]
    return {name: {key: [round(float(x), 5) for x in of[key]] for key in of} for name, of in found.items()}


def main():
    found = {"numpy": np.__version__, "numba": numba.__version__, "rays_a_run": RAYS}
    cases = json.load(open(sys.argv[1]))["cases"]
    for room, (radius_m, length_s, count) in ROOMS.items():
        # Rays run alike whatever the walls take: all variants of a room share them, as more bands.
        variants = [case for case in cases if case["room"] == room]
        size, source, target = (np.array(variants[0][key], float) for key in ("dim_m", "source", "receiver"))
        walls = ("west", "east", "south", "north", "floor", "ceiling")
        absorbed = [np.array([case["absorption_per_band"][wall] for wall in walls]) for case in variants]
        reflected = 1 - np.hstack(absorbed)
        found |= {f"{room} {case['variant']}": {"runs": count} for case in variants}
        for scattering in (0.1, 0.3, 0.5):
            seed = round(1e4 * scattering)
            runs = [run(size, source, target, reflected, scattering, radius_m, length_s, seed + n) for n in range(count)]
            for n, case in enumerate(variants):
                own = [bins[:, 7 * n : 7 * n + 7] for bins in runs]
                found[f"{room} {case['variant']}"][str(scattering)] = figures(case, scattering, own)
    # A list a line.
    print(re.sub(r"\[[^\]]*\]", lambda numbers: " ".join(numbers.group().split()), json.dumps(found, indent=1)))


if __name__ == "__main__":
    main()
