"use strict";

const NAMES = { openai: "OpenAI", compatible: "Compatible", anthropic: "Anthropic", gemini: "Gemini" };
const EVERY_MS = 1000;
const by = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString("en");
const cards = new Map();
let faults = {};

async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error || answer.statusText);
  return said;
}

async function act(method, path, body) {
  try {
    await call(method, path, body);
    by("said").textContent = "";
  } catch (error) {
    by("said").textContent = error.message;
  }
  await refresh();
}

function makeCard(name) {
  const card = by("card").content.firstElementChild.cloneNode(true);
  const select = card.querySelector("select");
  for (const fault of Object.keys(faults)) select.add(new Option(fault.replaceAll("_", " "), fault));
  select.value = "hang";
  const explain = () => { card.querySelector(".what").textContent = faults[select.value].replaceAll("`", ""); };
  select.addEventListener("change", explain);
  explain();
  card.querySelector(".name").textContent = NAMES[name];
  card.querySelector(".pull").addEventListener("click", () =>
    act("POST", "/_fake/faults", { provider: name, fault: select.value }));
  card.querySelector(".plug").addEventListener("click", () =>
    act("DELETE", `/_fake/faults?provider=${name}`));
  by("providers").append(card);
  return card;
}

function showProvider(provider) {
  if (!cards.has(provider.name)) cards.set(provider.name, makeCard(provider.name));
  const card = cards.get(provider.name);
  const left = provider.times === null ? "" : `, ${provider.times} more`;
  card.classList.toggle("is-out", provider.fault !== null);
  card.querySelector(".state").textContent =
    provider.fault === null ? "answers" : provider.fault.replaceAll("_", " ") + left;
  card.querySelector(".url").textContent = provider.url;
  card.querySelector(".count").textContent =
    `${number(provider.requests)} asked, ${number(provider.calls)} billed\n` +
    `${number(provider.input_tokens)} tokens read, ${number(provider.output_tokens)} written`;
  card.querySelector(".plug").disabled = provider.fault === null;
}

function showCalls(calls) {
  by("none").hidden = calls.length > 0;
  by("calls").replaceChildren(...calls.map((call) => {
    const row = document.createElement("tr");
    const cells = [
      [NAMES[call.provider]], [call.model], [call.endpoint + (call.is_stream ? ", streamed" : "")],
      [number(call.usage.input_tokens), "n"], [number(call.usage.cached_tokens), "n"],
      [number(call.usage.output_tokens), "n"], [number(call.usage.reasoning_tokens), "n"],
      [(call.fault || "").replaceAll("_", " "), "fault"],
    ];
    for (const [text, kind] of cells) {
      const cell = row.insertCell();
      cell.textContent = text;
      if (kind) cell.className = kind;
    }
    return row;
  }));
}

async function refresh() {
  let state;
  try {
    state = await call("GET", "/_fake/state");
  } catch {
    by("said").textContent = "The server is gone.";
    return;
  }
  if (by("said").textContent === "The server is gone.") by("said").textContent = "";
  faults = state.faults;
  state.providers.forEach(showProvider);
  showCalls(state.newest);
  const latency = by("latency");
  if (document.activeElement !== latency) latency.value = state.providers[0].latency_s;
}

by("heal").addEventListener("click", () => act("DELETE", "/_fake/faults"));
by("forget").addEventListener("click", () => act("DELETE", "/_fake/calls"));
by("latency").addEventListener("change", (event) =>
  act("POST", "/_fake/latency", { seconds: Number(event.target.value) }));
refresh();
setInterval(refresh, EVERY_MS);
