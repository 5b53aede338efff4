// Ask the server in the background; a newer question drops the older one.
export function asker() {
  let running = null;
  return async (address, kind = "json", values = null) => {
    running?.abort();
    running = new AbortController();
    const accept = kind === "json" ? "application/json" : "text/html";
    const signal = running.signal;
    const answer = await (values ? send(address, values, signal) : fetch(address, {
      signal,
      credentials: "same-origin",
      headers: { Accept: accept, "X-Requested-With": "fetch" },
    }));
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    return kind === "json" ? answer.json() : answer.text();
  };
}

export function later(work, wait) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), wait);
  };
}

export function send(address, values = {}, signal = undefined) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  return fetch(address, {
    method: "POST",
    signal,
    credentials: "same-origin",
    headers: { Accept: "application/json", "X-CSRFToken": token, "X-Requested-With": "fetch" },
    body: new URLSearchParams(values),
  });
}
