//! Wan 2.1 (Wan Team, 2025) in the layout of diffusers, as published on the Hugging Face hub.
//!
//! The models differ in their transformer; those that begin from a picture have an image encoder besides. The text encoder, most of the download, is published in f32 with one
//! and in bf16 with the others, so all take it from one place. Hashes and exact lengths are those that the hub's pages and
//! other people's records of these revisions state; `docs/models.md` says which come from where.

use crate::catalogue::{File, Licence, Model, Source};

const VACE_1_3B: &str = "Wan-AI/Wan2.1-VACE-1.3B-diffusers";
const VACE_1_3B_REVISION: &str = "ec4d2cb062b548996b179d493fdd05340de702a1";

pub(crate) const MODELS: [Model; 6] = [
    SHARED,
    Model {
        name: "wan-vace-1.3b",
        purpose: "video from words, led by depth, edges, pose, masks and reference pictures; 480p, one consumer GPU",
        licence: apache("https://huggingface.co/Wan-AI/Wan2.1-VACE-1.3B-diffusers"),
        source: Some(Source { repository: VACE_1_3B, revision: VACE_1_3B_REVISION }),
        files: &[
            at_most("transformer/config.json", 2_000),
            at_most("transformer/diffusion_pytorch_model.safetensors.index.json", 200_000),
            exactly(
                "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
                4_999_964_504,
                "192804a4e10b5bb0a13f5c224bc4ec9707b3b8cc0def8eea005dbce7c9d6752a",
            ),
            exactly(
                "transformer/diffusion_pytorch_model-00002-of-00002.safetensors",
                2_146_103_400,
                "dadaf1d5e9ccf826e2c497aa9fc2756a044f606d0aa919e5405a734a121bcf7e",
            ),
        ],
        shares: Some(&SHARED),
    },
    Model {
        name: "wan-vace-14b",
        purpose: "as wan-vace-1.3b with ten times the parameters; up to 720p, for the largest GPUs",
        licence: apache("https://huggingface.co/Wan-AI/Wan2.1-VACE-14B-diffusers"),
        source: Some(Source {
            repository: "Wan-AI/Wan2.1-VACE-14B-diffusers",
            revision: "db79b90c60bbb45ceec9e41b9d5a4df934538ac4",
        }),
        files: &VACE_14B,
        shares: Some(&SHARED),
    },
    Model {
        name: "wan-image-14b",
        purpose: "video from words and a first frame; 480p, for the largest GPUs",
        licence: apache("https://huggingface.co/Wan-AI/Wan2.1-I2V-14B-480P-Diffusers"),
        source: Some(Source {
            repository: "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",
            revision: "b184e23a8a16b20f108f727c902e769e873ffc73",
        }),
        files: &IMAGE_14B,
        shares: Some(&SHARED),
    },
    Model {
        name: "wan-ends-14b",
        purpose: "video from words, a first and a last frame; up to 720p, for the largest GPUs",
        licence: apache("https://huggingface.co/Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers"),
        source: Some(Source {
            repository: "Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers",
            revision: "17c30769b1e0b5dcaa1799b117bf20a9c31f59d7",
        }),
        files: &IMAGE_14B,
        shares: Some(&SHARED),
    },
    Model {
        name: "wan-gbuffer",
        purpose: "video from the set's own surfaces: a transformer of 96 channels, which you supply",
        licence: Licence {
            name: "that of your weights",
            link: "https://github.com/ShandaAI/AlayaRenderer (no licence of its weights was found)",
        },
        source: None,
        files: &[],
        shares: Some(&SHARED),
    },
];

const SHARED: Model = Model {
    name: "wan-shared",
    purpose: "what all Wan 2.1 models share: the text encoder UMT5-XXL (bf16), its tokenizer, the video autoencoder",
    licence: apache("https://huggingface.co/Wan-AI/Wan2.1-VACE-1.3B-diffusers"),
    source: Some(Source { repository: VACE_1_3B, revision: VACE_1_3B_REVISION }),
    files: &[
        at_most("tokenizer/tokenizer.json", 16_900_000),
        at_most("vae/config.json", 2_000),
        exactly(
            "vae/diffusion_pytorch_model.safetensors",
            507_591_892,
            "d6e524b3fffede1787a74e81b30976dce5400c4439ba64222168e607ed19e793",
        ),
        at_most("text_encoder/config.json", 2_000),
        at_most("text_encoder/model.safetensors.index.json", 50_000),
        at_most("text_encoder/model-00001-of-00003.safetensors", 4_935_812_536),
        at_most("text_encoder/model-00002-of-00003.safetensors", 4_983_103_192),
        at_most("text_encoder/model-00003-of-00003.safetensors", 1_442_935_480),
    ],
    shares: None,
};

