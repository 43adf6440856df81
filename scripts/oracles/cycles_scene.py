"""A dumped moment to a Blender scene for Cycles: meshes, lambert, metal and dielectrics, glowing surfaces, rectangle lamps, an even sky.

Nits stand for watts; colours are linear Rec.709 on both sides.
"""

import bpy
import numpy as np
from mathutils import Matrix

from moment import matrix

# Blender's +Z is up, ours +Y.
TURN = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], float)


def build(moment):
    """Fills an empty Blender file with the moment."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    materials = [material(values) for values in moment.materials]
    for number, (_, index, positions, normals, _, triangles) in enumerate(moment.meshes()):
        mesh = bpy.data.meshes.new(f"mesh{number}")
        mesh.from_pydata((positions @ TURN[:3, :3].T).tolist(), [], triangles.tolist())
        if normals is not None:
            mesh.normals_split_custom_set_from_vertices((normals @ TURN[:3, :3].T).tolist())
        mesh.materials.append(materials[index])
        scene.collection.objects.link(bpy.data.objects.new(f"object{number}", mesh))
    for lamp in moment.lamps:
        add_lamp(scene, lamp)
    add_world(scene, moment.environment)
    add_camera(scene, moment)
    return scene


def material(values):
    out = bpy.data.materials.new(values["name"] or "material")
    out.use_nodes = True
    nodes, links = out.node_tree.nodes, out.node_tree.links
    nodes.clear()
    color = (*values["base_color"], 1)
    if values["reflectance"] == 0 and values["metallic"] == 0:
        surface = nodes.new("ShaderNodeBsdfDiffuse")
        surface.inputs["Color"].default_value = color
    else:
        surface = nodes.new("ShaderNodeBsdfPrincipled")
        surface.distribution = "GGX"
        for name, value in (
            ("Base Color", color),
            ("Metallic", values["metallic"]),
            ("Roughness", values["roughness"]),
            ("Transmission Weight", values["transmission"]),
            ("IOR", values["ior"] if values["transmission"] > 0 else index_of(values["reflectance"])),
        ):
            surface.inputs[name].default_value = value
    shader = surface
    if max(values["emission"]) > 0:
        shader = one_sided(nodes, links, values["emission"], surface)
        out.cycles.emission_sampling = "FRONT"
    links.new(shader.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    return out


def index_of(reflectance):
    root = np.sqrt(0.16) * reflectance
    return (1 + root) / (1 - root)


def one_sided(nodes, links, emission, surface):
    """Glows in front, and is the plain surface besides."""
    strength = max(emission)
    glow = nodes.new("ShaderNodeEmission")
    glow.inputs["Color"].default_value = (*(v / strength for v in emission), 1)
    glow.inputs["Strength"].default_value = strength
    both = nodes.new("ShaderNodeAddShader")
    links.new(glow.outputs[0], both.inputs[0])
    links.new(surface.outputs[0], both.inputs[1])
    mix = nodes.new("ShaderNodeMixShader")
    links.new(nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"], mix.inputs["Fac"])
    links.new(both.outputs[0], mix.inputs[1])
    links.new(surface.outputs[0], mix.inputs[2])
    return mix


def add_lamp(scene, lamp):
    [(kind, values)] = lamp["kind"].items()
    if kind != "rect":
        raise SystemExit(f"no {kind} lamp in the Cycles converter")
    light = bpy.data.lights.new("lamp", "AREA")
    light.shape = "RECTANGLE"
    light.size, light.size_y = 2 * values["half_width_m"], 2 * values["half_height_m"]
    strength = max(lamp["strength"])
    light.color = [v / strength for v in lamp["strength"]]
    # Radiance is power over π times area.
    light.energy = strength * np.pi * light.size * light.size_y
    thing = bpy.data.objects.new("lamp", light)
    thing.matrix_world = Matrix(TURN @ matrix(lamp["world_from_lamp"]))
    scene.collection.objects.link(thing)


def add_world(scene, environment):
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    nits = environment["even"]
    background.inputs["Color"].default_value = (*(v / max(*nits, 1e-9) for v in nits), 1)
    background.inputs["Strength"].default_value = max(nits)


def add_camera(scene, moment):
    lens = bpy.data.cameras.new("camera")
    lens.sensor_fit = "HORIZONTAL"
    lens.angle = 2 * np.arctan(moment.camera["half_width_at_one_metre"])
    lens.clip_start = 1e-3
    thing = bpy.data.objects.new("camera", lens)
    thing.matrix_world = Matrix(TURN @ matrix(moment.camera["world_from_camera"]))
    scene.collection.objects.link(thing)
    scene.camera = thing


def settings(scene, size, samples, denoise, seed):
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Raw"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples, cycles.seed = samples, seed
    cycles.use_adaptive_sampling = False
    cycles.pixel_filter_type = "BOX"
    cycles.filter_width = 1.0
    cycles.max_bounces = 64
    for kind in ("diffuse", "glossy", "transmission"):
        setattr(cycles, f"{kind}_bounces", 64)
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0
    cycles.caustics_reflective = cycles.caustics_refractive = True
    cycles.blur_glossy = 0
    cycles.use_denoising = denoise
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
