"""Writes the fixtures of Wan's text encoder, transformer and samplers: tiny random networks and what the original makes of them.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0 diffusers==0.42.1 transformers==5.23.0 sentencepiece==0.2.3 protobuf
    .venv/bin/python scripts/oracles/wan_networks.py

A network is a folder as `save_pretrained` writes it; beside it lies `<folder>.safetensors` with inputs (`in.…`) and what came out
of which part (`out.…`). Weights are larger than usual at the start of training, so that activations bend and scores differ.
"""

import json
import math
import tempfile
from pathlib import Path

import diffusers
import sentencepiece
import sentencepiece.sentencepiece_model_pb2 as sentencepiece_model
import tokenizers
import torch
import transformers
from diffusers import (
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

FOLDER = Path(__file__).resolve().parents[2] / "crates/generator/tests/wan"
MODULES = (torch, diffusers, transformers, tokenizers, sentencepiece)
# One entry: the writer keeps several in no fixed order.
VERSIONS = {"versions": ", ".join(f"{module.__name__} {module.__version__}" for module in MODULES)}
TEXT_CHANNELS = 24

CORPUS = """
A derelict research vessel drifts in the dark. Wet steel, sodium light, a long grey corridor with pipes along the wall.
The camera dollies slowly towards a red door; rain beats on the window, and somewhere a pump is running.
Two actors stand at a table, one turns her head, the other looks away. A handheld shot, shallow depth of field, film grain.
Late afternoon sun through dusty blinds, long shadows on a wooden floor, an old radio, a half empty glass of water.
A wide shot of the harbour at night: cranes, containers, reflections on black water, fog, a slow pan from left to right.
Close-up of a hand that holds a brass key. The focus moves from the key to the lock. Cinematic light, warm tones, 35 mm lens.
Bright tones, overexposed, static, blurred details, subtitles, worst quality, low quality, ugly, deformed, still picture.
Ein alter Leuchtturm im Sturm, Wellen schlagen an den Felsen. Une rue mouillée, la nuit, après la pluie. Café noir à midi.
"""

PROMPTS = [
    "",
    "a grey corridor, wet steel, sodium light",
    "  A derelict   research vessel\n\twith\u00a0pipes \u3000 along the wall.  ",
    "Fish &amp;amp; chips &lt;neon&gt; &quot;open&quot; &#39;late&#39; &#x41;&#66; &copy; &eacute;t&eacute; &amp unknown &nosuch; &hellip;",
    "Ｆｕｌｌ ｗｉｄｔｈ, ﬁne ligatures, Café, e\u0301, ½, ①",
    "夜の港 🚢 тёмная вода",
    " ".join(["the camera dollies slowly towards a red door"] * 90),
]


def randomize(model, seed):
    """Weights whose outputs vary about as much as their inputs; gains around 1."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        random = torch.randn(parameter.shape, generator=generator)
        if "norm" in name and name.endswith("weight"):
            value = 1 + 0.3 * random
        elif parameter.ndim == 1:
            value = 0.3 * random
        elif "scale_shift_table" in name or "pos_embed" in name:
            value = 0.5 * random
        elif "relative_attention_bias" in name or "shared" in name:
            value = random
        else:
            value = random * 1.2 / math.sqrt(parameter[0].numel())
        parameter.data = value
    return model.eval()


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def save(name, tensors):
    tensors = {key: value.detach().float().contiguous().clone() for key, value in tensors.items()}
    save_file(tensors, FOLDER / f"{name}.safetensors", metadata=VERSIONS)


def make_tokenizer():
    """A Unigram tokenizer of the same make as UMT5's: SentencePiece's own normalisation, bytes for what is unknown."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text(CORPUS)
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/tiny", vocab_size=430, model_type="unigram", byte_fallback=True,
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1, minloglevel=2,
        )
        model = sentencepiece_model.ModelProto.FromString(Path(f"{folder}/tiny.model").read_bytes())
    pieces = [(piece.piece, piece.score) for piece in model.pieces]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram(pieces, unk_id=2, byte_fallback=True))
    tokenizer.normalizer = tokenizers.normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = tokenizers.decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )


