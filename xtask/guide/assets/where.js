// Where you are: what the checker wrote down, looked at again each second. All text goes into text nodes.
"use strict";

const at = (id) => document.getElementById(id);
let last = ""; // the answer on the page

const make = (tag, name, ...children) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
};

const MARKS = { done: "✓", skipped: "»", begun: "…", new: "·", unknown: "·" };

const show = ({ lessons, next, check }) => {
  const done = lessons.filter((lesson) => lesson.mark === "done").length;
  at("next").replaceChildren("Next: ", make("code", "", next));
  at("bar").max = lessons.length;
  at("bar").value = done;
  at("done").textContent = `${done} of ${lessons.length} lessons`;
  at("lessons").replaceChildren(
    ...lessons.map((lesson) => {
      const link = make("a", "", lesson.title);
      link.href = `/lessons/${lesson.folder}/index.html`;
      const mark = make("span", `mark ${lesson.mark}`, MARKS[lesson.mark] ?? "·");
      mark.setAttribute("aria-hidden", "true");
      return make("li", "", mark, " ", link, make("span", "keys", ` ${lesson.text}`));
    }),
  );
  at("check").hidden = check === null;
  if (check) {
    at("checked").textContent = `The last check, ${new Date(check.at * 1000).toLocaleTimeString()}: ${check.passed ? "passed" : "not passed yet"}`;
    at("report").replaceChildren(
      ...check.report.split("\n").map((line) => {
        const kind = /^\s*(✓|ok\b)/.test(line) ? "good" : /^\s*(✗|×|✘)/.test(line) ? "bad" : /^\s*\+/.test(line) ? "added" : /^\s*-(?!-)/.test(line) ? "removed" : "";
        return make("span", kind, `${line}\n`);
      }),
    );
  }
};

const look = async () => {
  try {
    const response = await fetch("/guide/standing");
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    at("refused").textContent = "";
    if (text !== last) show(JSON.parse(text));
    last = text;
  } catch (error) {
    at("refused").textContent = error instanceof TypeError ? "The guide does not reply. Is cargo xtask guide still running?" : error.message;
  }
};

(async () => {
  for (;;) {
    if (!document.hidden || !last) await look();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
})();
