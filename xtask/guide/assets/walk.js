// The walk: a session with a resolver in the mini-Internet. The server resolves and judges; this page shows the result. It sends the
// whole session each time, which is also the URL's fragment. Names may come from anywhere, so all text goes into text nodes.
"use strict";

const at = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const EXAMPLES = [
  ["www.bbc.co.uk A", "www.bbc.co.uk A: an alias, and zones within zones"],
  ["www.wikipedia.org A", "www.wikipedia.org A: an alias into another zone"],
  ["www.google.com AAAA", "www.google.com AAAA: a plain walk"],
  ["no-such-name.example.com A", "no-such-name.example.com A: a name that does not exist"],
  ["www.glueless.test A", "www.glueless.test A: servers without glue, which are looked up first"],
  ["www.lame.test A", "www.lame.test A: a server that does not have the zone"],
  ["www.halfdead.test A", "www.halfdead.test A: a server that does not reply"],
  ["www.slow.test A", "www.slow.test A: a slow server"],
  ["www.truncates.test A", "www.truncates.test A: a truncated reply, then TCP"],
  ["www.stranger.test A", "www.stranger.test A: a server that sends records of other zones"],
  ["www.liar.test A", "www.liar.test A: a server that forges records"],
  ["www.refused.servers.test A", "www.refused.servers.test A: servers that refuse"],
];

let items = []; // the session: "www.bbc.co.uk. A" or "+60"
let settings = { seed: 0, minimise: false };
let shown = null; // the session as the server reports it
let chosenItem = 0; // the index of the item on the page
let chosenStep = 0; // the number of its exchange on the page; 0 if it has none

/** Makes an element with a class and children; a string becomes a text node. */
const make = (tag, name, ...children) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
};

const button = (text, onClick) => {
  const element = make("button", "", ...[text].flat());
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
};

const sessionText = () => [settings.minimise ? "minimise" : "", settings.seed ? `seed ${settings.seed}` : "", ...items].filter(Boolean).join("; ");

