// Requests to the local Telegram.

export class Refused extends Error {}

async function read(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? `${response.status}`);
  return body;
}

export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return read(await fetch(`/local/${path}?${new URLSearchParams(given)}`));
}

export async function post(path, body = {}) {
  return read(await fetch(`/local/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }));
}

// Call `seen` with each event after `after`, for ever; `state` learns of loss and return.
export async function follow(after, seen, state) {
  let last = after;
  for (;;) {
    try {
      const news = await get("events", { after: last, wait_s: 25 });
      state(true);
      last = news.last;
      if (news.reset) await seen({ kind: "reset" });
      for (const event of news.events) await seen(event);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Refused)) console.error(error);
      state(false);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

export function readBase64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}