def text(tokenizer):
    """The text encoder, as its pipeline uses it, and its layers on a prompt long enough for all distances."""
    config = UMT5Config(
        vocab_size=len(tokenizer), d_model=TEXT_CHANNELS, d_kv=10, d_ff=36, num_layers=3, num_heads=3,
        relative_attention_num_buckets=32, relative_attention_max_distance=128,
    )
    encoder = randomize(UMT5EncoderModel(config), 1)
    encoder.save_pretrained(FOLDER / "text_encoder")
    pipeline = WanPipeline(tokenizer, encoder, None, None)
    tensors = {}
    for index in (1, 4, 6):
        embeds = pipeline._get_t5_prompt_embeds(PROMPTS[index], max_sequence_length=512)
        tensors[f"out.prompt.{index}"] = embeds
    tokens = torch.randint(3, len(tokenizer), (1, 300), generator=torch.Generator().manual_seed(2))
    result = encoder(tokens, attention_mask=torch.ones_like(tokens), output_hidden_states=True)
    tensors["in.tokens"] = tokens
    for layer, state in enumerate(result.hidden_states):
        tensors[f"out.state.{layer}"] = state
    tensors["out.last"] = result.last_hidden_state
    save("text_encoder", tensors)
    return encoder


def prompts(tokenizer):
    tokenizer.backend_tokenizer.save(str(FOLDER / "tokenizer.json"), pretty=False)
    entries = []
    for prompt in PROMPTS:
        clean = prompt_clean(prompt)
        tokens = tokenizer(clean, truncation=True, max_length=512, add_special_tokens=True).input_ids
        entries.append({"prompt": prompt, "clean": clean, "tokens": tokens})
    (FOLDER / "prompts.json").write_text(json.dumps({**VERSIONS, "prompts": entries}, indent=1) + "\n")


def capture(model, inputs):
    """What goes in, what comes out, and what comes out of the parts."""
    outputs = {}

    def keep(name, part=None):
        def hook(_module, _inputs, output):
            outputs[name] = output if part is None else output[part]

        return hook

    hooks = [
        model.patch_embedding.register_forward_hook(keep("patch")),
        model.condition_embedder.register_forward_hook(keep("time", 0)),
        model.condition_embedder.register_forward_hook(keep("modulation", 1)),
        model.condition_embedder.register_forward_hook(keep("text", 2)),
    ]
    if "encoder_hidden_states_image" in inputs:
        hooks.append(model.condition_embedder.register_forward_hook(keep("pictures", 3)))
    for layer, block in enumerate(model.blocks):
        hooks.append(block.register_forward_hook(keep(f"block.{layer}")))
    for layer, block in enumerate(getattr(model, "vace_blocks", [])):
        hooks.append(block.register_forward_hook(keep(f"hint.{layer}", 0)))
    with torch.no_grad():
        outputs["velocity"] = model(**inputs).sample
    for hook in hooks:
        hook.remove()
    tensors = {f"in.{name}": value for name, value in inputs.items()}
    tensors.update({f"out.{name}": value for name, value in outputs.items()})
    return tensors


def transformer(name, model, seed, inputs):
    model = randomize(model, seed)
    model.save_pretrained(FOLDER / name)
    save(name, capture(model, inputs))
    return model


def config(**changes):
    values = dict(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
        text_dim=TEXT_CHANNELS, freq_dim=256, ffn_dim=32, num_layers=2, cross_attn_norm=True,
        qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
    )
    values.update(changes)
    return values


def inputs(seed, channels, time, text_tokens, batch=1):
    return {
        "hidden_states": random(seed, batch, channels, 3, 6, 4),
        "timestep": torch.full((batch,), time),
        "encoder_hidden_states": random(seed + 1, batch, text_tokens, TEXT_CHANNELS),
    }


def transformers_all():
    t2v = WanTransformer3DModel(**config())
    t2v = transformer("t2v", t2v, 10, inputs(11, 16, 937.0, 9, batch=2))

    i2v = WanTransformer3DModel(**config(in_channels=36, image_dim=20, added_kv_proj_dim=24))
    transformer("i2v", i2v, 20, {**inputs(21, 36, 402.5, 512), "encoder_hidden_states_image": random(23, 1, 7, 20)})

    flf2v = WanTransformer3DModel(
        **config(in_channels=36, image_dim=20, added_kv_proj_dim=24, pos_embed_seq_len=10, num_layers=1)
    )
    transformer("flf2v", flf2v, 30, {**inputs(31, 36, 3.0, 512), "encoder_hidden_states_image": random(33, 2, 5, 20)})

    gbuffer = WanTransformer3DModel(
        **config(in_channels=96, cross_attn_norm=False, attention_head_dim=16, patch_size=(3, 2, 1), eps=1e-4)
    )
    transformer("gbuffer", gbuffer, 40, inputs(41, 96, 999.0, 5))
    # The same input with tokens as the published models have them.
    transformer("surfaces", WanTransformer3DModel(**config(in_channels=96)), 45, inputs(46, 96, 500.0, 5))

    vace = WanVACETransformer3DModel(
        **config(attention_head_dim=16, num_layers=3), vace_layers=[0, 2], vace_in_channels=96
    )
    given = inputs(51, 16, 618.0, 6)
    first = {
        **given,
        "control_hidden_states": random(53, 1, 96, 3, 6, 4),
        "control_hidden_states_scale": torch.tensor([0.7, 1.3]),
    }
    vace = transformer("vace", vace, 50, first)
    second = {
        **given,
        "control_hidden_states": random(54, 1, 96, 2, 6, 4),
        "control_hidden_states_scale": torch.tensor([1.0, 0.25]),
    }
    save("vace_second_control", capture(vace, second))
    return t2v, vace


