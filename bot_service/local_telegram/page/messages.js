// One message as a bubble.

import { isSafeLink, renderText } from "./entities.js";
import { clockTime, fileSize, say } from "./words.js";

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

export function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export function initials(name) {
  const letters = name.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}

export function paintAvatar(node, { id, name, isBot }) {
  node.className = isBot ? "avatar bot" : `avatar tint-${Math.abs(id) % 6}`;
  node.textContent = isBot ? "" : initials(name);
}

export function summary(message) {
  if (!message) return "";
  const service = serviceText(message);
  if (service) return service;
  const text = message.text ?? message.caption;
  if (text) return text.slice(0, 120).replace(/\s+/g, " ");
  return message.photo ? say("photo") : message.document?.file_name ?? "";
}

export function serviceText(message) {
  const names = (users) => users.map((user) => user.first_name).join(", ");
  if (message.new_chat_members) return `${names(message.new_chat_members)} ${say("joined")}`;
  if (message.left_chat_member) return `${message.left_chat_member.first_name} ${say("left")}`;
  if (message.group_chat_created) return say("created");
  if (message.forum_topic_created) {
    return `${say("topic")}: ${message.forum_topic_created.name}`;
  }
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return say("upgraded");
  return "";
}

// `deeds` has: me, isGroup, onCommand(text), onPress(message, button, node), onPicture(url, alt).
export function renderMessage(message, deeds) {
  const service = serviceText(message);
  const item = element("li", service ? "service" : "message");
  item.dataset.id = message.message_id;
  if (service) {
    item.append(element("span", "", service));
    return item;
  }
  const mine = message.from.id === deeds.me && !message.sender_chat;
  item.classList.toggle("mine", mine);
  const bubble = element("div", "bubble");
  if (deeds.isGroup && !mine) bubble.append(authorOf(message));
  if (message.forward_origin) bubble.append(originOf(message.forward_origin));
  if (message.reply_to_message) bubble.append(replyOf(message.reply_to_message));
  if (message.photo) bubble.append(pictureOf(message, deeds));
  if (message.document) bubble.append(documentOf(message.document));
  const text = message.text ?? message.caption ?? "";
  if (text) {
    const entities = message.entities ?? message.caption_entities ?? [];
    const body = element("div", "text", renderText(text, entities, deeds.onCommand));
    body.dir = "auto";
    bubble.append(body);
  }
  const stamp = stampOf(message);
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  // The time stands in the last line where there is room; right-to-left lines end elsewhere.
  if (text && !RIGHT_TO_LEFT.test(lastLine)) {
    const room = stamp.cloneNode(true);
    room.className = "room";
    room.ariaHidden = "true";
    bubble.querySelector(".text").append(room);
    stamp.classList.add("inline");
  }
  bubble.append(stamp);
  item.append(bubble);
  if (message.reply_markup) item.append(keyboardOf(message, deeds));
  return item;
}

export function renderDraft(draft, deeds) {
  const item = element("li", "message draft");
  const bubble = element("div", "bubble");
  const body = element("div", "text");
  body.dir = "auto";
  if (draft.text) body.append(renderText(draft.text, draft.entities, deeds.onCommand));
  else body.append(element("span", "thinking", say("thinking")));
  body.append(element("span", "caret"));
  bubble.append(body);
  item.append(bubble);
  return item;
}

function authorOf(message) {
  const name = message.sender_chat?.title ?? message.from.first_name;
  const node = element("p", `author tint-${Math.abs(message.from.id) % 6}`, name);
  node.dir = "auto";
  return node;
}

function originOf(origin) {
  const node = element("p", "origin", `${say("forwarded")} `,
    element("strong", "", origin.chat.title));
  node.dir = "auto";
  return node;
}

function replyOf(answered) {
  const node = element("div", "reply",
    element("strong", "", answered.from.first_name), element("span", "", summary(answered)));
  node.dir = "auto";
  return node;
}

function pictureOf(message, deeds) {
  const photo = message.photo.at(-1);
  const image = element("img", "photo");
  image.src = `/local/files/${encodeURIComponent(photo.file_id)}`;
  image.width = photo.width;
  image.height = photo.height;
  image.alt = message.caption?.slice(0, 200) || say("photo");
  const button = element("button", "photo-button", image);
  button.type = "button";
  button.addEventListener("click", () => deeds.onPicture(image.src, image.alt));
  return button;
}

function documentOf(file) {
  const ending = file.file_name.includes(".") ? file.file_name.split(".").at(-1) : "";
  const node = element("a", "document",
    element("span", "document-icon", ending.slice(0, 5).toUpperCase() || "…"),
    element("span", "document-name", file.file_name),
    element("span", "document-size", fileSize(file.file_size)));
  node.href = `/local/files/${encodeURIComponent(file.file_id)}`;
  node.download = file.file_name;
  return node;
}

function stampOf(message) {
  const time = element("time", "", clockTime(message.date));
  time.dateTime = new Date(message.date * 1000).toISOString();
  const stamp = element("span", "stamp");
  if (message.edit_date) stamp.append(`${say("edited")} `);
  stamp.append(time);
  return stamp;
}

function keyboardOf(message, deeds) {
  const keyboard = element("div", "keyboard");
  for (const row of message.reply_markup.inline_keyboard) {
    const line = element("div", "keyboard-row");
    for (const button of row) {
      const outside = button.url && isSafeLink(button.url);
      const node = element(outside ? "a" : "button", "key", element("span", "", button.text));
      if (outside) {
        node.href = button.url;
        node.target = "_blank";
        node.rel = "noopener noreferrer";
        node.classList.add("outside");
      } else {
        node.type = "button";
        node.addEventListener("click", () => deeds.onPress(message, button, node));
      }
      line.append(node);
    }
    keyboard.append(line);
  }
  return keyboard;
}