/** Sends the session to the server. Throws the server's sentence, if it refuses. */
const ask = async (text) => {
  let response;
  try {
    response = await fetch("/guide/walk", { method: "POST", body: text });
  } catch {
    throw new Error("The guide does not reply. Is cargo xtask guide still running?");
  }
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

/** Resolves the session, and shows its last item. A session that is refused leaves the old one. */
const run = async (nextItems) => {
  const before = items;
  items = nextItems;
  try {
    const answer = items.length ? await ask(sessionText()) : { items: [] };
    // A later request has changed the session meanwhile.
    if (items !== nextItems) return;
    shown = answer;
    items = shown.items.map((item) => item.item);
    at("refused").textContent = "";
    history.replaceState(null, "", `#s=${encodeURIComponent(sessionText())}`);
    at("result").hidden = items.length === 0;
    if (items.length) showItem(items.length - 1);
  } catch (error) {
    if (items === nextItems) items = before;
    at("refused").textContent = error.message;
  }
};

/** The exchanges of the search on the page, in the order of their numbers, which begin at 1. */
const exchanges = () => (shown.items[chosenItem].search?.steps ?? []).filter((step) => step.form === "exchange").sort((one, other) => one.number - other.number);

/** Shows an item of the session: a search with its steps, or the cache after some time. */
const showItem = (index) => {
  chosenItem = index;
  drawSession();
  const { search } = shown.items[index];
  for (const id of ["walk", "answer"]) at(id).hidden = !search;
  const hasPictures = Boolean(search) && exchanges().length > 0;
  for (const figure of document.querySelectorAll("figure")) figure.hidden = !hasPictures;
  document.querySelector(".beside").classList.toggle("alone", !hasPictures);
  at("verdict").textContent = search ? verdict(search) : `${shown.items[index].text}, and ${counted(shown.items[index].cache.length)} in the cache.`;
  if (search) {
    at("answer").replaceChildren(recordList([...search.answers, ...search.authorities].map((record) => ({ record }))));
    if (search.reply) at("answer").append(explorerLink("The reply to the client, in the explorer", search.reply));
    drawSteps(search);
    drawPicture(at("sequence"), search.sequence);
    drawPicture(at("timeline"), search.timeline);
  }
  chooseStep(search && exchanges().length ? 1 : 0, false);
};

const counted = (entries) => `${entries} ${entries === 1 ? "entry" : "entries"}`;

const verdict = (search) => {
  const queries = search.queries === 1 ? "1 query" : `${search.queries} queries`;
  const cost = search.queries ? `${queries}, ${search.took} ms` : "no query: from the cache, or answered locally";
  return search.failure ? `${search.rcode}: ${search.failure} (${cost})` : `${search.rcode} (${cost})`;
};

const drawSession = () => {
  const list = at("session");
  list.replaceChildren();
  for (const [index, item] of shown.items.entries()) {
    const element = button(item.text, () => showItem(index));
    if (index === chosenItem) element.setAttribute("aria-current", "true");
    const queries = item.search ? ` — ${item.search.rcode}, ${item.search.queries} ${item.search.queries === 1 ? "query" : "queries"}` : "";
    list.append(make("li", "", element, make("span", "why", queries)));
  }
};

const explorerLink = (text, hex) => {
  const link = make("a", "", text);
  link.href = `/guide/explorer#m=${hex}`;
  return make("p", "", link);
};

const recordList = (records) => {
  const list = make("ul", "records");
  for (const { record } of records) list.append(make("li", "", record.replaceAll("\t", " ")));
  return list;
};

/** Lists records below their reasons, each reason once. */
const judgedLists = (records) => {
  const reasons = new Map();
  for (const { record, why } of records) reasons.set(why, [...(reasons.get(why) ?? []), { record }]);
  return [...reasons].flatMap(([why, list]) => [make("p", "why", why), recordList(list)]);
};

const MARKS = { answer: "good", alias: "good", negative: "good", referral: "link" };

/** Draws the steps as a tree: each walk has its exchanges, and the walks for servers' names, below it. */
const drawSteps = (search) => {
  const root = make("ul", "");
  const open = [{ depth: -1, list: root }];
  for (const step of search.steps) {
    while (open.length > 1 && open.at(-1).depth >= step.depth) open.pop();
    const item = make("li", "");
    if (step.form === "walk") {
      const list = make("ul", "");
      item.append(make("span", "name", step.text), list);
      open.at(-1).list.append(item);
      open.push({ depth: step.depth, list });
      continue;
    }
    if (step.form === "note") item.append(make("span", "note", step.text));
    else {
      const where = make("span", "where", `${step.number} · ${step.at} ms · ${step.zone === "." ? "root" : step.zone} · ${step.name ?? step.server}`);
      const element = button([where, make("span", `mark-${MARKS[step.kind] ?? "bad"}`, step.outcome)], () => chooseStep(step.number, true));
      element.dataset.step = step.number;
      element.setAttribute("aria-label", `Step ${step.number}. ${step.sentence}`);
      item.append(element);
    }
    open.at(-1).list.append(item);
  }
  at("steps").replaceChildren(root);
};

/** Makes a picture of the server's shapes. Shapes of later steps are faint. */
const drawPicture = (box, picture) => {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${picture.title}. ${picture.description}`);
  const names = { line: ["x1", "y1", "x2", "y2"], rect: ["x", "y", "width", "height"], text: ["x", "y"] };
  for (const shape of picture.shapes) {
    const element = document.createElementNS(SVG, shape.form);
    element.setAttribute("class", shape.class);
    for (const [index, name] of names[shape.form].entries()) element.setAttribute(name, shape.at[index]);
    if (shape.text) element.textContent = shape.text;
    if (shape.step) {
      element.dataset.step = shape.step;
      element.addEventListener("click", () => chooseStep(shape.step, false));
    }
    svg.append(element);
  }
  box.replaceChildren(svg);
};

/** Shows an exchange: in the tree, in the pictures, in full, and what it put into the cache. */
const chooseStep = (number, withFocus) => {
  chosenStep = number;
  for (const element of at("steps").querySelectorAll("button")) {
    const isChosen = Number(element.dataset.step) === number;
    if (isChosen) element.setAttribute("aria-current", "step");
    else element.removeAttribute("aria-current");
    element.tabIndex = isChosen ? 0 : -1;
    if (isChosen && withFocus) element.focus();
  }
  for (const element of document.querySelectorAll("figure [data-step]")) {
    element.classList.toggle("now", Number(element.dataset.step) === number);
    element.classList.toggle("later", Number(element.dataset.step) > number);
  }
  at("back").disabled = number <= 1;
  at("next").disabled = number >= exchanges().length;
  const step = exchanges()[number - 1];
  at("field").replaceChildren(...(step ? stepParts(step) : [make("p", "", "No query was sent: the answer was in the cache, or is known locally.")]));
  drawCache();
};

const zoneText = (zone) => (zone === "." ? "the root zone" : zone);

const stepParts = (step) => {
  const server = step.name ? `${step.name} (${step.server})` : step.server;
  const parts = [
    make("h2", "", `${step.number}. ${step.question}`),
    make("p", "", `At ${step.at} ms, over ${step.via}, to ${server}, a server of ${zoneText(step.zone)}`),
    make("p", MARKS[step.kind] ? "meaning" : "fault", step.until === null ? step.outcome : `At ${step.until} ms: ${step.outcome}`),
  ];
  if (step.line) parts.push(make("p", "why", `In the trace: ${step.line}`));
  if (step.believed.length) parts.push(make("h3", "", "Believed"), ...judgedLists(step.believed));
  if (step.discarded.length) parts.push(make("h3", "", "Thrown away"), ...judgedLists(step.discarded));
  if (step.query) parts.push(explorerLink("The query in the explorer", step.query));
  if (step.reply) parts.push(explorerLink("The reply in the explorer", step.reply));
  return parts;
};

const KINDS = { answer: "answer", negative: "negative answer", delegation: "delegation", failure: "failure" };

/** Draws the cache after the item; in a search, entries of later steps are faint, and those of the chosen step marked. */
const drawCache = () => {
  const item = shown.items[chosenItem];
  const search = item.search;
  const seconds = item.at + (search ? search.took / 1000 : Number(item.item));
  at("cache-time").textContent = `After ${seconds.toFixed(seconds < 100 ? 3 : 0)} s of virtual time, ${counted(item.cache.length)}. Entries disappear when their seconds are used up.`;
  const head = make("tr", "");
  for (const [text, name] of [["Name", ""], ["Type", ""], ["Seconds left", "number"], ["Kind", ""], ["Data", ""]]) {
    const cell = make("th", name, text);
    cell.scope = "col";
    head.append(cell);
  }
  const body = make("tbody", "");
  for (const row of item.cache) {
    const line = make("tr", "");
    if (search && row.exchange > 0 && row.exchange === chosenStep) line.className = "new";
    if (search && row.exchange > chosenStep) line.className = "later";
    const data = row.data.length > 3 ? `${row.data.slice(0, 2).join(", ")} and ${row.data.length - 2} more` : row.data.join(", ");
    const cells = [["mono", row.name, "Name"], ["mono", row.type, "Type"], ["number", String(row.ttl), "Seconds left"], ["", KINDS[row.kind], "Kind"], ["mono", data, "Data"]];
    for (const [name, text, label] of cells) {
      const cell = make("td", name, text);
      cell.dataset.label = label;
      line.append(cell);
    }
    body.append(line);
  }
  at("cache").replaceChildren(make("div", "table", make("table", "", make("thead", "", head), body)));
};

/** Adds time to the session; to the last wait, if nothing was looked up since. */
const wait = (seconds) => {
  const last = items.at(-1);
  if (last?.startsWith("+")) run([...items.slice(0, -1), `+${Number(last) + seconds}`]);
  else run([...items, `+${seconds}`]);
};

/** Reads a session's text: the settings, and the items. */
const fromText = (text) => {
  settings = { seed: 0, minimise: false };
  const next = [];
  // A name may have an escaped semicolon.
  for (const item of (text.match(/(?:\\.|[^;\n\\])+/g) ?? []).map((part) => part.trim()).filter(Boolean)) {
    const seed = /^seed\s+(\d+)$/.exec(item);
    if (item === "minimise") settings.minimise = true;
    else if (seed) settings.seed = Number(seed[1]);
    else next.push(item);
  }
  at("minimise").checked = settings.minimise;
  return run(next);
};

const fromFragment = () => {
  const text = new URLSearchParams(location.hash.slice(1)).get("s");
  if (text) fromText(text);
  return Boolean(text);
};

const lookUp = () => run([...items, `${at("name").value.trim()} ${at("type").value.trim() || "A"}`]);

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  lookUp();
});
for (const [value, text] of EXAMPLES) {
  const option = make("option", "", text);
  option.value = value;
  at("example").append(option);
}
at("example").addEventListener("change", (event) => {
  if (!event.target.value) return;
  [at("name").value, at("type").value] = event.target.value.split(" ");
  event.target.value = "";
  lookUp();
});
at("minimise").addEventListener("change", (event) => {
  settings.minimise = event.target.checked;
  run([...items]);
});
for (const element of document.querySelectorAll("[data-wait]")) element.addEventListener("click", () => wait(Number(element.dataset.wait)));
at("again").addEventListener("click", () => {
  const last = items.findLast((item) => !item.startsWith("+"));
  if (last) run([...items, last]);
});
at("undo").addEventListener("click", () => run(items.slice(0, -1)));
at("clear").addEventListener("click", () => run([]));
at("servers").addEventListener("click", () => {
  settings.seed += 1;
  run([...items]);
});
at("back").addEventListener("click", () => chooseStep(Math.max(1, chosenStep - 1), false));
at("next").addEventListener("click", () => chooseStep(Math.min(exchanges().length, chosenStep + 1), false));
at("steps").addEventListener("keydown", (event) => {
  const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (move === undefined) return;
  event.preventDefault();
  chooseStep(Math.max(1, Math.min(chosenStep + move, exchanges().length)), true);
});
addEventListener("hashchange", fromFragment);

if (!fromFragment()) lookUp();
