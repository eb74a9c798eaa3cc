// SPDX-License-Identifier: GPL-2.0-or-later
// How are the tables of the report sorted and searched, and which calls does its list show?
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent).list;
  const FEW = 8; // rows that nobody needs to search
  const AT_ONCE = 200; // calls that are shown at first
  const count = (number) => number.toLocaleString("en");

  function element(name, attributes, ...children) {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  }

  // Numbers by size, words as people sort them (#2 before #10), what is unknown last.
  function compare(one, other, direction) {
    if (one === "" || other === "") return (one === "") - (other === "");
    const numbers = [Number(one), Number(other)];
    const order = numbers.some(Number.isNaN) ? String(one).localeCompare(String(other), "en", {numeric: true}) : numbers[0] - numbers[1];
    return direction * order;
  }

  // A table above its rows. A row has key(column) to sort by, text() to search in, and tr().
  class Sheet {
    constructor(table, rows, noun, most) {
      Object.assign(this, {table, rows, noun, most, shown: most, column: null, direction: 1, words: [], wanted: null});
      this.status = element("p", {className: "note status"});
      this.status.setAttribute("aria-live", "polite");
      this.search = element("input", {type: "search", placeholder: "search", oninput: () => this.find(this.search.value)});
      this.search.setAttribute("aria-label", "search in " + noun);
      this.heads = [...table.tHead.rows[0].cells];
      this.heads.forEach((head, column) => {
        head.replaceChildren(element("button", {type: "button", textContent: head.textContent, onclick: () => this.sort(column)}));
      });
      const bar = element("div", {className: "bar"}, this.search, this.status);
      bar.hidden = rows.length <= FEW && !most;
      this.bar = bar;
      table.parentElement.before(bar);
    }

    find(text) {
      this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
      this.shown = this.most;
      this.show();
    }

    sort(column) {
      this.direction = this.column === column ? -this.direction : 1;
      this.column = column;
      this.heads.forEach((head, place) => {
        if (place === column) head.setAttribute("aria-sort", this.direction > 0 ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      });
      this.show();
    }

    matching() {
      const found = this.rows.filter((row) => (!this.wanted || this.wanted(row)) && this.words.every((word) => row.text().includes(word)));
      if (this.column === null) return found;
      const keyed = found.map((row) => [row.key(this.column), row]);
      return keyed.sort((one, other) => compare(one[0], other[0], this.direction)).map(([, row]) => row);
    }

    show() {
      const found = this.matching();
      const rows = this.shown ? found.slice(0, this.shown) : found;
      this.table.tBodies[0].replaceChildren(...rows.map((row) => row.tr()));
      this.tell(found.length, rows.length);
    }

    // Nothing is hidden without a word.
    tell(found, shown) {
      const all = this.rows.length;
      const said = found < all ? `${count(found)} of ${count(all)} ${this.noun} match` + (shown < found ? `, showing ${count(shown)}` : "") :
        shown < all ? `Showing ${count(shown)} of ${count(all)} ${this.noun}` : `${count(all)} ${this.noun}`;
      this.status.replaceChildren(said + ".");
      if (shown < found) this.status.append(" ", this.more("more", this.shown * 5), " ", this.more("all", found));
    }

    more(words, shown) {
      return element("button", {type: "button", textContent: `show ${words}`, onclick: () => { this.shown = shown; this.show(); }});
    }
  }

  // A row that is in the page already.
  function rowOf(tr) {
    const text = tr.textContent.toLowerCase();
    const cells = [...tr.cells];
    const key = ({dataset, textContent, className}) =>
      dataset.sort ?? (className === "n" ? textContent.replace(/(?<=\d),(?=\d{3})/g, "") : textContent);
    const keys = cells.map(key).map((value) => (value === "–" ? "" : value));
    return {tr: () => tr, text: () => text, key: (column) => keys[column]};
  }

  // For narrow screens, where each cell says itself what it is.
  function label(tr, names) {
    [...tr.cells].forEach((cell, place) => { cell.dataset.label = names[place]; });
    return tr;
  }

  const sheets = [...document.querySelectorAll(".scroll > table")].map((table) => {
    const names = [...table.tHead.rows[0].cells].map((head) => head.textContent);
    const rows = [...table.tBodies[0].rows].map((tr) => rowOf(label(tr, names)));
    const sheet = new Sheet(table, rows, "rows", 0);
    sheet.tell(rows.length, rows.length);
    return sheet;
  });

  // --- The list of calls

  const place = Object.fromEntries(data.columns.map((name, column) => [name, column]));
  const words = (number) => data.texts[number];
  const several = data.captures.length > 1;

  function length(value) {
    if (value === null) return "–";
    const [factor, unit] = value >= 1 ? [1, "s"] : value >= 1e-3 ? [1e3, "ms"] : [1e6, "µs"];
    return `${value * factor >= 100 ? Math.round(value * factor) : Number((value * factor).toPrecision(3))} ${unit}`;
  }

  function moment(value) {
    const date = new Date((data.start + value) * 1000);
    return Number.isNaN(date.getTime()) ? `${value.toFixed(3)} s` : date.toISOString().replace("T", " ").slice(0, 23);
  }

  const heads = ["frame", "time (UTC)", "method", "request", "answer", "took", "from, to", "findings"];
  const kind = (column) => (column === 5 || (column === 0 && !several) ? "n" : [0, 3].includes(column) ? "l" : column === 6 ? "a" : "");

  function callRow(call) {
    const get = (name) => call[place[name]];
    const outcome = words(get("outcome"));
    const result = words(get("status")) || outcome;
    const name = data.captures[get("capture") - 1];
    const rules = get("rules").map(words);
    const cells = [
      several ? `${name}:${get("frame")}` : count(get("frame")), moment(get("time")), words(get("method")), words(get("asked")) || "–",
      result, length(get("elapsed")), `${words(get("client"))} → ${words(get("server"))}`, rules.join(", ") || "–"];
    const keys = [several ? cells[0] : get("frame"), get("time"), , , , get("elapsed") ?? ""];
    let text;
    const tr = () => {
      const made = element("tr", {}, ...cells.map((cell, column) => element("td", {textContent: cell, className: kind(column)})));
      if (several) made.cells[0].replaceChildren(name, element("span", {className: "whole", textContent: ":" + get("frame")}));
      made.cells[4].replaceChildren(element("span", {className: "outcome " + outcome.replace(" ", "-"), textContent: result}), words(get("answered")));
      if (rules.length) {
        made.cells[7].replaceChildren(...rules.flatMap((rule, number) => [number ? ", " : "", element("a", {href: "#rule-" + rule, textContent: rule})]));
      }
      return label(made, heads);
    };
    const has = {
      capture: [String(get("capture"))], method: [cells[2]], status: [words(get("status"))], outcome: [outcome],
      handle: get("handles").map(words), rule: rules,
    };
    return {tr, text: () => (text ??= [...cells, outcome, words(get("answered"))].join(" ").toLowerCase()), has,
            key: (column) => keys[column] ?? (cells[column] === "–" ? "" : cells[column])};
  }

  function listOfCalls() {
    const box = document.getElementById("call-list");
    if (!box) return null;
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((head, column) =>
      element("th", {textContent: head, scope: "col", className: kind(column)})))), element("tbody"));
    box.replaceChildren(element("div", {className: "scroll"}, table));
    const sheet = new Sheet(table, data.rows.map(callRow), "calls", AT_ONCE);
    sheet.only = element("p", {className: "only", hidden: true});
    sheet.bar.before(sheet.only);
    sheet.show();
    return sheet;
  }

  const list = listOfCalls();

  // What a link asks for: method=ApiOpenGroup&status=…
  function follow() {
    const [target, question] = location.hash.slice(1).split("?");
    const row = !question && target && document.getElementById(decodeURIComponent(target));
    if (target === "calls-one-by-one" && list) {
      const asked = [...new URLSearchParams(question || "")];
      list.wanted = asked.length ? ({has}) => asked.every(([name, value]) => (has[name] || []).includes(value)) : null;
      list.search.value = "";
      list.only.hidden = !asked.length;
      list.only.replaceChildren("Only those of ", asked.map(([name, value]) => `${name} ${name === "capture" ? data.captures[value - 1] : value}`).join(", "),
                                " — ", element("a", {href: "#calls-one-by-one", textContent: "all calls"}));
      list.find("");
      document.getElementById("calls-one-by-one").scrollIntoView();
    } else if (!row && target) {
      // Somebody searched the table, and the row that a link leads to was not found.
      for (const sheet of sheets) if (sheet.words.length) { sheet.search.value = ""; sheet.find(""); }
      document.getElementById(decodeURIComponent(target))?.scrollIntoView();
    }
  }

  addEventListener("hashchange", follow);
  // The same link again changes nothing, and is to be obeyed all the same.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link && link.hash === location.hash) follow();
  });
  // What is folded away is printed as well.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  document.documentElement.classList.add("scripted");
  if (location.hash) follow();
})();
