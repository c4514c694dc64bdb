// @ts-nocheck
// Floor, lights and camera; one view for each dance that is shown, all seen from the same side.
import {
  CanvasTexture, Color, DirectionalLight, Fog, Group, HemisphereLight, Mesh, MeshBasicMaterial, MeshStandardMaterial,
  PCFShadowMap, PerspectiveCamera, PlaneGeometry, RepeatWrapping, Scene, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { Dancer, bodyGeometry } from "./dancer.js";
import { lightsAt } from "./lights.js";
import { bodyMaterials } from "./surface.js";

const FIELD = 0.62, AZIMUTH = 0.21, PITCH = 0.085, AIM = 0.96; // as in the videos: radians, and metres
const NEAREST = 3.9, REACH = 1.05; // metres: usual distance of the camera, and how far arms reach to the side
const HALF = 20, CELL = 256, LINE = 4; // metres of floor lines on each side; pixels of a metre of them, and of a line
const COOL = [0.158, 0.387, 1.1], ROSE = [0.8, 0.156, 0.347]; // of the lights from behind where they do not change
const RIMS = 1.4, GLOW = 0.3; // strength of a cue's colours, which are linear light
const CALM = 0.6; // seconds over which the camera follows

const LOOKS = {
  dark: { back: 0x14151d, around: 0x08080c, floor: 0x2a2b39, line: 0x4a4d66, flash: 0xffb060, sky: 0x9aa4c8, ground: 0x4a3f3c, key: 2.3, fill: 1.2 },
  light: { back: 0xe9eaf1, around: 0xd9dae3, floor: 0xc9cbd8, line: 0xa0a4ba, flash: 0xe0701c, sky: 0xffffff, ground: 0xb0a8a0, key: 2.1, fill: 1.5 },
};

// Lines a metre apart, as a picture that repeats: the graphics card smooths pictures, not lines.
function floorLines(most) {
  const cell = document.createElement("canvas");
  cell.width = cell.height = CELL;
  const pen = cell.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, CELL, LINE);
  pen.fillRect(0, 0, LINE, CELL);
  const texture = new CanvasTexture(cell);
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.repeat.set(2 * HALF, 2 * HALF);
  texture.anisotropy = most;
  const lines = new Mesh(
    new PlaneGeometry(2 * HALF, 2 * HALF), new MeshBasicMaterial({ map: texture, transparent: true, depthWrite: false }));
  lines.rotation.x = -Math.PI / 2;
  lines.position.y = 0.002;
  return lines;
}

// The middle of a dance's dancers over the floor, smoothed forwards and backwards so that it does not lag. Where a
// dancer is not known yet (`known`), the frame before stands for it.
function middles(dance) {
  const frames = Math.max(...dance.dancers.map(dancer => dancer.frames)), count = dance.dancers.length;
  const path = new Float64Array(frames * 2);
  for (const { translation, frames: own, known } of dance.dancers) {
    let last = known ? Math.max(known.indexOf(1), 0) : 0;
    for (let frame = 0; frame < frames; frame++) {
      if (!known || known[frame]) last = Math.min(frame, own - 1);
      for (let axis = 0; axis < 2; axis++) path[2 * frame + axis] += translation[3 * last + 2 * axis] / count;
    }
  }
  const keep = Math.exp(-1 / (CALM / 2 * dance.fps));
  for (let pass = 0; pass < 4; pass++) {
    const back = pass % 2, last = frames - 1;
    for (let k = 1; k < frames; k++) {
      const now = back ? last - k : k, before = back ? now + 1 : now - 1;
      for (let axis = 0; axis < 2; axis++)
        path[2 * now + axis] = keep * path[2 * before + axis] + (1 - keep) * path[2 * now + axis];
    }
  }
  return path;
}

// The middle at a frame, which may be between two.
function placeOn(path, frame) {
  const last = path.length / 2 - 1, place = Math.min(Math.max(frame, 0), last), first = Math.floor(place);
  const next = Math.min(first + 1, last), part = place - first;
  return [0, 1].map(axis => (1 - part) * path[2 * first + axis] + part * path[2 * next + axis]);
}

// How far from the middle dancers stand at their widest, metres.
function spread(dance, path) {
  let wide = 0;
  for (const { translation, frames, known } of dance.dancers)
    for (let frame = 0; frame < frames; frame += 5)
      if (!known || known[frame])
        wide = Math.max(wide, Math.hypot(translation[3 * frame] - path[2 * frame], translation[3 * frame + 2] - path[2 * frame + 1]));
  return dance.dancers.length > 1 ? wide : 0;
}

