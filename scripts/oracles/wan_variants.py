"""Writes `variants.safetensors`: what few-step and causal variants of Wan need, as diffusers computes it.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0 diffusers==0.42.1 transformers==5.23.0 sentencepiece==0.2.3 protobuf
    .venv/bin/python scripts/oracles/wan_variants.py

Samplers over listed levels (`euler`, `unipc`), the sampler of latent consistency with its noise (`lcm`), and the velocity of a
network whose frames see only their own stretch and those before (`causal`), or only the last of those (`sliding`): SkyReels-V2's, a Wan
with a causal mask and a time for each frame, given the weights of the text-to-video network that `wan_networks.py` wrote. `led` is
Wan's VACE network, whose attention is given such a mask.
"""

import numpy as np
import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    FlowMatchLCMScheduler,
    SkyReelsV2Transformer3DModel,
    WanVACETransformer3DModel,
)
from diffusers.schedulers import scheduling_flow_match_lcm
from safetensors.torch import load_file

from wan_networks import FOLDER, random, save, unipc

LEVELS = np.array([1.0, 0.75, 0.5, 0.25])
SHIFT = 5.0
# Latent frames that are made together.
STRETCH = 2


def listed(tensors):
    for kind, scheduler in [
        ("euler", FlowMatchEulerDiscreteScheduler(shift=SHIFT)),
        ("unipc", unipc(SHIFT)),
        ("lcm", FlowMatchLCMScheduler(shift=SHIFT)),
    ]:
        scheduler.set_timesteps(sigmas=LEVELS)
        latents = random(200, 1, 2, 2, 3, 3)
        tensors[f"in.{kind}.latents"] = latents
        velocities, noises, states = [], [], []

        def noise(shape, **_):
            noises.append(random(210 + len(noises), *shape))
            return noises[-1]

        scheduling_flow_match_lcm.randn_tensor = noise
        for time in scheduler.timesteps:
            data = torch.tanh(1.5 * latents.roll(1, -1)) + 0.3 * torch.sin(latents * 3 + time / 200)
            velocities.append(random(201, *latents.shape) - data)
            latents = scheduler.step(velocities[-1], time, latents).prev_sample
            states.append(latents)
        tensors[f"in.{kind}.velocities"] = torch.stack(velocities)
        tensors[f"out.{kind}.latents"] = torch.stack(states)
        tensors[f"out.{kind}.sigmas"] = scheduler.sigmas
        tensors[f"out.{kind}.timesteps"] = scheduler.timesteps
        if noises:
            tensors[f"in.{kind}.noises"] = torch.stack(noises)


def mask(frames, frame_tokens, seen):
    """Which tokens see which, `[token, token]`: those of the own stretch, and of so many stretches before it."""
    stretch = (torch.arange(frames) // STRETCH).repeat_interleave(frame_tokens)
    ago = stretch[:, None] - stretch[None, :]
    return (ago >= 0) & (ago <= seen)


def causal(tensors):
    """Stretch by stretch: those before are finished (time 0), the last is at a time of its own."""
    network = SkyReelsV2Transformer3DModel.from_config(SkyReelsV2Transformer3DModel.load_config(FOLDER / "t2v"))
    network.load_state_dict(load_file(FOLDER / "t2v/diffusion_pytorch_model.safetensors"))
    network.eval()._set_ar_attention(STRETCH)
    frames = 3 * STRETCH
    latents, text = random(220, 1, 16, frames, 4, 6), random(221, 1, 9, 24)
    tensors |= {"in.causal.latents": latents, "in.causal.text": text}
    for name in ("causal", "sliding"):
        for stretch, time in enumerate([937.0, 402.5, 618.0]):
            count = STRETCH * (stretch + 1)
            times = torch.tensor([0.0] * (count - STRETCH) + [time] * STRETCH)[None]
            velocity = network(latents[:, :, :count], times, text, enable_diffusion_forcing=True).sample
            tensors[f"out.{name}.{stretch}"] = velocity[:, :, -STRETCH:]
        # Its own mask has no end: from now on, one stretch back.
        for block in network.blocks:
            block.register_forward_pre_hook(lambda _, given: (*given[:4], mask(given[0].shape[1] // 6, 6, 1)[None, None]))


def led(tensors):
    """All stretches at once and at one time, with a mask in every layer of both of its transformers."""
    network = WanVACETransformer3DModel.from_pretrained(FOLDER / "vace")
    frames = 3 * STRETCH
    control = random(222, 1, 96, frames, 4, 6)
    for block in (*network.blocks, *network.vace_blocks):
        block.attn1.register_forward_pre_hook(lambda _, given: (given[0], None, mask(frames, 6, 3)[None, None], *given[3:]))
    tensors["in.led.control"] = control
    tensors["out.led"] = network(
        tensors["in.causal.latents"], torch.tensor([402.5]), tensors["in.causal.text"],
        control_hidden_states=control, control_hidden_states_scale=torch.tensor([0.7, 1.3]),
    ).sample


def main():
    torch.set_num_threads(1)
    tensors = {}
    with torch.no_grad():
        listed(tensors)
        causal(tensors)
        led(tensors)
    save("variants", tensors)


if __name__ == "__main__":
    main()
