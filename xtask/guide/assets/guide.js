// Loads the page again when a chapter was saved. The server answers as soon as there is a change.
"use strict";
(async () => {
  const ask = async (version) => {
    const response = await fetch(`/guide/changes/${version}`);
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  };
  let version = null;
  for (;;) {
    try {
      // "none" is no version, so that the first answer comes at once.
      const now = await ask(version ?? "none");
      if (version !== null && now !== version) location.reload();
      version = now;
    } catch {
      // The guide was ended; perhaps it is started again.
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
})();
// The way to the explorer, in the bar at the top of each page.
(() => {
  const buttons = document.querySelector(".right-buttons");
  if (!buttons) return;
  const link = document.createElement("a");
  link.href = "/guide/explorer";
  link.textContent = "Packet explorer";
  link.style.padding = "0 8px";
  buttons.prepend(link);
})();
