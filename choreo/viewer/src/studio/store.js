// The session as the page knows it: one websocket, asks with their answers, and the newest state.

import { framed } from "../data.js";

const FIRST = 250, LONGEST = 5000; // milliseconds until the page tries to connect again

/** @typedef {import("./types.d.ts").State} State */
/** @typedef {import("./types.d.ts").Frames} Frames */
/** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void}} Waiting */

export class Store {
  constructor() {
    /** @type {State | null} */
    this.state = null;
    this.heard = false; // whether the server has said how things are, be it that nothing is open
    this.connected = false;
    this.acted = -Infinity; // when this page, and no other, changed the dance last
    this.number = 0;
    this.wait = FIRST;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    /** @type {Set<(state: State | null) => void>} */
    this.listeners = new Set();
    /** @type {Map<string, Set<(told: any) => void>>} */
    this.told = new Map();
    this.frames = Promise.resolve();
    /** @type {Frames[]} */
    this.early = []; // frames that came before there was a stage
  }

  /** Hear of each new state, and of the one that there is. @param {(state: State | null) => void} listener */
  on(listener) {
    this.listeners.add(listener);
    if (this.state) listener(this.state);
  }

  /**
   * Hear of what the server says unasked: `listening`, `failed`, `trouble`, `export`; and of `frames`, `connection`.
   * @param {string} what @param {(told: any) => void} listener
   */
  hear(what, listener) {
    this.told.set(what, (this.told.get(what) ?? new Set()).add(listener));
    if (what === "frames") for (const frames of this.early.splice(0)) listener(frames);
  }

  /** @param {string} what @param {any} told */
  tell(what, told) { for (const listener of this.told.get(what) ?? []) listener(told); }

  connect() {
    const socket = this.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { this.connected = true; this.tell("connection", true); };
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.take(JSON.parse(data)) : this.takeFrames(data));
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.connected = false;
      for (const { reject } of this.waiting.values()) reject(new Error("The studio does not answer; trying again."));
      this.waiting.clear();
      this.tell("connection", false);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST);
    };
  }

  /** @param {any} message */
  take(message) {
    if (message.push === "state") return this.renew(message.state);
    if (message.push) {
      if (message.push === "export" && this.state) this.renew({ ...this.state, exports: message.exports });
      return this.tell(message.push, message);
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error !== undefined) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.ok);
  }

  /** @param {State | null} state */
  renew(state) {
    this.wait = FIRST;
    this.heard = true;
    this.state = state;
    for (const listener of this.listeners) listener(state);
  }

  /** Frames in the order in which they came. @param {ArrayBuffer} data */
  takeFrames(data) {
    this.frames = this.frames.then(async () => {
      const frames = /** @type {Frames} */ (await framed(data)), { id } = frames.head;
      if (id !== null) {
        this.waiting.get(id)?.resolve(frames);
        this.waiting.delete(id);
      } else if (this.told.has("frames")) this.tell("frames", frames);
      else this.early.push(frames);
    }).catch(error => this.tell("trouble", { error: `Frames of the dance are damaged: ${error.message}` }));
  }

  /**
   * Ask the session; the promise fails with its words.
   * @param {string} name @param {Record<string, any>} [fields] @returns {Promise<any>}
   */
  ask(name, fields = {}) {
    if (!this.connected) return Promise.reject(new Error("The studio does not answer; trying again."));
    const id = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket?.send(JSON.stringify({ id, ask: name, ...fields }));
    });
  }

  /** Tell without waiting for an answer. @param {string} name @param {Record<string, any>} fields */
  say(name, fields) { this.ask(name, fields).catch(() => {}); }

  /** Change the dance. @param {{do: string}} action */
  act(action) {
    this.acted = performance.now();
    if (action.do === "undo" || action.do === "redo") return this.ask(action.do);
    return this.ask("act", { action });
  }

  /**
   * Send a file: `open` takes a song or plan, `upload` a motion file.
   * @param {"open" | "upload"} where @param {File} file @returns {Promise<any>}
   */
  async send(where, file) {
    const answer = await fetch(`/${where}?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    const told = await answer.json().catch(() => ({ error: `${file.name}: the studio did not take it.` }));
    if (!answer.ok || told.error) throw new Error(told.error ?? `${file.name}: the studio did not take it.`);
    return told;
  }
}
