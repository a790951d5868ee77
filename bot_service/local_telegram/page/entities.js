// Text and entities as nodes. Text of messages is only ever put into text nodes.

import { say } from "./words.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const HIDDEN_FROM_PX = 84;

// Offsets count UTF-16 units, as JavaScript strings do. Entities are nested, never crossing.
export function renderText(text, entities, onCommand) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const root = document.createDocumentFragment();
  fill(root, { text, entities: sorted, from: 0, to: text.length, onCommand });
  return root;
}

function fill(parent, { text, entities, from, to, onCommand }) {
  let at = from;
  let i = 0;
  while (i < entities.length) {
    const entity = entities[i];
    const end = entity.offset + entity.length;
    parent.append(text.slice(at, entity.offset));
    const inside = [];
    for (i += 1; i < entities.length && entities[i].offset < end; i += 1) {
      inside.push(entities[i]);
    }
    const [node, holder] = wrap(entity, text.slice(entity.offset, end), onCommand);
    fill(holder, { text, entities: inside, from: entity.offset, to: end, onCommand });
    parent.append(node);
    // A block ends its line by itself.
    at = BLOCKS.has(entity.type) && text[end] === "\n" ? end + 1 : end;
  }
  if (at < to) parent.append(text.slice(at, to));
}

// Give the node to show and the node that takes the content.
function wrap(entity, text, onCommand) {
  switch (entity.type) {
    case "url":
      return link(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    case "text_link":
      return link(entity.url);
    case "email":
      return link(`mailto:${text}`);
    case "bot_command":
      return command(text, onCommand);
    case "expandable_blockquote":
      return expandable();
    case "spoiler":
      return spoiler();
    default: {
      const node = document.createElement(TAGS[entity.type] ?? "span");
      node.classList.add(entity.type);
      if (entity.language) node.dataset.language = entity.language;
      if (entity.type === "blockquote") node.dir = "auto";
      return [node, node];
    }
  }
}

export function isSafeLink(url) {
  try {
    return ["http:", "https:", "mailto:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

function link(url) {
  const node = document.createElement(isSafeLink(url) ? "a" : "span");
  node.classList.add("link");
  if (node.tagName === "A") {
    node.href = url;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
    node.title = url;
  }
  return [node, node];
}

function command(text, onCommand) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "link command";
  node.addEventListener("click", () => onCommand(text));
  return [node, node];
}

function spoiler() {
  const node = document.createElement("span");
  node.className = "spoiler";
  node.role = "button";
  node.tabIndex = 0;
  node.ariaLabel = say("spoiler");
  const reveal = () => {
    node.classList.add("shown");
    node.removeAttribute("role");
    node.removeAttribute("aria-label");
    node.removeAttribute("tabindex");
  };
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") reveal();
  });
  return [node, node];
}

function expandable() {
  const node = document.createElement("blockquote");
  const content = document.createElement("div");
  const toggle = document.createElement("button");
  node.className = "expandable";
  node.dir = "auto";
  content.className = "content";
  toggle.type = "button";
  toggle.className = "toggle";
  const set = (open) => {
    node.classList.toggle("open", open);
    toggle.ariaExpanded = String(open);
    toggle.textContent = say(open ? "less" : "more");
  };
  set(false);
  toggle.addEventListener("click", (event) => {
    event.stopPropagation();
    set(!node.classList.contains("open"));
  });
  content.addEventListener("click", (event) => {
    if (!event.target.closest("a, button")) set(true);
  });
  node.append(content, toggle);
  // Short quotes need no toggle; the height is known once the quote is on the page.
  new ResizeObserver((_, observer) => {
    if (!content.scrollHeight) return;
    if (content.scrollHeight <= HIDDEN_FROM_PX) {
      node.classList.add("short");
    }
    observer.disconnect();
  }).observe(content);
  return [node, content];
}
