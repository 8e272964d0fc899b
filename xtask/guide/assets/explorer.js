// The packet explorer. The server dissects; this page shows the result. Octets, names and the URL's fragment may come from
// anywhere, so all text goes into text nodes, and nothing is parsed as HTML.
"use strict";

const at = (id) => document.getElementById(id);
let shown = null; // the dissection on the page
let chosen = 0; // the index of its chosen field

/** Makes an element with a class and children; a string becomes a text node. */
const make = (tag, name, ...children) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
};

/** Sends text to the server. Throws the server's sentence, if it refuses. */
const ask = async (path, body) => {
  let response;
  try {
    response = await fetch(path, { method: "POST", body });
  } catch {
    throw new Error("The guide does not reply. Is cargo xtask guide still running?");
  }
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

const octetsOf = (hex) => hex.match(/../g) ?? [];

/** Fills a box with a row for each section, and a button for each field. */
const drawOctets = (box, dissection, onChoose) => {
  const octets = octetsOf(dissection.hex);
  const buttons = [];
  box.replaceChildren();
  let row = null;
  let section = null;
  for (const [index, field] of dissection.fields.entries()) {
    if (field.section !== section) {
      section = field.section;
      row = make("div", `row ${/^[a-z]+/.exec(section)?.[0] ?? ""}`, make(onChoose ? "h2" : "h3", "", section));
      box.append(row);
    }
    const button = make("button", `field ${field.part}`);
    button.type = "button";
    button.tabIndex = -1;
    if (field.fault) button.classList.add("broken");
    if (field.length === 0) {
      button.classList.add("missing");
      button.append("missing");
    }
    for (let octet = field.offset; octet < field.offset + field.length; octet += 1) {
      const element = make("span", "octet", octets[octet]);
      element.dataset.octet = octet;
      if (octet > field.offset) button.append(" ");
      button.append(element);
    }
    button.setAttribute("aria-label", `${field.path}: ${field.meaning || `${field.length} octets`}`);
    if (onChoose) {
      button.addEventListener("focus", () => onChoose(index));
      button.addEventListener("mouseenter", () => onChoose(index));
      button.addEventListener("click", () => {
        button.focus();
        followPointer();
      });
    } else {
      button.disabled = true;
    }
    row.append(button);
    buttons.push(button);
  }
  return buttons;
};

const buttons = () => [...at("octets").querySelectorAll(".field")];
const octet = (box, offset) => box.querySelector(`[data-octet="${Number(offset)}"]`);

/** Shows what is known of a field, and lights up the target of its pointer. */
const choose = (index) => {
  chosen = index;
  const field = shown.fields[index];
  if (!field) return;
  for (const [other, button] of buttons().entries()) {
    button.classList.toggle("chosen", other === index);
    button.tabIndex = other === index ? 0 : -1;
  }
  for (const lit of at("octets").querySelectorAll(".target")) lit.classList.remove("target");
  if (field.target !== null) octet(at("octets"), field.target)?.classList.add("target");
  const box = at("field");
  const end = field.offset + field.length - 1;
  const place = field.length > 1 ? `Octets ${field.offset} to ${end}` : field.length === 1 ? `Octet ${field.offset}` : `At octet ${field.offset}`;
  box.replaceChildren(make("h2", "", field.path), make("p", "meaning", field.meaning || "—"));
  if (field.fault) box.append(make("p", "fault", `Breaks a rule: ${field.fault}`));
  box.append(make("p", "", field.about), make("p", "", `${place}. ${field.rfc}.`));
  if (field.target !== null) box.append(make("p", "", `Its pointer points to octet ${field.target}, which is lit up; Enter goes there.`));
  box.append(bits(field));
};

/** The octets of a field whose bits are buttons at the same time. */
const BITS = 8;

/** Makes a button for each bit of a field's octets, eight octets at a time from `first`, and buttons for the others. */
const bits = (field, first = field.offset) => {
  const box = make("div", "bits");
  const octets = octetsOf(shown.hex);
  const end = field.offset + field.length;
  const turn = (text, label, target) => {
    const button = make("button", "turn", text);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => {
      const other = bits(field, target);
      box.replaceWith(other);
      (other.querySelector(`[aria-label="${label}"]`) ?? other.querySelector("button")).focus();
    });
    return button;
  };
  // In front of the bits: behind them, 64 presses of Tab would be in the way.
  if (first > field.offset) box.append(turn("← bits before", "The bits of the octets before", first - BITS));
  if (end > first + BITS) box.append(turn("bits after →", "The bits of the octets after", first + BITS));
  for (let offset = first; offset < Math.min(end, first + BITS); offset += 1) {
    const value = parseInt(octets[offset], 16);
    const row = make("div", "octet-bits");
    if (field.length > BITS) row.append(make("span", "place", `${offset}`));
    for (let bit = 7; bit >= 0; bit -= 1) {
      const button = make("button", "", String((value >> bit) & 1));
      button.type = "button";
      button.setAttribute("aria-label", `Flip bit ${bit} of octet ${offset}`);
      button.setAttribute("aria-pressed", String(((value >> bit) & 1) === 1));
      button.addEventListener("click", () => flip(offset, bit));
      row.append(button);
    }
    box.append(row);
  }
  return box;
};

