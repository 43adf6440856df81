"""Writes the fixtures of what surrounds Wan's networks: guiding videos, beginnings from a picture, first and last frames, and LoRAs.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0 diffusers==0.42.1 transformers==5.23.0 sentencepiece==0.2.3 protobuf peft==0.21.2 pillow==13.0.0
    .venv/bin/python scripts/oracles/wan_pipelines.py

The networks are those that `wan_vae.py` and `wan_networks.py` wrote. `pipelines.safetensors` holds what went into diffusers'
pipelines (`in.…`) and what came out (`out.…`), `runs.safetensors` what comes of the same where two videos guide or a G-buffer
leads, and from words alone; `image.safetensors` the same of image to video with the encoder in `image_encoder/`; `lora/` holds LoRAs in every layout that diffusers reads, and `lora.safetensors` the
velocity after each is fused into the text-to-video network.
"""

import json

import diffusers
import peft
import PIL
import torch
from diffusers import (
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
    WanVideoToVideoPipeline,
)
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModel, PreTrainedTokenizerFast, UMT5EncoderModel

from wan_networks import FOLDER, MODULES, PROMPTS, random, randomize, unipc
from wan_vae import decode, encode

VERSIONS = {"versions": ", ".join(f"{module.__name__} {module.__version__}" for module in (*MODULES, peft))}
NEGATIVE = "low quality, blurred details"
FRAMES, SIZE = 5, (32, 48)


def save(name, tensors, metadata=None):
    tensors = {key: value.detach().float().contiguous().clone() for key, value in tensors.items()}
    path = FOLDER / f"{name}.safetensors"
    path.parent.mkdir(exist_ok=True)
    # One entry: the writer keeps several in no fixed order.
    save_file(tensors, path, metadata=metadata or VERSIONS)


def networks():
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(FOLDER / "tokenizer.json"), pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )
    encoder = UMT5EncoderModel.from_pretrained(FOLDER / "text_encoder")
    return tokenizer, encoder, AutoencoderKLWan.from_pretrained(FOLDER / "vae")


def pictures(seed, count, size):
    """Smooth colours, with edges, as 8-bit pictures."""
    y, x = torch.linspace(0, 3, size[0])[:, None], torch.linspace(0, 4, size[1])
    shift = random(seed, count, 3, 1, 1)
    waves = torch.sin(x * 2 + shift) * torch.cos(y * 3 - shift) + 0.4 * torch.sign(torch.sin(3 * x + y + shift))
    noise = 0.1 * random(seed + 1, *waves.shape)
    return diffusers.utils.pt_to_pil((waves * 0.7 + noise).clamp(-1, 1))


def masks(seed):
    """Kept, made, and in between; different in every frame, so that the choice of frames shows."""
    soft = (torch.nn.functional.interpolate(random(seed, FRAMES, 1, 4, 6), size=SIZE, mode="bilinear") * 2).clamp(-1, 1)
    soft[:, :, :, 20:30] = -1
    return [diffusers.utils.pt_to_pil(mask[None].expand(1, 3, *SIZE))[0].convert("L") for mask in soft]


def frames(video):
    """diffusers' `[1, channel, frame, row, column]` to `[frame, channel, row, column]`."""
    return video[0].transpose(0, 1)


