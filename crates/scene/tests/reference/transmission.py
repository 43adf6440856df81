#!/usr/bin/env python3
"""Transmission loss of single leaves from what they are made of: `transmission.py > transmission.json`.

A leaf is a thin plate with bending stiffness (Cremer 1942, as in Fahy and Gardonio, "Sound and Structural Vibration", 2nd ed.,
5.2: impedance j*omega*m*(1 - (f/fc)^2*sin^4*(1 + j*eta))), and the share that passes is averaged numerically over angles up to
78 degrees (field incidence) and over each octave. Limp leaves give the mass law, stiff ones dip at their critical frequency.
Loss factors are those of mounted panels, edges included. What leaks by frames and slits is not in it.
"""
import json

import numpy as np

RHO, C = 1.204, 343.2
CENTRES_HZ = 125.0 * 2.0 ** np.arange(8)

# Young's modulus in Pa, density in kg/m3, loss factor when mounted. Wood is board, stiff alike along and across.
STEEL, GLASS, WOOD = (2.1e11, 7850, 0.01), (7.0e10, 2500, 0.03), (5.0e9, 620, 0.03)
ACRYLIC, LIMP = (3.2e9, 1200, 0.06), (0.0, 1000, 0.0)

# Preset: substance and thickness in m.
LEAVES = {
    "metal": (STEEL, 0.002),
    "wood": (WOOD, 0.016),
    "wood panelling": (WOOD, 0.0129),
    "plywood": (WOOD, 0.0097),
    "plastic": (ACRYLIC, 0.0033),
    "curtain": (LIMP, 0.0002),
    "velvet": (LIMP, 0.0006),
    "glass": (GLASS, 0.0032),
}


def stiffness(leaf):
    (young_pa, _, _), thickness_m = leaf
    return young_pa * thickness_m**3 / (12 * (1 - 0.3**2))


def mass(leaf):
    return leaf[0][1] * leaf[1]


def octave_db(leaf, centre_hz):
    hz = (centre_hz * 2 ** ((np.arange(60) + 0.5) / 60 - 0.5))[:, None]
    angle = np.radians((np.arange(400) + 0.5) / 400 * 78)[None, :]
    omega, weight = 2 * np.pi * hz, np.sin(2 * angle)
    bending = stiffness(leaf) * omega**2 * np.sin(angle) ** 4 / (mass(leaf) * C**4)
    impedance = 1j * omega * mass(leaf) * (1 - bending * (1 + 1j * leaf[0][2])) / (RHO * C)
    share = 1 / np.abs(1 + impedance * np.cos(angle) / 2) ** 2
    return float(-10 * np.log10((share * weight).sum(axis=1).mean() / weight.sum()))


def critical_hz(leaf):
    return C**2 / (2 * np.pi) * np.sqrt(mass(leaf) / stiffness(leaf)) if stiffness(leaf) else None


def row(leaf):
    critical = critical_hz(leaf)
    loss_db = [round(octave_db(leaf, hz), 1) for hz in CENTRES_HZ]
    return {"kg_m2": round(mass(leaf), 2), "critical_hz": critical and round(critical), "loss_db": loss_db}


rows = ",\n ".join(f"{json.dumps(name)}: {json.dumps(row(leaf))}" for name, leaf in LEAVES.items())
print(f'{{"numpy": "{np.__version__}",\n {rows}}}')