const flip = async (offset, bit) => {
  const octets = octetsOf(shown.hex);
  octets[offset] = (parseInt(octets[offset], 16) ^ (1 << bit)).toString(16).padStart(2, "0");
  at("hex").value = octets.join(" ");
  const field = shown.fields[chosen];
  const first = field.offset + Math.floor((offset - field.offset) / BITS) * BITS;
  await explain(chosen);
  // The same octets again, if the field still has them.
  const again = shown?.fields[chosen];
  if (again && again.offset === field.offset && first < again.offset + again.length) document.querySelector("#field .bits")?.replaceWith(bits(again, first));
  document.querySelector(`[aria-label="Flip bit ${Number(bit)} of octet ${Number(offset)}"]`)?.focus();
};

/** Goes to the field in which the chosen field's pointer ends. */
const followPointer = () => {
  const target = shown.fields[chosen]?.target ?? null;
  if (target === null) return;
  const index = shown.fields.findIndex((field) => field.offset <= target && target < field.offset + field.length);
  if (index >= 0) buttons()[index].focus();
};

const showDifference = async (hex, other) => {
  const line = at("difference");
  const first = await ask("/guide/diff", `${hex};${other}`);
  line.hidden = false;
  if (first === null) {
    line.textContent = "The two messages are the same.";
    return;
  }
  const value = (side) => (side ? `${side.path} is ${octetsOf(side.hex).slice(0, 16).join(" ")}${side.meaning ? ` (${side.meaning})` : ""}` : "the message has ended");
  line.textContent = `They differ first at octet ${first.offset}. Here, ${value(first.left)}; in the other, ${value(first.right)}.`;
  for (const box of [at("octets"), at("second-octets")]) octet(box, first.offset)?.classList.add("differs");
};

/** Explains the octets of the form. */
const explain = async (index = 0) => {
  const [hex, other] = [at("hex").value, at("other").value.trim()];
  try {
    const [dissection, second] = await Promise.all([ask("/guide/dissect", hex), other ? ask("/guide/dissect", other) : null]);
    at("refused").textContent = "";
    shown = dissection;
    at("result").hidden = false;
    drawOctets(at("octets"), shown, choose);
    at("second").hidden = second === null;
    at("difference").hidden = true;
    if (second) {
      drawOctets(at("second-octets"), second, null);
      await showDifference(shown.hex, second.hex);
    }
    const error = shown.error;
    at("verdict").textContent = error
      ? `Malformed: ${error.path || "message"} at octet ${error.octet}: ${error.rule}`
      : "A well-formed message.";
    at("verdict").classList.toggle("fault", error !== null);
    choose(Math.min(index, shown.fields.length - 1));
    history.replaceState(null, "", `#m=${shown.hex}${second ? `&other=${second.hex}` : ""}`);
  } catch (error) {
    at("refused").textContent = error.message;
    at("result").hidden = true;
  }
};

const fromFragment = () => {
  const parameters = new URLSearchParams(location.hash.slice(1));
  if (!parameters.get("m")) return false;
  // Spaced for reading; anything but whole octets stays as it is, and the server says what is wrong with it.
  const spaced = (hex) => (/^(?:[0-9a-f]{2})*$/i.test(hex) ? octetsOf(hex).join(" ") : hex);
  at("hex").value = spaced(parameters.get("m"));
  at("other").value = spaced(parameters.get("other") ?? "");
  explain();
  return true;
};

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  explain();
});
at("choice").addEventListener("change", (event) => {
  if (!event.target.value) return;
  at("hex").value = octetsOf(event.target.value).join(" ");
  explain();
});
at("swap").addEventListener("click", () => {
  at("other").value = at("hex").value;
  at("hex").focus();
});
at("octets").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  buttons()[Math.max(0, Math.min(chosen + step, shown.fields.length - 1))]?.focus();
});
addEventListener("hashchange", fromFragment);

(async () => {
  const wasGiven = fromFragment();
  const response = await fetch("/guide/messages");
  const messages = await response.json();
  for (const message of messages) {
    const option = make("option", "", message.title);
    option.value = message.hex;
    at("choice").append(option);
  }
  if (!wasGiven && messages.length > 1) {
    at("choice").value = messages[1].hex;
    at("hex").value = octetsOf(messages[1].hex).join(" ");
    explain();
  }
})();
