// @ts-nocheck
// Two strips: the whole dance, and the seconds around now with beats and names of clips.

const SECOND = 125, NOW = 0.3, OVER = 18, GAP = 8, BEATS = 20, ROW = 26;
// SECOND: pixels of one on the strip around now, which is at NOW of its width; the others are heights in pixels.
const HUES = [222, 168, 290, 34, 255, 350, 110, 195];

export const clock = seconds => {
  const tenths = Math.max(0, Math.round(seconds * 10));
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
};

export const spanAt = (spans, time) => spans.findIndex(([start, end]) => time >= start - 1e-3 && time < end - 1e-3);

// Number of the last beat that began, -1 before the first.
export function beatAt(beats, time) {
  let low = 0, high = beats.length;
  while (low < high) { const middle = (low + high) >> 1; if (beats[middle] <= time + 1e-3) low = middle + 1; else high = middle; }
  return low - 1;
}

export class Timeline {
  constructor(canvas, facts, seek) {
    Object.assign(this, { canvas, facts, pen: canvas.getContext("2d"), dances: [] });
    const labels = [...new Set(facts.dances.flatMap(dance => (dance.timeline ? dance.timeline.sections.map(part => part[2]) : [])))].filter(label => label);
    this.hue = label => HUES[Math.max(labels.indexOf(label), 0) % HUES.length];
    const go = event => {
      const box = canvas.getBoundingClientRect(), x = (event.clientX - box.left) / box.width;
      if (this.whole) seek(x * facts.duration);
      else seek(this.from + x * box.width / SECOND);
    };
    canvas.addEventListener("pointerdown", event => {
      const box = canvas.getBoundingClientRect();
      this.whole = event.clientY - box.top < OVER + GAP / 2;
      this.from = this.time - NOW * box.width / SECOND;
      canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    canvas.addEventListener("pointermove", event => event.buttons && go(event));
  }

  show(dances) {
    this.dances = dances.filter(dance => dance.timeline);
    this.canvas.style.height = `${OVER + (this.dances.length ? GAP + BEATS + ROW * this.dances.length : 0)}px`;
    this.fit();
  }

  fit() {
    const scale = Math.min(devicePixelRatio || 1, 2), { canvas } = this;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(document.documentElement);
    this.colour = name => style.getPropertyValue(`--${name}`);
    this.tone = this.colour("tone");
  }

  block(x, width, y, height, hue, seam) {
    const { pen } = this;
    pen.fillStyle = `hsl(${hue} ${this.tone})`;
    pen.fillRect(x, y, width, height);
    if (seam) { pen.fillStyle = this.colour("seam"); pen.fillRect(x, y, seam, height); }
  }

  draw(time) {
    const { pen, canvas, facts } = this, width = canvas.clientWidth;
    this.time = time;
    pen.clearRect(0, 0, width, canvas.clientHeight);
    this.overview(time, width);
    if (!this.dances.length) return;
    const rate = SECOND, from = time - NOW * width / rate, top = OVER + GAP;
    const { beats, positions } = this.dances[0].timeline;
    for (let k = Math.max(beatAt(beats, from), 0); k < beats.length && beats[k] < from + width / rate; k++) {
      if (beats[k] < -1e-3 || beats[k] > facts.duration) continue;
      const down = positions[k] === 1, x = (beats[k] - from) * rate;
      pen.fillStyle = this.colour(down ? "accent" : "faint");
      pen.fillRect(x - 0.75, top + (down ? 2 : 9), 1.5, BEATS - (down ? 4 : 11));
      pen.font = "11px system-ui, sans-serif";
      pen.fillText(positions[k], x + 4, top + 13);
    }
    this.dances.forEach((dance, row) => this.row(dance.timeline, top + BEATS + row * ROW, from, rate, width));
    pen.fillStyle = this.colour("accent");
    pen.fillRect(NOW * width - 1, top, 2, canvas.clientHeight - top);
  }

  overview(time, width) {
    const { pen, facts } = this, rate = width / Math.max(facts.duration, 1e-3);
    pen.fillStyle = this.colour("grid");
    pen.fillRect(0, 0, width, OVER);
    if (this.dances.length) {
      const { steps, sections } = this.dances[0].timeline;
      for (const [start, end, label] of sections) {
        this.block(start * rate, (end - start) * rate, 0, OVER, this.hue(label), 0);
        pen.fillStyle = this.colour("ink");
        pen.font = "11px system-ui, sans-serif";
        if ((Math.min(end, facts.duration) - Math.max(start, 0)) * rate > 16) pen.fillText(label, Math.max(start * rate, 0) + 5, 13);
      }
      pen.fillStyle = this.colour("seam");
      for (const [start] of steps) pen.fillRect(start * rate, OVER - 5, 1, 5);
    }
    pen.fillStyle = this.colour("accent");
    pen.fillRect(time * rate - 1, 0, 2, OVER);
  }

  row({ steps, sections }, y, from, rate, width) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(0, y, width, ROW);
    pen.clip();
    pen.font = "13px system-ui, sans-serif";
    for (const [start, end, label] of steps) {
      const left = (start - from) * rate, right = (end - from) * rate;
      if (right < 0 || left > width) continue;
      const part = sections[spanAt(sections, (start + end) / 2)];
      this.block(left, right - left, y, ROW - 3, this.hue(part ? part[2] : ""), 2);
      pen.save();
      pen.beginPath();
      pen.rect(left, y, right - left - 4, ROW);
      pen.clip();
      pen.fillStyle = this.colour("ink");
      pen.fillText(label, Math.max(left, 0) + 8, y + 16);
      pen.restore();
    }
    pen.restore();
  }
}
