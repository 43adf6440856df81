"""A dumped moment to a Mitsuba 3 scene.

Lambert where `reflectance` and `metallic` are 0, clear glass, else the tracer's documented model written again (`gltf_bsdf`), or with
MODEL = "principled" Mitsuba's own, whose diffuse is not lessened by what the coat reflects and which adds no multiple scattering: there,
dielectrics are some 5 to 12 % brighter and rough metals up to 45 % darker than ours. Not there: spot lamps (another falloff), motion blur.
"""

import mitsuba as mi
import numpy as np

from moment import matrix

SUN_DISTANCE_M = 1.0e4
MODEL = "gltf"


def scene(moment, workdir):
    """The scene as a dictionary for mi.load_dict. Meshes go through PLY files in `workdir`."""
    out = {"type": "scene", "sensor": sensor(moment)}
    bsdfs = {}
    for number, (_, material, positions, normals, uvs, triangles) in enumerate(moment.meshes()):
        if material not in bsdfs:
            bsdfs[material] = bsdf(moment, moment.materials[material])
        path = workdir / f"{number}.ply"
        write_ply(path, positions, normals, uvs, triangles)
        shape = {"type": "ply", "filename": str(path), "face_normals": normals is None, "bsdf": bsdfs[material]}
        if emission := emitter(moment, moment.materials[material]):
            shape["emitter"] = emission
        out[f"mesh{number}"] = shape
    for number, lamp in enumerate(moment.lamps):
        out[f"lamp{number}"] = lamp_shape(lamp)
    if sky := environment(moment):
        out["sky"] = sky
    return out


def sensor(moment):
    camera = moment.camera
    place = matrix(camera["world_from_camera"])
    eye, ahead, up = place[:3, 3], -place[:3, 2], place[:3, 1]
    lens = {"type": "perspective"}
    if camera["aperture_radius_m"] > 0:
        lens = {
            "type": "thinlens",
            "aperture_radius": camera["aperture_radius_m"],
            "focus_distance": camera["focus_distance_m"],
        }
    width, height = moment.size
    film = {"type": "hdrfilm", "width": width, "height": height, "rfilter": {"type": "box"}, "pixel_format": "rgb"}
    return lens | {
        "fov_axis": "x",
        "fov": float(np.degrees(2 * np.arctan(camera["half_width_at_one_metre"]))),
        "to_world": mi.ScalarTransform4f().look_at(eye.tolist(), (eye + ahead).tolist(), up.tolist()),
        "near_clip": 1e-3,
        "far_clip": 1e6,
        "film": film,
        "sampler": {"type": "independent"},
    }


def rgb(values):
    return {"type": "rgb", "value": [float(v) for v in values]}


def bitmap(values):
    if values.ndim == 2:
        values = values[..., None]
    picture = mi.Bitmap(np.ascontiguousarray(values, np.float32))
    return {"type": "bitmap", "bitmap": picture, "raw": True}


def textured(moment, factor, index, channels=slice(0, 3)):
    """A factor times a texture, as a Mitsuba texture or constant."""
    if index is None:
        return rgb(factor) if np.ndim(factor) else float(factor)
    return bitmap(moment.texture(index)[..., channels] * np.asarray(factor, np.float32))