def control(parts, common, tensors, runs):
    """A guided run with kept regions and a reference, and the control tensor of two references; then both of two videos guide."""
    vace = WanVACETransformer3DModel.from_pretrained(FOLDER / "vace")
    pipeline = WanVACEPipeline(*parts, unipc(3.0), vace)
    pipeline.set_progress_bar_config(disable=True)
    video, mask = pictures(100, FRAMES, SIZE), masks(102)
    references = [pictures(104, 1, (24, 16))[0], pictures(106, 1, (16, 40))[0], pictures(108, 1, (48, 24))[0]]
    given = pipeline.preprocess_conditions(video, mask, references, 1, *SIZE, FRAMES, torch.float32, "cpu")
    tensors |= {"in.video": frames(given[0]), "in.mask": frames(given[1])[:, :1]}
    for index, (picture, canvas) in enumerate(zip(references, given[2][0])):
        tensors[f"in.reference.{index}"] = pipeline.video_processor.preprocess(picture)
        tensors[f"out.reference.{index}"] = canvas[None]

    for count in (0, 2):
        chosen = [given[2][0][:count]]
        latents = pipeline.prepare_video_latents(given[0], given[1], chosen, None, "cpu")
        tensors[f"out.control.{count}"] = torch.cat([latents, pipeline.prepare_masks(given[1], chosen)], dim=1)
    for count in range(1, 86, 4):
        times = torch.arange(count).float()[None, :, None, None].expand(1, count, 16, 16)[:, None]
        tensors[f"out.frames.{count}"] = pipeline.prepare_masks(times, [[]])[0, 0, :, 0, 0]

    noise = random(110, 1, 16, 3, SIZE[0] // 8, SIZE[1] // 8)
    seen = {}
    hook = vace.register_forward_pre_hook(lambda _module, _inputs, given: seen.update(given), with_kwargs=True)
    run = dict(**common, video=video, mask=mask, reference_images=references[:1], num_frames=FRAMES, num_inference_steps=4)
    run |= dict(latents=noise, conditioning_scale=[1.0, 0.6])
    tensors |= {"in.noise": noise, "out.latents": pipeline(**run, output_type="latent").frames}
    tensors["out.control.1"] = seen["control_hidden_states"]
    tensors["out.frames"] = pipeline(**run, output_type="pt").frames[0]
    hook.remove()

    turned = pipeline.preprocess_conditions(video[::-1], None, references[:1], 1, *SIZE, FRAMES, torch.float32, "cpu")
    latents = pipeline.prepare_video_latents(*turned, None, "cpu")
    second = torch.cat([latents, pipeline.prepare_masks(turned[1], turned[2])], dim=1)
    hooks = second_control(vace, second, [[1.0, 0.6], [0.3, 0.9]])
    run |= dict(conditioning_scale=1.0)
    runs["out.two_controls.latents"] = pipeline(**run, output_type="latent").frames
    runs["out.two_controls.frames"] = pipeline(**run, output_type="pt").frames[0]
    for hook in hooks:
        hook.remove()
    runs["out.two_controls.velocity"] = velocity_of_two(vace)


def second_control(vace, control, scales):
    """Hooks through which a second control guides beside the first: what each says at a layer, times its own scale there, is added.

    That is how several controls of VACE are used elsewhere (ComfyUI's `VaceWanModel`); diffusers takes one, whose scales must be 1 here.
    """
    state = None

    def hook(layer):
        def add(block, given, said):
            nonlocal state
            tokens, words, _, *rest = given
            if layer == 0:
                state = vace.vace_patch_embedding(control).flatten(2).transpose(1, 2)
                state = torch.nn.functional.pad(state, (0, 0, 0, tokens.shape[1] - state.shape[1]))
            # Not called as a module: that would come back here.
            too, state = block.forward(tokens, words, state, *rest)
            return said[0] * scales[0][layer] + too * scales[1][layer], said[1]

        return add

    return [block.register_forward_hook(hook(layer)) for layer, block in enumerate(vace.vace_blocks)]


def velocity_of_two(vace):
    """The velocity where the controls of both of the transformer's fixtures guide, of which the second is shorter than the video."""
    first, second = (load_file(FOLDER / f"{name}.safetensors") for name in ("vace", "vace_second_control"))
    key = "in.control_hidden_states"
    hooks = second_control(vace, second[key], [given[f"{key}_scale"] for given in (first, second)])
    names = ("hidden_states", "timestep", "encoder_hidden_states", "control_hidden_states")
    velocity = vace(**{name: first[f"in.{name}"] for name in names}).sample
    for hook in hooks:
        hook.remove()
    return velocity


def words(text, common, runs):
    """Four steps from words alone, to frames."""
    text.set_progress_bar_config(disable=True)
    noise = load_file(FOLDER / "sampling.safetensors")["in.latents"]
    run = dict(**common, num_frames=FRAMES, num_inference_steps=4, latents=noise)
    runs["out.t2v.latents"] = text(**run, output_type="latent").frames
    runs["out.t2v.frames"] = text(**run, output_type="pt").frames[0]


def surfaces(text, common, video, runs):
    """Four steps with a G-buffer behind the noise, for which diffusers has no pipeline: one video, turned over each axis for the others."""
    network, scheduler = WanTransformer3DModel.from_pretrained(FOLDER / "surfaces"), unipc(5.0)
    turned = [video, *(video.flip(axis) for axis in range(4))]
    buffer = torch.cat([encode(text.vae, one.transpose(0, 1)[None]) for one in turned], dim=1)
    latents = load_file(FOLDER / "sampling.safetensors")["in.latents"]
    scheduler.set_timesteps(4)
    for time in scheduler.timesteps:
        seen = torch.cat([latents, buffer], dim=1)
        wanted, unwanted = (
            network(seen, time[None], common[embeds]).sample for embeds in ("prompt_embeds", "negative_prompt_embeds")
        )
        velocity = unwanted + common["guidance_scale"] * (wanted - unwanted)
        latents = scheduler.step(velocity, time, latents).prev_sample
    runs["out.surfaces.latents"] = latents
    runs["out.surfaces.frames"] = text.video_processor.postprocess_video(decode(text.vae, latents), output_type="pt")[0]


def beginning(parts, common, tensors):
    """Runs that begin from a video: four of six steps."""
    tokenizer, encoder, vae = parts
    t2v = WanTransformer3DModel.from_pretrained(FOLDER / "t2v")
    video = pictures(100, FRAMES, SIZE)
    shape = (1, 16, 2, SIZE[0] // 8, SIZE[1] // 8)
    tensors["in.begin.noise"] = torch.randn(shape, generator=torch.Generator().manual_seed(120))
    for kind, scheduler in [("unipc", unipc(3.0)), ("euler", FlowMatchEulerDiscreteScheduler(shift=3.0))]:
        pipeline = WanVideoToVideoPipeline(tokenizer, encoder, t2v, vae, scheduler)
        pipeline.set_progress_bar_config(disable=True)
        seen = []
        hook = t2v.register_forward_pre_hook(
            lambda _module, _inputs, given: seen.append(given["hidden_states"].clone()), with_kwargs=True
        )
        tensors[f"out.begin.{kind}.latents"] = pipeline(
            **common, video=video, num_inference_steps=6, strength=0.7, output_type="latent",
            generator=torch.Generator().manual_seed(120),
        ).frames
        assert len(seen) == 8
        tensors[f"out.begin.{kind}.first"] = seen[0]
        hook.remove()


def image_encoder():
    """A vision transformer of five tokens a picture, and how pictures are prepared for it."""
    config = dict(
        hidden_size=20, intermediate_size=36, projection_dim=8, num_hidden_layers=3, num_attention_heads=2, image_size=14, patch_size=7
    )
    encoder, quick = (CLIPVisionModel(CLIPVisionConfig(**config, hidden_act=kind)) for kind in ("gelu", "quick_gelu"))
    randomize(encoder, 130).save_pretrained(FOLDER / "image_encoder")
    quick.load_state_dict(encoder.state_dict())
    processor = CLIPImageProcessorPil(size={"shortest_edge": 16}, crop_size={"height": 14, "width": 14})
    processor.save_pretrained(FOLDER / "image_processor")
    return encoder, quick.eval(), processor


def images(parts, common):
    """Pictures for the encoder, what it makes of them, and runs from a first frame without and with a last one."""
    tokenizer, text_encoder, vae = parts
    encoder, quick, processor = image_encoder()
    tensors, chosen = {}, []
    # Enlarged, reduced, reduced by much, kept; tall, wide, and cut unevenly.
    for index, size in enumerate([(9, 13), (48, 32), (61, 150), (16, 16), (33, 16)]):
        picture = pictures(132 + 2 * index, 1, size)[0]
        chosen.append(picture)
        tensors[f"in.picture.{index}"] = diffusers.image_processor.VaeImageProcessor(vae_scale_factor=1).preprocess(picture)
        tensors[f"out.pixels.{index}"] = processor(picture, return_tensors="pt").pixel_values
    given = processor(chosen, return_tensors="pt")
    for name, model in [("gelu", encoder), ("quick_gelu", quick)]:
        tensors[f"out.tokens.{name}"] = model(**given, output_hidden_states=True).hidden_states[-2]

    noise = random(150, 1, 16, 3, SIZE[0] // 8, SIZE[1] // 8)
    first, last = (pictures(seed, 1, SIZE)[0] for seed in (152, 154))
    tensors["in.noise"] = noise
    for name, ends in [("i2v", {"image": first}), ("flf2v", {"image": first, "last_image": last})]:
        network = WanTransformer3DModel.from_pretrained(FOLDER / name)
        pipeline = WanImageToVideoPipeline(tokenizer, text_encoder, vae, unipc(3.0), processor, encoder, network)
        pipeline.set_progress_bar_config(disable=True)
        tensors |= {f"in.{end}": pipeline.video_processor.preprocess(picture) for end, picture in ends.items()}
        seen = {}
        hook = network.register_forward_pre_hook(lambda _module, _inputs, given: seen.update(given), with_kwargs=True)
        run = dict(**common, **ends, num_frames=9, num_inference_steps=4, latents=noise)
        tensors[f"out.{name}.latents"] = pipeline(**run, output_type="latent").frames
        tensors[f"out.{name}.beside"] = seen["hidden_states"][:, 16:]
        tensors[f"out.{name}.tokens"] = seen["encoder_hidden_states_image"]
        tensors[f"out.{name}.frames"] = pipeline(**run, output_type="pt").frames[0]
        hook.remove()
    save("image", tensors, {"versions": f"{VERSIONS['versions']}, pillow {PIL.__version__}"})


LINEAR = {
    "self_attn.q": "attn1.to_q", "self_attn.k": "attn1.to_k", "self_attn.v": "attn1.to_v", "self_attn.o": "attn1.to_out.0",
    "cross_attn.q": "attn2.to_q", "cross_attn.k": "attn2.to_k", "cross_attn.v": "attn2.to_v", "cross_attn.o": "attn2.to_out.0",
    "ffn.0": "ffn.net.0.proj", "ffn.2": "ffn.net.2",
}
BLOCKS = {f"blocks.{block}.{ours}": f"blocks.{block}.{theirs}" for block in (0, 1) for ours, theirs in LINEAR.items()}
OTHERS = {
    "time_embedding.0": "condition_embedder.time_embedder.linear_1", "time_embedding.2": "condition_embedder.time_embedder.linear_2",
    "text_embedding.0": "condition_embedder.text_embedder.linear_1", "text_embedding.2": "condition_embedder.text_embedder.linear_2",
    "time_projection.1": "condition_embedder.time_proj", "head.head": "proj_out",
}


def factors(model, seed, module, rank):
    """Down and up, which together change a weight by about half of itself."""
    outputs, inputs = model.get_submodule(module).weight.shape
    return random(seed, rank, inputs) / inputs**0.5, random(seed + 1, outputs, rank) / (2 * rank**0.5)


def loras(model):
    """One LoRA a layout."""
    layouts = {name: {} for name in ("peft", "scaled", "original", "alpha", "kohya")}
    metadata = {"r": 2, "lora_alpha": 3, "target_modules": [], "rank_pattern": {}, "alpha_pattern": {}}
    for index, (original, module) in enumerate((BLOCKS | OTHERS).items()):
        seed, rank = 200 + 10 * index, 2 + index % 2
        down, up = factors(model, seed, module, rank)
        in_block = original in BLOCKS
        if in_block and index % 3 == 0:
            layouts["peft"] |= {f"transformer.{module}.lora_A.weight": down, f"transformer.{module}.lora_B.weight": up}
        if in_block and index % 4 == 0:
            layouts["scaled"] |= {f"transformer.{module}.lora_A.weight": down, f"transformer.{module}.lora_B.weight": up}
            metadata["target_modules"].append(module)
            metadata["rank_pattern"][module] = rank
            if index % 8 == 0:
                metadata["alpha_pattern"][module] = 5
        offset = 0.3 * random(seed + 2, up.shape[0])
        name = f"diffusion_model.{original}"
        layouts["original"] |= {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up, f"{name}.diff_b": offset}
        if in_block:
            alpha = torch.tensor(1.0 + index % 5)
            layouts["alpha"] |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": alpha}
            flat = "lora_unet_" + original.replace(".", "_")
            layouts["kohya"] |= {f"{flat}.lora_down.weight": down, f"{flat}.lora_up.weight": up, f"{flat}.alpha": alpha + 1}
    described = json.dumps({f"transformer.{key}": value for key, value in metadata.items()}, sort_keys=True)
    for name, tensors in layouts.items():
        save(f"lora/{name}", tensors, {"lora_adapter_metadata": described} if name == "scaled" else None)
    return list(layouts)


def fused(parts, chosen):
    """The velocity of the text-to-video network after LoRAs of these names and strengths are fused into it."""
    tokenizer, encoder, vae = parts
    model = WanTransformer3DModel.from_pretrained(FOLDER / "t2v")
    pipeline = WanPipeline(tokenizer, encoder, vae, unipc(3.0), model)
    for name in chosen:
        pipeline.load_lora_weights(str(FOLDER / "lora"), weight_name=f"{name}.safetensors", adapter_name=name)
    pipeline.set_adapters(list(chosen), list(chosen.values()))
    pipeline.fuse_lora(adapter_names=list(chosen))
    pipeline.unload_lora_weights()
    given = load_file(FOLDER / "t2v.safetensors")
    names = ("hidden_states", "timestep", "encoder_hidden_states")
    return model(**{name: given[f"in.{name}"] for name in names}).sample


def main():
    torch.set_num_threads(1)
    parts = networks()
    text = WanPipeline(*parts, unipc(3.0), WanTransformer3DModel.from_pretrained(FOLDER / "t2v"))
    with torch.no_grad():
        wanted, unwanted = text.encode_prompt(PROMPTS[1], NEGATIVE, max_sequence_length=512)
        common = dict(prompt_embeds=wanted, negative_prompt_embeds=unwanted, height=SIZE[0], width=SIZE[1], guidance_scale=5.0)
        tensors, runs = {}, {}
        control(parts, common, tensors, runs)
        beginning(parts, common, tensors)
        save("pipelines", tensors)
        words(text, common, runs)
        surfaces(text, common, tensors["in.video"], runs)
        save("runs", runs)
        images(parts, common)
        names = loras(WanTransformer3DModel.from_pretrained(FOLDER / "t2v"))
        runs = {name: {name: 0.8} for name in names} | {"several": {"peft": 0.7, "original": -0.4}}
        save("lora", {f"out.{name}": fused(parts, chosen) for name, chosen in runs.items()})


if __name__ == "__main__":
    main()
