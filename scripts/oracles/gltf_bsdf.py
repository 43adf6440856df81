"""glTF 2.0 metallic-roughness with the energy kept, as a Mitsuba BSDF: the model the tracer documents, written again.

A GGX lobe (height-correlated Smith) over Lambert, with Schlick's Fresnel for metals and Fresnel's own equations for an index of 1.5, brought to
F0 = 0.16·reflectance² and F90 = 1 (0 where reflectance is 0), for dielectrics.
The lobe gets back what single scattering loses, times 1 + F0·(1/E − 1) (Turquin 2019), E its directional albedo without Fresnel;
Lambert keeps what the dielectric's lobe leaves. All of it seen from the viewer's side.
"""

import drjit as dr
import mitsuba as mi
import numpy as np

SIDE = 64
SAMPLES = 64


def smith_lambda(cosine, alpha):
    return 0.5 * (np.sqrt(1 + alpha**2 * (1 / cosine**2 - 1)) - 1)


def dielectric_edge(c, root, square):
    """(F − 0.04) / 0.96 for an index of 1.5, in place of Schlick's power; `root` and `square` are the library's."""
    g = root(1.25 + c * c)
    return (0.5 * (square((c - g) / (c + g)) + square((2.25 * c - g) / (2.25 * c + g))) - 0.04) / 0.96


def albedo_table():
    """Albedo for Fresnel 1 − f and f, f = (1 − v·h)⁵, and for a dielectric's edge: rows are roughness, columns √cosine."""
    steps = (np.arange(SAMPLES) + 0.5) / SAMPLES
    u, v = (a.ravel() for a in np.meshgrid(steps, steps))
    table = np.zeros((SIDE, SIDE, 3), np.float32)
    for row in range(SIDE):
        alpha = max((row / (SIDE - 1)) ** 2, 1e-3)
        for column in range(SIDE):
            cosine = max((column / (SIDE - 1)) ** 2, 1e-3)
            wo = np.array([np.sqrt(1 - cosine**2), 0, cosine])
            h = visible_normals(wo, alpha, u, v)
            toward = h @ wo
            wi = 2 * toward[:, None] * h - wo
            up = wi[:, 2] > 1e-6
            lo, li = smith_lambda(cosine, alpha), smith_lambda(np.where(up, wi[:, 2], 1), alpha)
            weight = np.where(up, (1 + lo) / (1 + lo + li), 0)
            edge = np.clip(1 - toward, 0, 1) ** 5
            own = dielectric_edge(np.clip(toward, 0, 1), np.sqrt, np.square)
            table[row, column] = (weight * (1 - edge)).mean(), (weight * edge).mean(), (weight * own).mean()
    return table


def visible_normals(wo, alpha, u, v):
    """Dupuy and Benyoub, "Sampling Visible GGX Normals with Spherical Caps", 2023."""
    stretched = wo * [alpha, alpha, 1]
    stretched = stretched / np.linalg.norm(stretched)
    z = (1 - v) * (1 + stretched[2]) - stretched[2]
    sine = np.sqrt(np.clip(1 - z * z, 0, 1))
    cap = np.stack([sine * np.cos(2 * np.pi * u), sine * np.sin(2 * np.pi * u), z], -1)
    h = (cap + stretched) * [alpha, alpha, 1]
    return h / np.linalg.norm(h, axis=-1, keepdims=True)


