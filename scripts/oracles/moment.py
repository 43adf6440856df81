"""A dumped moment (moment.json and moment.bin, see tests/examples/oracle_frame) as numpy arrays."""

import json
from pathlib import Path

import numpy as np


class Moment:
    """What the tracer is given. Places are 4×4 matrices, world from local."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = json.loads((self.folder / "moment.json").read_text())
        self.bytes = (self.folder / "moment.bin").read_bytes()
        self.size = tuple(self.data["size"])
        self.camera = self.data["camera"]
        self.materials = self.data["materials"]
        self.lamps = self.data["lamps"]
        self.environment = self.data["environment"]
        self.names = ["nothing", *self.data["object_names"]]

    def array(self, place, kind="<f4", columns=None):
        offset, count = place
        values = np.frombuffer(self.bytes, kind, count, offset)
        return values.reshape(-1, columns) if columns else values

    def meshes(self):
        """Each instance as (object id, material index, positions, normals or None, uvs or None, triangles) in world space."""
        for instance in self.data["instances"]:
            mesh = self.data["meshes"][instance["mesh"]]
            place = matrix(instance["world_from_local"])
            shape = instance["deformed"] or mesh
            positions = self.array(shape["positions"], columns=3) @ place[:3, :3].T + place[:3, 3]
            normals, uvs = self.array(shape["normals"], columns=3), self.array(mesh["uvs"], columns=2)
            triangles = self.array(mesh["triangles"], "<u4", 3)
            if len(normals):
                normals = normals @ np.linalg.inv(place[:3, :3])
                normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
            if np.linalg.det(place[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
            yield (
                instance["object_id"],
                instance["material"],
                positions.astype(np.float32),
                normals.astype(np.float32) if len(normals) else None,
                uvs if len(uvs) else None,
                triangles,
            )

    def texture(self, index):
        """Linear texels, height × width × 3, and alpha left out."""
        return self.texels(self.data["textures"][index])

    def texels(self, texture):
        size = (texture["height"], texture["width"])
        if texture["kind"] == "linear_f32":
            return self.array(texture["texels"], columns=3).reshape(*size, 3)
        offset, words = texture["texels"]
        codes = np.frombuffer(self.bytes, np.uint8, 4 * words, offset)
        values = codes.reshape(*size, 4)[..., :3].astype(np.float32) / 255
        if texture["kind"] == "srgb8":
            values = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return values.astype(np.float32)


def matrix(columns):
    """Four columns of three to a 4×4 matrix."""
    place = np.eye(4)
    place[:3, :] = np.array(columns, float).reshape(4, 3).T
    return place
