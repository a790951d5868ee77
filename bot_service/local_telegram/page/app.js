// The page: which person, which chat, and what happens in them.

import { nameComposer, setCommands, startComposer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { alertBox, form, menu, picture, toast } from "./dialogs.js";
import { element, paintAvatar, summary } from "./messages.js";
import { follow, get, post } from "./net.js";
import { clockTime, LANGUAGES, say, speak } from "./words.js";

const node = (id) => document.getElementById(id);
const PRESS_TIMEOUT_S = 20;
const ACTION_MS = 5500;
const KEPT_PERSON = "local-telegram-person";

const world = { bot: null, person: null, people: [], chats: [], owner: 0 };
let current = null;
let thread = null;
let connected = true;
let actionTimer = null;
let action = "";
const unreadIn = new Map();

const conversation = new Conversation(() => ({
  me: world.person.id,
  isGroup: current?.type !== "private",
  onCommand: (text) => send({ text }),
  onPress: press,
  onPicture: picture,
}));

async function load() {
  const kept = Number(sessionStorage.getItem(KEPT_PERSON)) || undefined;
  const state = await get("state", { person_id: kept })
    .catch((error) => { if (kept) return get("state"); throw error; });
  Object.assign(world, {
    bot: state.bot, person: state.person, people: state.people, chats: state.chats,
    owner: state.owner_id,
  });
  world.chats.sort((a, b) => (b.last_message?.date ?? 0) - (a.last_message?.date ?? 0));
  speak(world.person.language_code);
  const again = world.chats.find((chat) => chat.id === current?.id);
  current = again ?? world.chats.find((chat) => chat.type === "private") ?? world.chats[0] ?? null;
  return state.last_event;
}

function nameOf(chat) {
  return chat.type === "private" ? world.bot.first_name : chat.title;
}

function paint() {
  document.title = current ? nameOf(current) : "Newsdesk";
  nameComposer();
  for (const [id, word] of [["more", "menu"], ["chat-menu", "chatMenu"], ["back", "back"]]) {
    node(id).ariaLabel = say(word);
    node(id).title = say(word);
  }
  node("log").ariaLabel = say("message");
  paintChats();
  node("chat-menu").hidden = !current;
  node("composer").hidden = !current || isBlocked();
  node("unblock").hidden = !(current?.type === "private" && isBlocked());
  node("unblock").textContent = say("unblock");
  if (!current) return;
  paintAvatar(node("avatar"),
    { id: current.id, name: nameOf(current), isBot: current.type === "private" });
  node("title").textContent = nameOf(current);
  setCommands(current.commands);
  paintTopics();
  paintStatus();
}

function isBlocked() {
  return current?.type === "private" && current.bot_rank === "kicked";
}

function paintStatus() {
  const members = Object.keys(current?.members ?? {}).length + 1;
  let text = say("online");
  if (!connected) text = say("lost");
  else if (action) text = action;
  else if (current?.type !== "private") text = `${members} ${say("members")}`;
  else if (!world.bot.is_listening) text = say("offline");
  node("status").textContent = text;
  node("status").classList.toggle("lively", text === action || text === say("online"));
}

function paintChats() {
  node("chats").replaceChildren(...world.chats.map((chat) => {
    const avatar = element("span");
    paintAvatar(avatar, { id: chat.id, name: nameOf(chat), isBot: chat.type === "private" });
    const last = chat.last_message;
    const title = element("span", "chat-title", nameOf(chat));
    const line = element("span", "chat-line", summary(last));
    title.dir = "auto";
    line.dir = "auto";
    const item = element("button", "chat", avatar,
      title, element("time", "chat-time", last ? clockTime(last.date) : ""), line);
    item.type = "button";
    const count = unreadIn.get(chat.id);
    if (count) item.append(element("span", "badge", String(count)));
    if (chat.id === current?.id) item.ariaCurrent = "true";
    item.addEventListener("click", () => openChat(chat));
    return item;
  }));
}

function paintTopics() {
  const strip = node("topics");
  strip.hidden = current.topics.length === 0;
  const tabs = [{ id: null, name: say("general") }, ...current.topics];
  strip.replaceChildren(...tabs.map((topic) => {
    const tab = element("button", "tab", topic.name);
    tab.type = "button";
    tab.role = "tab";
    tab.ariaSelected = String(topic.id === thread);
    tab.addEventListener("click", () => openChat(current, topic.id));
    return tab;
  }));
}

async function openChat(chat, topic = null) {
  current = chat;
  thread = topic;
  setAction("");
  unreadIn.delete(chat.id);
  node("app").dataset.view = "chat";
  paint();
  const { messages, has_more: hasMore } = await get(`chats/${chat.id}/messages`, { limit: 100 });
  if (current.id !== chat.id || thread !== topic) return;
  conversation.show(messages.filter(isHere));
  node("earlier").hidden = !hasMore;
  node("earlier").textContent = say("earlier");
  paintWelcome();
  if (matchMedia("(hover: hover)").matches) node("text").focus();
}

function isHere(message) {
  return !current.is_forum || (message.message_thread_id ?? null) === thread;
}

function paintWelcome() {
  const isNew = current.type === "private" && conversation.messages.size === 0;
  const payload = new URLSearchParams(location.search).get("start");
  node("welcome").hidden = !(isNew || (payload && current.type === "private"));
  node("welcome-title").textContent = say("welcome");
  node("welcome-text").textContent = world.bot.description || say("welcomeText");
  node("start").textContent = say("start");
  node("app").classList.toggle("is-new", isNew);
}

async function send(body) {
  const { id } = current;
  await post(`chats/${id}/messages`, {
    person_id: world.person.id,
    ...body,
    ...(thread === null ? {} : { message_thread_id: thread }),
  });
}

async function sendStart() {
  const payload = new URLSearchParams(location.search).get("start");
  history.replaceState(null, "", "/");
  await send({ text: payload ? `/start ${payload}` : "/start" });
  paintWelcome();
}

async function press(message, button, key) {
  if (button.copy_text) {
    await navigator.clipboard.writeText(button.copy_text.text);
    toast(say("copied"));
    return;
  }
  if (!button.callback_data || key.ariaBusy === "true") return;
  key.ariaBusy = "true";
  try {
    const answer = await post(`chats/${message.chat.id}/presses`, {
      person_id: world.person.id,
      message_id: message.message_id,
      data: button.callback_data,
      timeout_s: PRESS_TIMEOUT_S,
    });
    if (!answer.answered) toast(say("noAnswer"));
    else if (answer.text && answer.show_alert) alertBox(answer.text);
    else if (answer.text) toast(answer.text);
    if (answer.url?.startsWith("http")) window.open(answer.url, "_blank", "noopener");
  } catch (error) {
    toast(`${say("general_error")}: ${error.message}`);
  } finally {
    key.ariaBusy = "false";
  }
}

function setAction(text) {
  clearTimeout(actionTimer);
  action = text;
  if (text) actionTimer = setTimeout(() => setAction(""), ACTION_MS);
  paintStatus();
}

async function refresh() {
  const before = current?.id;
  const beforeThread = thread;
  await load();
  if (current && current.id !== before) await openChat(current);
  else {
    thread = beforeThread;
    paint();
    if (current) paintWelcome();
  }
}

async function seen(event) {
  switch (event.kind) {
    case "message":
      return onMessage(event);
    case "edited":
      if (event.chat_id === current?.id) conversation.change(event.message);
      return undefined;
    case "deleted":
      if (event.chat_id === current?.id) conversation.remove(event.message_id);
      return undefined;
    case "draft":
      if (event.chat_id === current?.id) conversation.draft(event);
      return undefined;
    case "action":
      if (event.chat_id === current?.id && (event.thread_id ?? null) === thread) {
        setAction(say(event.action.startsWith("upload") ? "uploading" : "typing"));
      }
      return undefined;
    case "reset":
      await refresh();
      return current && openChat(current, thread);
    case "chat":
    case "people":
    case "profile":
      return refresh();
    default:
      return undefined;
  }
}

async function onMessage({ chat_id: chatId, message }) {
  const chat = world.chats.find((known) => known.id === chatId);
  if (!chat) return;
  chat.last_message = message;
  const fromBot = message.from.id === world.bot.id;
  world.chats.sort((a, b) => (b.last_message?.date ?? 0) - (a.last_message?.date ?? 0));
  if (chatId === current?.id && isHere(message)) {
    if (fromBot) {
      world.bot.is_listening = true;
      setAction("");
    }
    conversation.add(message, { fromBot });
    paintWelcome();
  } else if (message.from.id !== world.person.id) {
    unreadIn.set(chatId, (unreadIn.get(chatId) ?? 0) + 1);
  }
  paintChats();
}

async function attempt(deed) {
  try {
    await deed();
  } catch (error) {
    toast(`${say("general_error")}: ${error.message}`);
  }
}

async function become(personId) {
  sessionStorage.setItem(KEPT_PERSON, personId);
  current = null;
  await load();
  paint();
  if (current) await openChat(current);
}

function openMainMenu() {
  menu([
    { title: say("language"),
      items: LANGUAGES.map(([code, text]) => ({
        text,
        chosen: world.person.language_code.split("-")[0] === code,
        onClick: () => attempt(async () => {
          await post(`people/${world.person.id}/language`, { language_code: code });
          await load();
          await openChat(current, thread);
        }),
      })) },
    { title: say("people"),
      items: [...world.people.map((person) => ({
        text: person.first_name,
        detail: person.language_code,
        chosen: person.id === world.person.id,
        onClick: () => attempt(() => become(person.id)),
      })),
      { text: say("newPerson"), onClick: newPerson }, { text: say("newGroup"), onClick: newGroup }] },
  ]);
}

function newPerson() {
  form(say("newPerson"), [{ name: "name", label: say("name") }], ({ name }) => attempt(async () => {
    const language = world.person.language_code;
    const person = await post("people", { name, language_code: language });
    await become(person.id);
  }));
}

function newGroup() {
  const fields = [
    { name: "title", label: say("title") },
    { name: "forum", label: say("forum"), kind: "check" },
    { name: "topics", label: say("topicNames"), kind: "lines" },
  ];
  form(say("newGroup"), fields, ({ title, forum, topics }) => attempt(async () => {
    const names = topics.split("\n").map((name) => name.trim()).filter(Boolean);
    const chat = await post("groups", {
      title,
      owner_id: world.person.id,
      member_ids: world.people.map((person) => person.id),
      kind: forum ? "supergroup" : "group",
      topics: forum ? (names.length ? names : [say("general")]) : [],
    });
    await load();
    await openChat(world.chats.find((known) => known.id === chat.id));
  }));
}

function openChatMenu() {
  const rank = (word, value, danger) => ({
    text: say(word),
    danger,
    onClick: () => attempt(() => post(`chats/${current.id}/bot`,
      { rank: value, person_id: world.person.id })),
  });
  const isIn = ["member", "administrator"].includes(current.bot_rank);
  const items = [];
  if (current.type === "private") {
    items.push(isIn ? rank("block", "kicked", true) : rank("unblock", "member"));
  } else {
    items.push(isIn ? rank("kick", "kicked", true) : rank("invite", "member"));
    if (current.type === "group" && !current.migrated_to) {
      items.push({ text: say("upgrade"),
        onClick: () => attempt(() => post(`chats/${current.id}/upgrade`)) });
    }
  }
  items.unshift({ text: say("forward"), onClick: forwardPost });
  menu([{ title: nameOf(current), items }]);
}

function forwardPost() {
  const fields = [
    { name: "title", label: say("channel") },
    { name: "username", label: say("channelName"), kind: "optional" },
    { name: "text", label: say("post"), kind: "lines" },
  ];
  form(say("forward"), fields, ({ title, username, text }) => attempt(async () => {
    const name = username.trim().replace(/^@/, "");
    await send({ text, forward_from: { title: title.trim(), ...(name ? { username: name } : {}) } });
  }), "send");
}

async function begin() {
  const last = await load();
  startComposer(send);
  node("start").addEventListener("click", () => attempt(sendStart));
  node("more").addEventListener("click", openMainMenu);
  node("chat-menu").addEventListener("click", openChatMenu);
  node("back").addEventListener("click", () => { node("app").dataset.view = "chats"; });
  node("unblock").addEventListener("click", () => attempt(() => post(`chats/${current.id}/bot`,
    { rank: "member", person_id: world.person.id })));
  node("earlier").addEventListener("click", () => attempt(showEarlier));
  paint();
  if (current) await openChat(current);
  setInterval(() => get("state", { person_id: world.person.id }).then((state) => {
    world.bot.is_listening = state.bot.is_listening;
    paintStatus();
  }).catch(() => {}), 15000);
  follow(last, seen, (isUp) => {
    if (connected === isUp) return;
    connected = isUp;
    paintStatus();
  });
}

async function showEarlier() {
  const [oldest] = conversation.messages.keys();
  const { messages, has_more: hasMore } = await get(`chats/${current.id}/messages`,
    { limit: 100, before_message_id: oldest });
  conversation.showEarlier(messages.filter(isHere));
  node("earlier").hidden = !hasMore;
}

begin();
