// The open chat: its messages in order, the draft that grows, where the view stands.

import { element, renderDraft, renderMessage } from "./messages.js";
import { dayName, say } from "./words.js";

const scroll = document.getElementById("scroll");
const log = document.getElementById("log");
const down = document.getElementById("down");
const unread = document.getElementById("unread");
const NEAR_PX = 120;
const DRAFT_MS = 30000;

export class Conversation {
  constructor(deeds) {
    this.deeds = deeds;
    this.messages = new Map();
    this.unread = 0;
    this.top = 0;
    this.draftTimer = null;
    scroll.addEventListener("scroll", () => this.#watch());
    down.addEventListener("click", () => this.toEnd(true));
    const keep = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
    keep.observe(log);
    keep.observe(scroll);
    this.atEnd = true;
  }

  show(messages) {
    this.messages = new Map(messages.map((message) => [message.message_id, message]));
    this.#redraw();
    this.toEnd();
  }

  showEarlier(messages) {
    const height = scroll.scrollHeight;
    const all = [...messages, ...this.messages.values()];
    this.messages = new Map(all.map((message) => [message.message_id, message]));
    this.#redraw();
    scroll.scrollTop += scroll.scrollHeight - height;
  }

  add(message, { fromBot }) {
    if (this.messages.has(message.message_id)) return;
    const stay = !this.atEnd && fromBot;
    if (fromBot) this.dropDraft();
    const previous = [...this.messages.values()].at(-1);
    this.messages.set(message.message_id, message);
    this.#append(message, previous).classList.add("fresh");
    if (stay) {
      this.unread += 1;
      this.#watch();
    } else {
      this.toEnd();
    }
  }

  change(message) {
    if (!this.messages.has(message.message_id)) return;
    this.messages.set(message.message_id, message);
    const old = this.#node(message.message_id);
    const node = renderMessage(message, this.deeds());
    if (old?.classList.contains("grouped")) node.classList.add("grouped");
    old?.replaceWith(node);
    if (this.atEnd) this.toEnd();
  }

  remove(messageId) {
    this.messages.delete(messageId);
    this.#node(messageId)?.remove();
  }

  draft(draft) {
    log.querySelector(".draft")?.remove();
    log.append(renderDraft(draft, this.deeds()));
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.dropDraft(), DRAFT_MS);
    if (this.atEnd) this.toEnd();
  }

  dropDraft() {
    clearTimeout(this.draftTimer);
    log.querySelector(".draft")?.remove();
  }

  // A smooth move is for people who ask for it: news must not chase a moving end.
  toEnd(smooth = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scroll.scrollTo({ top: scroll.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    this.#watch();
  }

  #watch() {
    const left = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
    // Only a reader who moves up leaves the end; a picture that grows does not.
    if (left < NEAR_PX) this.atEnd = true;
    else if (scroll.scrollTop < this.top) this.atEnd = false;
    this.top = scroll.scrollTop;
    if (this.atEnd) this.unread = 0;
    down.hidden = this.atEnd;
    down.ariaLabel = say("down");
    unread.hidden = this.unread === 0;
    unread.textContent = this.unread;
  }

  #node(messageId) {
    return log.querySelector(`li[data-id="${messageId}"]`);
  }

  #redraw() {
    log.replaceChildren();
    let previous;
    for (const message of this.messages.values()) {
      this.#append(message, previous);
      previous = message;
    }
  }

  #append(message, previous) {
    const day = dayName(message.date);
    if (!previous || dayName(previous.date) !== day) {
      log.append(element("li", "service day", element("span", "", day)));
    }
    const node = renderMessage(message, this.deeds());
    const near = previous && message.date - previous.date < 300;
    if (near && previous.from.id === message.from.id) node.classList.add("grouped");
    log.append(node);
    const draft = log.querySelector(".draft");
    if (draft) log.append(draft);
    return node;
  }
}
