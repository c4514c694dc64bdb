// @ts-nocheck
// Skinning that keeps limbs round, as in the videos: dual quaternions, each vertex taking its share of them and the
// rest from blended matrices. Bones are rigid, so their texture holds a rotation and a translation each.
import { Matrix4, Quaternion, ShaderChunk, Skeleton, Vector3 } from "three";

const rigid = new Matrix4(), turn = new Quaternion(), place = new Vector3(), scale = new Vector3();

export class RoundSkeleton extends Skeleton {
  update() {
    this.bones.forEach((bone, index) => {
      rigid.multiplyMatrices(bone.matrixWorld, this.boneInverses[index]).decompose(place, turn, scale);
      turn.toArray(this.boneMatrices, 16 * index);
      place.toArray(this.boneMatrices, 16 * index + 4);
    });
    if (this.boneTexture !== null) this.boneTexture.needsUpdate = true;
  }
}

ShaderChunk.skinning_pars_vertex += `
#ifdef USE_SKINNING
  attribute float skinRound;
  vec3 turned(vec4 q, vec3 v) { return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v); }
#endif`;

ShaderChunk.skinbase_vertex = `
#ifdef USE_SKINNING
  vec4 roundTurn = vec4(0.0), roundDual = vec4(0.0), strongest = getBoneMatrix(skinIndex.x)[0];
  for (int k = 0; k < 4; k++) {
    mat4 bone = getBoneMatrix(skinIndex[k]);
    vec4 q = bone[0];
    vec3 t = bone[1].xyz;
    float share = dot(q, strongest) < 0.0 ? -skinWeight[k] : skinWeight[k];
    roundTurn += share * q;
    roundDual += 0.5 * share * vec4(t * q.w + cross(t, q.xyz), -dot(t, q.xyz));
  }
  float roundLength = length(roundTurn);
  roundTurn /= roundLength;
  roundDual /= roundLength;
#endif`;

ShaderChunk.skinnormal_vertex = `
#ifdef USE_SKINNING
  objectNormal = turned(roundTurn, objectNormal);
#endif`;

ShaderChunk.skinning_vertex = `
#ifdef USE_SKINNING
  vec3 bound = (bindMatrix * vec4(transformed, 1.0)).xyz, blended = vec3(0.0);
  for (int k = 0; k < 4; k++) {
    mat4 bone = getBoneMatrix(skinIndex[k]);
    blended += skinWeight[k] * (turned(bone[0], bound) + bone[1].xyz);
  }
  vec3 rounded = turned(roundTurn, bound)
    + 2.0 * (roundTurn.w * roundDual.xyz - roundDual.w * roundTurn.xyz + cross(roundTurn.xyz, roundDual.xyz));
  transformed = (bindMatrixInverse * vec4(mix(blended, rounded, skinRound), 1.0)).xyz;
#endif`;
