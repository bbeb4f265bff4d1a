// The screen of the room follows the phones by itself; without this script, a button does.
"use strict";
(() => {
  const live = document.querySelector("[data-live]"), EVERY = 2000; // ms
  document.querySelector("[data-refresh]").hidden = true;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (fresh && fresh.innerHTML !== live.innerHTML) live.innerHTML = fresh.innerHTML;
      live.classList.remove("stale");
    } catch {
      live.classList.add("stale");
    }
  }, EVERY);
})();