const VACE_14B: [File; 15] = [
    at_most("transformer/config.json", 2_000),
    at_most("transformer/diffusion_pytorch_model.safetensors.index.json", 300_000),
    exactly(
        "transformer/diffusion_pytorch_model-00001-of-00013.safetensors",
        4_867_114_424,
        "bd8bbb8834a274525ab65cbb063f21aa58973a054bfd1638bfe395504c9d9b99",
    ),
    exactly(
        "transformer/diffusion_pytorch_model-00002-of-00013.safetensors",
        4_919_594_456,
        "8d24b40a5ea6bb21cdc0115128241ffeb44184b2419f4b1585af1573ed5c7839",
    ),
    at_most("transformer/diffusion_pytorch_model-00003-of-00013.safetensors", 5_000_000_000),
    exactly(
        "transformer/diffusion_pytorch_model-00004-of-00013.safetensors",
        4_919_594_536,
        "6a701d601e2cbe3da3515b24d59f56deb5ca2c973c778ff7911f579ec5b8ec11",
    ),
    at_most("transformer/diffusion_pytorch_model-00005-of-00013.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00006-of-00013.safetensors", 5_000_000_000),
    exactly(
        "transformer/diffusion_pytorch_model-00007-of-00013.safetensors",
        4_919_465_224,
        "53c24e663dece6ff0737b03e5cc670118998231877ba7bad29824ff0500589d4",
    ),
    exactly(
        "transformer/diffusion_pytorch_model-00008-of-00013.safetensors",
        4_919_594_552,
        "333eaca9dce56bf3083bbab4630aa081b7c403a27ba94894a7756d631529fd9a",
    ),
    exactly(
        "transformer/diffusion_pytorch_model-00009-of-00013.safetensors",
        4_919_465_224,
        "8af811e7ed2ab64a3f6d07827d1b975a9804b78d63c2b3989024bc1b67ac6e5d",
    ),
    exactly(
        "transformer/diffusion_pytorch_model-00010-of-00013.safetensors",
        4_919_594_552,
        "e8b631e38f0ad21a63c631069658d4be4b55e0cb15e8f5848567482b5862ba63",
    ),
    exactly(
        "transformer/diffusion_pytorch_model-00011-of-00013.safetensors",
        4_919_465_224,
        "21032fe150df6f3ac26780fb8ca38d05c4a9585a1b774ceadb5d42bc96ff1b27",
    ),
    at_most("transformer/diffusion_pytorch_model-00012-of-00013.safetensors", 5_000_000_000),
    exactly(
        "transformer/diffusion_pytorch_model-00013-of-00013.safetensors",
        4_217_957_112,
        "e0e39ee859fc696ebd2c0982202a5d1cf8206eeb82b3b582d954707b9f980f12",
    ),
];

/// Both models that begin from a picture; the hub's pages round lengths to three digits.
const IMAGE_14B: [File; 19] = [
    at_most("image_encoder/config.json", 2_000),
    at_most("image_encoder/model.safetensors", 1_265_000_000),
    at_most("image_processor/preprocessor_config.json", 2_000),
    at_most("transformer/config.json", 2_000),
    at_most("transformer/diffusion_pytorch_model.safetensors.index.json", 300_000),
    at_most("transformer/diffusion_pytorch_model-00001-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00002-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00003-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00004-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00005-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00006-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00007-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00008-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00009-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00010-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00011-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00012-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00013-of-00014.safetensors", 5_000_000_000),
    at_most("transformer/diffusion_pytorch_model-00014-of-00014.safetensors", 2_200_000_000),
];

const fn exactly(path: &'static str, bytes: u64, sha256: &'static str) -> File {
    File { path, bytes, sha256: Some(sha256) }
}

const fn at_most(path: &'static str, bytes: u64) -> File {
    File { path, bytes, sha256: None }
}

const fn apache(link: &'static str) -> Licence {
    Licence { name: "Apache-2.0", link }
}
