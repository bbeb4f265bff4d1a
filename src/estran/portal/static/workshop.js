// What a phone could not send stays on it, and goes when the network is back. Without this script, forms do the same.
"use strict";
(() => {
  const {code, waits, sent, refused} = document.body.dataset;
  const NAME = "estran-" + code, AGAIN = 3000, PATIENCE = 8000; // ms
  const told = document.getElementById("told");
  let sending = false, mine = "";

  const read = () => JSON.parse(localStorage.getItem(NAME) || "[]");
  const write = (list) => list.length ? localStorage.setItem(NAME, JSON.stringify(list)) : localStorage.removeItem(NAME);
  const drop = (key) => write(read().filter((kept) => kept.key !== key));
  const made = () => Date.now() + "-" + Math.random().toString(36).slice(2, 14).padEnd(8, "0");

  async function post(kept) {
    const body = new URLSearchParams(kept.body);
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) body.set("csrfmiddlewaretoken", token.value);
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
    const answer = await fetch(kept.to, {method: "POST", body, signal: stop.signal}).finally(() => clearTimeout(timer));
    if (answer.status >= 500) throw answer.status; // paused, or in trouble: later
    return answer;
  }

  async function send() {
    if (sending) return;
    sending = true;
    let next = "", last = "";
    try {
      for (let list = read(); list.length; list = read()) {
        const kept = list[0], answer = await post(kept);
        drop(kept.key);
        // Led back to the entrance, the server does not know this phone any more: nothing was kept there.
        const taken = answer.ok && !answer.url.endsWith(`/${code}/`);
        last = taken ? sent : (/class="error"[^>]*>([^<]+)/.exec(await answer.text()) || ["", refused])[1];
        if (taken && kept.key === mine) next = answer.url;
      }
      if (last) told.textContent = last;
    } catch {
      told.textContent = waits;
      setTimeout(send, AGAIN);
    }
    sending = false;
    if (next) location.assign(next);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target, slot = form.dataset.keep;
    if (slot === undefined) return;
    try {
      const body = new URLSearchParams(new FormData(form));
      body.delete("csrfmiddlewaretoken");
      // An answer takes the place of the one that waits; an idea has the key of its page, so twice is once.
      mine = slot ? made() : body.get("key");
      body.set("key", mine);
      const name = slot || mine;
      write([...read().filter((kept) => kept.slot !== name), {slot: name, key: mine, to: form.action, body: body.toString()}]);
    } catch {
      return; // no storage here: the browser sends the form
    }
    event.preventDefault();
    send();
  });
  for (const form of document.querySelectorAll("[data-keep='']")) form.elements.key.value = made();
  addEventListener("online", send);
  if (read().length) send();
})();
