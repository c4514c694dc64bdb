"""Draw one frame of a scene: what is shared by all frames, what a thread needs, and the order of steps."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from choreo.types import Body, Bytes, Floats, Scene
from choreo.video.bodies import roundness
from choreo.video.camera import focal_length
from choreo.video.planes import split
from choreo_raster import look
from choreo_raster.blur import (
    LATEST,
    MOVING,
    PLACES,
    SAMPLES,
    STILL,
    fill_moments,
    pose_between,
    sort_faces,
    spread_moments,
)
from choreo_raster.coarse import coarser_faces
from choreo_raster.compose import compose
from choreo_raster.cutout import cutout
from choreo_raster.dressed import Dressed, Samples, draw_dressed
from choreo_raster.poses import bases_by_frame, duals_by_frame
from choreo_raster.shadow import (
    FULL,
    METRE,
    NEAR,
    NEAR_FLOOR,
    SCALES,
    SHARP,
    SOFT,
    blur,
    map_box,
    mix_shade,
    start_maps,
)
from choreo_raster.skin import skin_vertices
from choreo_raster.surfaces import RasterSurface, ready
from choreo_raster.triangles import fill_heights, fill_triangles
from choreo_raster.vertices import light_vertices, linear_light, project_vertices

CELL = 0.0125
"""Metres of floor per cell of the shadow map."""
AROUND = 3.4
"""Metres of floor that one dancer and the dancer's shadow may need."""
MOST_CELLS = 1024
FINE = 2
"""Samples per pixel and axis on the body."""
COARSE = 0.02
"""Metres between the vertices of the mesh that throws shadows; 99 % of the fine one's lie within half a cell of it."""


