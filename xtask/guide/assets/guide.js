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
// The ways to the live pages: in the bar at the top of each page where there is room, otherwise above its text.
(() => {
  const links = [["/guide/explorer", "Packets"], ["/guide/walk", "Walk"], ["/guide/where", "Where you are"]];
  const box = document.createElement("nav");
  box.setAttribute("aria-label", "Live pages");
  for (const [target, text] of links) {
    const link = document.createElement("a");
    link.href = target;
    link.textContent = text;
    link.style.padding = "0 8px";
    box.append(link);
  }
  const bar = document.querySelector(".right-buttons");
  const narrow = matchMedia("(max-width: 60rem)");
  const place = () => {
    if (narrow.matches || !bar) document.querySelector("main")?.prepend(box);
    else bar.prepend(box);
    box.style.display = narrow.matches || !bar ? "block" : "inline-block";
  };
  narrow.addEventListener("change", place);
  place();
})();
