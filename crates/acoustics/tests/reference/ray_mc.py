#!/usr/bin/env python3
"""Scattering rooms by brute force: `ray_mc.py FULL_rooms.json > ray_mc.json` (Python 3.11, NumPy, Numba; minutes).

The law of `ray_mc` in the reference (rays from the source, mirrored with probability 1-s and scattered by Lambert's law
with probability s, energy density in a ball around the receiver, bins of 2 ms), written anew. There a figure is one run of
60 000 rays: in the office of many materials, which hangs on the few rays that stay level between bare walls, such runs
spread by 8 % in T30; in the hall by 0.3 dB in C50. Here it is that of the mean decay of many such runs, with the spread of one
run and the standard error of the whole, by the jackknife.

In T30, what is never scattered is exact: the energies of the image lattice, each times 1-s for every mirror; only what is
scattered comes from rays. A decay that hangs on few rays is short in most runs and far too long in some: without this, the
mean of 32 runs was 1.5 % short in the hall of many materials at a scattering of 0.1 and 125 Hz. There are more runs there, too.

C50 divides 50 ms after the direct sound. The reference divides at the end of the bin which that falls in: `c50_rounded_db`
does the same and says how far its one run is off the mean of such runs, in spreads of one.
"""
import json
import re
import sys

import numba
import numpy as np

RAYS, BIN_S, SPEED_M_S = 60_000, 0.002, 343.0
# By room: radius of the ball, how long rays are followed, how many runs by scattering.
ROOMS = {
    "small_office": (0.3, 1.5, {0.1: 32, 0.3: 32, 0.5: 32}),
    "hall": (1.0, 7.0, {0.1: 128, 0.3: 32, 0.5: 32}),
}
# Once a ray is 90 dB down in all bands it no longer matters to what is read down to -35 dB.
SPENT = 1e-9


@numba.njit
def run(size, source, target, reflected, scattering, radius_m, length_s, seed):
    """Energy by bin and band of one run: never scattered, and scattered."""
    np.random.seed(seed)
    count = reflected.shape[1]
    bins = np.zeros((2, round(length_s / BIN_S), count))
    place, direction, energy = np.empty(3), np.empty(3), np.empty(count)
    for _ in range(RAYS):
        place[:] = source
        energy[:] = 1.0
        direction[2] = 2 * np.random.random() - 1
        around(direction, 2, np.sqrt(1 - direction[2] ** 2))
        travelled_m, most, part = 0.0, 1.0, 0
        while travelled_m < length_s * SPEED_M_S and most > SPENT:
            free_m, axis = np.inf, 0
            for n in range(3):
                if direction[n] != 0:
                    way_m = ((size[n] if direction[n] > 0 else 0.0) - place[n]) / direction[n]
                    if way_m < free_m:
                        free_m, axis = way_m, n
            listen(bins[part], radius_m, place, direction, free_m, travelled_m, energy, target)
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
                part = 1
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


@numba.njit
def lattice(size, source, target, kept, length_s):
    """Energy by bin and band of all images of a box: 1/d² times what each wall keeps, as often as it mirrors."""
    count, reach_m = kept.shape[1], length_s * SPEED_M_S
    bins = np.zeros((round(length_s / BIN_S), count))
    most = np.array([int(reach_m / size[axis]) + 2 for axis in range(3)])
    # By axis and image: how far away along it, and what the walls across it keep.
    away, share = np.zeros((3, 2 * most.max() + 1)), np.ones((3, 2 * most.max() + 1, count))
    for axis in range(3):
        for image in range(-most[axis], most[axis] + 1):
            inside = source[axis] if image % 2 == 0 else size[axis] - source[axis]
            away[axis, image] = image * size[axis] + inside - target[axis]
            near, far = abs(image) // 2, (abs(image) + 1) // 2
            low, high = (near, far) if image > 0 else (far, near)
            for band in range(count):
                share[axis, image, band] = kept[2 * axis, band] ** low * kept[2 * axis + 1, band] ** high
    energy = np.empty(count)
    for i in range(-most[0], most[0] + 1):
        for j in range(-most[1], most[1] + 1):
            across = away[0, i] ** 2 + away[1, j] ** 2
            for band in range(count):
                energy[band] = share[0, i, band] * share[1, j, band]
            for k in range(-most[2], most[2] + 1):
                square = across + away[2, k] ** 2
                index = int(np.sqrt(square) / SPEED_M_S / BIN_S)
                if index < len(bins):
                    for band in range(count):
                        bins[index, band] += energy[band] * share[2, k, band] / square
    return bins


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


def figure(runs, measure, known=None):
    """Of the mean decay by band, with the spread of one run and the standard error of the mean. Where the energy that is
    never scattered is `known`, that of the runs counts in their spread only."""
    def by_band(decay):
        return np.array([measure(decay[:, band]) for band in range(decay.shape[1])])

    single = np.array([by_band(one.sum(axis=0)) for one in runs]).std(axis=0, ddof=1)
    count, pooled = len(runs), [one.sum(axis=0) if known is None else known + one[1] for one in runs]
    total = sum(pooled)
    without = np.array([by_band((total - one) / (count - 1)) for one in pooled])
    error = np.sqrt((count - 1) * without.var(axis=0))
    return {"mean": by_band(total / count), "single_run_spread": single, "standard_error": error}


def figures(case, scattering, runs, known):
    onset_bins, given = case["direct"]["time_ms"] / 1e3 / BIN_S, case["ray_mc"][f"scatter_{scattering}"]["metrics"]
    early = onset_bins + 0.05 / BIN_S
    found = {
        "t30": figure(runs, t30_s, known),
        "c50_db": figure(runs, lambda energy: c50_db(energy, early)),
        "c50_rounded_db": figure(runs, lambda energy: c50_db(energy, np.floor(early) + 1)),
    }
    for name, key in (("t30", "t30"), ("c50_rounded_db", "c50_db")):
        of = found[name]
        of["reference_off_by_spreads"] = (np.array(given[key]) - of["mean"]) / of["single_run_spread"]
    rounded = {name: {key: [round(float(x), 5) for x in of[key]] for key in of} for name, of in found.items()}
    return {"runs": len(runs)} | rounded


def main():
    found = {"numpy": np.__version__, "numba": numba.__version__, "rays_a_run": RAYS}
    cases = json.load(open(sys.argv[1]))["cases"]
    for room, (radius_m, length_s, counts) in ROOMS.items():
        # Rays run alike whatever the walls take: all variants of a room share them, as more bands.
        variants = [case for case in cases if case["room"] == room]
        size, source, target = (np.array(variants[0][key], float) for key in ("dim_m", "source", "receiver"))
        walls = ("west", "east", "south", "north", "floor", "ceiling")
        absorbed = [np.array([case["absorption_per_band"][wall] for wall in walls]) for case in variants]
        reflected = 1 - np.hstack(absorbed)
        found |= {f"{room} {case['variant']}": {} for case in variants}
        for scattering, count in counts.items():
            seed = round(1e4 * scattering)
            runs = [run(size, source, target, reflected, scattering, radius_m, length_s, seed + n) for n in range(count)]
            known = lattice(size, source, target, (1 - scattering) * reflected, length_s)
            for n, case in enumerate(variants):
                bands = slice(7 * n, 7 * n + 7)
                own = [bins[:, :, bands] for bins in runs]
                found[f"{room} {case['variant']}"][str(scattering)] = figures(case, scattering, own, known[:, bands])
    # A list a line.
    print(re.sub(r"\[[^\]]*\]", lambda numbers: " ".join(numbers.group().split()), json.dumps(found, indent=1)))


if __name__ == "__main__":
    main()