export class Stage {
  constructor(canvas, facts) {
    this.canvas = canvas;
    this.renderer = new WebGLRenderer({ canvas, antialias: true });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.setScissorTest(true);
    this.scene = new Scene();
    this.body = facts.body;
    this.geometry = bodyGeometry(facts.body);
    this.materials = bodyMaterials(facts.body);
    this.size = facts.body.size;
    this.dances = [];
    this.lines = floorLines(this.renderer.capabilities.getMaxAnisotropy());
    this.floor = new Mesh(new PlaneGeometry(120, 120), new MeshStandardMaterial({ roughness: 0.95 }));
    this.floor.rotation.x = -Math.PI / 2;
    this.floor.receiveShadow = true;
    this.scene.add(this.floor, this.lines);
    this.lamps();
    this.camera = new PerspectiveCamera(FIELD * 180 / Math.PI, 1, 0.1, 100);
    this.controls = new OrbitControls(this.camera, canvas);
    Object.assign(this.controls, { enableDamping: true, dampingFactor: 0.12, minDistance: 1.2, maxDistance: 30 });
    this.controls.maxPolarAngle = Math.PI / 2 - 0.015;
    this.follow = true;
    this.lens = new PerspectiveCamera(FIELD * 180 / Math.PI, 1, 0.1, 100); // the director's
    this.film = null;
    this.look("dark");
    this.widen(0);
    facts.dances.forEach((dance, k) => this.put(k, dance));
    this.shown = facts.dances.map((_, k) => k);
    this.fit();
    this.face(0);
  }

  // A dance in the place of another, or in a new place. `begin` is the time of its first frame.
  put(number, { dancers, fps, lights, begin = 0 }) {
    const before = this.dances[number];
    if (before) {
      this.scene.remove(before.group);
      before.dancers.forEach(({ mesh }) => mesh.skeleton.dispose());
    }
    const group = new Group();
    const bodies = dancers.map(motion => new Dancer(this.body, this.geometry, this.materials, motion, fps));
    bodies.forEach(({ mesh }) => group.add(mesh));
    group.visible = false;
    this.scene.add(group);
    this.dances[number] = { group, dancers: bodies, fps, lights, begin, path: new Float64Array(2), wide: 0 };
    this.trace(number);
  }

  // Follow the frames of a dance anew: they are others than before.
  trace(number) {
    const dance = this.dances[number], facts = { dancers: dance.dancers.map(({ motion }) => motion), fps: dance.fps };
    dance.path = middles(facts);
    dance.wide = spread(facts, dance.path);
    const wide = Math.max(...this.dances.map(each => each.wide));
    if (wide !== this.wide) this.widen(wide);
  }

  // Room for dancers who stand so far from their middle.
  widen(wide) {
    this.wide = wide;
    const reach = 2.2 * this.size + wide, { camera } = this.key.shadow;
    Object.assign(camera, { left: -reach, right: reach, top: reach, bottom: -reach, near: 0.5, far: 20 });
    camera.updateProjectionMatrix();
    if (this.usual) this.fit();
  }

  lamps() {
    this.sky = new HemisphereLight();
    this.key = new DirectionalLight(0xfff1dd);
    this.key.position.set(1.5, 3.1, 1.9).multiplyScalar(2);
    this.key.castShadow = true;
    this.key.shadow.mapSize.set(2048, 2048);
    this.key.shadow.radius = 4;
    this.key.shadow.normalBias = 0.02;
    this.rims = [new DirectionalLight(), new DirectionalLight()];
    this.rims[0].position.set(-2, 1.8, -3);
    this.rims[1].position.set(3.2, 1.4, -2.8);
    this.scene.add(this.sky, this.key, ...this.rims);
  }

  look(name) {
    const look = this.colours = LOOKS[name];
    this.scene.background = new Color(look.back);
    this.floor.material.color.set(look.floor);
    this.sky.color.set(look.sky);
    this.sky.groundColor.set(look.ground);
    this.sky.intensity = look.fill;
    this.key.intensity = look.key;
    this.rims.forEach((rim, k) => rim.color.setRGB(...[COOL, ROSE][k]));
    if (this.scene.fog) this.scene.fog.color.set(look.back);
  }

  // Section, energy and beat of one dance, as lights; `flash` is 1 on a downbeat and falls.
  shine(lights, time, flash) {
    if (!lights) return;
    const { colours, key, energy, level } = lightsAt(lights, time), more = 1 + lights.pulse * energy * flash;
    const linear = k => colours.slice(3 * k, 3 * k + 3).map(part => part * more);
    this.rims.forEach((rim, k) => rim.color.setRGB(...linear(k).map(part => RIMS * part)));
    this.key.intensity = this.colours.key * key * level;
    this.sky.intensity = this.colours.fill * level;
    this.scene.background.set(this.colours.back).multiplyScalar(level);
    const glow = linear(2);
    ["r", "g", "b"].forEach((part, k) => { this.scene.background[part] += GLOW * glow[k]; });
    if (this.scene.fog) this.scene.fog.color.copy(this.scene.background);
  }

