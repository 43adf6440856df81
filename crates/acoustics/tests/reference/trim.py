#!/usr/bin/env python3
"""Cuts rooms.json down to what the tests read: `trim.py FULL_rooms.json > rooms.json`.

The full file was made on 2026-11-22 with Python 3.11.7, NumPy 2.4.6 and pyroomacoustics 0.10.1: shoebox and L-shaped
rooms in closed form, c = 343 m/s, no air absorption, amplitude sqrt(prod(1 - alpha)) / d, +Z up, seven bands from
125 Hz to 8 kHz.
"""
import json
import sys

full = json.load(open(sys.argv[1]))
figures = ("edt", "t20", "t30", "c50_db", "c80_db", "d50", "drr_db")
keep = ("room", "variant", "dim_m", "source", "receiver", "absorption_per_band", "direct", "first_6_reflections")
room = dict(full["l_shaped_room"])
case = dict(room.pop("cases")[0])
case["visible_images"] = [image for image in case["visible_images"] if image["order"] <= 3]
room["case"] = {key: case[key] for key in ("source", "receiver", "visible_images")}



def decays(case):
    """Figures of the exact image lattice, and of the ray Monte Carlo by scattering."""
    lattice = case["lattice_ism"]
    return {
        "lattice": {key: lattice["metrics"][key] for key in figures} | {key: lattice[key] for key in ("t20_valid", "t30_valid")},
        "ray_mc": {
            key.removeprefix("scatter_"): {figure: case["ray_mc"][key]["metrics"][figure] for figure in figures}
            for key in case["ray_mc"]
            if key.startswith("scatter_")
        },
    }


json.dump(
    {
        "cases": [{key: case[key] for key in keep} | decays(case) for case in full["cases"]],
        "l_shaped_room": room,
        "iso9613_1": {key: full["iso9613_1"][key] for key in ("formula", "bands", "db_per_m")},
        "doppler_passby": full["synthesis"]["doppler_passby"],
    },
    sys.stdout,
    indent=1,
)
print()