def unipc(shift):
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=shift
    )


def samplers():
    """Each sampler's levels, and its steps through velocities of a made-up network."""
    tensors = {}
    for kind in ("euler", "unipc"):
        for steps, shift in [(1, 3.0), (2, 1.0), (3, 5.0), (4, 3.0), (4, 8.0), (20, 1.0), (20, 5.0), (50, 3.0)]:
            scheduler = unipc(shift) if kind == "unipc" else FlowMatchEulerDiscreteScheduler(shift=shift)
            scheduler.set_timesteps(steps)
            name = f"{kind}.{steps}.{shift:g}"
            latents = random(70, 1, 2, 2, 3, 3)
            tensors[f"in.{name}.latents"] = latents
            states, velocities = [], []
            for time in scheduler.timesteps:
                data = torch.tanh(1.5 * latents.roll(1, -1)) + 0.3 * torch.sin(latents * 3 + time / 200)
                velocity = random(71, *latents.shape) - data
                latents = scheduler.step(velocity, time, latents).prev_sample
                velocities.append(velocity)
                states.append(latents)
            tensors[f"in.{name}.velocities"] = torch.stack(velocities)
            tensors[f"out.{name}.latents"] = torch.stack(states)
            tensors[f"out.{name}.sigmas"] = scheduler.sigmas
            tensors[f"out.{name}.timesteps"] = scheduler.timesteps
    save("samplers", tensors)


def pipelines(tokenizer, encoder, t2v, vace):
    """Four steps from noise and words to latents: text to video, and guided by two control videos."""
    prompt, negative = PROMPTS[1], "low quality, blurred details"
    latents = random(80, 1, 16, 2, 4, 6)
    common = dict(
        prompt=prompt, negative_prompt=negative, height=32, width=48, num_frames=5, num_inference_steps=4,
        guidance_scale=5.0, output_type="latent", latents=latents,
    )
    tensors = {"in.latents": latents}
    for kind, scheduler in [("unipc", unipc(3.0)), ("euler", FlowMatchEulerDiscreteScheduler(shift=3.0))]:
        pipeline = WanPipeline(tokenizer, encoder, None, scheduler, t2v)
        pipeline.set_progress_bar_config(disable=True)
        tensors[f"out.t2v.{kind}"] = pipeline(**common).frames
    pipeline = WanPipeline(tokenizer, encoder, None, unipc(3.0), t2v)
    pipeline.set_progress_bar_config(disable=True)
    tensors["out.t2v.unguided"] = pipeline(**{**common, "guidance_scale": 1.0}).frames

    vae = randomize(
        AutoencoderKLWan(base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
                         temperal_downsample=[False, True, True]), 81
    )
    # With words this pipeline insists on `ftfy`, whose cleaning is not ours.
    embeds, negative_embeds = pipeline.encode_prompt(prompt, negative, max_sequence_length=512)
    common.update(prompt=None, negative_prompt=None, prompt_embeds=embeds, negative_prompt_embeds=negative_embeds)
    for index in (0, 1):
        pipeline = WanVACEPipeline(tokenizer, encoder, vae, unipc(3.0), vace)
        pipeline.set_progress_bar_config(disable=True)
        seen = {}
        hook = vace.register_forward_pre_hook(
            lambda _module, _inputs, given: seen.update(given), with_kwargs=True
        )
        frames = random(90 + index, 5, 3, 32, 48).tanh()
        video = [diffusers.utils.pt_to_pil(frame[None])[0] for frame in frames]
        mask = diffusers.utils.pt_to_pil(torch.ones(1, 3, 32, 48) if index == 0 else random(92, 1, 3, 32, 48).sign())[0]
        tensors[f"out.vace.{index}"] = pipeline(
            **common, video=video, mask=[mask.convert("L")] * 5, conditioning_scale=[1.0, 0.6]
        ).frames
        tensors[f"in.vace.{index}.control"] = seen["control_hidden_states"]
        hook.remove()
    save("sampling", tensors)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    tokenizer = make_tokenizer()
    with torch.no_grad():
        encoder = text(tokenizer)
        prompts(tokenizer)
        t2v, vace = transformers_all()
        samplers()
        pipelines(tokenizer, encoder, t2v, vace)


if __name__ == "__main__":
    main()
