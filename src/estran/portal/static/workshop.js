// What a phone could not send stays on it, and goes when the network is back. Without this script, forms do the same.
"use strict";
(() => {
  const {code, waits, sent, refused} = document.body.dataset;
  const NAME = "estran-" + code, AGAIN = 3000, PATIENCE = 8000; // ms
  const status = document.getElementById("status");
  let sending = false, own = "";

  const readAll = () => JSON.parse(localStorage.getItem(NAME) || "[]");
  const saveAll = (list) => list.length ? localStorage.setItem(NAME, JSON.stringify(list)) : localStorage.removeItem(NAME);
  const drop = (key) => saveAll(readAll().filter((item) => item.key !== key));
  const newKey = () => Date.now() + "-" + Math.random().toString(36).slice(2, 14).padEnd(8, "0");

  async function post(item) {
    const body = new URLSearchParams(item.body);
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) body.set("csrfmiddlewaretoken", token.value);
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
    const answer = await fetch(item.to, {method: "POST", body, signal: stop.signal}).finally(() => clearTimeout(timer));
    if (answer.status >= 500) throw answer.status; // paused, or in trouble: later
    return answer;
  }

  async function send() {
    if (sending) return;
    sending = true;
    let next = "", last = "";
    try {
      for (let list = readAll(); list.length; list = readAll()) {
        const item = list[0], answer = await post(item);
        drop(item.key);
        // Led back to the entrance, the server does not know this phone any more: nothing was kept there.
        const taken = answer.ok && !answer.url.endsWith(`/${code}/`);
        last = taken ? sent : (/class="error"[^>]*>([^<]+)/.exec(await answer.text()) || ["", refused])[1];
        if (taken && item.key === own) next = answer.url;
      }
      if (last) status.textContent = last;
    } catch {
      status.textContent = waits;
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
      own = slot ? newKey() : body.get("key");
      body.set("key", own);
      const name = slot || own;
      const entry = {slot: name, key: own, to: form.action, body: body.toString()};
      saveAll([...readAll().filter((item) => item.slot !== name), entry]);
    } catch {
      return; // no storage here: the browser sends the form
    }
    event.preventDefault();
    send();
  });
  for (const form of document.querySelectorAll("[data-keep='']")) form.elements.key.value = newKey();
  addEventListener("online", send);
  if (readAll().length) send();
})();
