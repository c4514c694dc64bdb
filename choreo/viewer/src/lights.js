// Stage lights at a time, from one cue a step: as choreo.video.lights does it for videos.

export function lightsAt({ fade, cues }, time) {
  let low = 0, high = cues.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (cues[middle][0] <= time + 1e-6) low = middle; else high = middle - 1;
  }
  const [start, colours, key, energy, level = 1] = cues[low], before = cues[Math.max(low - 1, 0)];
  const share = low ? Math.min(Math.max((time - start) / fade, 0), 1) : 1, part = share * share * (3 - 2 * share);
  const mix = (a, b) => a * (1 - part) + b * part;
  return {
    colours: colours.map((value, k) => mix(before[1][k], value)),
    key: mix(before[2], key), energy: mix(before[3], energy), level: mix(before[4] ?? 1, level),
  };
}
