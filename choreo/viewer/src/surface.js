// Materials of a body: one for all of a body that is coloured by its vertices, else one for each part, with textures.
import {
  DataTexture, DoubleSide, FrontSide, MeshBasicMaterial, MeshStandardMaterial, MeshToonMaterial, NearestFilter,
  RedFormat, RepeatWrapping, SRGBColorSpace, Texture,
} from "three";

const ROUGH = 0.78;

function picture(image) {
  const texture = new Texture(image);
  Object.assign(texture, { colorSpace: SRGBColorSpace, flipY: false, anisotropy: 4, needsUpdate: true });
  texture.wrapS = texture.wrapT = RepeatWrapping;
  return texture;
}

// Two flat tones: the dark one as bright as the material's shade is on the whole.
function tones(shade) {
  const dark = Math.round(255 * Math.min((shade[0] + shade[1] + shade[2]) / 3, 1));
  const texture = new DataTexture(new Uint8Array([dark, 255]), 2, 1, RedFormat);
  Object.assign(texture, { minFilter: NearestFilter, magFilter: NearestFilter, needsUpdate: true });
  return texture;
}

function made(found, textures) {
  const [red, green, blue, opacity] = found.colour;
  const facts = { side: found.doubleSided ? DoubleSide : FrontSide };
  if (found.texture >= 0) facts.map = textures[found.texture];
  if (found.alpha === "mask") facts.alphaTest = Math.max(found.cutoff, 0.001);
  if (found.alpha === "blend") Object.assign(facts, { transparent: true, opacity });
  let material;
  if (found.shading === "unlit") material = new MeshBasicMaterial(facts);
  else if (found.shading === "toon") material = new MeshToonMaterial({ ...facts, gradientMap: tones(found.shade) });
  else material = new MeshStandardMaterial({ ...facts, roughness: ROUGH });
  material.color.setRGB(red, green, blue);
  if (material.emissive) material.emissive.setRGB(...found.emission);
  return material;
}

export function bodyMaterials(body) {
  if (!body.surface) return new MeshStandardMaterial({ vertexColors: true, roughness: ROUGH });
  const textures = body.surface.textures.map(picture);
  return body.surface.materials.map(found => made(found, textures));
}
