// What the page holds, unpacked: numbers back from small integers.

const ARRAYS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array };

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

const arraysOf = buffer => ([kind, first, count]) => new ARRAYS[kind](buffer, first, count);

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

async function readBody(body, array) {
  for (const name of ["positions", "normals", "colours", "indices", "weights", "roundness", "faces"])
    body[name] = array(body[name]);
  if (body.surface) {
    const { surface } = body;
    surface.uv = Float32Array.from(array(surface.uv), (value, k) => surface.low[k % 2] + value * surface.step[k % 2]);
    surface.textures = await Promise.all(surface.textures.map(decoded));
  }
  body.positions = Float32Array.from(body.positions, (value, k) => body.low[k % 3] + value * body.step[k % 3]);
  return body;
}

// One dancer's motion, of so many frames.
export function readDancer(dancer, array, joints, frames) {
  return { frames, translation: array(dancer.translation), rotations: summed(array(dancer.rotations), joints, frames) };
}

// What a page holds in itself.
export async function unpack() {
  const text = id => document.getElementById(id)?.textContent ?? "";
  const facts = JSON.parse(text("facts")), letters = text("data").trim();
  const array = arraysOf(await inflated(Uint8Array.from(atob(letters), letter => letter.charCodeAt(0))));
  await readBody(facts.body, array);
  for (const dance of facts.dances)
    dance.dancers = dance.dancers.map(dancer => readDancer(dancer, array, facts.body.joints.length, dancer.frames));
  return facts;
}

// What a server sends: bytes of the JSON (4, little-endian), the JSON, the arrays deflated.
export async function framed(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { head, array: arraysOf(await inflated(new Uint8Array(buffer, 4 + length))) };
}

export async function framedBody(buffer) {
  const { head, array } = await framed(buffer);
  return readBody(head, array);
}
