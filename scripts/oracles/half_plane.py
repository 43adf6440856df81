#!/usr/bin/env python3
"""Sommerfeld's exact field of a plane wave behind a rigid half-plane: `half_plane.py > half_plane.json`.

Sommerfeld 1896, as in Pierce, "Acoustics", section 9-9: with k the wave number, r the distance from the edge, phi and
phi0 the angles of field point and source from the screen's lit face,

    p = e^{jkr cos(phi - phi0)} G(-sqrt(2kr) cos((phi - phi0) / 2)) + the same with phi + phi0,
    G(x) = e^{j pi / 4} / sqrt(pi) * integral from x to infinity of e^{-j t^2} dt,

relative to the wave without the screen. Frequencies are the centres of the octave bands, c = 343 m/s. The first term by itself
is the direct wave with its own shadow, the second the mirrored one: where that one's shadow begins, at 180° - phi0, the first
says what becomes of the direct wave.
"""
import json

import numpy as np
from scipy.special import fresnel

C = 343.0
SOURCE_DEG = 60.0
DISTANCE_M = 3.0
# Ten angles that stand for all, and finer steps through the light, where direct and bent sound interfere.
# Around the boundary of the mirrored wave's shadow, near the edge, where what bends is as strong as it gets.
NEAR_M = 1.0
MIRROR_DEG = np.arange(110.0, 131.0, 2.5)
ANGLES_DEG = sorted({150.0, 200.0, 225.0, 238.0, 240.0, 242.0, 255.0, 275.0, 300.0, 330.0} | set(np.arange(150.0, 240.0, 2.5)))


def tail(x):
    s, c = fresnel(np.sqrt(2.0 / np.pi) * x)
    return np.exp(0.25j * np.pi) / np.sqrt(np.pi) * np.sqrt(np.pi / 2.0) * ((0.5 - c) - 1j * (0.5 - s))


def pressure(hz, angle_deg, distance_m, signs):
    k, phi, phi0 = 2.0 * np.pi * hz / C, np.radians(angle_deg), np.radians(SOURCE_DEG)
    field = 0.0
    for beta in (phi + sign * phi0 for sign in signs):
        field += np.exp(1j * k * distance_m * np.cos(beta)) * tail(-np.sqrt(2.0 * k * distance_m) * np.cos(0.5 * beta))
    return abs(field)


def rows(angles_deg, *where):
    def row(angle):
        return [round(float(pressure(125.0 * 2**band, angle, *where)), 6) for band in range(8)]

    return [{"angle_deg": float(angle), "pressure": row(angle)} for angle in angles_deg]


found = {"source_deg": SOURCE_DEG, "distance_m": DISTANCE_M, "rows": rows(ANGLES_DEG, DISTANCE_M, (-1, 1))}
found |= {"near_m": NEAR_M, "direct": rows(MIRROR_DEG, NEAR_M, (-1,))}
print(json.dumps(found, indent=1))
