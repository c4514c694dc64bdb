// @ts-nocheck
// A skinned body that takes the pose of any moment.
import { Bone, BufferAttribute, BufferGeometry, Quaternion, SkinnedMesh, Vector3 } from "three";
import { RoundSkeleton } from "./round.js";

export function bodyGeometry(body) {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(body.positions, 3));
  geometry.setAttribute("normal", new BufferAttribute(body.normals, 3, true));
  geometry.setAttribute("color", new BufferAttribute(body.colours, 3, true));
  geometry.setAttribute("skinIndex", new BufferAttribute(body.indices, 4));
  geometry.setAttribute("skinWeight", new BufferAttribute(body.weights, 4, true));
  geometry.setAttribute("skinRound", new BufferAttribute(body.roundness, 1, true));
  if (body.surface) {
    geometry.setAttribute("uv", new BufferAttribute(body.surface.uv, 2));
    let first = 0;
    body.surface.counts.forEach((count, material) => {
      geometry.addGroup(first, count, material);
      first += count;
    });
  }
  geometry.setIndex(new BufferAttribute(body.faces, 1));
  return geometry;
}

const a = new Quaternion(), b = new Quaternion();

export class Dancer {
  constructor(body, geometry, materials, motion, fps) {
    Object.assign(this, { motion, fps, names: body.joints });
    this.bones = body.joints.map((name, joint) => {
      const bone = new Bone();
      bone.name = name;
      bone.position.fromArray(body.offsets[joint]);
      return bone;
    });
    body.parents.forEach((parent, joint) => parent >= 0 && this.bones[parent].add(this.bones[joint]));
    this.mesh = new SkinnedMesh(geometry, materials);
    this.mesh.add(this.bones[0]);
    this.mesh.updateMatrixWorld(true);
    this.mesh.bind(new RoundSkeleton(this.bones));
    this.mesh.castShadow = this.mesh.receiveShadow = true;
    this.mesh.frustumCulled = false;
  }

  // The pose at a time in seconds, between two frames by normalised interpolation; the ends are held. Where the motion
  // is not known yet (`known`), nobody is seen.
  pose(time) {
    const { frames, translation, rotations, known } = this.motion;
    const place = Math.min(Math.max(time * this.fps, 0), frames - 1);
    const first = Math.min(Math.floor(place), Math.max(frames - 2, 0)), second = Math.min(first + 1, frames - 1);
    if (known) {
      this.mesh.visible = Boolean(known[first] && known[second]);
      if (!this.mesh.visible) return;
    }
    const part = place - first, joints = this.bones.length;
    for (let axis = 0; axis < 3; axis++)
      this.bones[0].position.setComponent(
        axis, (1 - part) * translation[3 * first + axis] + part * translation[3 * second + axis]);
    for (let joint = 0; joint < joints; joint++) {
      a.fromArray(rotations, 4 * (first * joints + joint));
      b.fromArray(rotations, 4 * (second * joints + joint));
      const sign = a.dot(b) < 0 ? -part : part;
      this.bones[joint].quaternion
        .set(a.x + sign * b.x - part * a.x, a.y + sign * b.y - part * a.y,
          a.z + sign * b.z - part * a.z, a.w + sign * b.w - part * a.w)
        .normalize();
    }
  }

  // Where a joint is, in metres, as the last pose has it.
  joint(name) {
    this.bones[0].updateWorldMatrix(true, true);
    const at = this.bones[this.names.indexOf(name)].getWorldPosition(new Vector3());
    return this.mesh.parent.worldToLocal(at).toArray();
  }
}
