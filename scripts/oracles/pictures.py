"""EXRs to arrays, and figures as crates/metrics defines them."""

import flip_evaluator
import numpy as np
import OpenEXR

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def channels(path):
    """Every channel of an EXR by name, as a plane. Readers that join R, G, B are taken apart again."""
    found = {}
    with OpenEXR.File(str(path), separate_channels=True) as file:
        for name, channel in file.channels().items():
            found[name] = np.asarray(channel.pixels)
    return found


def light(path):
    """Linear colour in nits, height × width × 3: the sum of saved light parts, or the beauty undone of its exposure."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        found = {name: np.asarray(channel.pixels) for name, channel in file.channels().items()}
        factor = file.header().get("maquette.exposureFactor", 1.0)
    rgb = lambda prefix: np.stack([found[f"{prefix}{c}"].astype(np.float64) for c in "RGB"], -1)
    if "ViewLayer.Combined.R" in found:
        return rgb("ViewLayer.Combined.") / factor
    if "ViewLayer.Emit.R" in found:
        return sum(rgb(f"ViewLayer.{part}.") for part in ("Emit", "DiffDir", "GlossDir", "DiffInd", "GlossInd"))
    return rgb("")


def relative_mse(image, reference):
    """mean((x−r)²/(r²+0.01·mean(r)²)), the worst 0.1 % of pixels dropped."""
    error = ((image - reference) ** 2 / (reference**2 + 0.01 * reference.mean() ** 2)).mean(-1).ravel()
    return np.sort(error)[: int(error.size * 0.999)].mean()


def flip(image, reference, kind="HDR"):
    image, reference = (np.ascontiguousarray(np.maximum(p, 0), np.float32) for p in (image, reference))
    return flip_evaluator.evaluate(reference, image, kind, inputsRGB=False, applyMagma=False)[1]


def shown(image, ev100):
    """Display light: exposed and clipped."""
    return np.clip(image * 2.0**-ev100 / 1.2, 0, 1)


def object_ratios(image, reference, ids, least=50):
    """{id: (pixels, luminance over the reference's)} of objects with some pixels."""
    out = {}
    for identity in np.unique(ids):
        mask = ids == identity
        expected = (reference[mask] @ LUMINANCE).mean()
        if mask.sum() >= least and expected > 0:
            out[int(identity)] = (int(mask.sum()), float((image[mask] @ LUMINANCE).mean() / expected))
    return out