class Gltf(mi.BSDF):
    """Parameters: base_color, roughness, metallic (textures), reflectance (a number)."""

    table = None

    def __init__(self, props):
        mi.BSDF.__init__(self, props)
        self.base_color = props.get_texture("base_color", 0.5)
        self.roughness = props.get_texture("roughness", 0.5)
        self.metallic = props.get_texture("metallic", 0.5)
        self.reflectance = props.get("reflectance", 0.5)
        glossy = mi.BSDFFlags.GlossyReflection | mi.BSDFFlags.FrontSide
        diffuse = mi.BSDFFlags.DiffuseReflection | mi.BSDFFlags.FrontSide
        self.m_components = [glossy, diffuse]
        self.m_flags = glossy | diffuse
        if Gltf.table is None:
            Gltf.table = mi.Texture2f(mi.TensorXf(albedo_table()), wrap_mode=dr.WrapMode.Clamp)

    def lobes(self, si, active):
        """α, F0 and F90 of the metal, F0 and F90 of the dielectric, and the diffuse albedo, seen from si.wi."""
        base = self.base_color.eval(si, active)
        rough = dr.clip(self.roughness.eval_1(si, active), 0, 1)
        metallic = dr.clip(self.metallic.eval_1(si, active), 0, 1)
        cosine = dr.clip(mi.Frame3f.cos_theta(si.wi), 0, 1)
        place = lambda v: (v * (SIDE - 1) + 0.5) / SIDE
        centre, edge, own = Gltf.table.eval(mi.Point2f(place(dr.sqrt(cosine)), place(rough)), active)
        lost = dr.rcp(centre + edge) - 1
        f0, f90 = 0.16 * self.reflectance**2, 1.0 if self.reflectance > 0 else 0.0
        gain, metal_gain = 1 + f0 * lost, (1 + base * lost) * metallic
        left = dr.clip(1 - (f0 * (centre + edge - own) + f90 * own) * gain, 0, 1)
        gain *= 1 - metallic
        return dr.maximum(rough * rough, 1e-3), base * metal_gain, metal_gain, f0 * gain, f90 * gain, base * ((1 - metallic) * left)

    def chance(self, f0, diffuse):
        return dr.clip(mi.luminance(f0) / (mi.luminance(f0) + mi.luminance(diffuse) + 1e-6), 0.2, 0.8) if self.shines() else 0.0

    def shines(self):
        return self.reflectance > 0 or self.metallic.max() > 0

    def sample(self, ctx, si, sample1, sample2, active):
        alpha, metal, _, f0, _, diffuse = self.lobes(si, active)
        chance = self.chance(metal + f0, diffuse)
        normals = mi.MicrofacetDistribution(mi.MicrofacetType.GGX, alpha, True)
        m, _ = normals.sample(si.wi, sample2)
        glossy = sample1 < chance
        bs = dr.zeros(mi.BSDFSample3f)
        bs.wo = dr.select(glossy, mi.reflect(si.wi, m), mi.warp.square_to_cosine_hemisphere(sample2))
        bs.eta = 1.0
        bs.sampled_type = dr.select(glossy, mi.UInt32(+mi.BSDFFlags.GlossyReflection), mi.UInt32(+mi.BSDFFlags.DiffuseReflection))
        bs.sampled_component = dr.select(glossy, mi.UInt32(0), mi.UInt32(1))
        value, bs.pdf = self.eval_pdf(ctx, si, bs.wo, active)
        active &= bs.pdf > 0
        return bs, dr.select(active, value / bs.pdf, 0)

    def eval(self, ctx, si, wo, active):
        return self.eval_pdf(ctx, si, wo, active)[0]

    def pdf(self, ctx, si, wo, active):
        return self.eval_pdf(ctx, si, wo, active)[1]

    def eval_pdf(self, ctx, si, wo, active):
        alpha, metal_f0, metal_f90, f0, f90, diffuse = self.lobes(si, active)
        seen, lit = mi.Frame3f.cos_theta(si.wi), mi.Frame3f.cos_theta(wo)
        active &= (seen > 0) & (lit > 0)
        h = dr.normalize(si.wi + wo)
        toward = dr.clip(dr.dot(si.wi, h), 0, 1)
        edge, own = dr.power(1 - toward, 5), dielectric_edge(toward, dr.sqrt, dr.square)
        fresnel = dr.lerp(metal_f0, metal_f90, edge) + dr.lerp(f0, f90, own)
        a2 = alpha * alpha
        d = a2 * dr.inv_pi / dr.square(dr.square(h.z) * (a2 - 1) + 1)
        root = lambda c: dr.sqrt(a2 + (1 - a2) * c * c)
        visible = 0.5 / (lit * root(seen) + seen * root(lit))
        value = (fresnel * (d * visible) + diffuse * dr.inv_pi) * lit
        chance = self.chance(metal_f0 + f0, diffuse)
        normals = mi.MicrofacetDistribution(mi.MicrofacetType.GGX, alpha, True)
        pdf = chance * normals.pdf(si.wi, h) / (4 * dr.dot(wo, h)) + (1 - chance) * lit * dr.inv_pi
        return dr.select(active, value, 0), dr.select(active, pdf, 0)

    def traverse(self, callback):
        callback.put("base_color", self.base_color, mi.ParamFlags.Differentiable)

    def to_string(self):
        return "Gltf[]"


def register():
    mi.register_bsdf("gltf", Gltf)
