"""Writes a checkpoint of Wan2.1-VACE-1.3B's shape with random weights, sharded as the published one is.

    wan_random.py FOLDER [float32|bfloat16 [LAYERS]]

With 0 layers it writes the video autoencoder instead. It serves to measure: how long loading takes, what a step costs, how much memory it needs. Fewer layers than 30 show the
same for less. Names and shapes are those of
diffusers' own model, built without memory; values are of the size that layers begin training with.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan, WanVACETransformer3DModel

CONFIG = {
    "patch_size": [1, 2, 2],
    "num_attention_heads": 12,
    "attention_head_dim": 128,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 4096,
    "freq_dim": 256,
    "ffn_dim": 8960,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "eps": 1e-6,
    "image_dim": None,
    "added_kv_proj_dim": None,
    "rope_max_seq_len": 1024,
    "pos_embed_seq_len": None,
    "vace_in_channels": 96,
}
VAE = {"base_dim": 96, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2}
KINDS = {"float32": ("F32", 4), "bfloat16": ("BF16", 2)}
SHARD_BYTES = 5_000_000_000
PIECE = 1 << 24


def values(generator, name, count):
    """Upper halves of single precision: ±(1/64 to 1/32), or one for what multiplies a normalised state."""
    if "norm" in name and name.endswith(("weight", "gamma")):
        return np.full(count, 0x3F80, dtype=np.uint16)
    return generator.integers(0, 1 << 16, count, dtype=np.uint16) & 0x807F | 0x3C80


def shards(shapes, width):
    """Tensors in order, cut where the next one would not fit."""
    parts, room = [[]], SHARD_BYTES
    for name, shape in shapes:
        size = width * int(np.prod(shape))
        if size > room:
            parts.append([])
            room = SHARD_BYTES
        room -= size
        parts[-1].append((name, shape, size))
    return parts


def write(path, kind, part, generator):
    """One safetensors file."""
    header, end = {}, 0
    for name, shape, size in part:
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape, _ in part:
            count = int(np.prod(shape))
            for first in range(0, count, PIECE):
                halves = values(generator, name, min(PIECE, count - first))
                wide = halves.astype(np.uint32) << 16 if kind == "F32" else halves
                file.write(wide.tobytes())


def main():
    folder, kind, layers = (sys.argv[1:] + ["bfloat16", "30"][len(sys.argv) - 2 :])[:3]
    folder, (kind, width), layers = Path(folder), KINDS[kind], int(layers)
    folder.mkdir(parents=True, exist_ok=True)
    config = CONFIG | {"num_layers": layers, "vace_layers": list(range(0, layers, 2))} if layers else VAE
    with torch.device("meta"):
        model = (WanVACETransformer3DModel if layers else AutoencoderKLWan)(**config)
    shapes = [(name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()]
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    parts, places = shards(shapes, width), {}
    generator = np.random.Generator(np.random.PCG64(1))
    for index, part in enumerate(parts):
        name = f"diffusion_pytorch_model-{index + 1:05}-of-{len(parts):05}.safetensors"
        write(folder / name, kind, part, generator)
        places |= {tensor: name for tensor, _, _ in part}
    total = sum(size for part in parts for _, _, size in part)
    index = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    print(f"{total // width} parameters, {total} bytes in {len(parts)} files")


main()
