"""Writes the fixtures of Wan's video autoencoder: tiny random networks and what diffusers makes of them.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0 diffusers==0.42.1 transformers==5.23.0
    .venv/bin/python scripts/oracles/wan_vae.py

A network is a folder as `save_pretrained` writes it; beside it lies `<folder>.safetensors` with inputs (`in.…`) and what came out of
which part (`out.…`). `names.json` pairs the names of Wan's original files with those that diffusers' own conversion makes of them,
for the autoencoder and the transformer. `formats.safetensors` holds numbers of every format and what torch widens them to.
"""

import json
import math
import re
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel, WanVACETransformer3DModel
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers, convert_wan_vae_to_diffusers
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parents[2] / "crates/generator/tests/wan"
# One entry: the writer keeps several in no fixed order.
VERSIONS = {"versions": f"torch {torch.__version__}, diffusers {diffusers.__version__}"}

# The shape of diffusers' own fast tests, and one where channels change and blocks are several.
CONFIGS = {
    "vae": dict(base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
    "vae_wide": dict(base_dim=4, decoder_base_dim=6, z_dim=5, dim_mult=[1, 2, 3, 3], num_res_blocks=2),
}
FRAMES = {"vae": 13, "vae_wide": 9}
# Rows and columns: not square, so that axes cannot be confused.
SIZE = {"vae": (24, 16), "vae_wide": (16, 24)}
# Whole and cut tiles on both axes.
TILED_FRAMES, TILED_SIZE, TILE, STRIDE = 5, (40, 56), 32, 24


def randomize(model, seed):
    """Weights whose outputs vary about as much as their inputs; gains around 1; offsets that matter."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        random = torch.randn(parameter.shape, generator=generator)
        if name.endswith("gamma"):
            value = 1 + 0.3 * random
        elif parameter.ndim == 1:
            value = 0.3 * random
        else:
            value = random * 1.3 / math.sqrt(parameter[0].numel())
        parameter.data.copy_(value)
    # Most of the decoded values stay within the -1 to 1 to which they are clamped; some do not.
    model.decoder.conv_out.weight.data.mul_(0.5)
    return model.eval()


def stages(coder):
    """The modules between the first and the last convolution, in the order in which they run."""
    middle = [coder.mid_block.resnets[0], coder.mid_block.attentions[0], coder.mid_block.resnets[1]]
    if hasattr(coder, "down_blocks"):
        return [*coder.down_blocks, *middle]
    up = [[*block.resnets, *(block.upsamplers or [])] for block in coder.up_blocks]
    return middle + [module for block in up for module in block]


def watched(coder, prefix, out):
    """Hooks that keep what each stage gives for each piece, `[frame, channel, row, column]`."""
    def keep(index):
        def hook(module, inputs, output):
            piece = sum(name.startswith(prefix) and name.endswith(f".{index}") for name in out)
            out[f"{prefix}.{piece}.{index}"] = frames(output)
        return hook
    modules = [coder.conv_in, *stages(coder), coder.conv_out]
    return [module.register_forward_hook(keep(index)) for index, module in enumerate(modules)]


def frames(video):
    """diffusers' `[1, channel, frame, row, column]` to `[frame, channel, row, column]`."""
    return video[0].transpose(0, 1).contiguous()


def video(count, size, seed):
    """Smooth and rough parts, -1 to 1."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.linspace(0, 2, count)[:, None, None]
    y, x = torch.linspace(0, 3, size[0])[:, None], torch.linspace(0, 4, size[1])
    waves = torch.stack([torch.sin(x * (channel + 1) + y * y + time) for channel in range(3)])
    return (0.7 * waves + 0.2 * torch.randn(waves.shape, generator=generator)).clamp(-1, 1)[None]


def constants(model):
    """Mean and deviation of the latents, as the pipelines apply them."""
    shape = (1, model.config.z_dim, 1, 1, 1)
    return [torch.tensor(values).view(shape) for values in (model.config.latents_mean, model.config.latents_std)]


def encode(model, pixels):
    mean, deviation = constants(model)
    return (model.encode(pixels).latent_dist.mode() - mean) / deviation


def decode(model, latents):
    mean, deviation = constants(model)
    return model.decode(latents * deviation + mean).sample


@torch.no_grad()
def network(name, seed):
    config = CONFIGS[name]
    latents = torch.Generator().manual_seed(seed + 1)
    spread = {}
    if config["z_dim"] != 16:
        spread["latents_mean"] = [0.3 * channel - 0.5 for channel in range(config["z_dim"])]
        spread["latents_std"] = [1.5 + 0.4 * channel for channel in range(config["z_dim"])]
    model = AutoencoderKLWan(**config, **spread, temperal_downsample=[False, True, True])
    model = randomize(model, seed)
    model.save_pretrained(FOLDER / name)

    tensors = {}
    pixels = video(FRAMES[name], SIZE[name], seed)
    hooks = watched(model.encoder, "out.encoder", tensors)
    encoded = encode(model, pixels)
    for hook in hooks:
        hook.remove()
    for count in range(1, FRAMES[name], 4):
        # Causal: the first frames' latents do not depend on later frames.
        part = encode(model, pixels[:, :, :count])
        assert torch.allclose(part, encoded[:, :, : part.shape[2]], atol=1e-5)

    noise = torch.randn(encoded.shape, generator=latents)
    hooks = watched(model.decoder, "out.decoder", tensors)
    decoded = decode(model, noise)
    for hook in hooks:
        hook.remove()
    for count in range(1, noise.shape[2] + 1):
        part = decode(model, noise[:, :, :count])
        assert torch.allclose(part, decoded[:, :, : part.shape[2]], atol=1e-5)
    clamped = (decoded.abs() == 1).float().mean()
    assert 0 < clamped < 0.5, clamped
    print(f"{name}: {clamped:.1%} of the decoded values are clamped, latents' deviation {encoded.std():.2f}")

    tensors |= {"in.video": frames(pixels), "out.latents": frames(encoded)}
    tensors |= {"in.latents": frames(noise), "out.video": frames(decoded)}
    if name == "vae":
        model.enable_tiling(TILE, TILE, STRIDE, STRIDE)
        pixels = video(TILED_FRAMES, TILED_SIZE, seed + 2)
        encoded = encode(model, pixels)
        # With most noise some pixel's three channels nearly vanish, and their norm enlarges the rounding of either side to the limit.
        noise = torch.randn(encoded.shape, generator=torch.Generator().manual_seed(27))
        tensors |= {"in.tiled_video": frames(pixels), "out.tiled_latents": frames(encoded)}
        tensors |= {"in.tiled_latents": frames(noise), "out.tiled_video": frames(decode(model, noise))}
    save_file({name: value.float().contiguous() for name, value in tensors.items()}, FOLDER / f"{name}.safetensors", VERSIONS)


def formats():
    """Every finite value of the 8-bit formats, and as many of the others, with what torch widens them to."""
    generator = torch.Generator().manual_seed(3)
    spread = torch.randn(256, generator=generator) * 2.0 ** torch.arange(-16, 16).repeat(8)
    tensors = {}
    for kind in (torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
        values = torch.arange(256).to(torch.uint8).view(kind) if kind.itemsize == 1 else spread.to(kind)
        values = values[values.float().isfinite()]
        name = str(kind).removeprefix("torch.")
        tensors |= {f"in.{name}": values.contiguous(), f"out.{name}": values.float().clone()}
    save_file(tensors, FOLDER / "formats.safetensors", VERSIONS)


# diffusers' names to those of the original files, one after the other.
VAE_ORIGINAL = [
    (r"^quant_conv\.", "conv1."), (r"^post_quant_conv\.", "conv2."), (r"conv_in\.", "conv1."),
    (r"mid_block\.resnets\.0", "middle.0"), (r"mid_block\.attentions\.0", "middle.1"), (r"mid_block\.resnets\.1", "middle.2"),
    (r"norm_out\.", "head.0."), (r"conv_out\.", "head.2."), (r"conv_shortcut", "shortcut"), (r"down_blocks", "downsamples"),
    (r"(\d+)\.norm1", r"\1.residual.0"), (r"(\d+)\.norm2", r"\1.residual.3"),
    (r"((?:middle|downsamples|resnets)\.\d+)\.conv1", r"\1.residual.2"), (r"((?:middle|downsamples|resnets)\.\d+)\.conv2", r"\1.residual.6"),
    (r"up_blocks\.(\d+)\.resnets\.(\d+)", lambda match: f"upsamples.{4 * int(match[1]) + int(match[2])}"),
    (r"up_blocks\.(\d+)\.upsamplers\.0", lambda match: f"upsamples.{4 * int(match[1]) + 3}"),
]
TRANSFORMER_ORIGINAL = [
    (r"^condition_embedder\.image_embedder\.norm1", "img_emb.proj.0"), (r"^condition_embedder\.image_embedder\.norm2", "img_emb.proj.4"),
    (r"^condition_embedder\.image_embedder\.ff\.net\.0\.proj", "img_emb.proj.1"),
    (r"^condition_embedder\.image_embedder\.ff\.net\.2", "img_emb.proj.3"),
    (r"^condition_embedder\.time_embedder\.linear_1", "time_embedding.0"), (r"^condition_embedder\.time_embedder\.linear_2", "time_embedding.2"),
    (r"^condition_embedder\.text_embedder\.linear_1", "text_embedding.0"), (r"^condition_embedder\.text_embedder\.linear_2", "text_embedding.2"),
    (r"^condition_embedder\.time_proj", "time_projection.1"), (r"^proj_out", "head.head"), (r"^scale_shift_table", "head.modulation"),
    (r"\.norm2", ".norm_swap"), (r"\.norm3", ".norm2"), (r"\.norm_swap", ".norm3"),
    (r"proj_in", "before_proj"), (r"(vace_blocks\.\d+)\.proj_out", r"\1.after_proj"),
    (r"scale_shift_table", "modulation"), (r"attn1", "self_attn"), (r"attn2", "cross_attn"),
    (r"to_out\.0", "o"), (r"add_k_proj", "k_img"), (r"add_v_proj", "v_img"), (r"norm_added_k", "norm_k_img"),
    (r"\.to_([qkv])\.", r".\1."), (r"ffn\.net\.0\.proj", "ffn.0"), (r"ffn\.net\.2", "ffn.2"),
]


def original(name, rules):
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def pairs(names, rules, convert, prefix=""):
    """Original names and what diffusers' conversion makes of them, which must be the names we set out from."""
    originals = {prefix + original(name, rules): name for name in names}
    converted = convert({name: torch.tensor(index) for index, name in enumerate(originals)})
    found = {int(index): name for name, index in converted.items()}
    for index, (name, expected) in enumerate(originals.items()):
        assert found[index] == expected, (name, found[index], expected)
    return originals


def names():
    wan = AutoencoderKLWan(base_dim=2, z_dim=2, dim_mult=[1, 2, 4, 4], num_res_blocks=2)
    small = dict(num_attention_heads=1, attention_head_dim=12, text_dim=4, freq_dim=4, ffn_dim=4, num_layers=2, image_dim=4, added_kv_proj_dim=12)
    image = WanTransformer3DModel(**small)
    control = WanVACETransformer3DModel(**small, vace_layers=[0, 1], vace_in_channels=4)
    transformer = dict.fromkeys([*image.state_dict(), *control.state_dict()])
    prefix = "model.diffusion_model."
    every = {
        "vae": pairs(wan.state_dict(), VAE_ORIGINAL, convert_wan_vae_to_diffusers),
        "transformer": pairs(transformer, TRANSFORMER_ORIGINAL, convert_wan_transformer_to_diffusers),
        "prefixed": pairs(image.state_dict(), TRANSFORMER_ORIGINAL, convert_wan_transformer_to_diffusers, prefix),
    }
    (FOLDER / "names.json").write_text(json.dumps(VERSIONS | every, indent=0) + "\n")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    network("vae", 1)
    network("vae_wide", 2)
    names()
    formats()