  // Columns and rows that leave each view as near to a standing person's shape as can be.
  layout() {
    const count = Math.max(this.shown.length, 1), { clientWidth: width, clientHeight: height } = this.canvas;
    let best = [1, count], least = Infinity;
    for (let columns = 1; columns <= count; columns++) {
      const rows = Math.ceil(count / columns), away = Math.abs(Math.log(width / columns / (height / rows) / 0.9));
      if (away < least) [best, least] = [[columns, rows], away];
    }
    return best;
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas, [columns, rows] = this.layout();
    this.renderer.setPixelRatio(Math.min(devicePixelRatio || 1, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / columns / Math.max(height / rows, 1);
    this.camera.updateProjectionMatrix();
    const slope = Math.tan(FIELD / 2), reach = REACH * this.size + this.wide, near = NEAREST * this.size;
    const usual = Math.max(near, reach / (slope * this.camera.aspect) + 0.5, this.wide ? near + this.wide : 0);
    if (this.usual) this.camera.position.sub(this.controls.target).multiplyScalar(usual / this.usual).add(this.controls.target);
    this.usual = usual;
    this.scene.fog = new Fog(this.colours.back, usual + 2, usual + 11);
  }

  // Look from an angle around the dancer, 0 the front.
  face(angle) {
    this.controls.target.set(0, AIM * this.size, 0);
    const turn = AZIMUTH + angle;
    this.camera.position
      .set(Math.sin(turn) * Math.cos(PITCH), Math.sin(PITCH), Math.cos(turn) * Math.cos(PITCH))
      .multiplyScalar(this.usual).add(this.controls.target);
  }

  orbit(angle) {
    const offset = this.camera.position.clone().sub(this.controls.target);
    this.camera.position.copy(offset.applyAxisAngle(new Vector3(0, 1, 0), angle).add(this.controls.target));
  }

  // Draw into a view: all of it, or as much as has the shape of the film.
  frame(camera, left, bottom, width, height) {
    const { renderer } = this;
    if (camera === this.lens) {
      renderer.setScissor(left, bottom, width, height);
      renderer.setClearColor(this.colours.around);
      renderer.clear();
      const wide = Math.min(width, height * camera.aspect), high = wide / camera.aspect, distance = camera.position.length();
      [left, bottom, width, height] = [left + (width - wide) / 2, bottom + (height - high) / 2, wide, high];
      Object.assign(this.scene.fog, { near: distance + 2, far: distance + 11 });
    }
    renderer.setViewport(left, bottom, width, height);
    renderer.setScissor(left, bottom, width, height);
  }

  // Film the dance as its director does, or (null) leave the camera to whoever looks. `frames` of `eye` and `target`
  // from the time `start` on, metres; `cuts` are frames at which a shot begins, `fov` is in radians, up and down.
  direct(film) {
    this.film = film;
    if (film) {
      Object.assign(this.lens, { fov: film.fov * 180 / Math.PI, aspect: film.aspect });
      this.lens.updateProjectionMatrix();
    } else this.fit();
  }

  // Whether the camera moved since the last call.
  update() { return this.controls.update(); }

  // Where the director's camera is, as seen by who stands in the middle of the dance; false where nothing is filmed.
  aim(time) {
    const { film, lens } = this;
    if (!film) return false;
    const { path, fps, begin } = this.dances[0], [x, z] = placeOn(path, (time - begin) * fps);
    const place = Math.min(Math.max((time - film.start) * film.fps, 0), film.frames - 1), first = Math.floor(place + 1e-6);
    const next = Math.min(first + 1, film.frames - 1), part = film.cuts.has(next) ? 0 : Math.max(place - first, 0);
    const at = (array, axis) => (1 - part) * array[3 * first + axis] + part * array[3 * next + axis];
    lens.position.set(at(film.eye, 0) - x, at(film.eye, 1), at(film.eye, 2) - z);
    lens.lookAt(at(film.target, 0) - x, at(film.target, 1), at(film.target, 2) - z);
    return true;
  }

  draw(time, flash) {
    const filming = this.aim(time), camera = filming ? this.lens : this.camera;
    const { clientWidth: width, clientHeight: height } = this.canvas, [columns, rows] = this.layout();
    this.lines.material.color.set(this.colours.line).lerp(new Color(this.colours.flash), flash);
    this.dances.forEach(({ group }) => { group.visible = false; });
    this.shown.forEach((number, k) => {
      const { group, path, dancers, fps, lights, begin } = this.dances[number];
      this.shine(filming ? this.film.lights : lights, time, flash);
      for (const dancer of dancers) dancer.pose(time - begin);
      const [x, z] = this.follow || filming ? placeOn(path, (time - begin) * fps) : path;
      group.position.set(-x, 0, -z);
      this.lines.position.x = group.position.x % 1;
      this.lines.position.z = group.position.z % 1;
      const left = k % columns * width / columns, bottom = (rows - 1 - Math.floor(k / columns)) * height / rows;
      this.frame(camera, left, bottom, width / columns, height / rows);
      group.visible = true;
      this.renderer.render(this.scene, camera);
      group.visible = false;
    });
  }
}
