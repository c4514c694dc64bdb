// Small moving figures of steps: asked for once, kept, and drawn into any pen.

/** @typedef {{fps: number, bones: [number, number][], frames: number[][]}} Figure Metres, seen from the front, up from the floor. */

const HEIGHT = 2.15; // metres that fit into a box: raised arms, too
const MOST = 400; // figures kept
const AT_ONCE = 3; // questions under way

export class Figures {
  /** @param {(name: string, fields: object) => Promise<any>} ask @param {() => void} changed Called when a figure came. */
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
    /** @type {Map<string, Figure | null>} */
    this.kept = new Map();
    /** @type {[string, string, boolean][]} */
    this.waiting = [];
    this.under = 0;
  }

  /** The figure of a clip, null until it is there. @param {string} clip @param {boolean} mirror @returns {Figure | null} */
  of(clip, mirror) {
    const key = `${clip} ${mirror ? "m" : ""}`;
    if (!clip) return null;
    if (this.kept.has(key)) return this.kept.get(key) ?? null;
    if (this.kept.size >= MOST) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    this.kept.set(key, null);
    this.waiting.push([key, clip, mirror]);
    this.next();
    return null;
  }

  async next() {
    if (this.under >= AT_ONCE) return;
    const wanted = this.waiting.pop(); // the newest first: it is what one looks at
    if (!wanted) return;
    this.under++;
    const [key, clip, mirror] = wanted;
    try {
      this.kept.set(key, await this.ask("figure", { clip, mirror }));
      this.changed();
    } catch {
      // A clip that is gone has no figure; its name is still there.
    } finally {
      this.under--;
      this.next();
    }
  }
}

/**
 * Draw a figure into a box.
 * @param {CanvasRenderingContext2D} pen @param {Figure} figure @param {number} seconds Since its beginning; it goes round.
 * @param {number} x @param {number} y @param {number} width @param {number} height @param {string} colour
 */
export function drawFigure(pen, figure, seconds, x, y, width, height, colour) {
  const { frames, bones, fps } = figure;
  if (!frames.length) return;
  const points = frames[((Math.floor(seconds * fps) % frames.length) + frames.length) % frames.length];
  const scale = height / HEIGHT, middle = x + width / 2, floor = y + height - 2;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(1.5, height / 26);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  for (const [a, b] of bones) {
    pen.moveTo(middle + points[2 * a] * scale, floor - points[2 * a + 1] * scale);
    pen.lineTo(middle + points[2 * b] * scale, floor - points[2 * b + 1] * scale);
  }
  pen.stroke();
  // The highest end of a bone is the head unless a hand is: the last bone is the neck by agreement.
  const head = bones[bones.length - 1]?.[1] ?? 0;
  pen.beginPath();
  pen.arc(middle + points[2 * head] * scale, floor - points[2 * head + 1] * scale, Math.max(2, height / 15), 0, 7);
  pen.fillStyle = colour;
  pen.fill();
  pen.restore();
}

/** The moment of a figure that says most when it stands: a third of it. @param {Figure} figure */
export const still = figure => figure.frames.length / figure.fps / 3;
