#!/usr/bin/env python3
"""Times the original Open Image Denoise library and this program's networks on the CPU, turn by turn.

Prints the median of five frames for each network with clean guides: wall seconds, and CPU seconds, which other work on the
machine disturbs less. Fails where ours takes more than twice the library's CPU seconds. Then the peak memory of one
4K frame. Arguments: the example `seconds_a_frame`, built. Needs PyPI pyoidn and numpy, and Linux for the CPU seconds.
"""

import os
import subprocess
import sys
import time
from statistics import median

import numpy as np
import pyoidn

FRAMES = 5
SIZES = [(1280, 720), (1920, 1080)]
QUALITIES = {
    "small": pyoidn.OIDN_QUALITY_FAST,
    "base": pyoidn.OIDN_QUALITY_BALANCED,
    "large": pyoidn.OIDN_QUALITY_HIGH,
}
LIMIT = 2.0


def cpu_seconds(pid):
    """User and system seconds of a process."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    """The most memory a process ever held."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


class Ours:
    """This program."""

    def __init__(self, program, width, height):
        command = [program, str(width), str(height)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def frame(self, network):
        before = cpu_seconds(self.process.pid)
        self.process.stdin.write(network + "\n")
        self.process.stdin.flush()
        wall = float(self.process.stdout.readline())
        return wall, cpu_seconds(self.process.pid) - before

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Library:
    """The original."""

    def __init__(self, device, width, height):
        rng = np.random.default_rng(1)
        picture = rng.uniform(size=(height, width, 3)).astype(np.float32)
        self.images = {name: picture.copy() for name in ("color", "albedo", "normal", "output")}
        self.filters = {}
        for network, quality in QUALITIES.items():
            rt = pyoidn.Filter(device, pyoidn.OIDN_FILTER_TYPE_RT)
            for name, image in self.images.items():
                rt.set_image(name, image, pyoidn.OIDN_FORMAT_FLOAT3)
            rt.set_bool("hdr", True)
            rt.set_bool("cleanAux", True)
            rt.set_quality(quality)
            rt.commit()
            self.filters[network] = rt

    def frame(self, network):
        before, start = cpu_seconds("self"), time.perf_counter()
        self.filters[network].execute()
        return time.perf_counter() - start, cpu_seconds("self") - before


def compare(device, program, width, height):
    """Prints a line for each network; whether each kept the limit."""
    ours, library = Ours(program, width, height), Library(device, width, height)
    kept = True
    for network in QUALITIES:
        for side in (ours, library):
            side.frame(network)  # warms caches, and is not counted
        turns = [(ours.frame(network), library.frame(network)) for _ in range(FRAMES)]
        mine, theirs = ([median(values) for values in zip(*side)] for side in zip(*turns))
        ratio = mine[1] / theirs[1]
        kept &= ratio <= LIMIT
        print(
            f"{width}x{height} {network:6}  library {theirs[0]:6.2f} s ({theirs[1]:6.2f} CPU)"
            f"  ours {mine[0]:6.2f} s ({mine[1]:6.2f} CPU)  ours/library {ratio:4.2f}"
        )
    ours.close()
    return kept


def main():
    program = sys.argv[1]
    with pyoidn.Device(pyoidn.OIDN_DEVICE_TYPE_CPU) as device:
        device.commit()
        kept = [compare(device, program, *size) for size in SIZES]
    for network in ("base", "prefiltered large"):
        ours = Ours(program, 3840, 2160)
        wall, cpu = ours.frame(network)
        print(f"3840x2160 {network}: {wall:.2f} s ({cpu:.2f} CPU), peak {peak_mib(ours.process.pid):.0f} MiB")
        ours.close()
    if not all(kept):
        sys.exit(f"ours took more than {LIMIT} times the library's CPU seconds")


if __name__ == "__main__":
    main()
