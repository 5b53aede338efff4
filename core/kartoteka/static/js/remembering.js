// Keep a set of names in the browser, the newest two hundred; without storage it is empty.
export function remembered(name) {
  try {
    return new Set(JSON.parse(localStorage.getItem(name)) || []);
  } catch {
    return new Set();
  }
}

export function remember(name, keys) {
  try {
    localStorage.setItem(name, JSON.stringify([...new Set([...remembered(name), ...keys])].slice(-200)));
  } catch {
    // Without storage the count only stays red.
  }
}
