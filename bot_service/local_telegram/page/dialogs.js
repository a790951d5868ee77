// Notes that pass, alerts that wait, and the small forms behind the menus.

import { element } from "./messages.js";
import { say } from "./words.js";

const dialog = document.getElementById("dialog");
const toasts = document.getElementById("toasts");
const TOAST_MS = 3500;

export function toast(text) {
  const node = element("p", "toast", text);
  node.dir = "auto";
  toasts.append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

function show(...children) {
  dialog.replaceChildren(...children);
  if (!dialog.open) dialog.showModal();
}

function button(text, className, onClick) {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

export function alertBox(text) {
  const body = element("p", "alert-text", text);
  body.dir = "auto";
  show(body, element("div", "dialog-buttons", button(say("ok"), "primary", () => dialog.close())));
}

// `sections` is a list of {title?, items: [{text, detail?, chosen?, danger?, onClick}]}.
export function menu(sections) {
  const nodes = [];
  for (const { title, items } of sections) {
    if (title) nodes.push(element("h3", "menu-title", title));
    for (const item of items) {
      const node = button(item.text, "menu-item", () => {
        dialog.close();
        item.onClick();
      });
      node.classList.toggle("danger", Boolean(item.danger));
      if (item.chosen !== undefined) node.ariaPressed = String(item.chosen);
      if (item.detail) node.append(element("small", "", item.detail));
      nodes.push(node);
    }
  }
  show(...nodes);
}

// `fields` is a list of {name, label, kind?: "text"|"optional"|"lines"|"check"}; `onDone` gets the
// values; `word` names the button that ends it.
export function form(title, fields, onDone, word = "create") {
  const node = element("form", "form", element("h3", "", title));
  for (const { name, label, kind = "text" } of fields) {
    const input = element(kind === "lines" ? "textarea" : "input");
    input.name = name;
    input.dir = "auto";
    if (kind === "check") input.type = "checkbox";
    if (kind === "text") input.required = true;
    if (kind === "lines") input.rows = 3;
    const row = element("label", kind === "check" ? "check" : "field");
    row.append(...(kind === "check" ? [input, label] : [element("span", "", label), input]));
    node.append(row);
  }
  const done = element("button", "primary", say(word));
  done.type = "submit";
  node.append(element("div", "dialog-buttons",
    button(say("cancel"), "quiet", () => dialog.close()), done));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    onDone(Object.fromEntries(new FormData(node)));
  });
  show(node);
}

export function picture(url, alt) {
  const box = document.getElementById("picture");
  const image = box.querySelector("img");
  image.src = url;
  image.alt = alt;
  box.showModal();
}

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
document.getElementById("picture").addEventListener("click", (event) => {
  event.currentTarget.close();
});
