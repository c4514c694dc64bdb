// A moving figure beside a name in a list: moves while it is pointed at, stands otherwise.

import { drawFigure, still } from "../timeline/figure.js";
import { make } from "./parts.js";

const SIZE = 48;

/**
 * @param {import("../timeline/timeline.js").Timeline} timeline @param {string} clip @param {boolean} mirror
 * @returns {{canvas: HTMLCanvasElement, move: (on: boolean) => void, draw: () => void}}
 */
export function figureOf(timeline, clip, mirror) {
  const scale = Math.min(devicePixelRatio || 1, 2);
  const canvas = make("canvas", { width: SIZE * scale, height: SIZE * scale, className: "figure", "aria-hidden": "true" });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(scale, scale);
  let moving = false;
  const draw = () => {
    const figure = timeline.figures.of(clip, mirror);
    if (!figure) return;
    pen.clearRect(0, 0, SIZE, SIZE);
    drawFigure(pen, figure, moving ? performance.now() / 1000 : still(figure), 0, 0, SIZE, SIZE, timeline.drawing.colours.ink);
  };
  const frame = () => {
    if (!moving || !canvas.isConnected) return;
    draw();
    requestAnimationFrame(frame);
  };
  const move = (/** @type {boolean} */ on) => {
    if (on === moving) return;
    moving = on && !timeline.calm.matches;
    if (moving) frame();
    else draw();
  };
  draw();
  return { canvas, move, draw };
}
