"""Standard errors a pixel, as the other renderer estimates them, to standard errors of means over 8x8 blocks.

    python block_stderr.py a_cornell_beauty_stderr.exr a_cornell_block_stderr.exr

Made with OpenEXR 3 from PyPI. Pixels are independent: the filter is a box.
"""

import sys

import numpy as np
import OpenEXR

channels = OpenEXR.File(sys.argv[1], separate_channels=True).channels()
pixels = np.stack([channels[name].pixels for name in "RGB"], -1).astype(np.float64)
height, width, _ = pixels.shape
variance = (pixels**2).reshape(height // 8, 8, width // 8, 8, 3).sum((1, 3)) / 64**2
blocks = np.sqrt(variance).astype(np.float32)
header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
planes = {name: np.ascontiguousarray(blocks[..., i]) for i, name in enumerate("RGB")}
OpenEXR.File(header, planes).write(sys.argv[2])
