// The state of a session as the server sends it, and the frames of a dance.

export interface Step {
  bar: number; bars: number; start: number; end: number; clip: string; name: string; label: string; style: string;
  mirror: boolean; manner: string; holds: boolean; locked: boolean; pinned: boolean; recording: boolean; level: number; why: string[];
}
export interface Plan {
  start: number; end: number; seed: number; style: string; bars: number[]; beats: number[]; positions: number[]; steps: Step[];
  sections: [number, number, string, string][]; energy: number[]; drawn: Record<string, number>;
  wishes: string[]; bans: string[]; locks: [number, number][];
  dancers: { count: number; formation: string; unison: string; parts: { bars: [number, number]; formation: string; roles: string }[] };
  shots: { bar: number; bars: number; shot: string; own: boolean }[];
  lights: { bar: number; bars: number; light: string; own: boolean }[];
}
export interface Take { bars: [number, number]; seed: number; steps: Step[] }
export interface Export { id: string; formats: string[]; state: "running" | "done" | "failed" | "cancelled"; share: number; said: string; files: string[] }
export interface State {
  revision: number;
  song: { name: string; seconds: number; tempo: number; metre: number; octave: string; downbeat: number | null };
  plan: Plan;
  take?: Take | null;
  history: { undo: number; redo: number; said: string };
  versions: string[]; saved: boolean; path: string; notes: string[];
  choices: {
    styles: string[]; formations: string[]; roles: string[]; unisons: string[]; shots: string[]; lights: string[]; formats: string[];
    levels?: string[]; dancers?: number;
  };
  exports: Export[];
}

/** Frames of some bars, as they come: a head of JSON, and arrays behind it. */
export interface Frames {
  head: {
    id: number | null; revision: number; kind: "window" | "try"; bars: [number, number]; start: number; fps: number; frames: number;
    exact: boolean; last: boolean; dancers: { translation: Place; rotations: Place }[];
  };
  array: (place: Place) => any;
}
/** Kind of number, first byte and how many. */
export type Place = [string, number, number];
/** A dancer's frames; `known` says which are there, all when it is missing. */
export interface Danced { frames: number; translation: Float32Array; rotations: Int16Array; known?: Uint8Array }
/** A dance from the time `begin` on; `revision` of each frame is -1 where there is none yet. */
export interface Track { begin: number; fps: number; frames: number; dancers: Danced[]; revision?: Float64Array }
/** Where the director's camera is, by frames from the time `start` on, metres; stage lights, shots by their first frames. */
export interface Filmed {
  revision: number; start: number; fps: number; frames: number; fov: number; aspect: number;
  eye: Float32Array; target: Float32Array; shots: [number, string][]; cuts: Set<number>; lights: any;
}