def _bayer(width: int) -> Floats:
    """Ordered dither in 0..1, ``(8, width)``: keeps dark gradients from banding."""
    tile = np.zeros((1, 1))
    for _ in range(3):
        tile = np.block([[4 * tile, 4 * tile + 2], [4 * tile + 3, 4 * tile + 1]])
    return np.asarray(np.tile((tile + 0.25) / 64, (1, width // 8 + 1))[:, :width], np.float32)


class RasterScene:
    """Everything that the frames of a scene share; read-only after construction, so that threads may share it.

    All dancers are one mesh, whose arrays are packed into float32 and int32: kernels take arrays only, and every
    other type would be another compilation.

    By frame, ``bases[frame] : (4, 3)`` are right, up, back and eye of the camera and ``duals[frame] : (J, 8)`` rotation
    wxyz and dual part wxyz of each joint from the rest pose. ``targets : (T, 3)`` is what the camera looks at; ``rest,
    rest_normals, albedo : (V, 3)``, ``joints, weights : (V, 4)``, ``round : (V,)`` the share of dual quaternions,
    ``faces : (F, 3)``; ``middles : (T, 2)`` x and z between the outermost dancers. `pool` and `fade` are
    `choreo_raster.look`'s, wider for several dancers; the shadow map has `cells` cells a side, each `cell` metres wide,
    of which a frame uses a part.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.width, self.height = scene.width, scene.height
        self.focal = focal_length(scene.camera.fov_y, scene.height)
        self.bases = bases_by_frame(scene.camera)
        self.targets = np.asarray(scene.camera.target, np.float32)
        bodies = [body for body, _ in scene.performers]
        first_vertex = np.cumsum([0] + [len(body.vertices) for body in bodies])
        first_joint = np.cumsum([0] + [len(body.skeleton) for body in bodies])
        self.rest = np.concatenate([body.vertices for body in bodies]).astype(np.float32)
        self.rest_normals = np.concatenate([body.normals for body in bodies]).astype(np.float32)
        self.weights = np.concatenate([body.weights for body in bodies]).astype(np.float32)
        self.round = np.concatenate([roundness(body) for body in bodies])
        self.albedo = linear_light(np.concatenate([body.colours for body in bodies]))
        self.faces = np.concatenate(
            [body.faces + first for body, first in zip(bodies, first_vertex[:-1], strict=True)]
        ).astype(np.int32)
        self.first_vertex = first_vertex
        self.joints = np.concatenate(
            [body.joint_indices + np.int32(first) for body, first in zip(bodies, first_joint[:-1], strict=True)]
        ).astype(np.int32)
        motions = [motion for _, motion in scene.performers]
        self.duals = duals_by_frame(scene)
        roots = np.stack([motion.translation[:, [0, 2]] for motion in motions], axis=1)
        self.middles = np.asarray((roots.max(axis=1) + roots.min(axis=1)) / 2, np.float32)
        spread = float((roots.max(axis=1) - roots.min(axis=1)).max())
        place = look.place_of(scene)
        self.pool = np.float32(place.pool + 0.5 * spread)
        self.fade = np.float32(place.fade + 0.5 * spread)
        self.mirror = np.float32(place.mirror)
        self.cells = min(int((AROUND + spread) / CELL), MOST_CELLS)
        self.cell = (AROUND + spread) / self.cells
        self.dither = _bayer(scene.width + scene.width % 2)
        self.across = np.arange(scene.width, dtype=np.float32)

    @cached_property
    def surfaces(self) -> dict[int, RasterSurface]:
        """Those of the performers that have textures, by number."""
        bodies = [body for body, _ in self.scene.performers]
        return {number: ready(body, self.height) for number, body in enumerate(bodies) if body.surface is not None}

    @cached_property
    def plain_faces(self) -> NDArray[np.int32]:
        """Faces of bodies without textures, ``(G, 3)``."""
        plain = [np.full(len(body.faces), body.surface is None) for body, _ in self.scene.performers]
        return self.faces[np.concatenate(plain)]

    @cached_property
    def coarse_faces(self) -> NDArray[np.int32]:
        """Faces ``(G, 3)`` of the coarser meshes that throw shadows, of the same vertices."""
        made: dict[int, NDArray[np.int32]] = {}
        found, first = [], 0
        for number, (body, _) in enumerate(self.scene.performers):
            if id(body) not in made:
                made[id(body)] = coarser_faces(_caster(body, self.surfaces.get(number)), COARSE)
            found.append(made[id(body)] + np.int32(first))
            first += len(body.vertices)
        return np.concatenate(found)


def _caster(body: Body, surface: RasterSurface | None) -> Body:
    """A body as it throws a shadow: of one with textures without what is seen through, and in one colour."""
    if surface is None:
        return body
    return replace(body, faces=body.faces[surface.casts], colours=np.zeros_like(body.colours), surface=None)


class Canvas:
    """The working memory of one thread; made once, it grows only when the dancer comes nearer.

    ``world, normals : (V, 3)`` of the pose; ``screen : (V, 3)`` x, y in samples and 1/depth; ``colours, mirrored :
    (V, 3)`` linear light of the body and of its reflection; ``bounds : (4,)`` smallest x, y and largest x, y on the
    screen. The shadow map has heights `high` along the key light, and ``shade : (n, m, 2)``, shadow and contact.
    """

    def __init__(self, raster: RasterScene) -> None:
        self.raster = raster
        count = len(raster.rest)
        self.coarse = np.unique(raster.coarse_faces)
        # Longer than any edge: a triangle that comes under NEAR_FLOOR has no corner above this.
        edges = raster.rest[raster.coarse_faces] - raster.rest[np.roll(raster.coarse_faces, 1, axis=1)]
        self.near_floor = NEAR_FLOOR + 1.5 * float(np.linalg.norm(edges, axis=-1).max(initial=0))
        self.world, self.normals, self.screen, self.colours, self.mirrored = np.zeros((5, count, 3), np.float32)
        self.high: Floats = np.zeros((0, 0), np.float32)
        self.shade: Floats = np.zeros((0, 0, 2), np.float32)
        self._heights, self._sums = np.zeros(0, np.float32), np.zeros(0, np.int32)
        self.glow = np.zeros(raster.width, np.float32)
        self.rows = np.zeros((2, 3, raster.width + raster.width % 2), np.float32)
        self.dim = np.ones((2, raster.width), np.float32)
        self.bounds = np.zeros(4, np.float32)
        self.dressed = [
            Dressed(raster.scene.performers[number][0], surface, int(raster.first_vertex[number]))
            for number, surface in raster.surfaces.items()
        ]
        self.moments: Floats | None = None
        self._memory = {name: np.zeros(0, np.float32) for name in ("body", "gloss", "moment")}

    def _box(
        self, which: str, unit: int, padding: int, size: tuple[int, int]
    ) -> tuple[tuple[int, int], Floats, Floats]:
        """Sample buffers over the bounds of the body: corner (in units of `unit` samples), zeroed 1/depth, colours.

        Only this box is cleared and drawn, which is a small part of most pictures. With `padding` the colours are
        zeroed too: the reflection is interpolated across its edge without a look at 1/depth.
        """
        low = np.floor(np.clip(self.bounds[:2] / unit, 0, size)).astype(int) - padding
        top = np.ceil(np.clip(self.bounds[2:] / unit, 0, size)).astype(int) + padding
        columns, rows = (int(n) * unit for n in np.maximum(top - low, 0))
        need = columns * rows
        if len(self._memory[which]) < 4 * need:
            self._memory[which] = np.empty(5 * need, np.float32)
        memory = self._memory[which]
        memory[: 4 * need if padding else need] = 0
        inverse, samples = memory[:need].reshape(rows, columns), memory[need : 4 * need].reshape(rows, columns, 3)
        return (int(low[0]), int(low[1])), inverse, samples

    def skin(self, frame: int, by: float = 0.0) -> None:
        """Put the bodies into the pose of `frame`, or so much of a frame later."""
        raster = self.raster
        skin_vertices(
            raster.rest, raster.rest_normals, raster.joints, raster.weights, raster.round,
            raster.duals[frame] if by == 0 else pose_between(raster.duals, frame, by, len(raster.scene)),
            self.world, self.normals,
        )  # fmt: skip

    def shadow(self, frame: int) -> Floats:
        """Draw the bodies along the key light and straight down; returns the map's origin and cell."""
        raster = self.raster
        slopes = look.KEY_DIRECTION[[0, 2]] / look.KEY_DIRECTION[1]
        cell, cells, faces = raster.cell, raster.cells, raster.coarse_faces
        # The corner moves by whole cells, or shadows would crawl as the dancer travels.
        corner = np.floor((raster.middles[frame] - 0.5 * slopes) / cell) * cell - 0.5 * cell * cells
        points = self.world.take(self.coarse, axis=0)
        left, top, columns, rows = map_box(points, slopes, self.near_floor, corner, cell, cells)
        grid = np.array([corner[0] + left * cell, corner[1] + top * cell, cell], np.float32)
        need = rows * columns
        if len(self._sums) < 5 * need:
            self._heights, self._sums = np.empty(6 * need, np.float32), np.empty(6 * need, np.int32)
        self.high, low, under = self._heights[: 3 * need].reshape(3, rows, columns)
        self.shade = self._heights[3 * need : 5 * need].reshape(rows, columns, 2)
        sharp, soft, lift, near, sums = self._sums[: 5 * need].reshape(5, rows, columns)
        low.fill(99)
        under.fill(99)
        fill_heights(self.world, faces, np.float32(0), np.float32(0), grid, NEAR_FLOOR, self.high, under)
        self.high.fill(-1)
        fill_heights(self.world, faces, slopes[0], slopes[1], grid, 99.0, self.high, low)
        start_maps(low, under, np.float32(METRE), np.float32(FULL), sharp, soft, lift, near)
        for texture, radii in ((sharp, SHARP), (soft, SOFT), (lift, SOFT), (near, NEAR)):
            for radius in radii:
                blur(texture, radius, sums)
        mix_shade(sharp, soft, lift, near, SCALES, self.shade)
        return grid

    def _fill(self, faces: NDArray[np.int32], into: Samples) -> None:
        """Draw the bodies as they are on the screen: `faces` in colours of vertices, then those with textures."""
        colours = self.mirrored if into.side < 0 else self.colours
        if len(faces):
            fill_triangles(self.screen, faces, colours, into.side, into.left, into.top, into.inverse, into.samples)
        if self.dressed:
            draw_dressed(self.dressed, self.screen, into)

    def _body(self, frame: int) -> tuple[tuple[int, int], Floats, Floats]:
        """Draw the bodies, twice as fine as the picture: corner in pixels, 1/depth and colours of samples."""
        raster, fine = self.raster, np.float32(FINE)
        half_x, half_y = np.float32(raster.width / 2), np.float32(raster.height / 2)
        project_vertices(
            self.world, raster.bases[frame], np.float32(raster.focal) * fine, half_x * fine, half_y * fine,
            np.float32(1), self.screen, self.bounds,
        )  # fmt: skip
        corner, inverse, samples = self._box("body", FINE, 0, (raster.width, raster.height))
        left, top = np.float32(FINE * corner[0]), np.float32(FINE * corner[1])
        self._fill(raster.plain_faces, Samples(inverse, samples, left, top, np.float32(1)))
        return corner, inverse, samples

    def _moving_body(self, frame: int) -> tuple[tuple[int, int], Floats, Floats]:
        """As `_body`, with samples at four moments while the shutter is open; see `choreo_raster.blur`."""
        raster, focal = self.raster, np.float32(self.raster.focal)
        half_x, half_y = np.float32(raster.width / 2), np.float32(raster.height / 2)
        if self.moments is None:
            self.moments = np.zeros((len(self.world), len(SAMPLES), 3), np.float32)
            self.later = np.zeros((2, *self.world.shape), np.float32)
            self.last = np.zeros_like(self.screen)
            self.share, self.sorted = np.zeros(len(self.world), np.float32), np.empty_like(raster.plain_faces)
        whole, one = self.screen, np.float32(1)
        project_vertices(self.world, raster.bases[frame], focal, half_x, half_y, one, whole, self.bounds)
        bounds = self.bounds.copy()
        own = (self.world, self.normals)
        self.world, self.normals = self.later
        self.skin(frame, LATEST * raster.scene.shutter)
        project_vertices(self.world, raster.bases[frame], focal, half_x, half_y, one, self.last, self.bounds)
        self.world, self.normals = own
        longest = spread_moments(
            whole, self.last, np.array(SAMPLES, np.float32), np.float32(LATEST), np.float32(STILL), np.float32(MOVING),
            self.moments, self.share,
        )  # fmt: skip
        reach = LATEST * float(longest) + 0.25
        bounds += np.array([-reach, -reach, reach, reach], np.float32)
        self.bounds[:] = FINE * bounds
        corner, inverse, samples = self._box("body", FINE, 0, (raster.width, raster.height))
        left, top = np.float32(corner[0]), np.float32(corner[1])
        if self.dressed:  # a veil is drawn over what is behind it: all that is seen at a moment goes together
            self.bounds[:] = bounds
            for k, (right, down, _) in enumerate(SAMPLES):
                _, part, colours = self._box("moment", 1, 0, (raster.width, raster.height))
                self.screen = np.ascontiguousarray(self.moments[:, k])
                self._fill(raster.plain_faces, Samples(part, colours, left, top, one))
                inverse[down::FINE, right::FINE], samples[down::FINE, right::FINE] = part, colours
        else:
            still = sort_faces(raster.plain_faces, self.share, self.sorted)
            np.multiply(whole, np.array([FINE, FINE, 1], np.float32), out=self.last)
            self.screen, fine = self.last, np.float32(FINE)
            self._fill(self.sorted[:still], Samples(inverse, samples, fine * left, fine * top, one))
            fill_moments(
                self.moments, PLACES, self.sorted[still:], self.colours, left, top, inverse, samples
            )  # fmt: skip
        self.screen = whole
        return corner, inverse, samples

    def draw(self, frame: int, picture: Bytes) -> None:
        """Draw frame `frame` into ``picture : (h, w, 3) uint8``; into ``(h, w, 4)`` without floor and backdrop.

        Into ``(H * 3 // 2, W)`` as planes for video, with the even sides `H` and `W`: see `PlanarRenderer`.
        """
        raster = self.raster
        basis = raster.bases[frame]
        width, height = raster.width, raster.height
        lights, floor, backdrop, lamp = look.frame_lights(raster.scene, frame)
        ambient = look.ambient(raster.scene, frame)
        self.skin(frame)
        grid = self.shadow(frame)
        if len(raster.plain_faces):
            light_vertices(
                self.world, self.normals, raster.albedo, basis[3], lights, ambient, np.float32(look.GLOSS),
                self.high, grid, self.colours, self.mirrored,
            )  # fmt: skip
        for body in self.dressed:
            body.shed_light(self.world, self.normals, basis[3], lights, ambient, self.high, grid)
        # The body twice as fine as the picture (supersampling), its reflection half as fine: that is blurred anyway.
        coarse = np.float32(0.5)
        focal = np.float32(raster.focal)
        half_x, half_y = np.float32(width / 2), np.float32(height / 2)
        moving = raster.scene.shutter > 0 and raster.scene.clock is None
        corner, inverse, samples = self._moving_body(frame) if moving else self._body(frame)
        target = raster.targets[frame]
        floor_light = np.array(  # columns: `choreo_raster.floor`
            [target[0], target[2], raster.pool, raster.fade, look.LINE, look.SHADOW, look.CONTACT, lamp, raster.mirror],
            np.float32,
        )
        if picture.shape[2:] == (4,):
            cutout(
                basis, focal, floor_light, self.shade, grid, inverse, samples, corner, self.glow, picture
            )  # fmt: skip
            return
        project_vertices(
            self.world,
            basis,
            focal * coarse,
            half_x * coarse,
            half_y * coarse,
            np.float32(-1),
            self.screen,
            self.bounds,
        )
        gloss_corner, gloss_inverse, gloss = self._box("gloss", 1, 1, (-(-width // 2), -(-height // 2)))
        left, top = np.float32(gloss_corner[0]), np.float32(gloss_corner[1])
        self._fill(raster.plain_faces, Samples(gloss_inverse, gloss, left, top, np.float32(-1)))
        centre = np.array([width / 2, 0.42 * height], np.float32)
        pixels, luma, chroma = _split(picture)
        compose(
            basis, focal, centre, floor, backdrop, floor_light, self.shade, grid,
            inverse, samples, corner, gloss, gloss_corner, raster.dither, raster.across, self.glow, self.rows, self.dim,
            (width, height), pixels, luma, chroma,
        )  # fmt: skip


def _split(picture: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    """Picture, luma and chroma as `compose` wants them, of which what `picture` is not is empty."""
    if picture.ndim == 3:
        return picture, np.empty((0, 0), np.uint8), np.empty((2, 0, 0), np.uint8)
    return np.empty((0, 0, 3), np.uint8), *split(picture)