def bsdf(moment, material):
    color = textured(moment, material["base_color"], material["base_color_texture"])
    if material["transmission"] > 0.5:
        return {"type": "dielectric", "int_ior": material["ior"], "specular_transmittance": color}
    orm = material["metallic_roughness_texture"]
    if material["reflectance"] == 0 and material["metallic"] == 0:
        return {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": color}}
    if material["metallic"] == 1 and material["roughness"] == 0:
        # An ideal mirror, without the edge's gain. Ours is a lobe of a twentieth of a degree where it is seen, which z shows.
        return {"type": "twosided", "bsdf": {"type": "conductor", "material": "none", "specular_reflectance": color}}
    layered = {
        "type": MODEL,
        "base_color": color,
        "roughness": textured(moment, material["roughness"], orm, 1),
        "metallic": textured(moment, material["metallic"], orm, 2),
    }
    if MODEL == "gltf":
        for name in ("roughness", "metallic"):
            if isinstance(layered[name], float):
                layered[name] = {"type": "uniform", "value": layered[name]}
        layered["reflectance"] = material["reflectance"]
    else:
        # Both give F0: 0.08·specular and 0.16·reflectance².
        layered["specular"] = min(1.0, 2 * material["reflectance"] ** 2)
    return {"type": "twosided", "bsdf": layered}


def emitter(moment, material):
    if max(material["emission"]) <= 0:
        return None
    return {"type": "area", "radiance": textured(moment, material["emission"], material["emission_texture"])}


def lamp_shape(lamp):
    [(kind, values)] = lamp["kind"].items()
    place, strength = matrix(lamp["world_from_lamp"]), np.array(lamp["strength"])
    ahead = -place[:3, 2]
    if kind == "rect":
        turned = place @ np.diag([-values["half_width_m"], values["half_height_m"], -1, 1])
        return {
            "type": "rectangle",
            "to_world": mi.ScalarTransform4f(turned),
            # What is behind a shining panel is not seen through it. From behind ours lets light pass, this does not.
            "bsdf": {"type": "diffuse", "reflectance": rgb([0, 0, 0])},
            "emitter": {"type": "area", "radiance": rgb(strength)},
        }
    if kind == "sun" and values["half_angle_rad"] == 0:
        return {"type": "directional", "direction": ahead.tolist(), "irradiance": rgb(strength)}
    if kind == "sun":
        sine = np.sin(values["half_angle_rad"])
        radius = SUN_DISTANCE_M * np.tan(values["half_angle_rad"])
        far = -SUN_DISTANCE_M * ahead
        up = [0, 1, 0] if abs(ahead[1]) < 0.9 else [1, 0, 0]
        look = mi.ScalarTransform4f().look_at(far.tolist(), [0, 0, 0], up)
        return {
            "type": "disk",
            "to_world": look @ mi.ScalarTransform4f().scale([radius, radius, 1]),
            "bsdf": {"type": "null"},
            "emitter": {"type": "area", "radiance": rgb(strength / (np.pi * sine**2))},
        }
    if kind == "point" and values["radius_m"] == 0:
        return {"type": "point", "position": place[:3, 3].tolist(), "intensity": rgb(strength)}
    if kind == "point":
        return {
            "type": "sphere",
            "center": place[:3, 3].tolist(),
            "radius": values["radius_m"],
            "bsdf": {"type": "null"},
            "emitter": {"type": "area", "radiance": rgb(strength / (np.pi * values["radius_m"] ** 2))},
        }
    raise SystemExit(f"no {kind} lamp in the Mitsuba converter")


def environment(moment):
    if "even" in moment.environment:
        nits = moment.environment["even"]
        return {"type": "constant", "radiance": rgb(nits)} if max(nits) > 0 else None
    panorama = moment.environment["panorama"]
    texels = moment.texels(panorama["image"]) * panorama["nits_per_unit"]
    # Ours has −Z in the middle, Mitsuba's at the edge.
    texels = np.roll(texels, texels.shape[1] // 2, axis=1)
    turn = mi.ScalarTransform4f().rotate([0, 1, 0], float(np.degrees(panorama["yaw_rad"])))
    return {"type": "envmap", "bitmap": mi.Bitmap(np.ascontiguousarray(texels, np.float32)), "to_world": turn}


def write_ply(path, positions, normals, uvs, triangles):
    columns = {"xyz": positions}
    if normals is not None:
        columns["nx ny nz"] = normals
    if uvs is not None:
        columns["u v"] = uvs
    names = [n for key in columns for n in (key.split() if " " in key else key)]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(positions)}"]
    header += [f"property float {name}" for name in names]
    header += [f"element face {len(triangles)}", "property list uchar int vertex_index", "end_header", ""]
    faces = np.empty(len(triangles), [("n", "u1"), ("i", "<i4", 3)])
    faces["n"], faces["i"] = 3, triangles
    with open(path, "wb") as file:
        file.write("\n".join(header).encode())
        file.write(np.hstack([c.astype("<f4") for c in columns.values()]).tobytes())
        file.write(faces.tobytes())
