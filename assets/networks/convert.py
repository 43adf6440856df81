#!/usr/bin/env python3
"""Turns Open Image Denoise's published networks into the safetensors files beside this script.

The PyPI wheel `pyoidn` embeds every network in the library's core as a TZA archive (tensors, then a table).
An archive has no name there, so it is known by its SHA-256, which is the one of
https://github.com/RenderKit/oidn-weights. Tensors keep their published names, shapes and half precision.

Made with: Python 3.11, pyoidn 2.5.1 (Open Image Denoise 2.5.1), numpy 2.4.6, safetensors 0.8.0.
    pip install pyoidn==2.5.1 numpy safetensors
    python3 convert.py          # the networks that the program carries, beside this script
    python3 convert.py FOLDER   # the large prefilters, into a folder
"""

import hashlib
import math
import struct
import sys
from pathlib import Path

import numpy as np
import pyoidn
from safetensors.numpy import save_file

# What the program uses.
NETWORKS = {
    "rt_hdr_alb_nrm": "e586ef2ff48d7fbb7611986405220ed8fc5c13ca79bfc40be4dc742fbf959e1a",
    "rt_hdr_alb_nrm_small": "980ea307e7825cae23ed8b1addf8de62ece84b61094795a5631ebf1c91b2e1a7",
    "rt_hdr_calb_cnrm": "d0057057bd76c64e3e67b449728ef8f4fd2f11ccfb74c1e59b9d50dafd50ee0e",
    "rt_hdr_calb_cnrm_small": "a6c43bfdbff01bdd8a9c777e139720f9e58b872a50c8db07079bddd007482dc5",
    "rt_hdr_calb_cnrm_large": "08130cdc4f33b7a513d0073757f089ac830f900613bb5bad72ca42c52b934465",
    "rt_alb": "752c9a8d57884d660ae375a7c853cad8a44f77d559bb282f0ef39f8e758601a4",
    "rt_nrm": "fb8f7f5571332b602406f88a0b570d809dd3c06aebb530f5d048828f57490bc7",
}
# What it takes from a file: 7.7 MB each, too much to carry for guides that the networks above clean as well.
MORE = {
    "rt_alb_large": "a8efbe6eed511f41c8f5ff9145923214cefb0703cf91a3b00a1dc131ade1600a",
    "rt_nrm_large": "8ac7705ec5ac303116b40ad2f0880cd741ed1f4280828bf2f18f7635c3377257",
}
ABOUT = "{}.tza (SHA-256 {}) of https://github.com/RenderKit/oidn-weights, Apache-2.0, from PyPI pyoidn 2.5.1"
MAGIC = b"\xd7\x41\x02"  # 0x41D7, then the major version
TYPES = {"h": np.dtype("<f2"), "f": np.dtype("<f4")}


class Table:
    """The table of a TZA archive that begins at byte `start` of `data`: tensor descriptions, and its end."""

    def __init__(self, data, start):
        self.data, self.at = data, start + self._offset(data, start)
        self.tensors = [self._tensor() for _ in range(self._read("<I"))]
        self.end = self.at

    @staticmethod
    def _offset(data, start):
        offset = struct.unpack_from("<HBBQ", data, start)[3]
        if not 16 <= offset <= 64_000_000:
            raise ValueError("not an archive")
        return offset

    def _read(self, layout):
        values = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return values[0] if len(values) == 1 else values

    def _tensor(self):
        name = self._read(f"<{self._read('<H')}s").decode()
        rank = self._read("<B")
        if rank > 4:
            raise ValueError("not an archive")
        shape = tuple(self._read("<I") for _ in range(rank))
        layout = self._read(f"<{rank}s").decode()
        if layout not in ("oihw", "x"):
            raise ValueError(f"{name}: unknown layout {layout}")
        return name, shape, TYPES[chr(self._read("<B"))], self._read("<Q")


def archives(library):
    """Every TZA archive in the library, by SHA-256."""
    found, at = {}, library.find(MAGIC)
    while at >= 0:
        try:
            table = Table(library, at)
        except (ValueError, KeyError, UnicodeDecodeError, struct.error):
            pass  # these three bytes also occur in code
        else:
            archive = library[at : table.end]
            found[hashlib.sha256(archive).hexdigest()] = archive
        at = library.find(MAGIC, at + 1)
    return found


def arrays(archive):
    """The archive's tensors as arrays."""
    return {
        name: np.frombuffer(archive, dtype, math.prod(shape), offset).reshape(shape)
        for name, shape, dtype, offset in Table(archive, 0).tensors
    }


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    core = next(Path(pyoidn.__file__).parent.glob("oidn/lib/libOpenImageDenoise_core.so.*"))
    found = archives(core.read_bytes())
    for name, sha256 in (MORE if len(sys.argv) > 1 else NETWORKS).items():
        about = {"origin": ABOUT.format(name, sha256)}  # one entry: several come in an order of chance
        save_file(arrays(found[sha256]), folder / f"{name}.safetensors", metadata=about)
        print(name, sum(array.size for array in arrays(found[sha256]).values()), "parameters")


if __name__ == "__main__":
    main()
