// Writing: the text field, the command menu, files.

import { toast } from "./dialogs.js";
import { element } from "./messages.js";
import { readBase64 } from "./net.js";
import { say } from "./words.js";

const MAX_FILE_BYTES = 20 * 1024 * 1024;
const text = document.getElementById("text");
const list = document.getElementById("suggestions");
let commands = [];
let chosen = 0;

// `onSend({text, document})` sends; it gives a promise.
export function startComposer(onSend) {
  document.getElementById("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit(onSend);
  });
  text.addEventListener("input", () => {
    grow();
    suggest();
  });
  text.addEventListener("keydown", (event) => onKey(event, onSend));
  text.addEventListener("blur", () => setTimeout(hide, 150));
  document.getElementById("commands").addEventListener("click", () => {
    const open = !list.hidden;
    text.focus();
    if (open) hide();
    else offer(commands);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) send(onSend, `/${item.dataset.command}`);
  });
  startFiles(onSend);
}

export function setCommands(known) {
  commands = known;
  document.getElementById("commands").hidden = known.length === 0;
}

export function nameComposer() {
  text.placeholder = say("message");
  text.ariaLabel = say("message");
  for (const [id, word] of [["send", "send"], ["attach", "attach"], ["commands", "commands"]]) {
    const node = document.getElementById(id);
    node.ariaLabel = say(word);
    node.title = say(word);
  }
}

function submit(onSend) {
  const value = text.value.trim();
  if (value) send(onSend, value);
}

async function send(onSend, value) {
  const kept = text.value;
  text.value = "";
  grow();
  hide();
  text.focus();
  try {
    await onSend({ text: value });
  } catch (error) {
    if (!text.value) text.value = kept;
    grow();
    toast(`${say("general_error")}: ${error.message}`);
  }
}

function onKey(event, onSend) {
  const items = list.hidden ? [] : [...list.children];
  if (items.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose((chosen + step + items.length) % items.length);
  } else if (items.length && event.key === "Tab") {
    event.preventDefault();
    text.value = `/${items[chosen].dataset.command} `;
    hide();
  } else if (event.key === "Escape") {
    hide();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    const isWhole = items.some((item) => `/${item.dataset.command}` === text.value.trim());
    if (items.length && !isWhole) send(onSend, `/${items[chosen].dataset.command}`);
    else submit(onSend);
  }
}

function suggest() {
  const match = /^\/([a-z0-9_]*)$/i.exec(text.value);
  const fitting = match
    ? commands.filter(({ command }) => command.startsWith(match[1].toLowerCase())) : [];
  if (fitting.length) offer(fitting);
  else hide();
}

function offer(fitting) {
  list.replaceChildren(...fitting.map(({ command, description }, number) => {
    const about = element("span", "about", description);
    about.dir = "auto";
    const item = element("li", "", element("b", "", `/${command}`), about);
    item.id = `suggestion-${number}`;
    item.role = "option";
    item.dataset.command = command;
    return item;
  }));
  list.hidden = fitting.length === 0;
  text.ariaExpanded = String(!list.hidden);
  if (fitting.length) choose(0);
}

function choose(number) {
  chosen = number;
  [...list.children].forEach((item, at) => { item.ariaSelected = String(at === number); });
  text.setAttribute("aria-activedescendant", `suggestion-${number}`);
  list.children[number].scrollIntoView({ block: "nearest" });
}

function hide() {
  list.hidden = true;
  text.ariaExpanded = "false";
  text.removeAttribute("aria-activedescendant");
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
}

function startFiles(onSend) {
  const input = document.getElementById("file");
  const drop = document.getElementById("drop");
  document.getElementById("attach").addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    for (const file of input.files) await sendFile(onSend, file);
    input.value = "";
  });
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    document.getElementById("drop-text").textContent = say("drop");
    drop.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (depth === 0) drop.hidden = true;
  });
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    drop.hidden = true;
    for (const file of event.dataTransfer?.files ?? []) await sendFile(onSend, file);
  });
  text.addEventListener("paste", async (event) => {
    for (const file of event.clipboardData?.files ?? []) await sendFile(onSend, file);
  });
}

async function sendFile(onSend, file) {
  if (file.size > MAX_FILE_BYTES) {
    toast(say("tooLarge"));
    return;
  }
  try {
    await onSend({
      text: text.value.trim(),
      document: {
        file_name: file.name || "file",
        content_base64: await readBase64(file),
        mime_type: file.type || "application/octet-stream",
      },
    });
    text.value = "";
    grow();
  } catch (error) {
    toast(`${say("general_error")}: ${error.message}`);
  }
}
