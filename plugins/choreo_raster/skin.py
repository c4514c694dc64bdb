"""Skinning that keeps limbs round: dual quaternions where they bend and twist, matrices where they would bulge.

Blended matrices (linear blend skinning) shrink what they blend: a forearm twisted by 90 degrees loses a quarter of
its girth, a bent knee an eighth of its volume. Blended dual quaternions (Kavan et al., 2008) are rigid motions and
shrink nothing, but push the skin out beside a joint between wide and flat parts, such as a shoulder. So each vertex has
a share of both (`choreo.video.bodies.roundness`), as "dual quaternion blend weights" in animation packages.
"""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel


@kernel
def skin_vertices(rest, rest_normals, joints, weights, round_, duals, world, normals):  # type: ignore[no-untyped-def]
    """Skin `rest` with ``duals : (J, 8)`` of `choreo.motion.kinematics.skin_duals`.

    Columns of `duals` are the rotation q (wxyz), then the dual part half t q of the translation t (wxyz). Written out
    as scalars, because numba keeps those in registers; small arrays in the inner loop would be allocated.
    ``round_ : (V,)`` is the share of dual quaternions; ``world, normals : (V, 3)`` receive positions and unit normals.
    """
    zero, one, two = np.float32(0), np.float32(1), np.float32(2)
    for i in range(rest.shape[0]):
        a = b = c = d = e = f = g = h = zero
        lx = ly = lz = zero
        x, y, z = rest[i, 0], rest[i, 1], rest[i, 2]
        straight = one - round_[i]
        first = duals[joints[i, 0]]
        for k in range(4):
            part = weights[i, k]
            if part == 0:
                continue
            q = duals[joints[i, k]]
            qa, qb, qc, qd = q[0], q[1], q[2], q[3]
            if straight > zero:
                # Linear blend skinning: x + 2 q_v * (q_v * x + w x) turns, 2 (w d_v - d_w q_v + q_v * d_v) moves
                # (* is the cross product, _v the vector part, d the dual part).
                u, v, w = qc * z - qd * y + qa * x, qd * x - qb * z + qa * y, qb * y - qc * x + qa * z
                lx += part * (x + two * (qc * w - qd * v + qa * q[5] - q[4] * qb + qc * q[7] - qd * q[6]))
                ly += part * (y + two * (qd * u - qb * w + qa * q[6] - q[4] * qc + qd * q[5] - qb * q[7]))
                lz += part * (z + two * (qb * v - qc * u + qa * q[7] - q[4] * qd + qb * q[6] - qc * q[5]))
            # q and -q turn alike; the one on the side of the strongest joint takes the shorter way.
            if qa * first[0] + qb * first[1] + qc * first[2] + qd * first[3] < zero:
                part = -part
            a, b, c, d = a + part * qa, b + part * qb, c + part * qc, d + part * qd
            e, f, g, h = e + part * q[4], f + part * q[5], g + part * q[6], h + part * q[7]
        # Dual quaternion blending: the sum, divided by the length of its rotation, is a rigid motion again.
        scale = one / np.sqrt(a * a + b * b + c * c + d * d + np.float32(1e-20))
        a, b, c, d = a * scale, b * scale, c * scale, d * scale
        e, f, g, h = e * scale, f * scale, g * scale, h * scale
        u, v, w = c * z - d * y + a * x, d * x - b * z + a * y, b * y - c * x + a * z
        dx = x + two * (c * w - d * v + a * f - e * b + c * h - d * g)
        dy = y + two * (d * u - b * w + a * g - e * c + d * f - b * h)
        dz = z + two * (b * v - c * u + a * h - e * d + b * g - c * f)
        world[i, 0] = straight * lx + round_[i] * dx
        world[i, 1] = straight * ly + round_[i] * dy
        world[i, 2] = straight * lz + round_[i] * dz
        # Normals turn with the blended rotation in both cases: lighting does not show the difference.
        x, y, z = rest_normals[i, 0], rest_normals[i, 1], rest_normals[i, 2]
        u, v, w = c * z - d * y + a * x, d * x - b * z + a * y, b * y - c * x + a * z
        normals[i, 0] = x + two * (c * w - d * v)
        normals[i, 1] = y + two * (d * u - b * w)
        normals[i, 2] = z + two * (b * v - c * u)
