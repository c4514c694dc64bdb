// What the page holds, unpacked: numbers back from small integers.

const ARRAYS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array };

async function inflated(letters) {
  const bytes = Uint8Array.from(atob(letters.trim()), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// Rotations come as differences in time, joint by joint; they leave as quaternions frame by frame.
function summed(changes, joints, frames) {
  const rotations = new Int16Array(changes.length);
  for (let track = 0; track < joints * 4; track++) {
    let value = 0;
    for (let frame = 0; frame < frames; frame++) {
      value = (value + changes[track * frames + frame]) << 16 >> 16;
      rotations[frame * joints * 4 + track] = value;
    }
  }
  return rotations;
}

async function decoded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

export async function unpack() {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const buffer = await inflated(document.getElementById("data").textContent);
  const array = ([kind, first, count]) => new ARRAYS[kind](buffer, first, count);
  const { body } = facts;
  for (const name of ["positions", "normals", "colours", "indices", "weights", "roundness", "faces"])
    body[name] = array(body[name]);
  if (body.surface) {
    const { surface } = body;
    surface.uv = Float32Array.from(array(surface.uv), (value, k) => surface.low[k % 2] + value * surface.step[k % 2]);
    surface.textures = await Promise.all(surface.textures.map(decoded));
  }
  body.positions = Float32Array.from(body.positions, (value, k) => body.low[k % 3] + value * body.step[k % 3]);
  for (const dance of facts.dances)
    for (const dancer of dance.dancers) {
      dancer.translation = array(dancer.translation);
      dancer.rotations = summed(array(dancer.rotations), body.joints.length, dancer.frames);
    }
  return facts;
}
